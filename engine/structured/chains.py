"""Chains of labels in log space: all paths summed, their marginals, the best one and the next best, in t·k² steps.

A path y over n places has the score s(y) = Σ h_t(y_t) + Σ g(y_t, y_t+1). Everywhere `h` is (..., n, k), with a start vector already
added to its first row; `g` is (k, k) from row to column, or (..., n-1, k, k) where it depends on the place, as for a chain that is
normalised locally. `inside` (..., n) says which places belong to a sequence: the first one always does, padding stands at the end
and changes nothing. Lafferty, McCallum & Pereira (2001); Sutton & McCallum (2010), arXiv:1011.4088.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

FORBIDDEN = -1e4  # the score of what cannot be: infinity would make gradients of log-sums that are not numbers


class Marginals(NamedTuple):
    """P(y_t): (..., n, k), P(y_t, y_t+1): (..., n-1, k, k), and log Z: (...)."""

    nodes: Tensor
    pairs: Tensor
    log_z: Tensor


def with_start(h: Tensor, start: Tensor) -> Tensor:
    """Label scores (..., n, k) with the start vector (k,) in their first row."""
    return torch.cat([h[..., :1, :] + start, h[..., 1:, :]], -2)


def forward(h: Tensor, g: Tensor, inside: Tensor | None = None) -> Tensor:
    """α_t(j), the log-sum of the scores of all prefixes that end in j: (..., n, k). An RNN whose hidden vector is α."""
    alpha = [h[..., 0, :]]
    for t in range(1, h.shape[-2]):
        summed = torch.logsumexp(alpha[-1][..., :, None] + _step(g, t), -2) + h[..., t, :]
        alpha.append(summed if inside is None else torch.where(inside[..., t, None], summed, alpha[-1]))
    return torch.stack(alpha, -2)


def backward(h: Tensor, g: Tensor, inside: Tensor | None = None) -> Tensor:
    """β_t(i), the log-sum of the scores of all that may follow i at t: (..., n, k); 0 at the end."""
    beta = [torch.zeros_like(h[..., 0, :])]
    for t in range(h.shape[-2] - 1, 0, -1):
        summed = torch.logsumexp(_step(g, t) + (h[..., t, :] + beta[-1])[..., None, :], -1)
        beta.append(summed if inside is None else torch.where(inside[..., t, None], summed, beta[-1]))
    return torch.stack(beta[::-1], -2)


def log_partition(h: Tensor, g: Tensor, inside: Tensor | None = None) -> Tensor:
    """log Z, the log-sum of the scores of all kⁿ paths: (...)."""
    return torch.logsumexp(forward(h, g, inside)[..., -1, :], -1)


def marginals(h: Tensor, g: Tensor, inside: Tensor | None = None) -> Marginals:
    """The chances of every label and of every pair of neighbours; both are 0 outside a sequence."""
    alpha, beta = forward(h, g, inside), backward(h, g, inside)
    log_z = torch.logsumexp(alpha[..., -1, :], -1)
    nodes = (alpha + beta - log_z[..., None, None]).exp()
    edges = g if g.ndim > 2 else g.expand(h.shape[-2] - 1, *g.shape)
    right = (h + beta)[..., 1:, None, :]
    pairs = (alpha[..., :-1, :, None] + edges + right - log_z[..., None, None, None]).exp()
    if inside is not None:
        nodes, pairs = nodes * inside[..., None], pairs * inside[..., 1:, None, None]
    return Marginals(nodes, pairs, log_z)


def path_score(h: Tensor, g: Tensor, labels: Tensor, inside: Tensor | None = None) -> Tensor:
    """s(y) of the paths `labels` (..., n): (...)."""
    emitted = h.gather(-1, labels[..., None])[..., 0]
    edges = g if g.ndim > 2 else g.expand(h.shape[-2] - 1, *g.shape)
    rows = edges.expand(*labels.shape[:-1], *edges.shape[-3:]).gather(
        -2, labels[..., :-1, None, None].expand(*labels.shape[:-1], labels.shape[-1] - 1, 1, g.shape[-1])
    )[..., 0, :]
    moved = rows.gather(-1, labels[..., 1:, None])[..., 0]
    if inside is not None:
        emitted, moved = emitted * inside, moved * inside[..., 1:]
    return emitted.sum(-1) + moved.sum(-1)


def entropy(h: Tensor, g: Tensor, found: Marginals) -> Tensor:
    """The entropy of the distribution over paths in nats, log Z - E[s]: (...)."""
    edges = g if g.ndim > 2 else g.expand(h.shape[-2] - 1, *g.shape)
    return found.log_z - (found.nodes * h).sum((-2, -1)) - (found.pairs * edges).sum((-3, -2, -1))


def viterbi(h: Tensor, g: Tensor, inside: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The best path (..., n) int64 and its score (...): log-sums become maxima, with pointers back. Padding repeats the last label."""
    best, back = h[..., 0, :], []
    stay = torch.arange(h.shape[-1], device=h.device).expand(best.shape)
    for t in range(1, h.shape[-2]):
        score, came = (best[..., :, None] + _step(g, t)).max(-2)
        score = score + h[..., t, :]
        if inside is not None:
            here = inside[..., t, None]
            score, came = torch.where(here, score, best), torch.where(here, came, stay)
        best = score
        back.append(came)
    score, label = best.max(-1)
    path = [label]
    for came in reversed(back):
        path.append(came.gather(-1, path[-1][..., None])[..., 0])
    return torch.stack(path[::-1], -1), score


def best_paths(h: Tensor, g: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` best paths of one sequence, best first: labels (m, n) and scores (m,), m fewer where there are fewer paths.

    Viterbi with a list for every label instead of one score: a path that is among the best has a beginning that is, too.
    """
    n, k = h.shape
    scores, paths = h[0][:, None], torch.arange(k, device=h.device)[:, None, None]  # (k, m), (k, m, t)
    for t in range(1, n):
        ways = scores[:, :, None] + _step(g, t)[:, None, :]  # (k, m, k): from, rank, to
        ways = ways.reshape(-1, k) + h[t]
        top, chosen = ways.topk(min(count, len(ways)), 0)  # (m', k)
        scores = top.T
        before = paths.reshape(-1, t)[chosen.T]  # (k, m', t)
        paths = torch.cat([before, torch.arange(k, device=h.device)[:, None, None].expand(*before.shape[:2], 1)], -1)
    top, chosen = scores.reshape(-1).topk(min(count, scores.numel()))
    return paths.reshape(-1, n)[chosen], top


def _step(g: Tensor, t: int) -> Tensor:
    """The scores (..., k, k) of the transitions into place t."""
    return g if g.ndim == 2 else g[..., t - 1, :, :]
