"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under
from engine.structured.on_lstm.params import ORDERED

# fmt: off
OUTPUTS = (
    scalar("nll", "loss on probe sentences", "nats a token"),
    scalar("floor", "entropy of the grammar, exact", "nats a token", symbol="H"),
    scalar("recall", "share of true brackets found"),
    scalar("right_recall", "share of true brackets in right-branching trees"),
    scalar("spearman", "rank correlation of d and the true level"),
    scalar("level0", "mean d of content words", symbol="d₀"),
    scalar("level1", "mean d of head words", symbol="d₁"),
    scalar("level2", "mean d of topic words", symbol="d₂"),
    array("tokens", "T", "tokens of the shown sentence by number"),
    array("distance", "T", "d of each of its tokens", exact=True),
    *under(ORDERED,
        array("forget_master", "T levels", "master forget gate of each token, finest level first"),
        array("input_master", "T levels", "master input gate of each token, finest level first")),
    array("forget_gate", "T hidden", "forget gate f"),
    array("input_gate", "T hidden", "input gate i"),
    array("output_gate", "T hidden", "output gate o"),
    array("candidate", "T hidden", "candidate ĉ"),
    array("cell_state", "T hidden", "cell state c"),
    array("hidden_state", "T hidden", "state h"),
    array("cell_before", "hidden", "cell state before the first token"),
    array("tree", "brackets 2", "first and last token of each bracket found"),
    array("probe_distance", "probes L", "d of the probe sentences, padded with 0", exact=True),
    constant("probe_tokens", "probes L", "probe sentences by number, padded with 0"),
)
# fmt: on
