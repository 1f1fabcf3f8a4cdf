"""Optimisers written by hand: solvers, momentum, soft batches, noise."""

from engine.core.topic import Tempo, Topic, when
from engine.training.optimizers.lesson import CHAPTERS, GUESSES
from engine.training.optimizers.outputs import OUTPUTS
from engine.training.optimizers.params import NET, SURFACE, VALLEY, OptimizersParams
from engine.training.optimizers.views import VIEWS

TOPIC = Topic(
    slug="optimizers",
    group="training",
    title="Write your own optimiser",
    question="If I write an optimiser myself, can I fake a big batch with little memory, beat gradient descent with a better solver, or "
    "go faster with a gradient written by hand?",
    params=OptimizersParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.training.optimizers.model:Optimizers",
    parts=("update", "compare"),
    steps=150,
    pace=20,
    tempos=(Tempo(SURFACE & when(surface="double_well"), steps=60, pace=4), Tempo(NET, steps=168, pace=20), Tempo(VALLEY, steps=400, pace=60)),
    chapters=CHAPTERS,
    hero=(("learning_rate", SURFACE), ("accumulate", NET), ("walker_rate", VALLEY)),
    short="Optimisers",
    scripts=("gradient_descent", "heun", "runge_kutta", "momentum", "nesterov", "adam", "descend", "train", "walk"),
    stackable=(
        "learning_rate", "momentum", "weight_decay", "lookahead_k", "lookahead_a", "net_rate", "walker_rate", "curvature",
        "gradient_noise", "soft_batch",
    ),
    guesses=GUESSES,
)  # fmt: skip
