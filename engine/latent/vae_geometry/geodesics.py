"""Shortest curves of a code space: Dijkstra on a grid, then Gauss-Newton on the discretised energy. numpy and scipy."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import solveh_banded
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from engine.latent.vae_geometry.charts import Chart, UncertainChart

Array = np.ndarray


def straight(a: Array, b: Array, segments: int = 32) -> Array:
    """The straight curve (segments + 1, d) in code coordinates."""
    part = np.linspace(0, 1, segments + 1)[:, None]
    return (1 - part) * a + part * b


def picture_length(chart: Chart, curve: Array, subdivide: int = 8) -> float:
    """Length of f(curve) from chords, each segment cut into `subdivide` straight pieces first."""
    return float(np.linalg.norm(np.diff(chart.f(resample(curve, subdivide)), axis=0), axis=1).sum())


def resample(curve: Array, pieces: int) -> Array:
    """Every segment of the curve (T + 1, d) cut into equal pieces: (T * pieces + 1, d)."""
    if pieces == 1:
        return curve
    part = np.arange(pieces)[None, :, None] / pieces
    inner = curve[:-1, None] * (1 - part) + curve[1:, None] * part
    return np.concatenate([inner.reshape(-1, curve.shape[1]), curve[-1:]])


def energy(chart: Chart, curve: Array) -> float:
    """E = T sum_t |f(z_{t+1}) - f(z_t)|^2: Shao, Kumar & Fletcher 2018, 1711.08014, equation 5."""
    return (len(curve) - 1) * float(np.square(np.diff(chart.f(curve), axis=0)).sum())


def speeds(chart: Chart, curve: Array) -> Array:
    """Lengths of the steps of f(curve) (T,): all equal on a geodesic."""
    return np.linalg.norm(np.diff(chart.f(curve), axis=0), axis=1)


def refine(chart: Chart, curve: Array, rounds: int = 40, tolerance: float = 1e-9) -> Array:
    """The nearest local minimiser of the energy with both ends fixed, by damped Gauss-Newton.

    The residuals f(z_{t+1}) - f(z_t) see only two neighbours, so the normal equations are block tridiagonal and a
    round costs one pass of the decoder with its Jacobian. Reaches what L-BFGS reaches, in a tenth of the passes.

    Args:
        curve: (T + 1, d) start; its ends stay.
        rounds: at most so many accepted or refused steps; tolerance: relative gain of the energy at which to stop.
    """
    curve = np.array(curve, np.float64)
    size = curve.shape[1]
    damping = 1e-3
    value, jacobian = _both(chart, curve)
    best = float(np.square(np.diff(value, axis=0)).sum())
    for _ in range(rounds):
        gradient, bands = _normal_equations(value, jacobian)
        step = _solve(gradient, bands, damping, size)
        trial = curve.copy()
        trial[1:-1] -= step
        trial_value, trial_jacobian = _both(chart, trial)
        reached = float(np.square(np.diff(trial_value, axis=0)).sum())
        if math.isfinite(reached) and reached < best:
            gain = (best - reached) / best
            curve, value, jacobian, best = trial, trial_value, trial_jacobian, reached
            damping = max(damping / 5, 1e-9)
            if gain < tolerance:
                break
        else:
            damping *= 8
            if damping > 1e8:
                break
    return curve


def _both(chart: Chart, curve: Array) -> tuple[Array, Array]:
    both = getattr(chart, "both", None)
    value, jacobian = both(curve) if both is not None else (chart.f(curve), chart.jacobian(curve))
    return np.asarray(value, np.float64), np.asarray(jacobian, np.float64)


def _normal_equations(value: Array, jacobian: Array) -> tuple[Array, Array]:
    """Gradient (inner, d) of half the sum of squared steps, and its Gauss-Newton matrix in upper banded form."""
    inner = jacobian[1:-1]
    count, _, size = inner.shape
    turned = np.swapaxes(inner, 1, 2)
    gradient = (turned @ (2 * value[1:-1] - value[:-2] - value[2:])[:, :, None])[:, :, 0]
    own = 2 * (turned @ inner)
    next_ = -(turned[:-1] @ inner[1:])
    width = 2 * size - 1
    bands = np.zeros((width + 1, count * size))
    for i in range(size):
        for j in range(size):
            if j >= i:
                bands[width + i - j, j::size] = own[:, i, j]
            offset = size + j - i
            bands[width - offset, size + j :: size][: count - 1] = next_[:, i, j]
    return gradient, bands


def _solve(gradient: Array, bands: Array, damping: float, size: int) -> Array:
    damped = bands.copy()
    damped[-1] += damping * max(float(bands[-1].mean()), 1e-12)
    try:
        return solveh_banded(damped, gradient.ravel(), check_finite=False).reshape(-1, size)
    except np.linalg.LinAlgError:
        return np.zeros_like(gradient)


class Grid:
    """A graph over a rectangle of a two-dimensional code space, with edges to all coprime offsets up to `reach`.

    An edge is measured by two chords through its midpoint. All midpoints lie on the grid of half the spacing, so the
    chart is evaluated there once. `exact_lengths` does just that; `quick_lengths` (while training) takes the decoder's
    part from its metric at the nodes and only the uncertainty's part from chords, because that one has narrow walls.
    """

    def __init__(self, low: Array, high: Array, side: int, reach: int) -> None:
        self.low, self.high, self.side = np.asarray(low, np.float64), np.asarray(high, np.float64), side
        self.points, self.halves = self._mesh(side), self._mesh(2 * side - 1)
        row, column = (g.ravel() for g in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
        index = np.arange(side * side).reshape(side, side)
        begins, ends = [], []
        for i in range(reach + 1):
            for j in range(-reach, reach + 1):
                if math.gcd(i, j) != 1 or (i == 0 and j < 0):
                    continue
                begins.append(index[: side - i, max(0, -j) : side - max(0, j)].ravel())
                ends.append(index[i:, max(0, j) : side - max(0, -j)].ravel())
        self.begin, self.end = np.concatenate(begins), np.concatenate(ends)
        wide = 2 * side - 1
        self._node = 2 * row * wide + 2 * column  # place of the nodes, then of the edges' midpoints, in `halves`
        self._middle = (row[self.begin] + row[self.end]) * wide + column[self.begin] + column[self.end]

    def _mesh(self, side: int) -> Array:
        axes = [np.linspace(self.low[i], self.high[i], side) for i in range(2)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)

    def exact_lengths(self, chart: Chart) -> Array:
        """Edge lengths (edges,) from two chords through the midpoint."""
        value = chart.f(self.halves)
        lengths = np.empty(len(self.begin))
        for part in np.array_split(np.arange(len(self.begin)), max(1, len(self.begin) // 4096)):
            middle = value[self._middle[part]]
            to_begin, to_end = value[self._node[self.begin[part]]] - middle, value[self._node[self.end[part]]] - middle
            lengths[part] = np.sqrt(np.square(to_begin).sum(1)) + np.sqrt(np.square(to_end).sum(1))
        return lengths

    def quick_lengths(self, chart: UncertainChart) -> Array:
        """Edge lengths (edges,) from the decoder's metric at the nodes and chords of the uncertainty."""
        metric, sigma = chart.mean.metric(self.points), chart.uncertainty.sigma(self.halves.astype(np.float32))
        step = self.points[self.end] - self.points[self.begin]
        mean = (metric[self.begin] + metric[self.end]) / 2
        x, y = step[:, 0], step[:, 1]
        flat = np.maximum(mean[:, 0, 0] * x * x + 2 * mean[:, 0, 1] * x * y + mean[:, 1, 1] * y * y, 0)
        at_begin, middle, at_end = sigma[self._node[self.begin]], sigma[self._middle], sigma[self._node[self.end]]
        climb = np.abs(middle - at_begin) + np.abs(at_end - middle)
        return np.sqrt(flat + chart.dimensions * climb * climb)

    def path(self, lengths: Array, chart: Chart, a: Array, b: Array) -> tuple[Array, float]:
        """The shortest path (n, 2) from a to b and its length; both ends are nodes of the graph, never snapped."""
        distance, before = self._tree(lengths, chart, np.stack([a, b]), source=len(self.points))
        at, nodes = len(self.points) + 1, []
        everything = np.concatenate([self.points, [a, b]])
        while at >= 0:
            nodes.append(everything[at])
            at = int(before[at])
        return np.array(nodes[::-1]), float(distance[len(self.points) + 1])

    def distances(self, lengths: Array, chart: Chart, a: Array, others: Array) -> Array:
        """Distances (n,) from a to each of the others (n, 2)."""
        distance, _ = self._tree(lengths, chart, np.concatenate([a[None], others]), source=len(self.points))
        return distance[len(self.points) + 1 :]

    def _tree(self, lengths: Array, chart: Chart, extra: Array, source: int) -> tuple[Array, Array]:
        """Dijkstra from node `source` of the grid with `extra` points joined to the 16 nodes around each."""
        begin, end, weight = [self.begin], [self.end], [lengths]
        cell = (self.high - self.low) / (self.side - 1)
        corner = np.clip(np.floor((extra - self.low) / cell).astype(int), 1, self.side - 3)
        around = np.arange(-1, 3)
        near = (corner[:, 0, None, None] + around[None, :, None]) * self.side + corner[:, 1, None, None] + around[None, None]
        near = near.reshape(len(extra), -1)
        own = np.repeat(np.arange(len(extra)), near.shape[1])
        a, b = extra[own], self.points[near.ravel()]
        at_a, middle, at_b = chart.f(extra)[own], chart.f((a + b) / 2), chart.f(b)
        begin.append(len(self.points) + own)
        end.append(near.ravel())
        weight.append(np.linalg.norm(middle - at_a, axis=1) + np.linalg.norm(at_b - middle, axis=1))
        total = len(self.points) + len(extra)
        rows, columns = np.concatenate(begin), np.concatenate(end)
        values = np.maximum(np.concatenate(weight), 1e-12)  # a zero would read as "no edge"
        graph = coo_matrix((values, (rows, columns)), (total, total)).tocsr()
        distance, before = dijkstra(graph, directed=False, indices=source, return_predecessors=True)
        return distance, before


