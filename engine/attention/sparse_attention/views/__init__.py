"""The pictures of the sparse attention lab."""

from engine.attention.sparse_attention.params import COST, REACH
from engine.attention.sparse_attention.views.cost import bytes_kept, row_cost, seconds
from engine.attention.sparse_attention.views.reach import distances, learning, masks, reach, trade, ways
from engine.core.topic import View

VIEWS = (
    View(
        "reach",
        "Who reaches whom",
        "Ways from every input to every output through all layers. Click a cell to see one.",
        reach,
        when=REACH,
    ),
    View(
        "distances",
        "What can be learned",
        "A perfect learner at every copy distance, and this network at its own.",
        distances,
        when=REACH,
    ),
    View("ways", "One way through the layers", "All that the chosen output sees, and one way in bold.", ways, when=REACH),
    View("masks", "Masks and attention", "Who may look at whom, and who does. Click a row to follow it.", masks, when=REACH),
    View("learning", "Learning", "Loss and accuracy; guessing and the best that is possible as lines.", learning, when=REACH),
    View(
        "trade", "What two layers buy", "All stacks of two layers: scores computed against pairs connected.", trade, when=REACH
    ),
    View("seconds", "Time", "One forward pass of each implementation, measured on this machine.", seconds, when=COST),
    View("bytes", "Memory", "What each implementation keeps for the way back; counted, not measured.", bytes_kept, when=COST),
    View("row_cost", "The best stride", "Keys that a query of the sparse pattern sees, against the stride.", row_cost),
)
