"""Two-dimensional worlds, each a metric in its own coordinates, with derivatives in closed form. float64 numpy.

    >>> round(float(curvature(Plate(0.5), np.array([1.0, 0.3]))), 9)
    0.5

Every formula is analytic in its coordinates, so that it may be given complex ones: derivatives are taken by a complex step
(Squire & Trapp 1998), exact to rounding.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Array = np.ndarray
TINY = 1e-30  # of the complex step: its square vanishes beside 1


class Chart(ABC):
    """A metric ds² = E (dx¹)² + 2 F dx¹ dx² + G (dx²)² on a part of the plane."""

    @abstractmethod
    def metric(self, x: Array) -> Array:
        """g at points (..., 2): (..., 2, 2)."""

    @abstractmethod
    def slopes(self, x: Array) -> Array:
        """Its derivatives (..., 2, 2, 2): [k, i, j] is ∂g_ij/∂x^k."""

    def inside(self, x: Array) -> Array:
        """Whether points (..., 2) belong to the world: there g is positive definite. (...)"""
        return np.isfinite(x).all(-1)

    def clamp(self, x: Array) -> Array:
        """The points (..., 2), those outside moved to a place that is allowed."""
        return x


def _matrix(e: ArrayLike, f: ArrayLike, g: ArrayLike) -> Array:
    """E, F, G of shape (...) as (..., 2, 2)."""
    e, f, g = np.broadcast_arrays(e, f, g)
    return np.stack([e, f, f, g], -1).reshape(*e.shape, 2, 2)


class Conformal(Chart):
    """An isothermal metric f² (dx² + dy²): a flat plate on which a ruler is as long as its temperature τ = 1/f says."""

    @abstractmethod
    def ruler(self, x: Array) -> Array:
        """τ at points (..., 2)."""

    @abstractmethod
    def ruler_slopes(self, x: Array) -> Array:
        """Its gradient (..., 2)."""

    def metric(self, x: Array) -> Array:
        return self.ruler(x)[..., None, None] ** -2 * np.eye(2)

    def slopes(self, x: Array) -> Array:
        return (-2 * self.ruler(x)[..., None] ** -3 * self.ruler_slopes(x))[..., None, None] * np.eye(2)


@dataclass(frozen=True)
class Plate(Conformal):
    """τ = 1 + κ r²/4: sphere (κ > 0), plane, or Poincaré disc of radius 2/√−κ; its curvature is κ everywhere."""

    kappa: float

    @property
    def edge(self) -> float:
        """Radius of the disc outside of which there is no world; infinite where κ ≥ 0."""
        return 2 / math.sqrt(-self.kappa) if self.kappa < 0 else math.inf

    def ruler(self, x: Array) -> Array:
        return 1 + self.kappa / 4 * (x * x).sum(-1)

    def ruler_slopes(self, x: Array) -> Array:
        return self.kappa / 2 * x

    def inside(self, x: Array) -> Array:
        return self.ruler(x) > 0

    def clamp(self, x: Array) -> Array:
        size = np.hypot(x[..., 0], x[..., 1])
        return x * np.where(size < self.edge, 1.0, 0.98 * min(self.edge, 1e9) / np.maximum(size, 1e-9))[..., None]


@dataclass(frozen=True)
class HalfPlane(Conformal):
    """(dx² + dy²)/y² above the line y = 0: curvature −1."""

    low: float = 1e-3

    def ruler(self, x: Array) -> Array:
        return x[..., 1]

    def ruler_slopes(self, x: Array) -> Array:
        return np.stack([0 * x[..., 1], 0 * x[..., 1] + 1], -1)

    def inside(self, x: Array) -> Array:
        return x[..., 1] > 0

    def clamp(self, x: Array) -> Array:
        return np.stack([x[..., 0], np.where(x[..., 1] > 0, x[..., 1], 0.05)], -1)


@dataclass(frozen=True)
class Mercator(Conformal):
    """(dx² + dy²)/cosh² y: the sailor's map of the unit sphere, x the longitude."""

    def ruler(self, x: Array) -> Array:
        return np.cosh(x[..., 1])

    def ruler_slopes(self, x: Array) -> Array:
        return np.stack([0 * x[..., 1], np.sinh(x[..., 1])], -1)

    def inside(self, x: Array) -> Array:
        return np.abs(x[..., 1]) < 20

    def clamp(self, x: Array) -> Array:
        return np.stack([x[..., 0], np.clip(x[..., 1], -5, 5)], -1)