def even(chart: Chart, path: Array, segments: int) -> Array:
    """A path (n, d) redrawn with `segments` segments of equal picture length."""
    fine = resample(np.asarray(path, np.float64), 4)
    steps = np.linalg.norm(np.diff(chart.f(fine), axis=0), axis=1)
    length = np.concatenate([[0], np.cumsum(np.maximum(steps, 1e-12))])
    at = np.linspace(0, length[-1], segments + 1)
    curve = np.stack([np.interp(at, length, fine[:, i]) for i in range(fine.shape[1])], 1)
    curve[0], curve[-1] = path[0], path[-1]
    return curve


def box(codes: Array, *ends: Array, margin: float = 0.15) -> tuple[Array, Array]:
    """A rectangle around codes and curve ends, a little larger."""
    everything = np.concatenate([codes, *[np.atleast_2d(end) for end in ends]])
    low, high = everything.min(0), everything.max(0)
    room = np.maximum((high - low).max() * margin, 1e-3)
    return low - room, high + room


def geodesic(
    chart: Chart, a: Array, b: Array, grid: Grid, *, lengths: Array | None = None, segments: int = 32, rounds: int = 60
) -> Array:
    """The shortest curve found: Gauss-Newton from Dijkstra's path and from the straight line, the shorter one kept."""
    path, _ = grid.path(grid.exact_lengths(chart) if lengths is None else lengths, chart, a, b)
    found = [refine(chart, even(chart, path, segments), rounds), refine(chart, straight(a, b, segments), rounds)]
    return min(found, key=lambda curve: picture_length(chart, curve))
