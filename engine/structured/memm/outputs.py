"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under
from engine.structured.memm.params import RIB

# fmt: off
OUTPUTS = (
    scalar("memm_error", "share the MEMM decodes wrongly"),
    scalar("bi_error", "share the Bi-MEMM decodes wrongly"),
    scalar("crf_error", "share the CRF decodes wrongly"),
    scalar("softmax_error", "share the softmax decodes wrongly"),
    scalar("bayes_error", "least possible share, exact"),
    scalar("memm_nll", "training loss of the MEMM", "nats a sequence"),
    scalar("bi_nll", "training loss of the Bi-MEMM, half of each direction", "nats a sequence"),
    scalar("crf_nll", "training loss of the CRF", "nats a sequence"),
    scalar("memm_floor", "least loss of an MEMM, exact", "nats a sequence", symbol="H(ρ)"),
    scalar("crf_floor", "least loss of any model, exact", "nats a sequence", symbol="H(Y|X)"),
    scalar("illegal", "impossible steps in the MEMM's decoding, a share"),
    array("f", "shown labels", "the MEMM's label scores of what is shown, nudge included", exact=True),
    array("g", "labels labels", "the MEMM's transition scores, from row to column", exact=True),
    array("bi_f", "shown labels", "the Bi-MEMM's label scores of what is shown, nudge included", exact=True),
    array("bi_g", "labels labels", "the Bi-MEMM's transition scores", exact=True),
    array("crf_f", "shown labels", "the CRF's label scores of what is shown, nudge included", exact=True),
    array("crf_g", "labels labels", "the CRF's transition scores", exact=True),
    *(array(f"{name}_marginals", "shown labels", f"chances of each label, {who}", exact=True)
        for name, who in (("memm", "MEMM"), ("bi", "Bi-MEMM"), ("crf", "CRF"))),
    *(array(f"{name}_nodes", "shown labels", f"the same as it is read at γ, {who}", exact=True)
        for name, who in (("memm", "MEMM"), ("bi", "Bi-MEMM"), ("crf", "CRF"))),
    *(array(f"{name}_pairs", "steps labels labels", f"chances of each pair of neighbours as read at γ, {who}", exact=True)
        for name, who in (("memm", "MEMM"), ("bi", "Bi-MEMM"), ("crf", "CRF"))),
    *(array(f"{name}_path", "shown", f"best path, {who}") for name, who in (("memm", "MEMM"), ("bi", "Bi-MEMM"), ("crf", "CRF"))),
    array("reach", "shown shown", "largest move of a chance (column) when a score (row) grows by 3, MEMM", exact=True),
    array("bi_reach", "shown shown", "largest move of a chance (column) when a score (row) grows by 3, Bi-MEMM", exact=True),
    array("crf_reach", "shown shown", "largest move of a chance (column) when a score (row) grows by 3, CRF", exact=True),
    array("codes", "shown", "code points of the shown letters"),
    constant("gammas", "11", "values of γ", exact=True),
    array("memm_by_gamma", "11", "share the MEMM decodes wrongly at each γ", exact=True),
    array("bi_by_gamma", "11", "share the Bi-MEMM decodes wrongly at each γ", exact=True),
    *under(RIB,
        array("memm_table", "4 6", "the MEMM's score of each label, letter by letter", exact=True),
        array("bi_table", "4 6", "the Bi-MEMM's score of each label, letter by letter", exact=True),
        array("crf_table", "4 6", "the CRF's score of each label, letter by letter", exact=True)),
    constant("test_symbols", "tests width", "test letters by number"),
    constant("test_labels", "tests width", "test labels by number"),
)
# fmt: on
