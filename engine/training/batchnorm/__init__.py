"""Batch normalisation: what centring and scaling do to the curvature of the loss, measured."""

from engine.core.topic import Tempo, Topic
from engine.training.batchnorm.lesson import CHAPTERS, GUESSES
from engine.training.batchnorm.outputs import OUTPUTS
from engine.training.batchnorm.params import NET, TWIN, BatchNormParams
from engine.training.batchnorm.views import VIEWS

TOPIC = Topic(
    slug="batchnorm",
    group="training",
    title="Batch normalisation and the shape of the loss",
    question="Why can the learning rate be ten times larger with batch normalisation, and which half of it does that: "
    "subtracting the mean, or dividing by the deviation?",
    params=BatchNormParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.training.batchnorm.model:BatchNorm",
    parts=("batch", "forward", "backward", "update"),
    steps=200,
    pace=20,
    tempos=(Tempo(TWIN, steps=600, pace=60),),
    chapters=CHAPTERS,
    hero=(("learning_rate", NET), ("twin_rate", TWIN)),
    short="Batch norm",
    scripts=("train", "descend"),
    stackable=("learning_rate", "twin_rate", "noise"),
    guesses=GUESSES,
)
