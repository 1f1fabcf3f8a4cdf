"""The pictures of the CRF lab."""

from engine.core.topic import View
from engine.structured.crf.views.lattice import frames, paths
from engine.structured.crf.views.runs import race, transitions
from engine.structured.crf.views.sums import halves, spectrum

VIEWS = (
    View("paths", "All paths of the CRF", "Nodes: P(label); edges: P(step); bold: the best path; pink: impossible.", paths),
    View("frames", "All paths of the softmax", "The same sequence, place by place.", frames),
    View("race", "On unseen sequences", "Loss and right labels over the steps.", race),
    View("spectrum", "The likeliest paths", "One bar a path, both models on one scale.", spectrum),
    View("halves", "Forward, then backward", "What each half of the recursion knows of every label.", halves),
    View("transitions", "Learned transitions", "From the row's label to the column's.", transitions),
)
