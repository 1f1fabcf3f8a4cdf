"""The gradient bench: running means and variances of every chosen estimator over a range of temperatures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.discrete.gumbel_softmax import estimators, theory
from engine.discrete.gumbel_softmax.benches import Source
from engine.discrete.gumbel_softmax.objectives import Objective, objective
from engine.discrete.gumbel_softmax.params import RELAXED, GumbelSoftmaxParams

TAUS = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0])
PICTURE = 480  # draws of the first picture
BATCH = 1920  # draws of one step; both are multiples of most numbers of leave-one-out draws
CELLS = 18  # per side of the wrong-way map
MAP_DRAWS = 64
_SIDE = (np.arange(CELLS) + 0.5) / CELLS
_P2, _P1 = np.meshgrid(_SIDE, _SIDE, indexing="ij")
_INSIDE = _P1 + _P2 < 0.999
_CELL_P = np.stack([_P1[_INSIDE], _P2[_INSIDE], 1 - _P1[_INSIDE] - _P2[_INSIDE]], -1)


class Moments:
    """Counts, sums and sums of squared lengths of gradient draws, per method and temperature slot."""

    def __init__(self, methods: int, slots: int, k: int) -> None:
        self.count = np.zeros((methods, slots))
        self.total = np.zeros((methods, slots, k))
        self.square = np.zeros((methods, slots))
        self.tiny = np.zeros(slots)  # Gumbel-softmax draws shorter than 1/1000 of the exact gradient
        self.seen = np.zeros(slots)
        self.largest = np.zeros(slots)  # its longest draw

    def add(self, method: int, draws: np.ndarray) -> None:
        """Draws (n, slots, k), or (n, k) for a method without temperature."""
        if draws.ndim == 2:
            draws = draws[:, None]
        self.count[method] += len(draws)
        self.total[method] += draws.sum(0, dtype=np.float64)
        self.square[method] += np.einsum("nsk,nsk->s", draws, draws, dtype=np.float64)

    def lottery(self, draws: np.ndarray, threshold: float) -> None:
        """Note how many draws (n, slots, k) are shorter than the threshold, and the longest."""
        length = np.sqrt(np.einsum("nsk,nsk->ns", draws, draws))
        self.tiny += (length < threshold).sum(0)
        self.seen += len(length)
        self.largest = np.maximum(self.largest, length.max(0))

    def merge(self, other: Moments) -> None:
        for name in ("count", "total", "square", "tiny", "seen"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.largest = np.maximum(self.largest, other.largest)

    @property
    def mean(self) -> np.ndarray:
        return self.total / np.maximum(self.count, 1)[..., None]

    @property
    def variance(self) -> np.ndarray:
        """Total variance of one draw, unbiased."""
        left = self.square - self.count * (self.mean**2).sum(-1)
        return np.maximum(left, 0) / np.maximum(self.count - 1, 1)


class GradientBench:
    """Accumulates moments; whatever a changed parameter makes stale starts afresh."""

    def __init__(self, params: GumbelSoftmaxParams, picture: Source, loop: Source) -> None:
        self.loop, self.k = loop, params.classes
        self.start = self._noise(picture, PICTURE, params)
        self.grid_key: tuple[Any, ...] = ()
        self.now_key: tuple[Any, ...] = ()
        self.map_key: tuple[Any, ...] = ()
        self.cached: dict[str, tuple[tuple[Any, ...], Any]] = {}

    def _noise(self, source: Source, draws: int, params: GumbelSoftmaxParams) -> dict[str, np.ndarray]:
        return {
            "gumbel": estimators.gumbel(source.exponential(draws, self.k)),
            "again": source.exponential(draws // 8, 20, self.k),
            "map": estimators.gumbel(source.exponential(MAP_DRAWS, 1, 3)),
        }

    def draw(self, params: GumbelSoftmaxParams) -> None:
        self.batch = self._noise(self.loop, BATCH, params)

    def forward(self, params: GumbelSoftmaxParams) -> None:
        self.f = _objective(params)

    def estimate(self, params: GumbelSoftmaxParams) -> None:
        self.grid_part = gather(params, self.f, self.batch, TAUS)
        self.now_part = gather(params, self.f, self.batch, params.temperature)
        self.map_part = map_sums(params, self.f, self.batch) if self.k == 3 else None

    def update(self, params: GumbelSoftmaxParams) -> None:
        if self.grid_key != (key := _grid_key(params)):
            self.grid_key, self.grid = key, self._first("grid", params)
        if self.now_key != (key := _now_key(params)):
            self.now_key, self.now = key, self._first("now", params)
        self.grid.merge(self.grid_part)
        self.now.merge(self.now_part)
        if self.map_part is not None:
            if self.map_key != (key := _map_key(params)):
                self.map_key, self.map = key, self._first("map", params)
            self.map = self.map + self.map_part

    def _first(self, what: str, params: GumbelSoftmaxParams) -> Any:
        """What the picture's own fixed noise says under these parameters (the same at every look)."""
        f = _objective(params)
        if what == "map":
            return map_sums(params, f, self.start)
        return gather(params, f, self.start, TAUS if what == "grid" else params.temperature)

    def _present(self, what: str, key: tuple[Any, ...], held: tuple[Any, ...], params: GumbelSoftmaxParams) -> Any:
        """The accumulated sums if they belong to these parameters, else a first look, remembered."""
        if held == key:
            return getattr(self, what)
        if what not in self.cached or self.cached[what][0] != key:
            self.cached[what] = (key, self._first(what, params))
        return self.cached[what][1]

    def observe(self, params: GumbelSoftmaxParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        grid = self._present("grid", _grid_key(params), self.grid_key, params)
        now = self._present("now", _now_key(params), self.now_key, params)
        p, (corners, slopes) = theory.class_probabilities(params.first, params.second, self.k), _corners(params)
        exact = theory.exact_gradient(p, corners)
        mean = np.concatenate([grid.mean, now.mean], 1)
        variance = np.concatenate([grid.variance, now.variance], 1)
        count = np.concatenate([grid.count, now.count], 1)
        tiny = np.r_[grid.tiny / np.maximum(grid.seen, 1), now.tiny / np.maximum(now.seen, 1)]
        scalars = {
            "draws": float(count[:, :-1].max()),
            "exact_norm": float(np.linalg.norm(exact)),
            "best_tau": math.nan,
            "gs_bias": math.nan,
            "gs_sd": math.nan,
            "gs_cosine": math.nan,
        }
        if "gumbel-softmax" in params.estimators:
            row = params.estimators.index("gumbel-softmax")
            scalars["best_tau"] = best_temperature(mean[row, :-1], variance[row, :-1], count[row, :-1], exact, params.samples)
            scalars["gs_bias"] = float(np.linalg.norm(mean[row, -1] - exact))
            scalars["gs_sd"] = float(np.sqrt(variance[row, -1]))
            scalars["gs_cosine"] = theory.cosine_between(mean[row, -1], exact)
        arrays = {
            "gradient_mean": mean.astype(np.float32),
            "gradient_variance": variance.astype(np.float32),
            "gradient_count": count.astype(np.float32),
            "exact_gradient": exact.astype(np.float32),
            "corner_values": corners.astype(np.float32),
            "corner_slopes": slopes.astype(np.float32),
            "tiny_share": tiny.astype(np.float32),
            "largest_draw": np.r_[grid.largest, now.largest].astype(np.float32),
        }
        if self.k == 3:
            sums = self._present("map", _map_key(params), self.map_key, params)
            arrays["wrong_way"] = _cosines(sums, corners)
        return scalars, arrays


def gather(params: GumbelSoftmaxParams, f: Objective, noise: dict[str, np.ndarray], tau: float | np.ndarray) -> Moments:
    """Moments of every chosen estimator from the same noise, at one temperature or at each of TAUS."""
    k, slots = params.classes, np.size(tau)
    p64, (corners64, slopes64) = theory.class_probabilities(params.first, params.second, k), _corners(params)
    p, corners, slopes = p64.astype(np.float32), corners64.astype(np.float32), slopes64.astype(np.float32)
    logits = np.log(p)
    scores = logits + noise["gumbel"]
    winner = scores.argmax(-1)
    exact = theory.exact_gradient(p64, corners64)
    result = Moments(len(params.estimators), slots, k)
    each = np.asarray(tau, np.float32)[:, None] if np.ndim(tau) else tau
    wide = noise["gumbel"][:, None, :]
    for method, chosen in enumerate(params.estimators):
        name = params.effective(chosen)
        if name == "exact":
            result.add(method, np.broadcast_to(exact, (2, k)))
        elif name == "score-function":
            result.add(method, estimators.score_function(winner, p, corners))
        elif name == "score-baseline":
            result.add(method, estimators.score_function(winner, p, corners, float(p64 @ corners64)))
        elif name == "leave-one-out":
            groups = len(winner) // params.rloo
            result.add(method, estimators.leave_one_out(winner[: groups * params.rloo].reshape(groups, -1), p, corners))
        elif name == "straight-through":
            result.add(method, estimators.straight_through(winner, p, slopes))
        elif name == "gumbel-rao":
            few = len(noise["again"])
            again = estimators.conditional_scores(winner[:few], noise["again"][:, : params.resamplings], logits)
            wide_again = again[:, None]
            result.add(method, estimators.pathwise(name, f, logits, wide[:few], each, wide_again))
        else:
            draws = estimators.pathwise(name, f, logits, wide, each)
            result.add(method, draws)
            if chosen == "gumbel-softmax":
                result.lottery(draws, 1e-3 * float(np.linalg.norm(exact)))
    return result


def map_sums(params: GumbelSoftmaxParams, f: Objective, noise: dict[str, np.ndarray]) -> np.ndarray:
    """Sums of Gumbel-softmax gradients at every cell of the triangle of p, (cells, 3)."""
    logits = np.log(_CELL_P).astype(np.float32)
    draws = estimators.pathwise(params.effective("gumbel-softmax"), f, logits, noise["map"], params.temperature)
    return draws.sum(0, dtype=np.float64)


def _cosines(sums: np.ndarray, corners: np.ndarray) -> np.ndarray:
    exact = _CELL_P * (corners - (_CELL_P @ corners)[:, None])
    sizes = np.linalg.norm(sums, axis=-1) * np.linalg.norm(exact, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = np.where(sizes > 0, (sums * exact).sum(-1) / sizes, np.nan)
    result = np.full((CELLS, CELLS), np.nan, np.float32)
    result[_INSIDE] = cosine
    return result


def root_mean_square(
    mean: np.ndarray, variance: np.ndarray, count: np.ndarray, exact: np.ndarray, samples: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(bias, its standard error, RMSE of an average of `samples` draws) per slot; the bias is freed of its own noise."""
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
    return (
        params.first,
        params.second,
        params.objective,
        params.offset,
        params.rloo,
        params.forward,
        params.resamplings if "gumbel-rao" in params.estimators else 0,
    )


def _now_key(params: GumbelSoftmaxParams) -> tuple[Any, ...]:
    return (*_grid_key(params), params.temperature if any(name in RELAXED for name in params.estimators) else 0.0)


def _map_key(params: GumbelSoftmaxParams) -> tuple[Any, ...]:
    return (params.objective, params.forward, params.temperature)
