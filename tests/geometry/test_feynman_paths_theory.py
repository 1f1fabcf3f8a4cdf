"""Ground truths of the path lab: closed forms against quadrature, matrices and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.linalg import eigh_tridiagonal

from engine.geometry.feynman_paths import theory
from engine.geometry.feynman_paths.model import Paths, rise
from engine.geometry.feynman_paths.observe import DRIFTERS, WALK_STEPS, WALKS, Drifters, Walkers, drawn
from engine.geometry.feynman_paths.params import FeynmanPathsParams
from engine.geometry.feynman_paths.theory import Lattice, Potential

OSCILLATOR = Potential("harmonic", 1.0, 1.0)


@pytest.mark.parametrize("hbar", [0.5, 2.0])
def test_the_quartic_levels_are_schroedingers_at_any_hbar(hbar):
    """(9) on a fine lattice against finite differences of −ħ²/2 d²/dx² + x⁴; the correlator falls by the same gap."""
    x, h = np.linspace(-5, 5, 3001, retstep=True)
    levels = eigh_tridiagonal(
        hbar**2 / h**2 + x**4, np.full(len(x) - 1, -(hbar**2) / (2 * h**2)), eigvals_only=True, select="i", select_range=(0, 1)
    )
    lattice = Lattice(10.0, 1024, hbar)
    truth = theory.truth(Potential("quartic", 1.0, 1.0), lattice)
    assert [truth.e0, truth.gap] == pytest.approx([levels[0], levels[1] - levels[0]], rel=1e-3)
    assert theory.decay(truth.correlator, lattice) == pytest.approx(truth.gap, rel=1e-2)


@pytest.mark.parametrize(("hbar", "omega", "window"), [(1.0, 0.0, 1.0), (0.1, 0.0, 2.0), (1.0, 4.0, 1.5)])
def test_an_arrow_sum_is_its_integral(hbar, omega, window):
    """(3), for a saddle (c < 0) too."""
    c = float(theory.stiffness(1, 1.0, omega))
    a = np.linspace(-window, window, 200_001)
    assert theory.arrow_sum(c, window, hbar) == pytest.approx(np.trapezoid(np.exp(1j * c * a**2 / hbar), a), abs=1e-7)
    far = complex(theory.arrow_sum(c, 1e6, hbar))
    assert abs(far) == pytest.approx(theory.full_modulus(c, hbar), rel=1e-6)
    assert np.angle(far) == pytest.approx(math.copysign(math.pi / 4, c), abs=1e-5)


@pytest.mark.parametrize("omega", [0.0, 1.3])
def test_the_action_splits_into_modes(omega):
    """(2), by Gauss-Legendre quadrature of a random path's action."""
    time, ends, height = 1.7, (0.3, -1.1), np.random.default_rng(0).normal(size=6)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    t, k = (nodes + 1) * time / 2, np.arange(1, 7)
    turn = np.outer(t, k) * np.pi / time
    step = 1e-5
    path = theory.classical_path(t, time, omega, *ends) + np.sin(turn) @ height
    slope = (theory.classical_path(t + step, time, omega, *ends) - theory.classical_path(t - step, time, omega, *ends)) / (
        2 * step
    )
    slope += np.cos(turn) @ (height * k * np.pi / time)
    action = ((slope**2 - (omega * path) ** 2) / 2) @ weights * time / 2
    modes = theory.stiffness(k, time, omega) @ height**2
    assert action - theory.classical_action(time, omega, *ends) == pytest.approx(modes, abs=1e-8)


def test_the_product_of_modes_tends_to_its_limit():
    products = theory.mode_products(100, 2.0, 1.0)
    limit = theory.mode_limit(2.0, 1.0)
    assert (products[-1], limit) == pytest.approx((1.48008, 1.48307), abs=1e-5)
    assert 1 - products[-1] / limit == pytest.approx(4 / (2 * math.pi**2 * 100), rel=0.02)


