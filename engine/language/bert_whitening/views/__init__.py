"""The pictures of the BERT-whitening lab."""

from engine.core.topic import View
from engine.language.bert_whitening.views import scores, vectors

VIEWS = (
    View("cone", "A cone, and what is made of it", "Sentence vectors seen along their common direction and the strongest other one: as they are, and at k, β, γ. The cross is the origin.", vectors.cone),
    View("random_pairs", "Cosines of random pairs", "Sentences that have nothing to do with each other.", vectors.random_pairs),
    View("dimensions", "How many dimensions", "Spearman correlation of cosines with the truth, by dimensions kept. Drag the mark.", scores.dimensions),
    View("spectrum", "Directions by strength", "Eigenvalues; in made vectors what of them is meaning. Kept are those left of the mark.", scores.spectrum),
    View("pairs", "Cosine against truth", "Every dot is a pair of sentences.", scores.pairs),
    View("flow", "A flow in training", "Likelihood against the best that a linear map can do, and the score.", scores.flow),
)  # fmt: skip
