"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under
from engine.structured.crf.params import EXACT, HMM

# fmt: off
OUTPUTS = (
    scalar("crf_nll", "test loss of the CRF", "nats a sequence"),
    scalar("softmax_nll", "test loss of the softmax", "nats a sequence"),
    scalar("bayes_nll", "loss of the exact answer", "nats a sequence"),
    scalar("crf_accuracy", "share of labels the CRF gets right"),
    scalar("softmax_accuracy", "share of labels the softmax gets right"),
    scalar("bayes_accuracy", "share of labels the exact answer gets right"),
    scalar("crf_path_accuracy", "share of sequences the CRF gets wholly right"),
    scalar("crf_illegal", "impossible steps of the CRF, a share"),
    scalar("softmax_illegal", "impossible steps of the softmax, a share"),
    scalar("log_z", "log-sum over all paths shown", "nats", symbol="log Z"),
    scalar("viterbi_score", "score of the best path shown", "nats"),
    scalar("entropy", "entropy over the paths shown", "nats", symbol="H"),
    array("h", "shown 4", "label scores of the shown sequence, without start", exact=True),
    array("g", "4 4", "transition scores, from row to column", exact=True),
    array("start", "4", "scores of the first label", exact=True),
    array("node_marginals", "shown 4", "chances of each label", exact=True),
    array("pair_marginals", "steps 4 4", "chances of each pair of neighbours", exact=True),
    array("filtered", "shown 4", "chances of each label, by the symbols up to it", exact=True),
    array("softmax_marginals", "shown 4", "chances of each label, by the softmax", exact=True),
    array("viterbi", "shown", "best path of the CRF"),
    array("softmax_labels", "shown", "labels of the softmax"),
    array("labels", "shown", "true labels"),
    array("shown_codes", "shown", "code points of the shown symbols"),
    array("unknown", "shown", "1 where a symbol was not in training"),
    array("paths", "2 best", "chances of the likeliest paths, CRF and softmax", exact=True),
    array("path_kinds", "2 best", "of each: 0 impossible, 1 possible, 2 the true one, -1 none"),
    *under(HMM, constant("emission", "4 20", "chances of each symbol, label by label", exact=True)),
    *under(EXACT, array("embedding", "20 4", "the CRF's score of each label, symbol by symbol", exact=True)),
    constant("test_symbols", "tests width", "test symbols by number"),
    constant("test_labels", "tests width", "test labels, 0 to 3 for B M E S"),
)
# fmt: on
