"""The pictures of the R-Drop lab."""

from engine.core.topic import View, when
from engine.training.r_drop.params import LINEAR, NET
from engine.training.r_drop.views import linear, net, rows

VIEWS = (
    View("crowd", "What the crowd answers", "Each dot is one thinned net's answer to the shown row: the nearer a corner, the surer. Right, the class that looks most alike.", rows.crowd, NET),
    View("scores", "On the test rows", "Right answers and loss of the full net, of the crowd's average, and of its members.", net.scores, NET),
    View("apart", "How far apart", "Three distances on the test rows, in nats.", net.apart, NET),
    View("unseen", "What cross-entropy cannot see", "Left the article's example, right the row of this batch with most hidden disagreement.", net.unseen, NET),
    View("every_row", "Every test row", "How sure the crowd is of the right class, and how far the full net is from it. Click a dot.", rows.every_row, NET),
    View("confidence", "Sure, and right?", "Test rows by how sure the full net is, and how often it is right there.", net.confidence, NET),
    View("plane", "The moons", "Test points in the colour of the crowd's average answer, the larger the farther the full net's answer is from it.", rows.plane, NET & when(data="moons")),
    View("losses", "Both parts of the loss", "Error against the labels, and disagreement, of every batch.", net.losses),
    View("weights", "Linear weights", "Weights found by SGD under masks, and by formula (4).", linear.weights, LINEAR),
    View("ridge", "The path of the ridge", "Formula (4) for every agreement weight, and where SGD stands.", linear.ridge, LINEAR),
)  # fmt: skip
