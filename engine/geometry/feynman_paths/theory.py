"""Closed forms, in float64: arrows and kernels in real time, the lattice in imaginary time, the Feynman-Kac formula. Mass 1.

Feynman 1948; Feynman & Hibbs 1965; Kac 1949; Creutz & Freedman 1981. Numbers in brackets are those of the lab's text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.linalg import toeplitz
from scipy.optimize import brentq
from scipy.special import fresnel

Array = np.ndarray
CAUSTIC = 1e-9  # |1 − (ΩT/kπ)²| below this is a caustic
BINS = 61


# ---- real time


def stiffness(k: Any, time: float, omega: float) -> Any:
    """(2): c_k = T/4 [(kπ/T)² − Ω²], the action that a_k sin(kπt/T) adds per a_k²."""
    return time / 4 * ((np.asarray(k) * np.pi / time) ** 2 - omega**2)


def arrow_sum(c: float, window: Any, hbar: float) -> Any:
    """(3): ∫ e^{ica²/ħ} da over |a| ≤ A, a walk along a Cornu spiral; the mirror image where c < 0."""
    window = np.asarray(window, float)
    if c == 0:
        return 2 * window + 0j
    s, cosine = fresnel(window * math.sqrt(2 * abs(c) / (math.pi * hbar)))  # scipy gives (S, C)
    return math.sqrt(2 * math.pi * hbar / abs(c)) * (cosine + 1j * math.copysign(1, c) * s)


def full_modulus(c: float, hbar: float) -> float:
    """(3), A → ∞: √(πħ/|c|), and also the |a| after which an arrow has made half a turn."""
    return math.sqrt(math.pi * hbar / abs(c)) if c else math.inf


def caustic(time: float, omega: float) -> bool:
    """Whether ΩT is a multiple of π: all classical paths from one point meet again."""
    k = max(1, round(omega * time / math.pi))
    return abs(1 - (omega * time / (k * math.pi)) ** 2) < CAUSTIC


def classical_path(t: Any, time: float, omega: float, x_a: float, x_b: float) -> Array:
    """The path of stationary action; nan at a caustic."""
    t = np.asarray(t, float)
    if omega == 0:
        return x_a + (x_b - x_a) * t / time
    if caustic(time, omega):
        return np.full(t.shape, np.nan)
    return (x_a * np.sin(omega * (time - t)) + x_b * np.sin(omega * t)) / math.sin(omega * time)


def classical_action(time: float, omega: float, x_a: float, x_b: float) -> float:
    """Its action; nan at a caustic."""
    if omega == 0:
        return (x_b - x_a) ** 2 / (2 * time)
    if caustic(time, omega):
        return math.nan
    turned = omega * time
    return omega / (2 * math.sin(turned)) * ((x_a**2 + x_b**2) * math.cos(turned) - 2 * x_a * x_b)


def kernel(time: float, omega: float, x_a: float, x_b: float, hbar: float) -> complex:
    """(4) with a further −π/2 of phase for every caustic passed (Maslov); nan at a caustic."""
    if caustic(time, omega):
        return complex(math.nan, math.nan)
    size = 1 / time if omega == 0 else omega / abs(math.sin(omega * time))
    turns = -math.pi / 4 - math.pi / 2 * math.floor(omega * time / math.pi)
    phase = turns + classical_action(time, omega, x_a, x_b) / hbar
    return math.sqrt(size / (2 * math.pi * hbar)) * complex(math.cos(phase), math.sin(phase))


def mode_products(modes: int, time: float, omega: float) -> Array:
    """(5) for 1 to `modes` modes: ∏ |1 − (ΩT/kπ)²|^(−1/2); nan from a factor of zero on."""
    factors = np.abs(1 - (omega * time / (np.pi * np.arange(1, modes + 1))) ** 2)
    return np.cumprod(np.where(factors < CAUSTIC, np.nan, factors) ** -0.5)


def mode_limit(time: float, omega: float) -> float:
    """(5), n → ∞: √(ΩT/|sin ΩT|)."""
    turned = omega * time
    return math.nan if caustic(time, omega) else math.sqrt(turned / abs(math.sin(turned))) if turned else 1.0


def sign_error(modes: int, hbar: float, samples: int) -> float:
    """Relative error of the mean of ∏ e^{ia_k²/2ħ} over normal a_k: its modulus (1 + ħ⁻²)^(−n/4) drowns in arrows of length 1."""
    modulus = (1 + hbar**-2) ** (-modes / 4)
    return math.sqrt((1 - modulus**2) / samples) / modulus


# ---- imaginary time: continuum


def euclidean_kernel(time: float, omega: float, a: Any, b: Any, hbar: float = 1.0) -> Any:
    """Mehler's kernel, (4) at t = −iτ."""
    s, c = math.sinh(omega * time), math.cosh(omega * time)
    action = omega / (2 * s) * ((a * a + b * b) * c - 2 * a * b)
    return math.sqrt(omega / (2 * math.pi * hbar * s)) * np.exp(-action / hbar)


