"""The connection lab's mathematics against independent computations (ground truth 2 to 8 of its notes)."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad

from engine.geometry.charts import (
    TINY,
    Array,
    Ball,
    Chart,
    Cone,
    Cylinder,
    Paraboloid,
    Polar,
    RoundBump,
    Torus,
    christoffel,
    curvature,
    determinant,
)
from engine.geometry.riemann_connection import theory
from engine.geometry.riemann_connection.loops import (
    Loop,
    cells,
    circle,
    enclosed,
    frame_turns,
    geodesics,
    inside,
    straight,
    winding,
)
from engine.geometry.riemann_connection.transport import carried, exchange, learned, travel, units

CHARTS = (Ball(), Torus(), RoundBump(1.3, 0.6), Cone(0.4), Cylinder(), Paraboloid())
RANDOM = np.random.default_rng(0)
PLACES = np.stack([RANDOM.uniform(0.3, 1.2, 20), RANDOM.uniform(0.3, 1.2, 20)], 1)
ROUND = Loop((circle(np.array([1.2, 0.5]), 0.6),))


def levi_civita(chart: Chart):
    return partial(christoffel, chart)


def riemann(chart: Chart, x: Array) -> Array:
    """R^μ_αβγ of (14) at points (..., 2): (..., 2, 2, 2, 2) as [μ, α, β, γ]; ∂Γ by a complex step."""
    gamma = christoffel(chart, x)
    slope = np.stack([christoffel(chart, x + 1j * TINY * unit).imag / TINY for unit in np.eye(2)], -1)  # [μ, α, γ, β]
    half = np.einsum("...macb->...mabc", slope) + np.einsum("...mnb,...nac->...mabc", gamma, gamma)
    return half - np.swapaxes(half, -1, -2)


def solid_angle(p: Array, q: Array, r: Array) -> float:
    """Of the spherical triangle of unit vectors, signed (van Oosterom & Strackee 1983)."""
    return 2 * math.atan2(float(np.linalg.det([p, q, r])), float(1 + p @ q + q @ r + r @ p))


class Bent(Chart):
    """Another chart's world in other coordinates y, with x = y + (0.2 y₂², 0.1 y₁ y₂): F is not 0."""

    def __init__(self, old: Chart) -> None:
        self.old = old

    def place(self, y: Array) -> Array:
        return y + np.stack([0.2 * y[..., 1] ** 2, 0.1 * y[..., 0] * y[..., 1]], -1)

    def jacobian(self, y: Array) -> Array:
        """∂x/∂y (..., 2, 2)."""
        first = np.stack([0 * y[..., 0] + 1, 0.4 * y[..., 1]], -1)
        return np.stack([first, np.stack([0.1 * y[..., 1], 1 + 0.1 * y[..., 0]], -1)], -2)

    def metric(self, x: Array) -> Array:
        j = self.jacobian(x)
        return np.swapaxes(j, -1, -2) @ self.old.metric(self.place(x)) @ j

    def slopes(self, x: Array) -> Array:
        return np.stack([self.metric(x + 1j * TINY * unit).imag / TINY for unit in np.eye(2)], -3)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_the_metric_is_that_of_the_surface_in_space_and_its_slopes_are_its_derivatives(chart):
    basis = np.stack([chart.place(PLACES + 1e-30j * unit).imag / 1e-30 for unit in np.eye(2)], -2)
    assert chart.metric(PLACES) == pytest.approx(basis @ np.swapaxes(basis, -1, -2), abs=1e-12)
    numeric = np.stack([chart.metric(PLACES + 1e-30j * unit).imag / 1e-30 for unit in np.eye(2)], -3)
    assert chart.slopes(PLACES) == pytest.approx(numeric, abs=1e-12)
    u = PLACES[:, 0]
    known = {Ball: 1 + 0 * u, Torus: np.cos(u) / (2 + np.cos(u)), Paraboloid: (1 + u * u) ** -2.0, Cone: 0 * u, Cylinder: 0 * u}
    if type(chart) in known:
        assert curvature(chart, PLACES) == pytest.approx(known[type(chart)], abs=1e-8)


