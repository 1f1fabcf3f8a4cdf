"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, constant, scalar, under
from engine.language.bert_whitening.params import MADE, TRAINED

# fmt: off
OUTPUTS = (
    scalar("spearman_raw", "Spearman correlation, raw"),
    scalar("spearman_centred", "Spearman correlation, centred"),
    scalar("spearman", "Spearman correlation at k, β, γ"),
    scalar("spearman_full", "Spearman correlation, whitened in all dimensions"),
    scalar("spearman_flow", "Spearman correlation, flow"),
    scalar("rank", "rank of the covariance"),
    scalar("mean_cosine_raw", "mean cosine of all pairs of vectors, raw"),
    scalar("mean_cosine", "mean cosine of all pairs of vectors at k, β, γ"),
    scalar("dropped", "pairs with a vector that became zero"),
    scalar("flow_nll", "negative log-likelihood of the flow", "nats"),
    scalar("gaussian_nll", "least of a linear flow, by (5)", "nats"),
    array("cosines", "P", "cosine of every pair at k, β, γ", exact=True),
    array("cosines_raw", "P", "cosine of every pair, raw", exact=True),
    array("eigenvalues", "d", "eigenvalues, descending", symbol="λ", exact=True),
    array("spearman_by_dimension", "d", "Spearman correlation at β, γ by dimensions kept", exact=True),
    array("spearman_rotated", "d", "the same at γ = 0", exact=True),
    array("origin", "d", "share of the mean vector that is subtracted", symbol="βμ"),
    array("directions", "d d", "directions of the eigenvalues, a column each", symbol="U"),
    constant("truth", "P", "true similarity of every pair", exact=True),
    *under(~TRAINED,
        constant("left", "P d", "vectors of the first sentences"),
        constant("right", "P d", "vectors of the second sentences")),
    *under(MADE, array("meant", "d", "variance of the meanings along every direction", exact=True)),
    *under(TRAINED,
        scalar("word_loss", "loss of CBOW", "nats"),
        array("embeddings", "500 d", "word vectors, the most frequent word first"),
        constant("sentences", "sentences 16", "words of the sentences: all first ones, then all second ones")),
)
# fmt: on
