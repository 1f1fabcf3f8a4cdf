"""Exact inference in the noisy compass: what any decoder could know, and what search does to local and global models."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

Array = np.ndarray


def transition(eta: float, m: int) -> Array:
    """p(y_t | y_{t-1}) as a matrix (m, m), rows y_{t-1}."""
    return (1 - eta) * np.roll(np.eye(m), 1, axis=1) + eta / m


def emission(delta: float, m: int) -> Array:
    """p(c_t | y_t) as a matrix (m, m), rows y_t (symmetric)."""
    return (1 - delta) * np.eye(m) + delta / m


def forward(c: Array, eta: float, delta: float, m: int) -> Array:
    """The filter p(y_t | c_{1..t}) for readings (n, T): shape (n, T, m). The best any causal decoder can know."""
    moves, reads = transition(eta, m), emission(delta, m)
    belief = np.full((len(c), m), 1.0 / m)
    result = np.empty((*c.shape, m))
    for t in range(c.shape[1]):
        belief = (belief @ moves if t else belief) * reads[:, c[:, t]].T
        belief /= np.maximum(belief.sum(1, keepdims=True), 1e-300)
        result[:, t] = belief
    return result


def backward(c: Array, eta: float, delta: float, m: int) -> Array:
    """Messages beta_t(y) proportional to p(c_{t+1..T} | y_t = y), each row summing to one: shape (n, T, m)."""
    moves, reads = transition(eta, m), emission(delta, m)
    message = np.full((len(c), m), 1.0 / m)
    result = np.empty((*c.shape, m))
    for t in range(c.shape[1] - 1, -1, -1):
        result[:, t] = message
        message = (message * reads[:, c[:, t]].T) @ moves.T
        message /= np.maximum(message.sum(1, keepdims=True), 1e-300)
    return result


def marginals(c: Array, eta: float, delta: float, m: int) -> Array:
    """The smoother p(y_t | c_{1..T}): shape (n, T, m). The best with the whole source."""
    joint = forward(c, eta, delta, m) * backward(c, eta, delta, m)
    return joint / joint.sum(2, keepdims=True)


def local_tables(c: Array, eta: float, delta: float, m: int) -> tuple[Array, Array]:
    """The exact MEMM p(y_t | y_{t-1}, c_t): first step (n, m) and later steps (n, T - 1, m, m), rows y_{t-1}."""
    reads = emission(delta, m)
    first = reads[:, c[:, 0]].T
    later = transition(eta, m)[None, None] * reads[:, c[:, 1:]].transpose(1, 2, 0)[:, :, None, :]
    return _normal(first), _normal(later)


def global_tables(c: Array, eta: float, delta: float, m: int) -> tuple[Array, Array]:
    """The exact conditionals given the WHOLE source, equation (10): p(y_t | y_{t-1}, c_{1..T}); shapes as above."""
    reads, ahead = emission(delta, m), backward(c, eta, delta, m)
    first = reads[:, c[:, 0]].T * ahead[:, 0]
    seen = reads[:, c[:, 1:]].transpose(1, 2, 0) * ahead[:, 1:]
    return _normal(first), _normal(transition(eta, m)[None, None] * seen[:, :, None, :])


def _normal(weights: Array) -> Array:
    total = weights.sum(-1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), 1.0 / weights.shape[-1])


def joint_log(y: Array, c: Array, eta: float, delta: float, m: int) -> Array:
    """True joint log-likelihood ln p(y, c) per token of each sequence: shape (n,), nats; -inf where impossible."""
    with np.errstate(divide="ignore"):
        moves, reads = np.log(transition(eta, m)), np.log(emission(delta, m))
    total = -np.log(m) + moves[y[:, :-1], y[:, 1:]].sum(1) + reads[y, c].sum(1)
    return np.asarray(total / y.shape[1])


def path_log(y: Array, first: Array, later: Array) -> Array:
    """ln q(y) of sequences (n, T) under step tables: shape (n,)."""
    rows, steps = np.arange(len(y))[:, None], np.arange(y.shape[1] - 1)[None]
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(first[rows[:, 0], y[:, 0]]) + np.log(later[rows, steps, y[:, :-1], y[:, 1:]]).sum(1))


def viterbi(first: Array, later: Array) -> Array:
    """The best sequence of every row under step tables (max-product, -inf safe): shape (n, T)."""
    with np.errstate(divide="ignore"):
        score, steps = np.log(first), np.log(later)
    back = []
    for t in range(later.shape[1]):
        through = score[:, :, None] + steps[:, t]
        back.append(through.argmax(1))
        score = through.max(1)
    path = [score.argmax(1)]
    rows = np.arange(len(first))
    for pointers in reversed(back):
        path.append(pointers[rows, path[-1]])
    return np.stack(path[::-1], 1)


def beam(first: Array, later: Array, width: int) -> Array:
    """Beam search of `width` under step tables; returns the best finished sequence of every row, shape (n, T)."""
    count, m = first.shape
    with np.errstate(divide="ignore"):
        score, steps = np.log(first), np.log(later)
    keep = min(width, m)
    tokens = np.argsort(-score, axis=1, kind="stable")[:, :keep]
    score = np.take_along_axis(score, tokens, 1)
    paths = tokens[:, :, None]
    rows = np.arange(count)[:, None]
    for t in range(later.shape[1]):
        grown = (score[:, :, None] + steps[rows, t, tokens]).reshape(count, -1)
        keep = min(width, grown.shape[1])
        if keep < grown.shape[1]:
            best = np.sort(np.argpartition(-grown, keep - 1, axis=1)[:, :keep], axis=1)
        else:
            best = np.broadcast_to(np.arange(keep), (count, keep))
        score, tokens = np.take_along_axis(grown, best, 1), best % m
        paths = np.concatenate([paths[rows, best // m], tokens[:, :, None]], 2)
    return np.asarray(paths[rows[:, 0], score.argmax(1)])


def write(c: Array, eta: float, delta: float, m: int, uniforms: Array, history: Array | None = None) -> Array:
    """Sequences (n, T) drawn from the exact full-source model (10) by inverse transform of `uniforms` (n, T).

    With `history` (n, T) every step reads the previous token from there (teacher forcing) instead of its own.
    """
    moves, reads, ahead = transition(eta, m), emission(delta, m), backward(c, eta, delta, m)
    seen = reads[:, c].transpose(1, 2, 0) * ahead
    path: list[Array] = []
    for t in range(c.shape[1]):
        past = None if t == 0 else path[-1] if history is None else history[:, t - 1]
        step = _normal(seen[:, t] if past is None else moves[past] * seen[:, t]).cumsum(1)
        path.append((step < uniforms[:, t, None]).sum(1).clip(max=m - 1))
    return np.stack(path, 1)


def sample(count: int, positions: int, eta: float, delta: float, m: int, uniforms: Array) -> tuple[Array, Array]:
    """Walks and readings (n, T) from uniforms (4, n, T): the data of the compass.

    The four planes decide: does the walk jump, where to, is the reading noise, which reading.
    """
    jump, where, blur, which = uniforms[:, :count, :positions]
    leap = np.minimum((where * m).astype(np.int64), m - 1)
    places = np.arange(positions)
    last = np.maximum.accumulate(np.where(jump < eta, places, 0), axis=1)  # the jump before; the first place counts as one
    y = (np.take_along_axis(leap, last, 1) + places - last) % m
    c = np.where(blur < delta, np.minimum((which * m).astype(np.int64), m - 1), y)
    return y, c


WIDTHS = (1, 2, 4, 8, 16, 32)


@lru_cache(maxsize=8)
def search_study(eta: float, delta: float, m: int, positions: int, count: int, seed: int) -> tuple[Array, Array]:
    """Local against global search on fresh sequences: does looking harder help?

    Returns:
        Beam search on the exact MEMM: (2, len(WIDTHS)), rows token accuracy and true joint log-likelihood per token;
        and the same two for (local Viterbi, global Viterbi, posterior decoding, the truth itself): (2, 4).
    """
    random = np.random.default_rng([seed, 8])
    y, c = sample(count, positions, eta, delta, m, random.random((4, count, positions)))
    world = (eta, delta, m)
    tables = local_tables(c, *world)

    def grade(path: Array) -> tuple[float, float]:
        return float((path == y).mean()), float(joint_log(path, c, *world).mean())

    beams = [grade(beam(*tables, width)) for width in WIDTHS]
    posterior = marginals(c, *world).argmax(2)
    others = [grade(path) for path in (viterbi(*tables), viterbi(*global_tables(c, *world)), posterior, y)]
    return np.array(beams).T, np.array(others).T
