"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.attention.position_encodings.names import NAMES
from engine.core.topic import array, constant, scalar, under, when

OUTPUTS = (
    *(
        output
        for name, words in NAMES.items()
        for output in under(when(contestants=name), scalar(f"loss_{name}", f"training loss of the last batch: {words}", "nats"))
    ),
    scalar("floor", "least possible loss of the task", "nats"),
    scalar("ceiling", "greatest possible accuracy of the task"),
    scalar("chance", "accuracy of guessing"),
    scalar("snapshot_step", "step of the weights that maps, shuffle test and stretching look at", "steps"),
    scalar("rope_inside", "accuracy of RoPE at the training length"),
    scalar("rope_twice", "accuracy of RoPE at twice the training length"),
    scalar("rope_far", "accuracy of RoPE at eight times the training length"),
    scalar("xl_inside", "accuracy of Transformer-XL at the training length"),
    scalar("xl_twice", "accuracy of Transformer-XL at twice the training length"),
    scalar("xl_far", "accuracy of Transformer-XL at eight times the training length"),
    scalar("best_inside", "greatest accuracy of all contestants at the training length"),
    scalar("best_far", "greatest accuracy of all contestants at eight times the training length"),
    scalar("rows_moved", "rows of the learned table beyond the training length that changed"),
    scalar("buckets_moved", "T5 buckets out of reach in training that changed"),
    constant("lengths", "lengths", "tested sequence lengths", "positions"),
    array("accuracy", "raced lengths", "accuracy over the last quarter of positions, newest test of each"),
    array("test_loss", "raced lengths", "loss over the last quarter of positions, newest test of each", "nats"),
    array("tested_at", "raced lengths", "step of that test; -1 where there was none", "steps"),
    array("score", "map map", "positional part of the score, query by key, of the chosen head"),
    array("terms", "4", "the four terms of the score at the chosen cell"),
    array("pairs", "pairs", "contribution of each rotating pair at the chosen cell"),
    array("decay", "heads distances", "positional score by distance from the last position"),
    array("distances", "distances", "distances at which the decay is given", "positions"),
    array("sentence", "2 8", "tokens of the shuffle test, and the permutation"),
    array("attention", "heads rows rows", "mean attention of the trained net (255 = 1), of the chosen layer"),
    array("mass", "heads back", "share of attention at each distance back"),
    array("shuffle_gap", "raced", "largest difference between shuffling before and after the net, without a mask"),
    *under(when(contestants="t5"), array("t5_bias", "heads buckets", "T5's learned bias per bucket")),
    *under(
        when(contestants="rope"), array("stretched", "2 lengths", "short tests of the trained RoPE: as it is, and stretched")
    ),
)