def test_christoffel_symbols_by_automatic_differentiation():
    """(5) against torch, on the torus; symmetric, and the metric is carried: g_μν;β = 0."""

    def metric(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.ones_like(x[0]), (2 + torch.cos(x[0])) ** 2]).diag()

    for place in PLACES:
        x = torch.from_numpy(place)
        slope, g = torch.func.jacrev(metric)(x).numpy(), metric(x).numpy()  # [i, j, k]
        lowered = slope.transpose(0, 2, 1) + slope - slope.transpose(2, 0, 1)
        gamma = christoffel(Torus(), place)
        assert gamma == pytest.approx(np.einsum("mn,nab->mab", np.linalg.inv(g), lowered) / 2, abs=1e-8)
        assert gamma == pytest.approx(gamma.transpose(0, 2, 1))
        bent = slope - np.einsum("nmb,nk->mkb", gamma, g) - np.einsum("nkb,mn->mkb", gamma, g)
        assert bent == pytest.approx(0, abs=1e-12)


def test_riemanns_tensor_of_the_sphere_and_of_the_plane():
    assert riemann(Ball(), PLACES)[:, 0, 1, 0, 1] == pytest.approx(np.sin(PLACES[:, 0]) ** 2, abs=1e-10)
    assert riemann(Polar(), PLACES) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(("side", "off"), [(0.1, 3.5e-4), (0.05, 4.4e-5), (0.025, 5.5e-6)])
def test_a_small_parallelogram_turns_an_arrow_by_riemanns_tensor(side, off):
    """(14), up to the third order."""
    x, arrow = np.array([1.0, 0.3]), np.array([1.0, 0.5])
    corners = x + side * np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    loop = Loop(tuple(map(straight, corners, np.roll(corners, -1, 0))))
    moved = carried(exchange(levi_civita(Ball()), loop, 80, "rk4")[1], arrow)[-1] - arrow
    expected = -np.einsum("mabc,a,b,c->m", riemann(Ball(), x), arrow, [side, 0], [0, side])
    assert np.abs(moved - expected).max() < 2.5 * off


def test_spherical_triangles_turn_arrows_by_their_solid_angle():
    """The turns of three great circles composed, against (van Oosterom & Strackee); and against transport in the chart."""
    for _ in range(20):
        p, q, r = (v / np.linalg.norm(v) for v in RANDOM.normal(size=(3, 3)))
        carry = np.eye(3)
        for a, b in ((p, q), (q, r), (r, p)):  # the rotation that takes a to b along their great circle
            axis = np.cross(a, b)
            skew = np.cross(np.eye(3), axis)
            carry = (np.eye(3) + skew + skew @ skew / (1 + a @ b)) @ carry
        first = np.cross(p, q) / np.linalg.norm(np.cross(p, q))
        turned = math.atan2(np.cross(first, carry @ first) @ p, first @ carry @ first)
        assert math.remainder(turned - solid_angle(p, q, r), 2 * math.pi) == pytest.approx(0, abs=1e-12)
    corners = np.array([[0.8, 0.2], [1.6, 0.4], [1.3, 1.3]])
    places = Ball().place(corners)
    assert frame_turns(Ball(), Loop(geodesics(Ball(), corners)), 60)[-1] == pytest.approx(solid_angle(*places), abs=1e-6)


def test_a_circle_on_the_torus_three_ways():
    loop = Loop((circle(np.array([0.3, 0.0]), 0.6),))
    direct = dblquad(
        lambda u, v: math.cos(u), -0.6, 0.6, lambda v: 0.3 - math.sqrt(0.36 - v * v), lambda v: 0.3 + math.sqrt(0.36 - v * v)
    )
    assert direct[0] == pytest.approx(1.0325632746738, abs=1e-9)
    assert frame_turns(Torus(), loop, 60)[-1] == pytest.approx(1.0325632746738, abs=1e-10)
    assert travel(Torus(), loop, 200, "rk4", "levi_civita", 0.0).angles[-1] == pytest.approx(1.0325632746738, abs=1e-8)
    total, area = enclosed(Torus(), loop)
    assert (total, area) == pytest.approx((1.0325632746738, 2 * math.pi * 0.36 + total), abs=1e-9)  # √g = 2 + cos u


