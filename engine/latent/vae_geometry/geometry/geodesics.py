"""Shortest curves of a code space: Dijkstra on a grid, then Gauss-Newton on the discretised energy. numpy and scipy."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.linalg import solveh_banded
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from engine.latent.vae_geometry.geometry.charts import Chart, UncertainChart

Array = np.ndarray


def straight(a: Array, b: Array, segments: int = 32) -> Array:
    """The straight curve (segments + 1, d) in code coordinates."""
    part = np.linspace(0, 1, segments + 1)[:, None]
    return (1 - part) * a + part * b


def speeds(chart: Chart, curve: Array) -> Array:
    """Lengths of the steps of f(curve) (T,): all equal on a geodesic."""
    return np.linalg.norm(np.diff(chart.f(curve), axis=0), axis=1)


def picture_length(chart: Chart, curve: Array, subdivide: int = 8) -> float:
    """Length of f(curve) from chords, each segment cut into `subdivide` straight pieces first."""
    return float(speeds(chart, resample(curve, subdivide)).sum())


def resample(curve: Array, pieces: int) -> Array:
    """Every segment of the curve (T + 1, d) cut into equal pieces: (T * pieces + 1, d)."""
    if pieces == 1:
        return curve
    part = np.arange(pieces)[None, :, None] / pieces
    inner = curve[:-1, None] * (1 - part) + curve[1:, None] * part
    return np.concatenate([inner.reshape(-1, curve.shape[1]), curve[-1:]])


def refine(chart: Chart, curve: Array, rounds: int = 40, tolerance: float = 1e-9, pieces: int = 1) -> Array:
    """The nearest local minimiser of the energy with both ends fixed, by damped Gauss-Newton.

    The residuals see only two neighbouring nodes, so the normal equations are block tridiagonal and a round costs one
    pass of the chart with its Jacobian. Reaches what L-BFGS reaches, in a tenth of the passes.

    Args:
        chart: of an `UncertainChart` the uncertainty is measured inside the segments, the smooth decoder at the nodes.
        curve: (T + 1, d) start; its ends stay.
        rounds: at most so many accepted or refused steps; tolerance: relative gain of the energy at which to stop.
        pieces: chords into which a segment is cut for the uncertainty. Its walls and bumps are as narrow as a segment:
            with one chord a curve pays for none of those that it jumps over.
    """
    curve = np.array(curve, np.float64)
    size = curve.shape[1]
    rulers = ((chart.mean, 1), (chart.spread, pieces)) if isinstance(chart, UncertainChart) else ((chart, pieces),)
    damping = 1e-3
    best, gradient, bands = _normal_equations(rulers, curve)
    for _ in range(rounds):
        trial = curve.copy()
        trial[1:-1] -= _solve(gradient, bands, damping, size)
        reached, trial_gradient, trial_bands = _normal_equations(rulers, trial)
        if math.isfinite(reached) and reached < best:
            gain = (best - reached) / best
            curve, best, gradient, bands = trial, reached, trial_gradient, trial_bands
            damping = max(damping / 5, 1e-9)
            if gain < tolerance:
                break
        else:
            damping *= 8
            if damping > 1e8:
                break
    return curve


def _normal_equations(rulers: Sequence[tuple[Chart, int]], curve: Array) -> tuple[float, Array, Array]:
    """Energy over T, half its gradient (inner, d), and the Gauss-Newton matrix in upper banded form.

    Every ruler (chart, pieces) adds `pieces` times the squares of its chords, so that all measure the same integral.
    """
    count, size = len(curve) - 2, curve.shape[1]
    total, gradient = 0.0, np.zeros((count, size))
    own, next_ = np.zeros((count, size, size)), np.zeros((max(count - 1, 0), size, size))
    for chart, pieces in rulers:
        value, jacobian = (np.asarray(part, np.float64) for part in chart.both(resample(curve, pieces)))
        chord = np.diff(value, axis=0).reshape(count + 1, pieces, -1)
        total += pieces * float(np.square(chord).sum())
        if pieces == 1:  # the slope of a chord in its end is the Jacobian there, in its begin minus that
            inner = jacobian[1:-1]
            turned = np.swapaxes(inner, 1, 2)
            gradient += (turned @ (chord[:-1, 0] - chord[1:, 0])[:, :, None])[:, :, 0]
            own += 2 * (turned @ inner)
            next_ -= turned[:-1] @ inner[1:]
            continue
        share = np.arange(pieces + 1)[:, None, None] / pieces
        index = np.arange(count + 1)[:, None] * pieces + np.arange(pieces + 1)
        slope = jacobian[index]  # (T, pieces + 1, F, d), shared places twice
        at_begin = np.diff((1 - share) * slope, axis=1).reshape(count + 1, -1, size)
        at_end = np.diff(share * slope, axis=1).reshape(count + 1, -1, size)
        flat = chord.reshape(count + 1, -1, 1)
        from_begin, from_end = np.swapaxes(at_begin, 1, 2), np.swapaxes(at_end, 1, 2)
        gradient += pieces * ((from_begin @ flat)[1:, :, 0] + (from_end @ flat)[:-1, :, 0])
        own += pieces * ((from_begin @ at_begin)[1:] + (from_end @ at_end)[:-1])
        next_ += pieces * (from_begin @ at_end)[1:-1]
    width = 2 * size - 1
    bands = np.zeros((width + 1, count * size))
    for i in range(size):
        for j in range(size):
            if j >= i:
                bands[width + i - j, j::size] = own[:, i, j]
            offset = size + j - i
            bands[width - offset, size + j :: size][: count - 1] = next_[:, i, j]
    return total, gradient, bands


def _solve(gradient: Array, bands: Array, damping: float, size: int) -> Array:
    damped = bands.copy()
    damped[-1] += damping * max(float(bands[-1].mean()), 1e-12)
    try:
        return solveh_banded(damped, gradient.ravel(), check_finite=False).reshape(-1, size)
    except np.linalg.LinAlgError:
        return np.zeros_like(gradient)


class Grid:
    """A graph over a rectangle of a two-dimensional code space, with edges to all coprime offsets up to `reach`.

    `exact_lengths` measures an edge by two chords through its midpoint. `quick_lengths` takes the smooth decoder's part
    from its metric at the nodes and only the uncertainty's part from chords, `pieces` an edge, because that one has
    narrow walls and bumps. All places inside the edges lie on the grid of that part of the spacing, so a chart is
    evaluated there once.
    """

    def __init__(self, low: Array, high: Array, side: int, reach: int, pieces: int = 2) -> None:
        self.low, self.high, self.side, self.pieces = np.asarray(low, np.float64), np.asarray(high, np.float64), side, pieces
        self.points = self._mesh(side)
        index = np.arange(side * side).reshape(side, side)
        begins, ends = [], []
        for i in range(reach + 1):
            for j in range(-reach, reach + 1):
                if math.gcd(i, j) != 1 or (i == 0 and j < 0):
                    continue
                begins.append(index[: side - i, max(0, -j) : side - max(0, j)].ravel())
                ends.append(index[i:, max(0, j) : side - max(0, -j)].ravel())
        self.begin, self.end = np.concatenate(begins), np.concatenate(ends)

    def _places(self, pieces: int) -> list[Array]:
        """Where the ends of an edge's chords are in a mesh that is `pieces` times finer: pieces + 1 arrays (edges,)."""
        wide = pieces * (self.side - 1) + 1
        first, last = (pieces * (at // self.side * wide + at % self.side) for at in (self.begin, self.end))
        step = (last - first) // pieces
        return [first + k * step for k in range(pieces + 1)]

    def _mesh(self, side: int) -> Array:
        axes = [np.linspace(self.low[i], self.high[i], side) for i in range(2)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)

    def exact_lengths(self, chart: Chart) -> Array:
        """Edge lengths (edges,) from two chords through the midpoint."""
        value, (begin, middle, end) = chart.f(self._mesh(2 * self.side - 1)), self._places(2)
        lengths = np.empty(len(self.begin))
        for part in np.array_split(np.arange(len(self.begin)), max(1, len(self.begin) // 4096)):
            halfway = value[middle[part]]
            to_begin, to_end = value[begin[part]] - halfway, value[end[part]] - halfway
            lengths[part] = np.sqrt(np.square(to_begin).sum(1)) + np.sqrt(np.square(to_end).sum(1))
        return lengths

    def quick_lengths(self, chart: UncertainChart) -> Array:
        """Edge lengths (edges,) from the decoder's metric at the nodes and chords of the uncertainty."""
        mesh = self._mesh(self.pieces * (self.side - 1) + 1).astype(np.float32)
        height = chart.spread.f(mesh)[:, 0]
        metric, step = chart.mean.metric(self.points), self.points[self.end] - self.points[self.begin]
        mean = (metric[self.begin] + metric[self.end]) / 2
        x, y = step[:, 0], step[:, 1]
        flat = np.maximum(mean[:, 0, 0] * x * x + 2 * mean[:, 0, 1] * x * y + mean[:, 1, 1] * y * y, 0) / self.pieces**2
        at = [height[place] for place in self._places(self.pieces)]
        return sum(np.sqrt(flat + np.square(b - a)) for a, b in itertools.pairwise(at))

    def path(self, lengths: Array, chart: Chart, a: Array, b: Array) -> tuple[Array, float]:
        """The shortest path (n, 2) from a to b and its length; both ends are nodes of the graph, never snapped."""
        distance, before = self.tree(lengths, chart, np.stack([a, b]))
        at, nodes = len(self.points) + 1, []
        everything = np.concatenate([self.points, [a, b]])
        while at >= 0:
            nodes.append(everything[at])
            at = int(before[at])
        return np.array(nodes[::-1]), float(distance[-1])

    def tree(self, lengths: Array, chart: Chart, extra: Array) -> tuple[Array, Array]:
        """Dijkstra on the grid and `extra` points, each joined to the 16 nodes around it: distances of all from the first
        of the extra points, and the node before each."""
        cell = (self.high - self.low) / (self.side - 1)
        corner = np.clip(np.floor((extra - self.low) / cell).astype(int), 1, self.side - 3)
        around = np.arange(-1, 3)
        near = (corner[:, 0, None, None] + around[None, :, None]) * self.side + corner[:, 1, None, None] + around[None, None]
        own, near = np.repeat(np.arange(len(extra)), 16), near.ravel()
        a, b = extra[own], self.points[near]
        at_a, middle, at_b = chart.f(extra)[own], chart.f((a + b) / 2), chart.f(b)
        joined = np.linalg.norm(middle - at_a, axis=1) + np.linalg.norm(at_b - middle, axis=1)
        first, total = len(self.points), len(self.points) + len(extra)
        ends = np.concatenate([self.begin, first + own]), np.concatenate([self.end, near])
        values = np.maximum(np.concatenate([lengths, joined]), 1e-12)  # a zero would read as "no edge"
        graph = coo_matrix((values, ends), (total, total)).tocsr()
        distance, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
        return distance, before


def even(chart: Chart, path: Array, segments: int) -> Array:
    """A path (n, d) redrawn with `segments` segments of equal picture length."""
    fine = resample(np.asarray(path, np.float64), 4)
    length = np.concatenate([[0], np.cumsum(np.maximum(speeds(chart, fine), 1e-12))])
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


def geodesic(chart: Chart, a: Array, b: Array, grid: Grid, segments: int = 32, rounds: int = 60) -> Array:
    """The shortest curve found: Gauss-Newton from Dijkstra's path and from the straight line, the shorter one kept."""
    path, _ = grid.path(grid.exact_lengths(chart), chart, a, b)
    found = [refine(chart, even(chart, path, segments), rounds), refine(chart, straight(a, b, segments), rounds)]
    return min(found, key=lambda curve: picture_length(chart, curve))


COARSE, FINE = 128, 512  # segments of a curve under (12) while its way is looked for, and in the end
SEARCHES = (  # nodes along a side of the grid, price at which Dijkstra's path is found, prices through which it follows
    (64, 0.1, (0.05, 0.15, 0.45, 1.0)),
    (128, 1.0, (1.0,)),  # as it is: where a gap is so narrow that a cheap way leads across, as between two moons
    (128, 1.0, (0.03, 0.06, 0.1, 0.18, 0.3, 0.5, 0.75, 1.0)),
)


def uncertain_geodesic(chart: UncertainChart, a: Array, b: Array, low: Array, high: Array) -> Array:
    """The shortest curve found under (12), (FINE + 1, 2): it winds past bumps of the uncertainty as narrow as the ring's own width.

    Such a length has very many local minima, and a graph cannot follow the bumps' contours. So the price of
    uncertainty rises step by step, from one at which the bumps hardly matter but a hole still costs more than the way
    round it, and the curve follows; then its segments are halved. Of several such searches the shortest curve is kept,
    and its segments are halved once more: which is the shortest shows no earlier, and changes by less than .1 % later.

    Args:
        low, high: corners of the rectangle in which the paths are looked for.
    """
    grids = {side: Grid(low, high, side, 3) for side, _, _ in SEARCHES}
    found = []
    for side, first, prices in SEARCHES:
        cheap = replace(chart, price=first)
        curve, _ = grids[side].path(grids[side].quick_lengths(cheap), cheap, a, b)
        for price in prices:
            ruler = replace(chart, price=price)
            curve = refine(ruler, even(ruler, curve, COARSE), 40, 1e-4, pieces=2)
        found.append(refine(chart, even(chart, curve, 2 * COARSE), 60, 1e-5, pieces=4))
    best = min(found, key=lambda curve: picture_length(chart, curve))
    return refine(chart, even(chart, best, FINE), 60, 1e-5, pieces=4)
