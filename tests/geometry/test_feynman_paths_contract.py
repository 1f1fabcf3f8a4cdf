"""What the path lab must show, run as a person runs it: names, options, numbers, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.core.params import BadValue
from engine.core.session import Session


def run(steps: int, **values):
    return Session.start("feynman-paths", values, seed=0, device="cpu").advance(steps=steps)


@pytest.mark.parametrize(("slices", "x2"), [(16, 0.485424309), (64, 0.499362957), (128, 0.500091886)])
def test_the_lattice_has_a_truth_of_its_own(slices, x2):
    assert run(1, slices=slices).scalars["x2_lattice"] == pytest.approx(x2, abs=1e-8)


def test_a_coarse_lattice_is_sampled_as_it_is():
    """Not the continuum's .5003, however long the run."""
    s = run(350, slices=16).scalars
    assert s["x2_error"] < 0.004
    assert abs(s["x2"] - 0.4854) < 4 * s["x2_error"]
    assert s["x2_continuum"] - s["x2"] > 3 * s["x2_error"]


def test_single_points_are_slow_where_staging_is_not():
    slow, staging = (run(450, slices=128, burn_in=200, move=move).scalars for move in ("single", "staging"))
    assert slow["x2"] < 0.46
    assert abs(staging["x2"] - 0.5001) < 4 * staging["x2_error"]


@pytest.mark.parametrize(("barrier", "gap"), [(1.0, 0.78804), (1.5, 0.041349), (2.0, 1.5877e-5)])
def test_the_gap_of_a_double_well(barrier, gap):
    s = run(1, potential="double_well", barrier=barrier, slices=80).scalars
    assert s["gap"] == pytest.approx(gap, rel=1e-3)
    assert math.isnan(s["x2_continuum"])


@pytest.mark.parametrize(("slices", "e0"), [(16, 0.494933), (32, 0.498707)])
def test_the_ground_state_energy_of_the_lattice(slices, e0):
    s = run(1, slices=slices).scalars
    assert s["e0"] == pytest.approx(e0, abs=1e-6)
    assert s["gap"] == pytest.approx(2 * e0, abs=2e-6)


@pytest.mark.parametrize(("hbar", "share"), [(1.0, 1.33836), (0.1, 0.89248), (0.01, 1.02856)])
def test_a_window_of_arrows_first_overshoots_then_spirals(hbar, share):
    s = run(1, hbar=hbar, window=1.0).scalars
    assert math.hypot(s["cornu_re"], s["cornu_im"]) / math.sqrt(4 * hbar / math.pi) == pytest.approx(share, abs=1e-4)


def test_the_product_of_modes_and_the_walkers():
    s = run(1, real_omega=1.0, travel_time=2.0, modes=40).scalars
    assert s["mode_product"] == pytest.approx(1.475669, abs=1e-6)
    assert s["fk_exact"] == pytest.approx(0.5155601, abs=1e-6)
    assert s["fk_discrete"] == pytest.approx(0.5155622, abs=1e-6)
    assert abs(s["fk_mc"] - s["fk_discrete"]) < 4 * s["fk_error"]


def test_arrays():
    frame = run(110, slices=32)
    shapes = {"correlator": (17,), "correlator_exact": (17,), "density": (61,), "density_exact": (61,), "bins": (61,)}
    assert {name: frame.arrays[name].shape for name in shapes} == shapes
    assert {frame.arrays[name].dtype for name in shapes} == {np.dtype(np.float64)}
    assert frame.arrays["correlator"][0] == pytest.approx(frame.scalars["x2"])


def test_an_odd_ring_is_refused_and_a_caustic_has_no_number():
    with pytest.raises(BadValue, match=r"^slices = 25 .*even"):
        run(0, slices=25)
    frame = run(1, real_omega=1.0, travel_time=3.141592653589793)
    assert math.isnan(frame.scalars["kernel_re"])
    assert not any(map(math.isinf, frame.scalars.values()))
    assert not any(np.isinf(array).any() for array in frame.arrays.values())


@pytest.mark.parametrize("change", [{"hbar": 0.5}, {"move": "shift"}])
def test_another_planck_constant_or_move_begins_the_burn_in_anew_and_nothing_else_does(change):
    session = Session.start("feynman-paths", {"burn_in": 20, "slices": 16}, device="cpu")
    assert math.isfinite(session.advance(steps=30).scalars["x2"])
    session.set(window=3.0, fk_time=1.0)
    assert session.advance(steps=5).scalars["age"] == 35
    session.set(**change)
    for frame in (session.look(), session.advance(steps=20)):
        assert math.isnan(frame.scalars["x2"]) and np.isfinite(frame.arrays["density"]).all()
    last = session.advance(steps=1).scalars
    assert math.isfinite(last["x2"]) and last["age"] == 21


def test_averages_that_remember_their_start_are_known_by_what_their_sweeps_are_worth():
    """Bridges hardly move a short stiff path: its average is off by far more than its error, and says so."""
    stiff, moved = (run(350, hbar=0.1, move=move).scalars for move in ("staging", "shift"))
    assert abs(stiff["x2"] - stiff["x2_lattice"]) > 5 * stiff["x2_error"]
    assert stiff["effective"] < 4
    assert abs(moved["x2"] - moved["x2_lattice"]) < 4 * moved["x2_error"]
    assert 20 < moved["effective"] < 250


def test_the_energy_of_the_quartic_valley():
    """(10), up to the lattice's error."""
    assert run(350, potential="quartic").scalars["energy"] == pytest.approx(0.668, abs=0.012)


def test_the_walkers_pay_by_the_frequency():
    s = run(1, omega=2.0, fk_time=1.0).scalars
    assert s["fk_discrete"] == pytest.approx(math.cosh(2.0) ** -0.5, abs=1e-4)
    assert abs(s["fk_mc"] - s["fk_discrete"]) < 4 * s["fk_error"]
