"""Where is this token? Fourteen position encodings raced side by side on the same batches."""

from collections.abc import Callable
from typing import get_args

from engine.attention.position_encodings import attention_views, score_views, views
from engine.attention.position_encodings.claims import CLAIMS
from engine.attention.position_encodings.experiments import EXPERIMENTS
from engine.attention.position_encodings.guesses import GUESSES
from engine.attention.position_encodings.names import NAMES
from engine.attention.position_encodings.params import Encoding, PositionEncodingsParams
from engine.core.topic import Output, Topic, View


def _races(name: str) -> Callable[[PositionEncodingsParams], bool]:
    """A predicate: does the encoding race?"""
    return lambda params: name in params.contestants


LOSSES = tuple(
    Output(f"loss_{name}", "", f"training loss of the last batch: {NAMES[name]}", "nats", when=_races(name))
    for name in get_args(Encoding)
)

TOPIC = Topic(
    slug="position-encodings",
    group="attention",
    title="Where is this token?",
    question="Attention alone cannot tell “dog bites man” from “man bites dog”. What must be added to the score so that it "
    "can, and which way still works on a sequence longer than any it was trained on?",
    params=PositionEncodingsParams,
    outputs=(
        *LOSSES,
        Output("floor", "", "least possible loss of the task", "nats"),
        Output("ceiling", "", "greatest possible accuracy of the task"),
        Output("chance", "", "accuracy of guessing"),
        Output("snapshot_step", "", "step of the weights that maps, shuffle test and stretching look at", "steps"),
        Output("rope_inside", "", "accuracy of RoPE at the training length"),
        Output("rope_twice", "", "accuracy of RoPE at twice the training length"),
        Output("rope_far", "", "accuracy of RoPE at eight times the training length"),
        Output("xl_inside", "", "accuracy of Transformer-XL at the training length"),
        Output("xl_twice", "", "accuracy of Transformer-XL at twice the training length"),
        Output("xl_far", "", "accuracy of Transformer-XL at eight times the training length"),
        Output("rows_moved", "", "rows of the learned table beyond the training length that changed"),
        Output("buckets_moved", "", "T5 buckets out of reach in training that changed"),
        Output("lengths", "lengths", "tested sequence lengths", "positions"),
        Output("accuracy", "raced lengths", "accuracy over the last quarter of positions, newest test of each"),
        Output("test_loss", "raced lengths", "loss over the last quarter of positions, newest test of each", "nats"),
        Output("tested_at", "raced lengths", "step of that test; -1 where there was none", "steps"),
        Output("score", "map map", "positional part of the score, query by key, of the chosen head"),
        Output("terms", "4", "the four terms of the score at the chosen cell"),
        Output("pairs", "pairs", "contribution of each rotating pair at the chosen cell"),
        Output("decay", "heads distances", "positional score by distance from the last position"),
        Output("distances", "distances", "distances at which the decay is given", "positions"),
        Output("sentence", "2 8", "tokens of the shuffle test, and the permutation"),
        Output("attention", "heads rows rows", "mean attention of the trained net (255 = 1), of the chosen layer"),
        Output("mass", "heads back", "share of attention at each distance back", ""),
        Output("shuffle_gap", "raced", "largest difference between shuffling before and after the net, without a mask"),
        Output("t5_bias", "heads buckets", "T5's learned bias per bucket", "", when=_races("t5")),
        Output("stretched", "2 lengths", "short tests of the trained RoPE: as it is, and stretched", "", when=_races("rope")),
    ),
    views=(
        View(
            "extrapolation",
            "Beyond the training length",
            "Accuracy over the last quarter of the positions, at lengths up to eight times the training length. "
            "Click a curve to look at that encoding everywhere else.",
            views.extrapolation,
        ),
        View(
            "score_map",
            "What position adds to the score",
            "Query by key, for equal contents. Click a cell, or drag the square, to take its score apart.",
            score_views.score_map,
        ),
        View(
            "apart",
            "The score, taken apart",
            "Every encoding is a choice: which of the four terms to keep, to drop or to replace. In colour: what it changes.",
            score_views.apart,
        ),
        View("decay", "Score by distance", "How the positional score falls (or does not) with distance.", score_views.decay),
        View(
            "dials",
            "Rotating pairs",
            "Each pair of components is a hand that turns with the distance. Red angles are new to the trained net.",
            score_views.dials,
        ),
        View("race", "Training race", "Loss on the same batches, with the exact floor of the task.", views.race),
        View("scoreboard", "Who wins where", "The newest test of every contestant at every length.", views.scoreboard),
        View(
            "attention",
            "Trained attention",
            "Where the trained heads look, averaged over test sequences of the chosen length.",
            attention_views.attention,
        ),
        View(
            "mass", "Attention by distance", "How much attention each head gives to each distance back.", attention_views.mass
        ),
        View(
            "buckets",
            "T5's learned numbers",
            "The bias by distance. Buckets that training never reached have never been changed.",
            attention_views.buckets,
            when=_races("t5"),
        ),
        View(
            "stretch",
            "Stretching a trained RoPE",
            "No training: only the angles change. Right: turns each pair makes within the training length.",
            views.stretch,
            when=_races("rope"),
        ),
        View(
            "shuffle",
            "Shuffle test",
            "Shuffle the sentence before the net or its answers after: without position it is the same.",
            views.shuffle,
        ),
    ),
    model="engine.attention.position_encodings.model:Race",
    parts=("batch", "gradients", "update"),
    steps=300,
    claims=CLAIMS,
    experiments=EXPERIMENTS,
    guesses=GUESSES,
)
