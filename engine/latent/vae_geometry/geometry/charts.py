"""Maps from codes to pictures with their exact Jacobians, in numpy: the trained decoder, and it beside an RBF uncertainty."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


class Chart(ABC):
    """What the geometry needs to know of a decoder."""

    @abstractmethod
    def both(self, z: Array) -> tuple[Array, Array]:
        """Codes (n, d) to points (n, F), and the derivatives there (n, F, d), in one pass."""

    def f(self, z: Array) -> Array:
        """Codes (n, d) to points (n, F)."""
        return self.both(z)[0]

    def jacobian(self, z: Array) -> Array:
        """Derivatives (n, F, d)."""
        return self.both(z)[1]

    def metric(self, z: Array) -> Array:
        """G = J^T J (n, d, d) (11)."""
        jacobian = self.jacobian(z)
        return np.swapaxes(jacobian, 1, 2) @ jacobian


class DecoderChart(Chart):
    """A perceptron with SiLU units, given as [(weight (in, out), bias (out,)), ...]; its precision is the weights'.

    The tangent of the last hidden layer T (n, H, d) gives J = W^T T and G = T^T (W W^T) T, which is cheaper than J
    because W W^T (H, H) is made once and the number of pixels no longer matters.
    """

    def __init__(self, layers: Sequence[tuple[Array, Array]]) -> None:
        self.layers = list(layers)
        self.last = self.layers[-1][0]
        self.inner = self.last @ self.last.T

    def f(self, z: Array) -> Array:
        hidden = z.astype(self.last.dtype, copy=False)
        for weight, bias in self.layers[:-1]:
            hidden = hidden @ weight + bias
            hidden *= _gate(hidden)
        return hidden @ self.last + self.layers[-1][1]

    def both(self, z: Array) -> tuple[Array, Array]:
        hidden, tangents = self._tangents(z)
        jacobian = np.stack([tangent @ self.last for tangent in tangents], -1)
        return hidden @ self.last + self.layers[-1][1], jacobian

    def metric(self, z: Array) -> Array:
        tangents = self._tangents(z)[1]
        seen, size = [tangent @ self.inner for tangent in tangents], len(tangents)
        metric = np.empty((len(z), size, size), self.last.dtype)
        for i in range(size):
            for j in range(i, size):
                metric[:, i, j] = metric[:, j, i] = np.einsum("nh,nh->n", seen[i], tangents[j])
        return metric

    def pull(self, z: Array, x: Array) -> Array:
        """Gradient of |x - f(z)|^2 / 2 in z, (n, d), without the Jacobian: tangents times W (f - x)."""
        hidden, tangents = self._tangents(z)
        seen = (hidden @ self.last + self.layers[-1][1] - x) @ self.last.T
        return np.stack([np.einsum("nh,nh->n", tangent, seen) for tangent in tangents], 1)

    def _tangents(self, z: Array) -> tuple[Array, list[Array]]:
        """The last hidden layer (n, H) and its derivative along each code axis, d arrays (n, H)."""
        weight, bias = self.layers[0]
        hidden, slope = _silu(z.astype(weight.dtype, copy=False) @ weight + bias)
        tangents = [slope * row for row in weight]
        for weight, bias in self.layers[1:-1]:
            hidden, slope = _silu(hidden @ weight + bias)
            tangents = [slope * (tangent @ weight) for tangent in tangents]
        return hidden, tangents


@dataclass(frozen=True)
class Uncertainty:
    """sigma_x(z) from RBF precisions: 1/sigma^2 = v(z)/sigma_x^2 + 1/25, v = sum_k exp(-lambda_k |z - c_k|^2) / level.

    Small on the codes, 5 in holes and far away (12); Arvanitidis et al. 2018, 1710.11379, section 4.1.

    Attributes:
        centres: (K, d); rates: (K,) lambda_k; level: median of the plain sum on the codes; noise: sigma_x.
    """

    centres: Array
    rates: Array
    level: float
    noise: float

    FAR = 1 / 25  # precision where there are no codes

    @classmethod
    def fit(cls, codes: Array, noise: float, count: int = 64, rounds: int = 10) -> Uncertainty:
        """Centres by k-means on codes (n, d); lambda_k = 1/2 (2 r_k)^-2 with r_k the mean distance inside cluster k."""
        codes = np.asarray(codes, np.float64)
        centres, apart = _k_means(codes, min(count, len(codes)), rounds)
        member = apart.argmin(1)
        distance = np.sqrt(apart[np.arange(len(codes)), member])
        size = np.bincount(member, minlength=len(centres))
        mean = np.bincount(member, distance, len(centres)) / np.maximum(size, 1)
        typical = float(mean.mean()) if mean.any() else 1e-3
        radius = np.maximum(mean, max(0.25 * typical, 1e-6))  # a cluster of one code still has a width
        rates = 0.5 / (2 * radius) ** 2
        plain = np.exp(-rates * apart).sum(1)
        return cls(centres, rates, float(np.median(plain)), noise)

    def sigma(self, z: Array) -> Array:
        """sigma_x(z) (n,)."""
        return self._parts(z)[0]

    def gradient(self, z: Array) -> tuple[Array, Array]:
        """sigma (n,) and its gradient (n, d)."""
        sigma, bumps = self._parts(z)
        weighted = bumps * self.rates
        slope = -2 * (z * weighted.sum(1, keepdims=True) - weighted @ self.centres)  # gradient of sum_k bumps
        return sigma, -0.5 * sigma[:, None] ** 3 * slope / (self.level * self.noise**2)

    def _parts(self, z: Array) -> tuple[Array, Array]:
        bumps = np.exp(-self.rates.astype(z.dtype) * _squared_distances(z, self.centres.astype(z.dtype)))
        precision = bumps.sum(1) / (self.level * self.noise**2) + self.FAR
        return precision**-0.5, bumps


@dataclass(frozen=True)
class SpreadChart(Chart):
    """The one number price sqrt(D) sigma_x(z): how much longer uncertainty makes a way (12)."""

    uncertainty: Uncertainty
    scale: float

    def f(self, z: Array) -> Array:
        return self.scale * self.uncertainty.sigma(z)[:, None]

    def both(self, z: Array) -> tuple[Array, Array]:
        sigma, slope = self.uncertainty.gradient(z)
        return self.scale * sigma[:, None], self.scale * slope[:, None]


@dataclass(frozen=True)
class UncertainChart(Chart):
    """The chart z -> [f(z), price sqrt(D) sigma_x(z)], whose metric is J_mu^T J_mu + price^2 J_sigma^T J_sigma.

    At price 1 that is (12); less is what the search for a shortest curve begins with.
    """

    mean: DecoderChart
    uncertainty: Uncertainty
    dimensions: int
    price: float = 1.0

    @property
    def spread(self) -> SpreadChart:
        """The second part by itself."""
        return SpreadChart(self.uncertainty, self.price * float(np.sqrt(self.dimensions)))

    def f(self, z: Array) -> Array:
        return np.concatenate([self.mean.f(z), self.spread.f(z)], 1)

    def metric(self, z: Array) -> Array:
        return self.mean.metric(z) + self.spread.metric(z)

    def both(self, z: Array) -> tuple[Array, Array]:
        parts = zip(self.mean.both(z), self.spread.both(z), strict=True)
        value, jacobian = (np.concatenate(part, 1) for part in parts)
        return value, jacobian


def magnification(metric: Array) -> Array:
    """MF = sqrt(det G) (n,) (11), Chen et al. 2018, 1711.01204; a determinant that rounds below zero counts as zero."""
    if metric.shape[-1] == 2:
        determinant = metric[:, 0, 0] * metric[:, 1, 1] - metric[:, 0, 1] ** 2
    else:
        determinant = np.linalg.det(metric)
    return np.sqrt(np.maximum(determinant, 0))


def column_cosine(metric: Array) -> float:
    """Mean |cos| of the angle between two columns of J over points: 0 when the code's axes do not mix."""
    diagonal = np.sqrt(np.maximum(np.einsum("nii->ni", metric), 1e-30))
    cosine = np.abs(metric) / (diagonal[:, :, None] * diagonal[:, None, :])
    upper = np.triu_indices(metric.shape[-1], 1)
    return float(cosine[:, upper[0], upper[1]].mean()) if len(upper[0]) else float("nan")


