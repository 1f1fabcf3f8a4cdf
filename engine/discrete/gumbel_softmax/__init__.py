"""From the normal distribution to Gumbel-softmax: how a gradient passes through a choice, and what it pays."""

from __future__ import annotations

from engine.core.topic import Topic, when
from engine.discrete.gumbel_softmax.lesson import CHAPTERS, GUESSES
from engine.discrete.gumbel_softmax.outputs import OUTPUTS
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams
from engine.discrete.gumbel_softmax.views import VIEWS

TOPIC = Topic(
    slug="gumbel-softmax",
    group="discrete",
    title="The gradient through a roll of dice: Gumbel-softmax",
    question="A dice roll has no derivative. How can a network learn through one, what do you pay, and which temperature "
    "should you ask for?",
    params=GumbelSoftmaxParams,
    outputs=OUTPUTS,
    views=VIEWS,
    model="engine.discrete.gumbel_softmax.model:GumbelSoftmax",
    parts=("draw", "forward", "estimate", "update"),
    steps=1000,
    chapters=CHAPTERS,
    uploads=("images",),
    data_param="data",
    data_value="own",
    scripts=("steps", "sample", "train"),
    cover="cloud",
    seed=1,  # seed 0 draws an unlikely start (at step 50 a χ² that one run in 2,000 exceeds): true, and no first impression
    short="Gumbel-softmax",
    after=("vae-geometry",),  # the path through a normal sample, there; here through a discrete one
    hero=(
        ("tau", when(tempered=True)),
        ("anneal_end", when(bench=("descent", "vae"), schedule="geometric", infinite=False)),
        ("omega", when(bench="normal", wave="cosine")),
        ("sigma", when(bench="normal")),
        ("infinite", when(infinite=True)),
        ("samples", when(bench=("descent", "vae"))),
    ),
    guesses=GUESSES,
    stackable=("tau", "schedule", "anneal_start", "anneal_end", "anneal_from", "anneal_until", "infinite"),
    stacks=when(bench="vae"),  # the sampling benches are no networks
)
