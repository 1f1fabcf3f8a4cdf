"""What the metric lab must show, run as a person runs it: names, options, numbers, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.params import BadValue
from engine.core.session import Session


def run(steps: int, **values):
    return Session.start("riemann-metric", values, seed=0, device="cpu").advance(steps=steps)


@pytest.mark.parametrize(
    ("kappa", "exact", "off"),
    [(-0.9, 3.652990, -8.7e-4), (-0.3, 2.984040, -1.1e-4), (0, 2.745906, 0), (0.5, 2.406696, 1.0e-4), (2.0, 1.573892, 5.0e-4)],
)
def test_the_string_comes_to_the_exact_length_with_the_error_of_the_midpoint_rule(kappa, exact, off):
    """Its sign is that of κ; no string has a length but for one whose beads lie evenly."""
    s = run(200, kappa=kappa).scalars
    assert s["exact"] == pytest.approx(exact, abs=1e-6)
    assert s["length"] - s["exact"] == pytest.approx(off, rel=0.1, abs=1e-9)
    assert 0 <= s["speed_length"] - s["length"] <= 1e-5


@pytest.mark.parametrize(("segments", "off"), [(20, 1.988e-3), (40, 4.972e-4), (80, 1.243e-4)])
def test_the_error_is_of_second_order(segments, off):
    s = run(200, kappa=2.0, segments=segments).scalars
    assert s["length"] - s["exact"] == pytest.approx(off, rel=0.05)
    assert 0 <= s["speed_length"] - s["length"] <= 1e-5


@pytest.mark.parametrize(
    ("world", "a", "b", "length"),
    [
        ("half_plane", (-2, 0.5), (2, 0.5), 4.18942),
        ("polar", (1, 0), (2, 2), 2.581586),
        ("lonlat", (116.4, 39.9), (286, 40.7), 1.725180),
    ],
)
def test_strings_in_other_worlds(world, a, b, length):
    frame = run(300, world=world, a_x=a[0], a_y=a[1], b_x=b[0], b_y=b[1], segments=60)
    assert frame.scalars["length"] == pytest.approx(length, abs=2e-3)
    assert frame.scalars["exact"] == pytest.approx(length, abs=1e-5)
    if world == "lonlat":
        assert frame.scalars["length"] == pytest.approx(1.72592, abs=1e-4)  # the minimum of sixty segments
        assert frame.scalars["chart_length"] == pytest.approx(2.257583, abs=1e-4)
        assert frame.arrays["string"][0] == pytest.approx(np.radians(a))


def test_the_ants_circle_and_the_sheared_plane():
    s = run(1, kappa=1.0, radius=0.5).scalars
    assert s["circumference_ratio"] == pytest.approx(0.958851, abs=1e-5)
    assert s["ant_curvature"] == pytest.approx(0.98763, abs=2e-3)
    frame = run(1, world="sheared")
    assert frame.scalars["curvature"] == pytest.approx(0, abs=1e-8)
    assert frame.arrays["metric"] == pytest.approx(np.array([[1, 0.5], [0.5, 1]]))
    assert {frame.arrays[name].dtype for name in ("string", "metric")} == {np.dtype(np.float64)}
    assert frame.arrays["string"].shape == (41, 2)


def test_an_end_outside_of_the_disc_is_refused_and_a_shrinking_disc_takes_its_ends_along():
    with pytest.raises(BadValue, match=r"a_x = .* disc of radius 2\.108"):
        run(0, kappa=-0.9, a_x=2.5)
    session = Session.start("riemann-metric", {"kappa": 0.0, "a_x": 2.5, "a_y": 0.0}, device="cpu")
    session.advance(steps=20)
    session.set(kappa=-0.9)
    for frame in (session.look(), session.advance(steps=30)):
        assert np.hypot(*frame.arrays["string"][0]) == pytest.approx(0.98 * 2 / 0.9**0.5)
        assert np.isfinite([frame.scalars["length"], frame.scalars["exact"]]).all()


def test_the_ridge_of_a_bump_is_a_saddle():
    """On it the string stays for ever; a little beside it, it slides down."""
    hill = {"world": "bump", "a_x": -1.8, "b_x": 1.8, "bump_width": 0.5}
    on, beside = (run(200, **hill, a_y=y, b_y=y) for y in (0.0, 0.05))
    assert np.isnan(on.scalars["exact"]) and not on.arrays["string"][:, 1].any()
    assert beside.scalars["length"] < on.scalars["length"] - 0.3