def drift_spread(time: float, omega: float, alpha: float) -> float:
    """Variance of dX = −ωX dt + √α dB after a time: at last α/2ω, that of |ψ₀|² at ħ = α."""
    return alpha * (1 - math.exp(-2 * omega * time)) / (2 * omega)


def ornstein_uhlenbeck(time: float, omega: float, a: Any, b: Any, alpha: float = 1.0) -> Any:
    """Density at b of the same walk that began at a."""
    spread = drift_spread(time, omega, alpha)
    return np.exp(-((b - a * math.exp(-omega * time)) ** 2) / (2 * spread)) / math.sqrt(2 * math.pi * spread)


def x2_continuum(beta: float, omega: float, hbar: float) -> float:
    """ħ/2ω coth(βħω/2)."""
    return hbar / (2 * omega) / math.tanh(beta * hbar * omega / 2)


def toll_exact(time: float, omega: float) -> float:
    """(6): E exp(−½ω² ∫ B²) = (cosh ωT)^(−1/2) (Cameron & Martin 1945)."""
    return math.cosh(omega * time) ** -0.5


def toll_discrete(time: float, omega: float, steps: int) -> float:
    """The same with the integral by the trapezoid rule: det^(−1/2) of a tridiagonal matrix, by its three-term recursion."""
    toll = (omega * time / steps) ** 2
    before, now = 1.0, 2 + toll
    for _ in range(steps - 2):
        before, now = now, (2 + toll) * now - before
    return ((1 + toll / 2) * now - before) ** -0.5


# ---- imaginary time: lattice


@dataclass(frozen=True)
class Potential:
    """½ω²x², x⁴ or (x² − f²)²."""

    shape: str
    barrier: float
    omega: float

    def value(self, x: Any) -> Any:
        """V(x)."""
        if self.shape == "harmonic":
            return (0.5 * self.omega**2) * x * x
        inner = x * x if self.shape == "quartic" else x * x - self.barrier**2
        return inner * inner

    def virial(self, x: Any) -> Any:
        """(10): V + ½xV', whose mean is the energy."""
        if self.shape == "harmonic":
            return self.omega**2 * x * x
        f2 = self.barrier**2 if self.shape == "double_well" else 0.0
        inner = x * x - f2
        return inner * (inner + 2 * x * x)

    def turning(self, energy: float) -> float:
        """Where V reaches an energy, at the right."""
        if self.shape == "harmonic":
            return math.sqrt(2 * energy) / self.omega
        return math.sqrt(math.sqrt(energy) + (self.barrier**2 if self.shape == "double_well" else 0.0))