@dataclass(frozen=True)
class Polar(Chart):
    """The plane in (r, θ): dr² + r² dθ². Flat, though g is not constant."""

    low: float = 0.02

    def metric(self, x: Array) -> Array:
        r = x[..., 0]
        return _matrix(0 * r + 1, 0 * r, r * r)

    def slopes(self, x: Array) -> Array:
        r = x[..., 0]
        return np.stack([_matrix(0 * r, 0 * r, 2 * r), _matrix(0 * r, 0 * r, 0 * r)], -3)

    def inside(self, x: Array) -> Array:
        return x[..., 0] > 0

    def clamp(self, x: Array) -> Array:
        return np.stack([np.maximum(x[..., 0], self.low), x[..., 1]], -1)


@dataclass(frozen=True)
class LonLat(Chart):
    """The unit sphere in longitude and latitude (λ, φ), radians: cos²φ dλ² + dφ²."""

    most: float = math.radians(89)  # of a clamped latitude

    def metric(self, x: Array) -> Array:
        c = np.cos(x[..., 1])
        return _matrix(c * c, 0 * c, 0 * c + 1)

    def slopes(self, x: Array) -> Array:
        s = np.sin(2 * x[..., 1])
        return np.stack([_matrix(0 * s, 0 * s, 0 * s), _matrix(-s, 0 * s, 0 * s)], -3)

    def inside(self, x: Array) -> Array:
        return np.abs(x[..., 1]) < np.pi / 2

    def clamp(self, x: Array) -> Array:
        return np.stack([x[..., 0], np.clip(x[..., 1], -self.most, self.most)], -1)


@dataclass(frozen=True)
class Bump(Chart):
    """The graph of z = H exp(−(x² + y²)/2w²) over the plane: g = 1 + ∇z ∇zᵀ, with F = z_x z_y."""

    height: float
    width: float

    def relief(self, x: Array) -> tuple[Array, Array, Array]:
        """z (...), its gradient (..., 2) and second derivatives (..., 2, 2)."""
        scale = self.width**-2
        z = self.height * np.exp(-scale / 2 * (x * x).sum(-1))
        second = z[..., None, None] * (scale**2 * x[..., :, None] * x[..., None, :] - scale * np.eye(2))
        return z, -scale * z[..., None] * x, second

    def metric(self, x: Array) -> Array:
        _, slope, _ = self.relief(x)
        return np.eye(2) + slope[..., :, None] * slope[..., None, :]

    def slopes(self, x: Array) -> Array:
        _, slope, second = self.relief(x)
        half = second[..., :, :, None] * slope[..., None, None, :]  # [k, i, j]: ∂_k z_i times z_j
        return half + np.swapaxes(half, -1, -2)


@dataclass(frozen=True)
class Sheared(Chart):
    """The plane with axes at an angle α: E = G = 1, F = cos α."""

    angle: float

    def metric(self, x: Array) -> Array:
        one = 0 * x[..., 0] + 1
        return _matrix(one, math.cos(self.angle) * one, one)

    def slopes(self, x: Array) -> Array:
        return np.zeros((*x.shape[:-1], 2, 2, 2), x.dtype)


