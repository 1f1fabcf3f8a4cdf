"""Smooth stand-ins for max, argmax, top-k, accuracy and F1: what they gain and what they break."""

from engine.core.topic import Topic
from engine.discrete.smoothing.lesson import CHAPTERS, GUESSES
from engine.discrete.smoothing.outputs import OUTPUTS
from engine.discrete.smoothing.params import SmoothingParams
from engine.discrete.smoothing.views import VIEWS

TOPIC = Topic(
    slug="smoothing",
    group="discrete",
    title="Smoothing the unsmoothable",
    question="Max, the k largest, accuracy and F1 have no useful gradient. Put a smooth function in their place: what do you gain, "
    "and what do you break?",
    params=SmoothingParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.discrete.smoothing.model:Smoothing",
    parts=("batch", "forward", "losses", "update"),
    steps=600,
    chapters=CHAPTERS,
    hero="sharpness",
    short="Smoothing",
    after=("gumbel-softmax",),
    uploads=("column",),
    data_param="data",
    data_value="own",
    guesses=GUESSES,
    stackable=("sharpness", "x1", "x2", "x3", "x4", "x5", "k", "switch_step"),
)
