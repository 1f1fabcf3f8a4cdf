"""The gradient bench: running means and variances of every chosen estimator over a range of temperatures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.frame import Timeline
from engine.discrete.gumbel_softmax import estimators, theory
from engine.discrete.gumbel_softmax.benches import Look, Running, Source
from engine.discrete.gumbel_softmax.objectives import Objective, objective
from engine.discrete.gumbel_softmax.params import RELAXED, GumbelSoftmaxParams

TAUS = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0])
PICTURE = 480  # draws of the first picture
BATCH = 1920  # draws of one step; both are multiples of most numbers of leave-one-out draws
CELLS = 18  # per side of the wrong-way map
MAP_DRAWS = 64
INSIDE, CELL_P = theory.triangle(CELLS, 0.999)
GS = "gumbel-softmax"
Noise = dict[str, np.ndarray]


class Moments:
    """Counts, sums and sums of squared lengths of gradient draws, per method and temperature slot."""

    def __init__(self, methods: int, slots: int, k: int) -> None:
        self.count = np.zeros((methods, slots))
        self.total = np.zeros((methods, slots, k))
        self.square = np.zeros((methods, slots))
        self.tiny = np.zeros(slots)  # Gumbel-softmax draws shorter than 1/1000 of the exact gradient
        self.seen = np.zeros(slots)
        self.largest = np.zeros(slots)  # its longest draw

    def note(self, method: int, draws: np.ndarray) -> None:
        """Draws (n, slots, k), or (n, k) for a method without temperature."""
        if draws.ndim == 2:
            draws = draws[:, None]
        self.count[method] = len(draws)
        self.total[method] = draws.sum(0, dtype=np.float64)
        self.square[method] = np.einsum("nsk,nsk->s", draws, draws, dtype=np.float64)

    def lottery(self, draws: np.ndarray, threshold: float) -> None:
        """Note how many draws (n, slots, k) are shorter than the threshold, and the longest."""
        length = np.sqrt(np.einsum("nsk,nsk->ns", draws, draws))
        self.tiny, self.seen = (length < threshold).sum(0), np.full(length.shape[1], len(length))
        self.largest = length.max(0)

    def __add__(self, other: Moments) -> Moments:
        result = Moments(*self.total.shape)
        for name in ("count", "total", "square", "tiny", "seen"):
            setattr(result, name, getattr(self, name) + getattr(other, name))
        result.largest = np.maximum(self.largest, other.largest)
        return result

    def read(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Means, unbiased total variances of one draw, numbers of draws; per slot the share of tiny ones, and the longest."""
        mean = self.total / np.maximum(self.count, 1)[..., None]
        left = self.square - self.count * (mean**2).sum(-1)
        variance = np.maximum(left, 0) / np.maximum(self.count - 1, 1)
        return mean, variance, self.count, self.tiny / np.maximum(self.seen, 1), self.largest