def test_the_euclidean_kernel_composes():
    """(4): ∫ K(b, c) K(c, a) dc = K(b, a)."""
    c = np.linspace(-12, 12, 4001)
    whole = (theory.euclidean_kernel(0.4, 1.3, 0.4, c) * theory.euclidean_kernel(0.8, 1.3, c, -0.9)).sum() * (c[1] - c[0])
    assert whole == pytest.approx(theory.euclidean_kernel(1.2, 1.3, 0.4, -0.9), abs=1e-8)


@pytest.mark.parametrize("omega", [0.0, 1.3])
def test_the_prefactor_is_van_vlecks(omega):
    """(12): |K|² = |∂_a∂_b S|/2πħ; S is bilinear in the ends, so the mixed difference is exact."""
    s = lambda a, b: theory.classical_action(0.7, omega, a, b)  # noqa: E731
    mixed = (s(1, 1) - s(1, -1) - s(-1, 1) + s(-1, -1)) / 4
    assert abs(theory.kernel(0.7, omega, 0.2, 0.5, 0.3)) ** 2 == pytest.approx(-mixed / (2 * math.pi * 0.3), rel=1e-12)


def test_past_a_caustic_the_kernel_has_turned_by_a_quarter():
    """(4): half a period mirrors every state, ψ_n(−x) = (−1)ⁿ ψ_n(x), E_n = n + ½: K(T + π) = −i K(T) with one end mirrored."""
    assert theory.kernel(2.0 + math.pi, 1.0, 0.4, -0.9, 0.7) == pytest.approx(
        -1j * theory.kernel(2.0, 1.0, 0.4, 0.9, 0.7), rel=1e-12
    )


def test_the_ornstein_uhlenbeck_walk_is_the_oscillator():
    """(13)."""
    omega, time, a, b = 1.3, 0.7, 0.4, -0.9
    ratio = math.exp(-omega * (b * b - a * a) / 2 + omega * time / 2)
    assert theory.ornstein_uhlenbeck(time, omega, a, b) == pytest.approx(0.1225507993, abs=1e-10)
    assert ratio * theory.euclidean_kernel(time, omega, a, b) == pytest.approx(0.1225507993, abs=1e-10)


