"""What the connection lab must show, run as a person runs it: names, options, numbers, and what is refused."""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np
import pytest

from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.session import Session
from engine.core.topic import Timeline
from engine.geometry.charts import christoffel
from engine.geometry.riemann_connection import theory
from engine.geometry.riemann_connection.transport import exchange
from engine.geometry.riemann_connection.views import numbers, plane


def run(steps: int = 1, **values):
    return Session.start("riemann-connection", values, seed=0, device="cpu").advance(steps=steps)


@pytest.mark.parametrize(("colatitude", "turn"), [(30, 0.841787), (45, 1.840302), (60, math.pi), (90, 2 * math.pi)])
def test_the_arrow_comes_home_turned_by_the_cap(colatitude, turn):
    s = run(colatitude=colatitude, n=200).scalars
    assert turn == pytest.approx(theory.parallel_holonomy(math.radians(colatitude)), abs=1e-6)
    assert s["holonomy"] == pytest.approx(turn, abs=1e-6)
    assert s["holonomy_frame"] == pytest.approx(theory.parallel_holonomy(math.radians(colatitude)), abs=1e-9)
    assert s["enclosed_curvature"] == pytest.approx(s["holonomy_frame"], abs=1e-9)


@pytest.mark.parametrize(("n", "ratio", "turn"), [(20, 1.618809, 1.911294), (60, 1.178266, 1.848396)])
def test_the_articles_matrix_drifts(n, ratio, turn):
    s = run(scheme="euler", n=n).scalars
    assert (s["norm_ratio"], s["holonomy"]) == pytest.approx((ratio, turn), abs=1e-5)
    assert s["norm_ratio"] == pytest.approx(theory.euler_growth(math.pi / 4, n), rel=1e-12)


@pytest.mark.parametrize(("n", "off"), [(20, -0.0998), (40, -0.0517), (80, -0.0263), (160, -0.0133), (320, -0.0067)])
def test_schilds_ladder_is_of_first_order(n, off):
    assert run(scheme="schild", n=n).scalars["holonomy"] - 1.840302 == pytest.approx(off, abs=1e-3 if n < 100 else 1e-4)


@pytest.mark.parametrize(
    ("values", "turn", "within"),
    [
        (
            {"surface": "torus", "loop_shape": "circle", "loop_u": 0.3, "loop_v": 0, "loop_radius": 0.6, "n": 200},
            1.0325632747,
            2e-7,
        ),
        ({"surface": "cone", "loop_shape": "parallel", "n": 200}, 3.836398, 1e-6),
        ({"surface": "polar", "loop_shape": "circle", "loop_u": 2}, 0, 1e-7),
        ({"loop_shape": "octant", "n": 300}, math.pi / 2, 1e-6),
        ({"connection": "naive"}, 0, 1e-9),
        ({"connection": "compass"}, 0, 1e-9),
        ({"connection": "naive", "surface": "torus", "loop_shape": "circle"}, 0, 1e-9),
    ],
)
def test_the_turn_on_other_surfaces_loops_and_connections(values, turn, within):
    s = run(**values).scalars
    assert s["holonomy"] == pytest.approx(turn, abs=within)
    if values.get("surface") == "cone":
        assert math.isnan(s["enclosed_curvature"])  # it is all in the apex
    elif "connection" not in values:
        assert s["enclosed_curvature"] == pytest.approx(turn, abs=within)


def test_stones_without_noise_and_foucault_in_paris():
    assert run(noise=0, shots=5).scalars["gamma_error"] < 1e-8
    s = run(latitude=48.846).scalars
    assert (s["foucault_degrees"], s["foucault_hours"]) == pytest.approx((271.060, 31.788), abs=1e-3)
    assert run(latitude=0).scalars["foucault_hours"] == math.inf


