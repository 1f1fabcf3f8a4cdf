"""What shape is the code space? A VAE seen as geometry: ellipses, their union, and the decoder's own ruler."""

from engine.core.topic import Topic
from engine.latent.vae_geometry.lesson import CHAPTERS, GUESSES
from engine.latent.vae_geometry.outputs import OUTPUTS
from engine.latent.vae_geometry.params import VaeGeometryParams
from engine.latent.vae_geometry.views import VIEWS

TOPIC = Topic(
    slug="vae-geometry",
    group="latent",
    title="What shape is the code space? A VAE seen as geometry",
    question="An autoencoder turns every image into a point; a VAE turns it into a small ellipse. What does that do to the shape "
    "of the code space, and how far apart are two codes really?",
    params=VaeGeometryParams,
    outputs=OUTPUTS,
    views=VIEWS,
    stackable=("beta", "sigma_x", "noise"),
    model="engine.latent.vae_geometry.model:VaeGeometry",
    parts=("encode", "sample", "decode", "losses", "update"),
    steps=1000,
    chapters=CHAPTERS,
    hero="beta",
    short="VAE latent geometry",
    uploads=("table", "images"),
    data_param="data",
    data_value="own",
    scripts=("steps", "kl", "quadratic"),
    guesses=GUESSES,
)
