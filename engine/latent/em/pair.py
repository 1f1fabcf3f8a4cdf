"""Two components with one number each: two normal distributions of variance 1, and two coins. Equal weights, never learned.

Their likelihood is a landscape over a plane, their bound a curve: what several pictures show exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np

from engine.latent.em.mixture import EMPTY, Array, entropy, memberships

HEADS, TOSSES = np.array([5.0, 9.0, 8.0, 4.0, 7.0]), 10  # Do & Batzoglou 2008
FIRST_COINS = (0.6, 0.5)
HALF = np.log(0.5)


@dataclass(frozen=True)
class Pair:
    """Two components of one family.

    Attributes:
        x: (N,) observations.
        log_density: (values (G,), x (N,)) -> ln p(x_i | value), (G, N).
        scale: the number a component learns is its mean observation times this.
    """

    x: Array
    log_density: Callable[[Array, Array], Array]
    scale: float = 1.0

    def log_joint(self, values: Array) -> Array:
        """ln ½ p(x_i | value_k), (N, 2)."""
        return HALF + self.log_density(np.asarray(values, float), self.x).T

    def maximise(self, r: Array, before: Array) -> Array:
        """The M-step for both values (2,): weighted means, in heads per toss (10) for coins."""
        counts = r.sum(0)
        alive = counts >= EMPTY
        return np.where(alive, self.scale * (r.T @ self.x) / np.where(alive, counts, 1.0), before)

    def landscape(self, grid: Array) -> Array:
        """ℓ at all pairs of a grid (G,): (G, G), rows the second value, columns the first."""
        density = np.exp(self.log_density(grid, self.x))
        heights = np.empty((len(grid), len(grid)))
        for row, own in enumerate(density):  # symmetric: exchanging both components changes nothing
            heights[row, : row + 1] = np.log(np.maximum(0.5 * (own + density[: row + 1]), 1e-300)).mean(-1)
            heights[: row + 1, row] = heights[row, : row + 1]
        return heights

    def slices(self, grid: Array, second: float, r: Array, temperature: float) -> tuple[Array, Array]:
        """ℓ and F(r, ·) along the first value (G,), with the second one held."""
        ours, other = self.log_density(grid, self.x), self.log_density(np.array([second]), self.x)[0]
        likelihood = (HALF + np.logaddexp(ours, other)).mean(-1)
        bound = (ours * r[:, 0] + other * r[:, 1] + HALF).mean(-1) + temperature * entropy(r).mean()
        return likelihood, bound


def normal_pair(x: Array) -> Pair:
    """Two normal distributions of variance 1."""
    return Pair(x, lambda values, x: -0.5 * (np.square(x - values[:, None]) + np.log(2 * np.pi)))


def coin_pair() -> Pair:
    """Two coins, five sets of ten tosses: which coin made a set is not known."""
    ways = np.log([comb(TOSSES, int(heads)) for heads in HEADS])

    def log_density(values: Array, x: Array) -> Array:
        chance = np.clip(values, 1e-12, 1 - 1e-12)[:, None]
        return ways + x * np.log(chance) + (TOSSES - x) * np.log1p(-chance)

    return Pair(HEADS, log_density, 1 / TOSSES)


# ---- speed near a fixed point (means of two normal distributions)


def em_map(x: Array, means: Array, temperature: float = 1.0) -> Array:
    """One whole EM iteration on the means (2,)."""
    pair = normal_pair(x)
    return pair.maximise(memberships(pair.log_joint(means), temperature), means)


def complete_information(r: Array) -> Array:
    """I_c = diag(n_k), (2, 2): of the means if all labels were known."""
    return np.diag(r.sum(0))


def observed_information(x: Array, means: Array, r: Array, temperature: float = 1.0) -> Array:
    """I_obs = −∇² Σ_i ln p(x_i), (2, 2): what is known of the means without labels; at another T that of the tempered sum."""
    away = x[:, None] - means
    pull = r * away
    return complete_information(r) - (np.diag((pull * away).sum(0)) - pull.T @ pull) / temperature


def rate_matrix(x: Array, means: Array, temperature: float = 1.0) -> Array:
    """J = I − I_c⁻¹ I_obs (8), the share of information that is missing: errors shrink by it in each iteration."""
    r = memberships(normal_pair(x).log_joint(means), temperature)
    return np.eye(2) - np.linalg.solve(complete_information(r), observed_information(x, means, r, temperature))


def spectral_radius(matrix: Array) -> float:
    """The largest size of any eigenvalue."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def fixed_point(x: Array, temperature: float = 1.0) -> Array:
    """Where EM ends on these data, lower mean first (2,): EM itself, then Newton's steps on M(μ) = μ while they help."""
    means = x.mean() + np.array([-1.0, 1.0]) * max(x.std(), 1e-3)
    for _ in range(100):
        means = em_map(x, means, temperature)
    for _ in range(30):
        change = em_map(x, means, temperature) - means
        if np.abs(change).max() < 1e-15:
            break
        try:
            better = means + np.linalg.solve(np.eye(2) - rate_matrix(x, means, temperature), change)
        except np.linalg.LinAlgError:
            better = means + change
        misses = np.abs(em_map(x, better, temperature) - better).max()
        means = better if misses < np.abs(change).max() else means + change
    return np.sort(means)