@pytest.mark.parametrize(("slices", "hbar"), [(16, 1.0), (64, 1.0), (32, 0.2)])
def test_the_lattice_sum_is_its_closed_form(slices, hbar):
    """(8), and the inverse of the action's matrix."""
    lattice, a = Lattice(8.0, slices, hbar), 8.0 * hbar / slices
    ring = 2 * np.eye(slices) - np.roll(np.eye(slices), 1, 0) - np.roll(np.eye(slices), -1, 0)
    covariance = hbar * np.linalg.inv(ring / a + a * 0.7**2 * np.eye(slices))
    assert lattice.correlator(0.7) == pytest.approx(covariance[0, : slices // 2 + 1], rel=1e-10)
    assert lattice.x2(0.7) == pytest.approx(covariance[0, 0], rel=1e-12)


@pytest.mark.parametrize("slices", [16, 32])
def test_the_transfer_matrix_has_the_lattice_energies(slices):
    """(9) on a 400-point grid, by eigh, and by the lab's own matrix, split by parity."""
    lattice = Lattice(8.0, slices, 1.0)
    a, x = lattice.spacing, np.linspace(-6, 6, 400)
    v = x * x / 2
    matrix = np.exp(-(np.subtract.outer(x, x) ** 2) / (2 * a) - a * np.add.outer(v, v) / 2) / math.sqrt(2 * math.pi * a)
    levels = -np.log(np.linalg.eigvalsh(matrix * (x[1] - x[0]))[::-1][:2]) / a
    own = [-math.log(values[0]) / a for _, values in ((0, part[0]) for part in theory.transfer(OSCILLATOR, lattice)[1:])]
    frequency = math.acosh(1 + a * a / 2) / a
    assert levels == pytest.approx([frequency / 2, 1.5 * frequency], abs=1e-8)
    assert own == pytest.approx(levels, abs=1e-8)


def test_a_potentials_truth_agrees_with_a_plain_matrix_power():
    lattice, well = Lattice(4.0, 20, 0.7), Potential("double_well", 1.0, 1.0)
    a, x = lattice.spacing, np.linspace(-3.2, 3.2, 500)
    v = well.value(x)
    matrix = np.exp(-(np.subtract.outer(x, x) ** 2 / (2 * a) + a * np.add.outer(v, v) / 2) / 0.7)
    power = [np.linalg.matrix_power(matrix / matrix.sum(0).max(), n) for n in (3, 17, 20)]
    truth = theory.truth(well, lattice)
    assert truth.x2 == pytest.approx(np.diag(power[2]) @ x**2 / np.trace(power[2]), rel=1e-8)
    assert truth.correlator[3] == pytest.approx(x @ (power[0] * power[1].T) @ x / np.sum(power[0] * power[1].T), rel=1e-8)
    density = np.diag(power[2]) / np.trace(power[2]) / (x[1] - x[0])
    assert truth.density == pytest.approx(np.interp(truth.bins, x, density), abs=1e-3)


@pytest.mark.parametrize("steps", [2, 3, 200])
def test_the_discrete_toll_is_a_determinant(steps):
    """E exp(−½ω² ∫B²) by the trapezoid rule: det(1 + ω² C W)^(−1/2), C the covariance of the walk."""
    times = np.arange(1, steps + 1) * 2.0 / steps
    weights = np.full(steps, 2.0 / steps)
    weights[-1] /= 2
    matrix = np.eye(steps) + np.minimum.outer(times, times) * weights
    assert theory.toll_discrete(2.0, 1.0, steps) == pytest.approx(np.linalg.det(matrix) ** -0.5, rel=1e-10)


@pytest.mark.parametrize(("modes", "hbar", "error"), [(1, 1.0, 0.00144), (4, 0.1, 0.226), (8, 0.1, 22.8)])
def test_random_arrows_drown(modes, hbar, error):
    """The sign problem; where it can be seen at all, the modulus is what sampling finds."""
    assert theory.sign_error(modes, hbar, 200_000) == pytest.approx(error, rel=0.01)
    a = np.random.default_rng(0).normal(size=(200_000, modes))
    found = abs(np.exp(1j * (a**2).sum(1) / (2 * hbar)).mean())
    modulus = (1 + hbar**-2) ** (-modes / 4)
    assert abs(found - modulus) < 4 / math.sqrt(200_000)


def chains(**values) -> Paths:
    return Paths(FeynmanPathsParams.build(values), 0, torch.device("cpu"))


@pytest.mark.parametrize("move", ["single", "staging", "shift"])
@pytest.mark.parametrize("valley", ["harmonic", "double_well"])
def test_moves_keep_the_law(move, valley):
    """Balance: many short paths come to ⟨x²⟩ of their lattice."""
    model = chains(move=move, potential=valley, beta=2.0, slices=8, chains=2000, start="hot", burn_in=100, barrier=0.8)
    steps = model.steps()
    for _ in range(2 * 500):
        next(steps)
    s = model.observe()[0]
    assert abs(s["x2"] - s["x2_lattice"]) < 4 * s["x2_error"]
    assert s["x2_error"] < 0.02


def test_staging_of_free_paths_is_always_accepted(monkeypatch):
    monkeypatch.setattr(Potential, "value", lambda self, x: 0 * x)
    assert chains(slices=32).staging().all()


def test_detailed_balance_of_single_moves_on_two_points():
    """x on five places: the move matrix's stationary vector is e^{−S}/Z."""
    lattice, x = Lattice(1.0, 2, 1.0), np.linspace(-1, 1, 5)
    a, places = lattice.spacing, [(i, j) for i in range(5) for j in range(5)]
    action = np.array([(x[i] - x[j]) ** 2 / a + a * (OSCILLATOR.value(x[i]) + OSCILLATOR.value(x[j])) for i, j in places])
    whole = np.eye(25)
    for site in (0, 1):
        matrix = np.zeros((25, 25))
        for m, here in enumerate(places):
            for n, there in enumerate(places):
                if m != n and here[1 - site] == there[1 - site] and abs(here[site] - there[site]) == 1:
                    matrix[m, n] = 0.5 * min(
                        1.0, math.exp(-rise(OSCILLATOR, a, x[here[site]], x[there[site]], 2 * x[here[1 - site]]))
                    )
            matrix[m, m] = 1 - matrix[m].sum()
        whole = whole @ matrix
    law = np.exp(-action) / np.exp(-action).sum()
    values, vectors = np.linalg.eig(whole.T)
    found = vectors[:, np.argmax(values.real)].real
    assert found / found.sum() == pytest.approx(law, abs=1e-10)


@pytest.mark.parametrize(("values", "tolerance"), [({"hbar": 0.1}, 0.05), ({"beta": 0.5}, 0.05)])
def test_shifts_move_short_stiff_paths(values, tolerance):
    model = chains(move="shift", burn_in=50, **values)
    steps = model.steps()
    for _ in range(2 * 150):
        next(steps)
    s = model.observe()[0]
    assert abs(s["x2"] - s["x2_lattice"]) < 4 * s["x2_error"]
    assert s["x2_error"] < tolerance * s["x2_lattice"]


@pytest.mark.parametrize(("time", "omega", "hbar"), [(2.0, 1.0, 1.0), (0.5, 2.0, 0.1), (5.0, 3.0, 3.0)])
def test_biased_coins_end_as_their_master_equation_says(time, omega, hbar):
    """(11), p = −ωx: P(k) by the equation itself; its variance is that of the continuum's law up to a step's size."""
    rate, size = omega * time / WALK_STEPS, 200
    k = np.arange(-size, size + 1)
    up, law = np.clip((1 - rate * k) / 2, 0, 1), (k == 0).astype(float)
    for _ in range(WALK_STEPS):
        law = np.roll(up * law, 1) + np.roll((1 - up) * law, -1)
    variance = (law @ k**2) * hbar * time / WALK_STEPS
    scalars, arrays = Drifters(np.random.default_rng(0)).walk(time, omega, hbar)
    assert scalars["drift_exact"] == pytest.approx(variance, rel=max(rate, 0.01))
    assert abs(scalars["drift_x2"] - variance) < 4 * math.sqrt(2 / DRIFTERS) * variance
    places, width = arrays["drift_places"], arrays["drift_places"][1] - arrays["drift_places"][0]
    assert arrays["drift_ends"].sum() * width == pytest.approx(1, abs=1e-5)
    exact = np.interp(places / math.sqrt(hbar * time / WALK_STEPS), k, law)
    assert np.abs(arrays["drift_ends"] * width - exact).max() < 4.5 * math.sqrt(exact.max() / DRIFTERS)


def test_the_walkers_pay_by_the_trapezoid_rule():
    walks = np.random.default_rng(1).standard_normal((WALKS, WALK_STEPS)).cumsum(1) / math.sqrt(WALK_STEPS)
    squares = np.trapezoid(np.pad(walks, ((0, 0), (1, 0))) ** 2, dx=1 / WALK_STEPS)
    assert Walkers(np.random.default_rng(1)).squares == pytest.approx(squares, rel=1e-10)


def test_the_path_that_visits_both_wells_is_drawn():
    x = np.full((40, 8), -1.5)
    x[33, 4:] = 1.2
    params = FeynmanPathsParams.build({"potential": "double_well", "barrier": 1.5, "slices": 8, "chains": 40})
    assert drawn(params, x)[-1] == pytest.approx(x[33])
