"""KL, Bhattacharyya and Wasserstein between two normal distributions: which notices what, and which to train with."""

from engine.core.topic import Topic
from engine.latent.gaussian_distances.lesson import CHAPTERS, GUESSES
from engine.latent.gaussian_distances.outputs import OUTPUTS
from engine.latent.gaussian_distances.params import GaussianDistancesParams
from engine.latent.gaussian_distances.views import VIEWS

TOPIC = Topic(
    slug="gaussian-distances",
    group="latent",
    title="How far apart are two bell curves?",
    question="KL, Bhattacharyya, Wasserstein: three distances between two normal distributions. Which one notices what, which one "
    "explodes, and which one should I train with?",
    params=GaussianDistancesParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.latent.gaussian_distances.model:GaussianDistances",
    parts=("gradients", "update", "flow", "fit"),
    steps=100,
    chapters=CHAPTERS,
    hero="thinness",
    short="Gaussian distances",
    after=("vae-geometry",),  # its regulariser is the KL of this lab
    uploads=("samples",),
    data_param="data",
    data_value="own",
    scripts=("steps", "direction", "slope"),
    cover="plane",
    guesses=GUESSES,
    pace=25,
)
