"""Where is this token? Fourteen position encodings raced side by side on the same batches."""

from collections.abc import Callable
from typing import get_args

from engine.attention.position_encodings.claims import CLAIMS
from engine.attention.position_encodings.experiments import EXPERIMENTS
from engine.attention.position_encodings.guesses import GUESSES
from engine.attention.position_encodings.names import NAMES
from engine.attention.position_encodings.params import Encoding, PositionEncodingsParams
from engine.attention.position_encodings.views import VIEWS
from engine.core.topic import Output, Topic


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
    views=VIEWS,
    model="engine.attention.position_encodings.model:Race",
    parts=("batch", "gradients", "update"),
    steps=300,
    claims=CLAIMS,
    experiments=EXPERIMENTS,
    guesses=GUESSES,
)
