"""The pictures of the MEMM lab."""

from engine.core.topic import View
from engine.structured.memm.params import RIB
from engine.structured.memm.views.evidence import gamma, reach, tables
from engine.structured.memm.views.paths import bi, crf, memm
from engine.structured.memm.views.runs import errors, losses, standing

VIEWS = (
    View(
        "memm",
        "All paths of the MEMM",
        "Nodes: P(label); numbers: P(next label); bold: the chosen path; pink: steps no word takes; all as read at γ.",
        memm,
    ),
    View("crf", "All paths of the CRF", "The same letters under one denominator for whole paths.", crf),
    View("bi", "All paths of the Bi-MEMM", "Trained from both ends; read by the mean of both directions.", bi),
    View("gamma", "Errors against γ", "The same trained scores, decoded with more or less of their normalisers.", gamma),
    View("losses", "Training loss", "Nats a sequence on all training sequences.", losses),
    View("errors", "On unseen sequences", "Share decoded wrongly: words of rib and rob, labels of the lexicon.", errors),
    View(
        "standing",
        "Who is wrong how often",
        "Share decoded wrongly now: words of rib and rob, labels of the lexicon.",
        standing,
    ),
    View(
        "reach",
        "How far evidence reaches",
        "Row: where a score grows by 3; column: where chances move; the largest move.",
        reach,
    ),
    View("tables", "What letters say", "Label scores of each letter: MEMM and CRF.", tables, when=RIB),
)