def _gate(x: Array) -> Array:
    """1 / (1 + e^-x), made in place: such arrays are what a picture of the code plane spends its time on."""
    gate = np.maximum(x, -80)
    np.negative(gate, out=gate)
    np.exp(gate, out=gate)
    gate += 1
    return np.reciprocal(gate, out=gate)


def _silu(x: Array) -> tuple[Array, Array]:
    """x / (1 + e^-x) and its derivative."""
    gate = _gate(x)
    value = x * gate
    slope = 1 - gate
    slope *= value
    slope += gate
    return value, slope


def _squared_distances(a: Array, b: Array) -> Array:
    """(n, k) squared distances from differences: |a|^2 - 2 a.b + |b|^2 loses in float32 what a narrow kernel asks for."""
    total = np.zeros((len(a), len(b)), np.result_type(a, b))
    for own, other in zip(a.T, b.T, strict=True):
        gap = own[:, None] - other
        gap *= gap
        total += gap
    return total


def _k_means(points: Array, count: int, rounds: int) -> tuple[Array, Array]:
    """Lloyd's centres (count, d), from the first `count` points: deterministic; and the squared distances to them (n, count)."""
    centres = points[:count].copy()
    for _ in range(rounds):
        member = _squared_distances(points, centres).argmin(1)
        size = np.bincount(member, minlength=count)
        total = np.stack([np.bincount(member, points[:, i], count) for i in range(points.shape[1])], 1)
        centres = np.where(size[:, None] > 0, total / np.maximum(size, 1)[:, None], centres)
    return centres, _squared_distances(points, centres)