def test_transport_keeps_lengths_and_angles_and_tangents_of_geodesics_and_can_be_undone():
    _, matrices = exchange(levi_civita(Torus()), ROUND, 400, "rk4")
    whole, scale = np.linalg.multi_dot(matrices[::-1]), units(Torus(), np.array([1.8, 0.5]))
    turn = np.diag(scale) @ whole @ np.diag(1 / scale)
    assert turn @ turn.T == pytest.approx(np.eye(2), abs=1e-9)
    back = Loop((lambda t: (ROUND.legs[0](1 - t)[0], -ROUND.legs[0](1 - t)[1]),))
    assert np.linalg.multi_dot(exchange(levi_civita(Torus()), back, 400, "rk4")[1][::-1]) @ whole == pytest.approx(
        np.eye(2), abs=1e-9
    )
    leg = geodesics(Torus(), np.array([[0.8, 0.2], [1.6, 0.9], [1.0, 1.3]]))[0]
    (_, ends), (_, way) = leg(np.array([0.0, 1.0])), exchange(levi_civita(Torus()), Loop((leg,)), 200, "rk4")
    assert carried(way, ends[0])[-1] == pytest.approx(ends[1], abs=1e-7)


@pytest.mark.parametrize("chart", [Polar(), Cylinder(), Cone(0.4)], ids=lambda chart: type(chart).__name__)
def test_flat_worlds_turn_nothing(chart):
    assert frame_turns(chart, ROUND, 30)[-1] == pytest.approx(0, abs=1e-12)
    assert travel(chart, ROUND, 400, "rk4", "levi_civita", 0.7).angles[-1] == pytest.approx(0.7, abs=1e-9)


def test_carrying_in_polar_coordinates_is_constancy_in_the_plane():
    journey = travel(Polar(), ROUND, 400, "rk4", "levi_civita", 0.7)
    turn = journey.angles + journey.places[:, 1]
    assert turn == pytest.approx(turn[0], abs=1e-9) and journey.lengths == pytest.approx(1, abs=1e-9)


def test_other_coordinates_change_the_connection_by_its_law_and_carry_the_same_arrow():
    """Γ' = ∂y/∂x (Γ ∂x/∂y ∂x/∂y + ∂²x/∂y∂y); a plane is flat in coordinates at no right angle, too."""
    chart = Bent(Polar())
    j, second = chart.jacobian(PLACES), np.zeros((2, 2, 2))
    second[0, 1, 1], second[1, 0, 1], second[1, 1, 0] = 0.4, 0.1, 0.1
    old = np.einsum("zmab,zac,zbd->zmcd", christoffel(Polar(), chart.place(PLACES)), j, j)
    law = np.einsum("zmn,zncd->zmcd", np.linalg.inv(j), old + second)
    assert christoffel(chart, PLACES) == pytest.approx(law, abs=1e-12)
    start = np.array([0.6, -0.8])
    assert carried(exchange(levi_civita(chart), ROUND, 400, "rk4")[1], start)[-1] == pytest.approx(start, abs=1e-9)


@pytest.mark.parametrize("chart", [Ball(), Paraboloid()], ids=lambda chart: type(chart).__name__)
def test_the_compass_is_a_connection_with_torsion(chart):
    """Its Γ^μ_νβ = δ^μ_ν ∂_β ln √g_μμ carries arrows as the navigator does; the index of differentiation is the last."""

    def compass(x: Array) -> Array:
        log_slope = np.einsum("...kii->...ik", chart.slopes(x)) / (2 * np.einsum("...ii->...i", chart.metric(x))[..., None])
        return np.eye(2)[:, :, None] * log_slope[..., :, None, :]

    by_gamma, kept = (travel(chart, ROUND, 400, "rk4", rule, 0.7) for rule in (compass, "compass"))
    assert by_gamma.arrows == pytest.approx(kept.arrows, abs=1e-8)
    assert kept.lengths == pytest.approx(1, abs=1e-12) and np.ptp(travel(chart, ROUND, 400, "rk4", "naive", 0.7).lengths) > 0.1
    gamma = compass(PLACES)
    assert np.abs(gamma - np.swapaxes(gamma, -1, -2)).max() > 0.1  # torsion


