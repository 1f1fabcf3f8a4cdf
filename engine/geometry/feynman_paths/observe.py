"""What is measured in a frame: averages over chains and sweeps, the walkers, and what is exact. numpy only."""

from __future__ import annotations

import math

import numpy as np

from engine.geometry.feynman_paths import theory
from engine.geometry.feynman_paths.params import FeynmanPathsParams
from engine.geometry.feynman_paths.theory import Array

WALKS, WALK_STEPS = 20_000, 200
DRIFTERS, PLACES = 5_000, 61
DRAWN_WALKS, DRAWN_CHAINS = 40, 14


class Tally:
    """Sums over the sweeps after the burn-in, on one lattice and with one kind of move."""

    def __init__(self, params: FeynmanPathsParams) -> None:
        self.lattice, self.valley, self.move = params.lattice, params.valley, params.move
        self.edges = theory.truth(self.valley, self.lattice).edges
        self.left_out = params.burn_in
        self.age = self.count = 0  # sweeps since it began, and those that count
        self.x2 = np.zeros(params.chains)  # of each chain: their spread is the error, whatever the sweeps' correlation
        self.spread = 0.0  # of the chains' ⟨x²⟩ within one sweep
        self.energy = 0.0
        self.power = np.zeros(params.slices // 2 + 1)
        self.counts = np.zeros(theory.BINS)

    def add(self, x: Array) -> None:
        """One sweep of all chains (C, N)."""
        self.age += 1
        if self.left_out:
            self.left_out -= 1
            return
        self.count += 1
        x2 = (x * x).mean(1)
        self.x2 += x2
        self.spread += float(x2.var(ddof=1))
        self.energy += float(self.valley.virial(x).mean())
        self.power += (np.abs(np.fft.rfft(x)) ** 2).mean(0)
        self.counts += np.histogram(x, self.edges)[0]

    def scalars(self) -> dict[str, float]:
        """Means, the error of x2 from the chains' spread, and what a chain's sweeps are worth; nan during the burn-in."""
        if not self.count:
            return dict.fromkeys(("x2", "x2_error", "effective", "energy", "gap_measured"), math.nan)
        x2 = self.x2 / self.count
        return {
            "x2": float(x2.mean()),
            "x2_error": float(x2.std(ddof=1)) / math.sqrt(len(x2)),
            "effective": self.spread / self.count / float(x2.var(ddof=1)) if x2.std() else math.nan,
            "energy": self.energy / self.count,
            "gap_measured": theory.decay(self.correlator(), self.lattice),
        }

    def correlator(self) -> Array:
        """⟨x₀x_j⟩ for lags 0 to N/2."""
        n = self.lattice.slices
        return np.fft.irfft(self.power / (n * self.count), n)[: n // 2 + 1] if self.count else np.full(n // 2 + 1, np.nan)


class Walkers:
    """Brownian walks over the unit time: by scaling they serve for every time, B(t) = √T b(t/T), ∫B² = T² ∫b²."""

    def __init__(self, random: np.random.Generator) -> None:
        steps = random.standard_normal((WALKS, WALK_STEPS))
        steps *= WALK_STEPS**-0.5
        walks = np.cumsum(steps, 1, out=steps)
        self.ends = walks[:, -1].copy()
        self.drawn = np.pad(walks[:DRAWN_WALKS, 3::4], ((0, 0), (1, 0)))
        np.square(walks, out=walks)
        self.squares = (walks.sum(1) - walks[:, -1] / 2) / WALK_STEPS  # trapezoid rule
        self.known: tuple[object, tuple[dict[str, float], dict[str, Array]]] | None = None

    def pay(self, time: float, omega: float) -> tuple[dict[str, float], dict[str, Array]]:
        """(6) by these walks, and where they end, without and with the toll."""
        if self.known is None or self.known[0] != (time, omega):
            left = np.exp(-0.5 * (omega * time) ** 2 * self.squares)
            edges = np.linspace(-3.5, 3.5, 42)
            plain, paid = (np.histogram(self.ends, edges, weights=weight)[0] for weight in (None, left))
            width = (edges[1] - edges[0]) * math.sqrt(time)
            scalars = {"fk_mc": float(left.mean()), "fk_error": float(left.std(ddof=1)) / math.sqrt(WALKS)}
            arrays = {
                "walks": (self.drawn * math.sqrt(time)).astype(np.float32),
                "walk_left": left[:DRAWN_WALKS].astype(np.float32),
                "walk_ends": (np.stack([plain, paid]) / (WALKS * width)).astype(np.float32),
            }
            self.known = ((time, omega), (scalars, arrays))
        return self.known[1]


class Drifters:
    """The walk of (11) with p = −ωx, α = ħ: at kΔs, Δs = √(ħΔt), it steps up with probability ½(1 + pΔs/α) = ½(1 − kωΔt)."""

    def __init__(self, random: np.random.Generator) -> None:
        self.dice = random.random((WALK_STEPS, DRIFTERS), dtype=np.float32)
        self.known: tuple[float, Array] | None = None

    def walk(self, time: float, omega: float, hbar: float) -> tuple[dict[str, float], dict[str, Array]]:
        """Where they are and were, and the density of their ends."""
        rate = omega * time / WALK_STEPS
        if self.known is None or self.known[0] != rate:
            ways = np.zeros((WALK_STEPS + 1, DRIFTERS), np.int16)
            for k, dice in enumerate(self.dice):  # where kωΔt > 1, five deviations out or more, it surely steps back
                ways[k + 1] = ways[k] + np.where(dice < 0.5 - 0.5 * rate * ways[k], 1, -1)
            self.known = rate, ways
        ways, step = self.known[1], math.sqrt(hbar * time / WALK_STEPS)
        ends = ways[-1].astype(float)  # even: after an even number of steps every other place is empty
        counts = np.bincount(np.clip(ways[-1] // 2 + PLACES // 2, 0, PLACES - 1), minlength=PLACES)
        return {"drift_x2": float((ends**2).mean()) * step**2, "drift_exact": theory.drift_spread(time, omega, hbar)}, {
            "drifts": (ways[::4, :DRAWN_WALKS].T * step).astype(np.float32),
            "drift_places": (2 * step * (np.arange(PLACES) - PLACES // 2)).astype(np.float32),
            "drift_ends": (counts / (DRIFTERS * 2 * step)).astype(np.float32),
        }


def drawn(params: FeynmanPathsParams, x: Array) -> Array:
    """The chains that are drawn; in a double well the last of them is the one that reaches farthest into both wells."""
    paths = x[:DRAWN_CHAINS].astype(np.float32)
    if params.potential == "double_well":
        paths[-1] = x[np.argmax(np.minimum(x.max(1), -x.min(1)))]
    return paths


def measure(
    params: FeynmanPathsParams, x: Array, tally: Tally, walkers: Walkers, drifters: Drifters, acceptance: float
) -> tuple[dict[str, float], dict[str, Array]]:
    """Scalars and arrays of a frame."""
    p, known = params, theory.truth(params.valley, params.lattice)
    if (tally.lattice, tally.move) != (p.lattice, p.move):  # changed, and no sweep was made since
        tally = Tally(p)
    time, omega = p.travel_time, p.real_omega
    cornu = complex(theory.arrow_sum(float(theory.stiffness(1, time, omega)), p.window, p.hbar))
    kernel = theory.kernel(time, omega, p.x_a, p.x_b, p.hbar)
    toll, walks = walkers.pay(p.fk_time, p.omega)
    drift, drifts = drifters.walk(p.fk_time, p.omega, p.hbar)
    counts = tally.counts if tally.count else np.histogram(x, known.edges)[0]
    harmonic = p.potential == "harmonic"
    scalars = {
        **tally.scalars(),
        "age": tally.age,
        "x2_lattice": known.x2,
        "x2_continuum": theory.x2_continuum(p.beta, p.omega, p.hbar) if harmonic else math.nan,
        "x2_classical": 1 / (p.beta * p.omega**2) if harmonic else math.nan,
        "e0": known.e0,
        "gap": known.gap,
        "acceptance": acceptance,
        "left": float((x.mean(1) < 0).mean()),
        "cornu_re": cornu.real,
        "cornu_im": cornu.imag,
        "mode_product": float(theory.mode_products(p.modes, time, omega)[-1]),
        "kernel_re": kernel.real,
        "kernel_im": kernel.imag,
        **toll,
        "fk_discrete": theory.toll_discrete(p.fk_time, p.omega, WALK_STEPS),
        "fk_exact": theory.toll_exact(p.fk_time, p.omega),
        **drift,
    }
    arrays = {
        "correlator": tally.correlator(),
        "correlator_exact": known.correlator,
        "density": counts / (x.size * max(tally.count, 1) * np.diff(known.edges)),
        "density_exact": known.density,
        "bins": known.bins,
        "paths": drawn(p, x),
        **walks,
        **drifts,
    }
    return scalars, arrays