def test_frames_hold_the_whole_loop_and_where_the_arrow_is():
    """After n steps it is home, and then sets out anew with the same arrow."""
    session = Session.start("riemann-connection", {"n": 20}, device="cpu")
    first, half, home, again = session.look(), session.advance(steps=10), session.advance(steps=10), session.advance(steps=1)
    assert {frame.scalars["holonomy"] for frame in (first, half, home, again)} == {first.scalars["holonomy"]}
    assert first.arrays["vector"] == pytest.approx([1, 0]) and first.scalars["turn_so_far"] == 0
    assert home.scalars["turn_so_far"] == home.scalars["holonomy"]
    loop = session.params.loop
    assert again.arrays["vector"] == pytest.approx(
        exchange(partial(christoffel, session.params.chart), loop, 20, "rk4")[1][0] @ [1, 0]
    )
    assert again.scalars["piece"] == 1
    gamma = first.arrays["gamma"]
    assert gamma[0, 1, 1] == pytest.approx(-0.5) and gamma[1, 0, 1] == gamma[1, 1, 0] == pytest.approx(1.0)
    for name in ("gamma", "learned_gamma", "vector"):
        assert first.arrays[name].dtype == np.float64


def test_a_loop_outside_of_the_world_is_refused_and_one_that_is_dragged_out_stays_inside():
    with pytest.raises(BadValue, match="half-plane"):
        run(surface="half_plane", loop_v=2, loop_radius=2.5)
    with pytest.raises(BadValue, match="8 to 400"):
        run(n=4)
    with pytest.raises(BadValue, match=r"a_u .* above 0"):
        run(surface="polar", loop_shape="drawn", a_u=-1)
    session = Session.start("riemann-connection", {"surface": "half_plane", "loop_v": 2.0}, device="cpu")
    session.set(loop_radius=2.9)
    places = session.advance(steps=2).arrays["places"]
    assert 0 < places[:, 1].min() < 0.05


def test_parallels_at_the_poles_and_the_turn_on_the_way():
    for colatitude, turn in ((0, 0), (180, 4 * math.pi)):
        assert run(colatitude=colatitude).scalars["holonomy"] == pytest.approx(turn, abs=1e-4)
    arrays = run(n=100).arrays
    assert arrays["turns"] == pytest.approx(arrays["frame_turns"], abs=1e-5)


def test_the_start_arrow_the_number_of_stones_and_the_seed_matter():
    arrows = run(start_angle=90).arrays["arrows"]
    assert arrows[0] == pytest.approx([0, math.sqrt(2)])
    frames = [
        [Session.start("riemann-connection", {"shots": shots}, seed=seed, device="cpu").look() for seed in range(8)]
        for shots in (3, 40)
    ]
    few, many = (np.mean([frame.scalars["gamma_error"] for frame in these]) for these in frames)
    assert few > 2 * many > 0
    assert len({frame.scalars["learned_holonomy"] for frame in frames[0]}) == 8
    assert run(noise=0).scalars["learned_holonomy"] == pytest.approx(run().scalars["holonomy_frame"], abs=1e-6)


def test_the_pictures_say_what_is_so():
    """The matrix shown is Euler's; constant polar components have |∇A| = 1/r; in the north the plane of swing turns with the sun."""
    session = Session.start("riemann-connection", {"surface": "polar", "loop_shape": "circle", "scheme": "euler"}, device="cpu")
    now = Timeline(session.advance(steps=3), session.params)
    next_arrow = session.advance(steps=1).arrays["vector"]
    said = [float(number) for number in re.findall(r"-?\d+\.\d+", headline(plane.chart(now, Style())).replace("−", "-"))]
    assert np.reshape(said[:4], (2, 2)) @ now.frame.arrays["vector"] == pytest.approx(next_arrow, abs=2e-3)
    assert now.frame.arrays["vector"] == pytest.approx(said[4:6], abs=1e-3)
    assert f"{1 / 1.8:.3f} left" in headline(plane.field(now, Style()))
    for latitude, right in ((30, 1), (-30, -1)):
        session.set(latitude=latitude)
        swing = numbers.pendulum(Timeline(session.advance(steps=1), session.params), Style()).data
        heavy = next(trace for trace in swing if trace.get("line", {}).get("width") == 5)
        x, y = heavy["x"][-1], heavy["y"][-1]
        assert right * x * y > 0  # a little after it set out upright


def headline(picture) -> str:
    return next(note["text"] for note in picture.layout["annotations"] if "·" in note["text"] or "∇" in note["text"])