def test_the_midpoint_method_is_of_second_order_and_the_fourth_order_one_keeps_the_length():
    off = [
        travel(Torus(), ROUND, n, "midpoint", "levi_civita", 0.0).angles[-1] - frame_turns(Torus(), ROUND, n)[-1]
        for n in (50, 100)
    ]
    assert off[0] / off[1] == pytest.approx(4, rel=0.1)
    assert travel(Torus(), ROUND, 20, "rk4", "levi_civita", 0.0).lengths == pytest.approx(1, abs=1e-4)


def by_stones(loop: Loop, noise: float) -> float:
    """By how much an arrow that is carried by stones' Γ is turned wrongly, at most."""
    true = travel(Ball(), loop, 100, "rk4", "levi_civita", 0.4)
    field = learned(Ball(), true.places, 5, noise, np.random.default_rng(0))
    return float(np.abs(travel(Ball(), loop, 100, "rk4", field, 0.4).angles - true.angles).max())


def test_an_arrow_carried_by_the_stones_turns_as_by_the_true_connection_up_to_the_grids_error():
    """Bilinear between 5 × 5 places: off by the square of their distance, times the way. Along a parallel not at all."""
    large, small = (by_stones(Loop((circle(np.array([1.2, 0.5]), radius),)), 0.0) for radius in (0.05, 0.025))
    assert large / small == pytest.approx(8, rel=0.1)
    parallel = Loop((straight(np.array([0.8, 0.0]), np.array([0.8, 2 * np.pi])),), 1, 0.0)
    assert by_stones(parallel, 0.0) < 1e-9 and by_stones(parallel, 0.3) > 0.01


def test_stones_give_the_connection_and_the_error_that_least_squares_promises():
    for shots in (3, 12):
        velocities, accelerations = theory.stones(Torus(), np.array([1.0, 0.2]), shots, RANDOM)
        assert theory.learn(velocities, accelerations) == pytest.approx(christoffel(Torus(), np.array([1.0, 0.2])), abs=1e-10)
    found = np.stack([theory.learn(velocities, accelerations + 0.1 * RANDOM.standard_normal((12, 2))) for _ in range(200)])
    spread = found.std(0)[:, [0, 0, 1], [0, 1, 1]]  # (μ, 3)
    assert np.sqrt((spread**2).mean(0)) == pytest.approx(0.1 * theory.deviations(velocities), rel=0.15)


def test_cells_sum_to_what_a_closed_surface_has():
    """4π on the sphere, its caps added; 0 on the torus."""
    edge = 0.01
    turned, areas = cells(Ball(), np.linspace(edge, math.pi - edge, 200), np.linspace(0, 2 * math.pi, 41))
    assert turned.sum() + 2 * theory.parallel_holonomy(edge) == pytest.approx(4 * math.pi, abs=1e-6)
    turned, areas = cells(Torus(), np.linspace(0, 2 * math.pi, 61), np.linspace(0, 2 * math.pi, 41))
    assert turned.sum() == pytest.approx(0, abs=1e-6) and areas.sum() == pytest.approx(8 * math.pi**2, rel=1e-6)


def test_cut_cells_count_by_their_share():
    """A cell on the loop counts by what lies inside, the others wholly or not at all."""
    u, v = np.linspace(0.3, 2.4, 12), np.linspace(-0.9, 1.9, 13)
    turned, areas = cells(Ball(), u, v)
    around = inside(ROUND.region(), u, v)
    exact = enclosed(Ball(), ROUND)
    assert (float((turned * around).sum()), float((areas * around).sum())) == pytest.approx(exact, rel=0.01)
    whole = winding(ROUND.region(), np.stack(np.meshgrid((u[1:] + u[:-1]) / 2, (v[1:] + v[:-1]) / 2), -1))
    assert ((around > 0) & (around < 1)).sum() > 5 and (
        whole[(around == 0) | (around == 1)] == around[(around == 0) | (around == 1)]
    ).all()


def test_a_loop_that_runs_twice_counts_twice_and_one_the_other_way_against():
    middle = np.array([1.2, 0.5])
    polygon = ROUND.region()
    assert winding(polygon, middle) == 1 and winding(polygon[::-1], middle) == -1
    assert winding(np.concatenate([polygon, polygon]), middle) == 2 and winding(polygon, middle + 2) == 0
    assert float(determinant(Ball().metric(middle))) == pytest.approx(math.sin(1.2) ** 2)