class Revolved(Chart):
    """A surface of revolution in (u, v): a profile (ρ, z) of u, turned about the axis z by the angle v: ds² = (ρ'² + z'²) du² + ρ² dv².

    The world is where `low` < u < `high`; `pole` is the u at which the parallels shrink to a point, None where there is none.
    """

    low: float = 0.0
    high: float = math.inf
    pole: float | None = 0.0

    @abstractmethod
    def profile(self, u: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
        """ρ, ρ', ρ'', z, z', z'' at u."""

    def metric(self, x: Array) -> Array:
        radius, wide, _, _, steep, _ = self.profile(x[..., 0])
        return _matrix(wide**2 + steep**2, 0 * wide, radius**2)

    def slopes(self, x: Array) -> Array:
        radius, wide, wider, _, steep, steeper = self.profile(x[..., 0])
        none = 0 * radius
        return np.stack([_matrix(2 * (wide * wider + steep * steeper), none, 2 * radius * wide), _matrix(none, none, none)], -3)

    def inside(self, x: Array) -> Array:
        return (x[..., 0] > self.low) & (x[..., 0] < self.high)

    def clamp(self, x: Array) -> Array:
        return np.stack([np.clip(x[..., 0], self.low + 0.05, self.high - 0.05), x[..., 1]], -1)

    def place(self, x: Array) -> Array:
        """Where points (..., 2) are in space (..., 3)."""
        radius, _, _, height, _, _ = self.profile(x[..., 0])
        return np.stack([radius * np.cos(x[..., 1]), radius * np.sin(x[..., 1]), height + 0 * radius], -1)


@dataclass(frozen=True)
class Ball(Revolved):
    """The unit sphere in (θ, φ), colatitude and longitude."""

    high: float = math.pi

    def profile(self, u: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
        s, c = np.sin(u), np.cos(u)
        return s, c, -s, c, -s, -c


@dataclass(frozen=True)
class Torus(Revolved):
    """A tube of radius 1 whose middle runs on a circle of radius 2; u = 0 is the outer equator."""

    low: float = -math.inf
    pole: float | None = None

    def profile(self, u: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
        s, c = np.sin(u), np.cos(u)
        return 2 + c, -s, -c, s, c, -s


@dataclass(frozen=True)
class RoundBump(Revolved):
    """The hill z = H exp(−r²/2w²) in (r, φ)."""

    height: float = 1.0
    width: float = 0.7

    def profile(self, u: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
        z, scale = self.height * np.exp(-u * u / (2 * self.width**2)), self.width**-2
        return u, 0 * u + 1, 0 * u, z, -scale * u * z, scale * (scale * u * u - 1) * z


@dataclass(frozen=True)
class Paraboloid(Revolved):
    """The bowl z = r²/2 in (r, φ)."""

    def profile(self, u: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
        return u, 0 * u + 1, 0 * u, u * u / 2, u, 0 * u + 1


@dataclass(frozen=True)
class Cone(Revolved):
    """A cone of the given half-angle in (s, φ), s the distance from its apex; flat but for the apex. The half-angle π/2 is the plane."""

    half_angle: float = 0.4

    def profile(self, u: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
        s, c = math.sin(self.half_angle), math.cos(self.half_angle)
        return s * u, s + 0 * u, 0 * u, -c * u, -c + 0 * u, 0 * u


@dataclass(frozen=True)
class Cylinder(Revolved):
    """A tube of radius 1 in (z, φ)."""

    low: float = -math.inf
    pole: float | None = None

    def profile(self, u: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
        return 0 * u + 1, 0 * u, 0 * u, u, 0 * u + 1, 0 * u


# ---- what follows from a metric


def determinant(g: Array) -> Array:
    """EG − F² of (..., 2, 2)."""
    return g[..., 0, 0] * g[..., 1, 1] - g[..., 0, 1] * g[..., 1, 0]


def inverse(g: Array) -> Array:
    """The inverse of (..., 2, 2), complex ones too."""
    return _matrix(g[..., 1, 1], -g[..., 0, 1], g[..., 0, 0]) / determinant(g)[..., None, None]


def christoffel(chart: Chart, x: Array) -> Array:
    """Γ^μ_αβ = ½ g^μν (∂_α g_νβ + ∂_β g_να − ∂_ν g_αβ) of Levi-Civita at points (..., 2): (..., 2, 2, 2) as [μ, α, β]."""
    slope = chart.slopes(x)  # [k, i, j]
    lowered = np.swapaxes(slope, -3, -2) + np.swapaxes(np.swapaxes(slope, -3, -2), -2, -1) - slope  # [ν, α, β]
    return np.einsum("...mn,...nab->...mab", inverse(chart.metric(x)), lowered) / 2


def curvature(chart: Chart, x: Array) -> Array:
    """Gaussian K at points (..., 2), from the metric alone (Gauss 1827): R_0101/det g, with ∂Γ by a complex step."""
    gamma = christoffel(chart, x)
    slope = np.stack([christoffel(chart, x + 1j * TINY * unit).imag / TINY for unit in np.eye(2)], -4)  # [k, μ, α, β]
    raised = slope[..., 0, :, 1, 1] - slope[..., 1, :, 1, 0]  # R^μ_101
    raised = raised + np.einsum("...mn,...n->...m", gamma[..., :, :, 0], gamma[..., :, 1, 1])
    raised = raised - np.einsum("...mn,...n->...m", gamma[..., :, :, 1], gamma[..., :, 1, 0])
    g = chart.metric(x)
    return (g[..., 0, :] * raised).sum(-1) / determinant(g)


def inner(g: Array, u: Array, v: Array) -> Array:
    """uᵀ g v for g (..., 2, 2), u and v (..., 2)."""
    return np.einsum("...ij,...i,...j->...", g, u, v)


def angle(g: Array, u: Array, v: Array) -> Array:
    """The angle between u and v, 0 to π, from sine and cosine: √det g |u × v| against uᵀ g v."""
    cross = np.sqrt(determinant(g)) * np.abs(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])
    return np.arctan2(cross, inner(g, u, v))


def frame(g: Array) -> Array:
    """h with hᵀh = g, from coordinate steps to steps in a local Cartesian frame: Cholesky's choice, transposed. Any R h is as good."""
    return np.swapaxes(np.linalg.cholesky(g), -1, -2)