class GradientBench:
    """Accumulates moments; whatever a changed parameter makes stale starts afresh."""

    def __init__(self, params: GumbelSoftmaxParams, picture: Source, loop: Source) -> None:
        self.loop, self.k = loop, params.classes
        self.start = self._noise(picture, PICTURE)
        self.grid = Running(_grid_key, lambda params: gather(params, self.start, TAUS))
        self.now = Running(_now_key, lambda params: gather(params, self.start, params.temperature))
        self.map = Running(
            lambda params: (params.objective, params.forward, params.temperature), lambda params: map_sums(params, self.start)
        )

    def _noise(self, source: Source, draws: int) -> Noise:
        return {
            "gumbel": estimators.gumbel(source.exponential(draws, self.k)),
            "again": source.exponential(draws // 8, 20, self.k),
            "map": estimators.gumbel(source.exponential(MAP_DRAWS, 1, 3)),
        }

    def draw(self, params: GumbelSoftmaxParams) -> None:
        self.batch = self._noise(self.loop, BATCH)

    def forward(self, params: GumbelSoftmaxParams) -> None:
        """Nothing yet: which scores and values of f there are depends on the temperature."""

    def estimate(self, params: GumbelSoftmaxParams) -> None:
        self.on_grid, self.here = gather(params, self.batch, TAUS), gather(params, self.batch, params.temperature)
        self.over_map = map_sums(params, self.batch) if self.k == 3 else None

    def update(self, params: GumbelSoftmaxParams) -> None:
        self.grid.add(params, self.on_grid)
        self.now.add(params, self.here)
        if self.over_map is not None:
            self.map.add(params, self.over_map)

    def observe(self, params: GumbelSoftmaxParams) -> Look:
        pairs = zip(self.grid.under(params).read(), self.now.under(params).read(), strict=True)
        mean, variance, count, tiny, largest = (np.concatenate(pair, min(pair[0].ndim - 1, 1)) for pair in pairs)
        corners, slopes = _corners(params)
        exact = theory.exact_gradient(theory.probabilities(params, self.k), corners)
        scalars = {"draws": float(count[:, :-1].max()), "exact_norm": float(np.linalg.norm(exact))}
        scalars |= dict.fromkeys(("best_tau", "gs_bias", "gs_sd", "gs_cosine"), math.nan)
        if GS in params.estimators:
            row = params.estimators.index(GS)
            scalars["best_tau"] = best_temperature(mean[row, :-1], variance[row, :-1], count[row, :-1], exact, params.samples)
            scalars["gs_bias"] = float(np.linalg.norm(mean[row, -1] - exact))
            scalars["gs_sd"] = float(np.sqrt(variance[row, -1]))
            scalars["gs_cosine"] = theory.cosine_between(mean[row, -1], exact)
        arrays = {
            "gradient_mean": mean,
            "gradient_variance": variance,
            "gradient_count": count,
            "exact_gradient": exact,
            "corner_values": corners,
            "corner_slopes": slopes,
            "tiny_share": tiny,
            "largest_draw": largest,
        }
        if self.k == 3:
            arrays["wrong_way"] = _cosines(self.map.under(params), corners)
        return scalars, {name: values.astype(np.float32) for name, values in arrays.items()}


def gather(params: GumbelSoftmaxParams, noise: Noise, tau: float | np.ndarray) -> Moments:
    """Moments of every chosen estimator from the same noise, at one temperature or at each of TAUS."""
    k, f, wide = params.classes, _objective(params), noise["gumbel"][:, None]
    exactly = theory.probabilities(params, k), *_corners(params)
    p, corners, slopes = (known.astype(np.float32) for known in exactly)
    exact, mean = theory.exact_gradient(*exactly[:2]), float(exactly[0] @ exactly[1])
    logits = np.log(p)
    winner = (logits + noise["gumbel"]).argmax(-1)
    result = Moments(len(params.estimators), np.size(tau), k)
    each = np.asarray(tau, np.float32)[:, None] if np.ndim(tau) else tau
    draws: np.ndarray
    for method, chosen in enumerate(params.estimators):
        match name := params.effective(chosen):
            case "exact":
                draws = np.broadcast_to(exact, (2, k))
            case "score-function":
                draws = estimators.score_function(winner, p, corners)
            case "score-baseline":
                draws = estimators.score_function(winner, p, corners, mean)
            case "leave-one-out":
                whole = len(winner) // params.rloo * params.rloo
                draws = estimators.leave_one_out(winner[:whole].reshape(-1, params.rloo), p, corners)
            case "straight-through":
                draws = estimators.straight_through(winner, p, slopes)
            case "gumbel-rao":
                few = len(noise["again"])
                again = estimators.conditional_scores(winner[:few], noise["again"][:, : params.resamplings], logits)
                draws = estimators.pathwise(name, f, logits, wide[:few], each, again[:, None])
            case _:
                draws = estimators.pathwise(name, f, logits, wide, each)
        result.note(method, draws)
        if chosen == GS:
            result.lottery(draws, 1e-3 * float(np.linalg.norm(exact)))
    return result


def map_sums(params: GumbelSoftmaxParams, noise: Noise) -> np.ndarray:
    """Sums of Gumbel-softmax gradients at every cell of the triangle of p, (cells, 3)."""
    logits = np.log(CELL_P).astype(np.float32)
    draws = estimators.pathwise(params.effective(GS), _objective(params), logits, noise["map"], params.temperature)
    return draws.sum(0, dtype=np.float64)


def _cosines(sums: np.ndarray, corners: np.ndarray) -> np.ndarray:
    exact = theory.exact_gradient(CELL_P, corners)
    sizes = np.linalg.norm(sums, axis=-1) * np.linalg.norm(exact, axis=-1)
    result = np.full((CELLS, CELLS), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        result[INSIDE] = np.where(sizes > 0, (sums * exact).sum(-1) / sizes, np.nan)
    return result


def over_taus(timeline: Timeline, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, variance and number of draws of an estimator at each of TAUS."""
    row, a = timeline.params.estimators.index(name), timeline.frame.arrays
    return a["gradient_mean"][row, :-1], a["gradient_variance"][row, :-1], a["gradient_count"][row, :-1]


def root_mean_square(
    mean: np.ndarray, variance: np.ndarray, count: np.ndarray, exact: np.ndarray, samples: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(bias, its standard error, RMSE of an average of `samples` draws) per slot; the RMSE's bias is freed of its own noise."""
    error = np.sqrt(variance / np.maximum(count, 1))
    raw = np.linalg.norm(mean - exact, axis=-1)
    bias = np.sqrt(np.maximum(raw**2 - error**2, 0))
    return raw, error, np.sqrt(bias**2 + variance / samples)


def best_temperature(mean: np.ndarray, variance: np.ndarray, count: np.ndarray, exact: np.ndarray, samples: int) -> float:
    """The temperature with the smallest RMSE for this budget: parabola in log τ through the three lowest grid points."""
    _, _, rmse = root_mean_square(mean, variance, count, exact, samples)
    lowest = int(rmse.argmin())
    if not 0 < lowest < len(TAUS) - 1:
        return float(TAUS[lowest])
    x, z = np.log(TAUS[lowest - 1 : lowest + 2]), np.log(rmse[lowest - 1 : lowest + 2])
    a, b, _ = np.polyfit(x, z, 2)
    return float(np.exp(np.clip(-b / (2 * a), x[0], x[2]))) if a > 0 else float(TAUS[lowest])


def _objective(params: GumbelSoftmaxParams) -> Objective:
    return objective(params.objective, params.classes, params.offset, np.float32)


def _corners(params: GumbelSoftmaxParams) -> tuple[np.ndarray, np.ndarray]:
    return theory.corner_values(objective(params.objective, params.classes, params.offset), params.classes)


def _grid_key(params: GumbelSoftmaxParams) -> tuple[Any, ...]:
    again = params.resamplings if "gumbel-rao" in params.estimators else 0
    return params.first, params.second, params.objective, params.offset, params.rloo, params.forward, again


def _now_key(params: GumbelSoftmaxParams) -> tuple[Any, ...]:
    return (*_grid_key(params), params.temperature if any(name in RELAXED for name in params.estimators) else 0.0)
