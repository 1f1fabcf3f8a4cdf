"""One-step clustering with a VAE: compress, sort and learn to draw by one loss, without labels."""

from engine.core.topic import Topic
from engine.latent.vae_clustering.lesson import CHAPTERS, GUESSES
from engine.latent.vae_clustering.outputs import OUTPUTS
from engine.latent.vae_clustering.params import VaeClusteringParams
from engine.latent.vae_clustering.views import VIEWS

TOPIC = Topic(
    slug="vae-clustering",
    group="latent",
    title="Sorting without labels: a VAE with many centres",
    question="Nobody says what the pictures show. Can one loss at the same time compress them, sort them into classes and learn to draw each class?",
    params=VaeClusteringParams,
    outputs=OUTPUTS,
    views=VIEWS,
    stackable=("lam", "balance", "alignment", "scale_by_variance"),
    model="engine.latent.vae_clustering.model:VaeClustering",
    parts=("encode", "sample", "sort", "decode", "losses", "update"),
    steps=1500,
    chapters=CHAPTERS,
    guesses=GUESSES,
    scripts=("steps", "loss", "squared_distances"),
    hero="lam",
    short="VAE clustering",
    uploads=("table", "images"),
    data_param="data",
    data_value="own",
)
