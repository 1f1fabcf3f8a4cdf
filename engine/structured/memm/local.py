"""Local normalisation of a chain: its normalisers, its losses, and the scores that it is read by.

All models share the score S(y) = Σ f_t(y_t) + Σ g(y_t-1, y_t); f is (..., n, k), g (k, k) from row to column. McCallum, Freitag &
Pereira (2000); both directions: Su (2020), kexue.fm/archives/7213.
"""

from __future__ import annotations

from torch import Tensor, cat, logsumexp, zeros_like
from torch.nn.functional import cross_entropy

from engine.structured import chains


def ahead(f: Tensor, g: Tensor) -> Tensor:
    """c_t+1(i) = log Σ_j exp(g(i, j) + f_t+1(j)) (3): what the step from i is divided by, at i's place (..., n, k); 0 at the last."""
    steps = logsumexp(g + f[..., 1:, None, :], -1)
    return cat([steps, zeros_like(f[..., :1, :])], -2)


def behind(f: Tensor, g: Tensor) -> Tensor:
    """d_t-1(j) = log Σ_i exp(g(i, j) + f_t-1(i)) (4): the same from right to left, at j's place (..., n, k); 0 at the first."""
    steps = logsumexp(g + f[..., :-1, :, None], -2)
    return cat([zeros_like(f[..., :1, :]), steps], -2)


def reading(name: str, f: Tensor, g: Tensor, gamma: Tensor | float = 1.0) -> Tensor:
    """Label scores (..., n, k) of the chain with transitions g that a model is: S(y) less γ times its local normalisers.

    At γ = 1 the MEMM's chain has log Z = log Σ exp f_1: the model itself, up to that constant. The Bi-MEMM's is the geometric mean of
    its two directions.
    """
    if name == "memm":
        return f - gamma * ahead(f, g)
    return f - gamma * (ahead(f, g) + behind(f, g)) / 2 if name == "bi" else f


def memm_nll(f: Tensor, g: Tensor, labels: Tensor) -> Tensor:
    """-log P(y|x) (2), nats a sequence (batch,): a cross-entropy at every place, all at once, each given the true label before it."""
    return _places(cat([f[:, :1], g[labels[:, :-1]] + f[:, 1:]], 1), labels)


def backward_nll(f: Tensor, g: Tensor, labels: Tensor) -> Tensor:
    """The same from right to left: each place given the true label after it (4)."""
    return _places(cat([g.T[labels[:, 1:]] + f[:, :-1], f[:, -1:]], 1), labels)


def nll(name: str, f: Tensor, g: Tensor, labels: Tensor) -> Tensor:
    """The loss of each model, nats a sequence (batch,): f (batch, n, k), labels (batch, n)."""
    if name == "softmax":
        return _places(f, labels)
    if name == "memm":
        return memm_nll(f, g, labels)
    if name == "bi":
        return (memm_nll(f, g, labels) + backward_nll(f, g, labels)) / 2
    return chains.log_partition(f, g) - chains.path_score(f, g, labels)


def _places(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropies of all places, summed: logits (batch, n, k), labels (batch, n) -> (batch,)."""
    return cross_entropy(logits.transpose(-1, -2), labels, reduction="none").sum(-1)
