"""The pictures of the self-orthogonality lab."""

from engine.core.topic import View
from engine.training.self_orthogonality.params import DIGITS, GAUSSIAN, PLANE
from engine.training.self_orthogonality.views import digits, filters, pairs

VIEWS = (
    View("angles", "Angles of all pairs", "Above between the weights themselves, below as the inputs' covariance Σ sees them.", filters.angles),
    View("course", "Angles and penalty on the way", "Mean and deviation of the angles; the penalty, and what noise alone makes it on average.", filters.course, GAUSSIAN),
    View("lemma", "Signs against angles", "ϑ of every pair against its angle in both senses; dashed, the law for exact signs ± 2 standard errors.", filters.lemma),
    View("plane", "Filters in the plane", "Arrows of equal length over the inputs; dashed, the best lines that there are for three of them.", filters.plane, PLANE),
    View("matrix", "All pairs", "ϑ of the outputs beside the cosines of the weights. Click a cell to look at its pair.", pairs.matrix),
    View("responses", "One pair's outputs", "Outputs of the chosen pair for the inputs of this batch.", pairs.responses),
    View("worth", "What it is worth", "Accuracy, and how redundant the outputs are, on digits that were not trained on.", digits.worth, DIGITS),
    View("filters", "What each filter looks at", "Weights of all 32 filters as seen on the pixels, each scaled to its largest.", digits.filters, DIGITS),
)  # fmt: skip