@dataclass(frozen=True)
class Lattice:
    """A closed path of N points, a = βħ/N apart, of weight e^{−S/ħ}, (7)."""

    beta: float
    slices: int
    hbar: float

    @property
    def spacing(self) -> float:
        """a."""
        return self.beta * self.hbar / self.slices

    def frequency(self, omega: float) -> float:
        """ω̃ = arcosh(1 + a²ω²/2)/a, of the oscillator on this lattice."""
        return 2 * math.asinh(self.spacing * omega / 2) / self.spacing

    def x2(self, omega: float) -> float:
        """(8), closed: ⟨x²⟩ of the oscillator."""
        a, n = self.spacing, self.slices
        return self.hbar / (2 * omega * math.sqrt(1 + (a * omega) ** 2 / 4)) / math.tanh(n * a * self.frequency(omega) / 2)

    def correlator(self, omega: float) -> Array:
        """(8), the Fourier sum: ⟨x₀x_j⟩ of the oscillator for lags 0 to N/2."""
        a, n = self.spacing, self.slices
        return np.fft.irfft(self.hbar / ((2 - 2 * np.cos(2 * np.pi * np.arange(n // 2 + 1) / n)) / a + a * omega**2), n)[
            : n // 2 + 1
        ]


@dataclass(frozen=True)
class Truth:
    """What is exact on a lattice: e0, gap, x2, the correlator for lags 0 to N/2, and the density of x in bins."""

    e0: float
    gap: float
    x2: float
    correlator: Array
    edges: Array
    density: Array

    @property
    def bins(self) -> Array:
        """The bins' middles."""
        return (self.edges[1:] + self.edges[:-1]) / 2


@lru_cache(maxsize=64)
def truth(valley: Potential, lattice: Lattice) -> Truth:
    """Closed forms (8) for the oscillator, the transfer matrix (9) for the others."""
    if valley.shape == "harmonic":
        omega = valley.omega
        x2, gap = lattice.x2(omega), lattice.hbar * lattice.frequency(omega)
        edges = np.linspace(-4.5, 4.5, BINS + 1) * math.sqrt(x2)
        middles = (edges[1:] + edges[:-1]) / 2
        density = np.exp(-(middles**2) / (2 * x2)) / math.sqrt(2 * math.pi * x2)
        return Truth(gap / 2, gap, x2, lattice.correlator(omega), edges, density)
    x, even, odd = transfer(valley, lattice)
    a, n, hbar = lattice.spacing, lattice.slices, lattice.hbar
    top = even[0][0]
    kept = [(values / top, states) for values, states in (even, odd)]
    # Tr T^N weighs each state by its eigenvalue to the power N; x leads from even to odd states and back.
    weights = [values**n for values, _ in kept]
    z = weights[0].sum() + weights[1].sum()
    density = sum((states**2) @ weight for weight, (_, states) in zip(weights, kept, strict=True)) / (2 * z * (x[1] - x[0]))
    count = 20 + max(int((weight > 1e-15).sum()) for weight in weights)
    (mu, even_states), (nu, odd_states) = ((values[:count], states[:, :count]) for values, states in kept)
    element = (even_states.T @ (x[:, None] * odd_states)) ** 2
    correlator = np.array([(mu ** (n - j) @ element @ nu**j + mu**j @ element @ nu ** (n - j)) / z for j in range(n // 2 + 1)])
    correlator[0] = 2 * float((density * x * x).sum()) * (x[1] - x[0])  # exact where the sum over states is cut
    reach = x[int((density > 1e-6 * density.max()).nonzero()[0].max())]
    edges = np.linspace(-reach, reach, BINS + 1)
    law = CubicSpline(np.concatenate([-x[::-1], x]), np.concatenate([density[::-1], density]))((edges[1:] + edges[:-1]) / 2)
    energies = [-hbar / a * math.log(values[0]) for values, _ in (even, odd)]
    return Truth(energies[0], max(energies[1] - energies[0], 0.0), float(correlator[0]), correlator, edges, np.maximum(law, 0))


def transfer(valley: Potential, lattice: Lattice) -> tuple[Array, tuple[Array, Array], tuple[Array, Array]]:
    """(9): T(x, x') = e^{−(x−x')²/2aħ − a(V+V')/2ħ}/√(2πaħ) on a grid, split by parity.

    The grid is as fine as the shortest wave of a state that counts; the Gaussian is taken up to that wave number, so the grid may be
    coarser than its width.

    Returns:
        x > 0 (m,), and for even and odd states their eigenvalues e^{−aE/ħ}, largest first, and states (m, m) of unit norm.
    """
    a, hbar = lattice.spacing, lattice.hbar
    quantum = hbar ** (4 / 3) + 1.5 * hbar * valley.barrier  # about the ground state's energy
    energy = 20 / lattice.beta + 25 * quantum
    reach = 1.25 * valley.turning(energy)
    m = int(np.clip(1.3 * reach * math.sqrt(2 * energy) / (math.pi * hbar), 200, 1200))
    h = reach / m
    x = h * (np.arange(m) + 0.5)
    count = 2 * math.ceil(reach / h + 6 * math.sqrt(a * hbar) / h) + 2 * m
    k = 2 * np.pi * np.fft.rfftfreq(count, h)
    step = np.fft.irfft(np.exp(-a * hbar * k * k / 2), count)
    near, far = toeplitz(step[:m]), step[np.add.outer(np.arange(m), np.arange(m)) + 1]
    root = np.exp(-a * valley.value(x) / (2 * hbar))
    found = []
    for matrix in (near + far, near - far):
        values, states = np.linalg.eigh(root[:, None] * matrix * root)
        found.append((np.maximum(values[::-1], 0.0), states[:, ::-1]))
    return x, found[0], found[1]


def decay(correlator: Array, lattice: Lattice) -> float:
    """The gap that a correlator shows: C_j ∝ cosh(g(N/2 − j)) between the lags at which it has fallen to ¾ and ¼; nan if it rises."""
    half = lattice.slices / 2
    fallen = correlator / correlator[0]
    first = int(np.argmax(fallen <= 0.75)) if (fallen <= 0.75).any() else max(1, lattice.slices // 8)
    last = int(np.argmax(fallen < 0.25)) - 1 if (fallen < 0.25).any() else len(correlator) - 1
    last = max(first + 1, last)
    if last >= len(correlator) or not correlator[first] > correlator[last] > 0:
        return math.nan
    fall, ends = math.log(correlator[first] / correlator[last]), half - np.array([last, first])

    def excess(g: float) -> float:
        return float(np.diff(np.logaddexp(g * ends, -g * ends))[0]) - fall

    return lattice.hbar / lattice.spacing * float(brentq(excess, 0.0, 2 * fall + 50.0))
