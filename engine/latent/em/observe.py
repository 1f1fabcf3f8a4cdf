"""What a look at EM shows: the plane of the picture, the ledger of half-steps, the landscape of two components."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.latent import agreement
from engine.latent.em import mixture
from engine.latent.em.mixture import Array, Theta
from engine.latent.em.pair import Pair
from engine.latent.em.params import EmParams

PAST = 61  # iterations whose centres and ledger are kept
ROWS, COLUMNS = 75, 100  # of the field of memberships
SOFT = np.geomspace(0.01, 3.0, 33)
ENOUGH = 2000  # rows, evenly spaced, that the curves over the softness take
GRID, SLICE = 51, 121


class Observer:
    """Keeps what pictures show of the past; a look changes nothing that the loop reads."""

    def __init__(self, em: Any) -> None:
        p, x = em.params, em.x
        self.steps: list[tuple[float, float, float]] = []  # (place, F, ℓ) after each half-step
        self.begin_anew(em)
        if em.pair is not None:
            low, high = (0.02, 0.98) if p.data == "coins" else (min(-1.5, 0.8 * float(x.min())), max(1.5, 0.8 * float(x.max())))
            self.grid, self.slice_grid = np.linspace(low, high, GRID), np.linspace(low, high, SLICE)
            self.heights = em.pair.landscape(self.grid)
            return
        self.centre, self.axes = plane_of(x)
        self.flat = self.to_plane(x)
        least, most = self.flat.min(0), self.flat.max(0)
        room = 0.12 * np.maximum(most - least, 1e-9)
        self.corners = np.stack([least - room, most + room], 1).ravel()
        left, right, bottom, top = self.corners
        across = left + (np.arange(COLUMNS) + 0.5) * (right - left) / COLUMNS
        up = bottom + (np.arange(ROWS) + 0.5) * (top - bottom) / ROWS
        places = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)
        self.places = self.centre + places @ self.axes

    def begin_anew(self, em: Any) -> None:
        """Ways start where the centres are now, those of K-means, too."""
        if em.params.fixed:
            self.lloyd = mixture.lloyd(em.x, em.theta.means)
        self.ways: list[Array] = [em.theta.means]
        self.gradients: list[Array] = [em.ascent.detach().numpy().copy()]

    def to_plane(self, x: Array) -> Array:
        """(…, d) to (…, 2): two columns as they are, a single one beside nothing, more on the two principal axes."""
        return (x - self.centre) @ self.axes.T

    def put(self, means: Array, p: EmParams) -> Array:
        """The centre next to a click moves there; in the landscape of two components both do."""
        place = np.array([p.put_x, p.put_y])
        if p.data in ("two_gaussians", "coins"):
            return np.clip(place, 1e-3, 1 - 1e-3)[:, None] if p.data == "coins" else place[:, None]
        moved = means.copy()
        flat = self.to_plane(means)
        nearest = int(np.square(flat - place).sum(1).argmin())
        moved[nearest] += (place - flat[nearest]) @ self.axes
        return moved

    def keep(self, em: Any, part: str) -> None:
        """Remember a half-step."""
        place = em.step + (0.5 if part == "E" else 1.0)
        self.steps = [*self.steps, (place, em.free, em.ell)][-2 * PAST :]
        if part == "M":
            self.ways = [*self.ways, em.theta.means][-PAST:]
            self.gradients = [*self.gradients, em.ascent.detach().numpy().copy()][-PAST:]

    def frame(self, em: Any) -> tuple[dict[str, float], dict[str, Array]]:
        p, theta, log_joint = em.params, em.theta, em.log_joint(em.theta)
        least = np.ones(p.components) if em.pair is not None else mixture.least_variances(theta.covariances)
        counts = em.r.sum(0)
        scalars = {
            "ell": em.ell,
            "free_energy": em.free,
            "gap": mixture.gap(log_joint, em.r, em.temperature),
            "ell_e": em.ell_e,
            "largest_drop": em.largest_drop,
            "label_entropy": float(mixture.entropy(em.r).mean()),
            "singular": float(((least < mixture.EMPTY) | (counts < mixture.EMPTY)).sum()),
            "accuracy": accuracy(em),
        }
        arrays = {
            "weights": theta.weights.copy(),
            "points": em.x,
            "responsibilities": em.r.copy(),
            "ledger": padded(np.array(self.steps).reshape(-1, 3), 2 * PAST),
        }
        if p.data != "coins":
            arrays |= {"means": theta.means.copy(), "covariances": theta.covariances.copy()}
        if em.pair is None:
            self._plane(em, theta, arrays)
            if p.fixed:
                self._limit(em, scalars, arrays)
        else:
            self._pair(em, em.pair, scalars, arrays)
        if p.data == "two_gaussians":
            scalars |= {"error": em.error, "moved": em.moved, "rho_predicted": em.rho, "rho_observed": em.ratio}
        if p.data == "coins":
            arrays["coin"] = theta.means[:, 0].copy()
        return scalars, arrays

    def _plane(self, em: Any, theta: Theta, arrays: dict[str, Array]) -> None:
        softs = [mixture.entropy(mixture.memberships(lj, t)).mean() for lj, t in self._softened(em, theta)]
        belongs = mixture.memberships(mixture.normal_log_joint(self.places, theta), em.temperature)
        winner = belongs.argmax(1)
        count = em.params.components
        sure = (belongs.max(1) - 1 / count) / max(1 - 1 / count, 1e-9) if count > 1 else np.ones(len(belongs))
        arrays |= {
            "trail": padded(self.to_plane(np.array(self.ways)), PAST).astype(np.float32),
            "plane": self.flat.astype(np.float32),
            "axes": self.axes.astype(np.float32),
            "flat_means": self.to_plane(theta.means).astype(np.float32),
            "flat_covariances": (self.axes @ theta.covariances @ self.axes.T).astype(np.float32),
            "field": (winner + np.clip(sure, 0, 0.999)).reshape(ROWS, COLUMNS).astype(np.float32),
            "corners": self.corners.astype(np.float32),
            "soft_grid": SOFT.astype(np.float32),
            "soft_entropy": np.array(softs, np.float32),
        }

    def _softened(self, em: Any, theta: Theta) -> list[tuple[Array, float]]:
        """Log-joint and temperature at each softness of the curve, centres held."""
        x = some(em.x)
        if em.params.fixed:
            squares = -0.5 * mixture.squared_distances(x, theta.means)
            return [(squares / s**2, 1.0) for s in SOFT]
        log_joint = mixture.normal_log_joint(x, theta)
        return [(log_joint, s) for s in SOFT]

    def _limit(self, em: Any, scalars: dict[str, float], arrays: dict[str, Array]) -> None:
        means = em.theta.means
        scalars["inertia"] = mixture.inertia(em.x, means)
        scalars["smooth"] = float(mixture.smooth_inertia(em.x, means, np.sqrt(em.theta.covariances[:1, 0, 0]))[0])
        scalars["lloyd_distance"] = float(np.linalg.norm(means - self.lloyd, axis=1).max())
        arrays |= {
            "smooth_inertia": mixture.smooth_inertia(some(em.x), means, SOFT).astype(np.float32),
            "lloyd": self.lloyd,
            "flat_lloyd": self.to_plane(self.lloyd).astype(np.float32),
        }

    def _pair(self, em: Any, pair: Pair, scalars: dict[str, float], arrays: dict[str, Array]) -> None:
        before, now = em.before_e.means[:, 0], em.theta.means[:, 0]
        scalars["ell_gradient"] = em.ell_gradient
        way = padded(np.array(self.ways).reshape(-1, 2), PAST)
        arrays |= {
            "trail": np.stack([way, np.zeros_like(way)], -1).astype(np.float32),
            "grid": self.grid.astype(np.float32),
            "landscape": self.heights.astype(np.float32),
            "slice_grid": self.slice_grid.astype(np.float32),
            "slice": np.stack(pair.slices(self.slice_grid, before[1], em.r, em.temperature)).astype(np.float32),
            "touch": np.array([before[0], now[0], before[1]]),
            "em_path": way.astype(np.float32),
            "gradient_path": padded(np.array(self.gradients).reshape(-1, 2), PAST).astype(np.float32),
        }


def plane_of(x: Array) -> tuple[Array, Array]:
    """(centre (d,), axes (2, d)): the plane that pictures show. Two columns as they are, more on their two principal axes."""
    size = x.shape[1]
    if size <= 2:
        return np.zeros(size), np.eye(2, size)
    centre = x.mean(0)
    axes = np.linalg.svd(x[:5000] - centre, full_matrices=False)[2][:2]
    return centre, axes * np.sign(axes[np.arange(2), np.abs(axes).argmax(1)])[:, None]


def some(x: Array) -> Array:
    """At most twice ENOUGH rows, evenly spaced."""
    return x[:: max(len(x) // ENOUGH, 1)]


def padded(rows: Array, length: int) -> Array:
    """The rows, filled up with nan at the end."""
    return np.concatenate([rows, np.full((length - len(rows), *rows.shape[1:]), math.nan)]) if len(rows) < length else rows


def accuracy(em: Any) -> float:
    """Share of points whose likeliest component is that of their class, under the best pairing; nan where no class is known."""
    if em.labels is None:
        return math.nan
    return agreement.accuracy(agreement.contingency(em.r.argmax(1), em.labels, em.r.shape[1]))
