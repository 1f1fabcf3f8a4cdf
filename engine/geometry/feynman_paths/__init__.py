"""Add up all the paths: arrows in real time, weights in imaginary time."""

from __future__ import annotations

from engine.core.topic import Topic
from engine.geometry.feynman_paths.lesson import CHAPTERS, GUESSES
from engine.geometry.feynman_paths.outputs import OUTPUTS
from engine.geometry.feynman_paths.params import FeynmanPathsParams
from engine.geometry.feynman_paths.views import VIEWS

TOPIC = Topic(
    slug="feynman-paths",
    group="geometry",
    title="A tribute to Feynman: add up all the paths",
    question="If a particle takes every path at once, why does a thrown stone take only one, and how can a computer roll paths to "
    "find a quantum ground state?",
    params=FeynmanPathsParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.geometry.feynman_paths.model:Paths",
    parts=("move", "measure"),
    steps=350,
    pace=30,
    chapters=CHAPTERS,
    hero="hbar",
    scripts=("steps", "staging", "single", "shift", "taken", "rise"),
    short="Path integrals",
    guesses=GUESSES,
)
