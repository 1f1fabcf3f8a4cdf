"""Closed forms of the metric lab against independent computations (ground truth 1 to 8 of its notes)."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from engine.geometry.charts import (
    Bump,
    HalfPlane,
    LonLat,
    Mercator,
    Plate,
    Polar,
    Sheared,
    angle,
    christoffel,
    curvature,
    determinant,
    frame,
    inner,
)  # fmt: skip
from engine.geometry.curves import enclosed_area, fan, line, midpoint_length, shoot
from engine.geometry.riemann_metric import theory
from engine.geometry.riemann_metric.model import energy, energy_slope

CHARTS = (Plate(0.7), Plate(-0.9), HalfPlane(), Mercator(), Polar(), LonLat(), Bump(1.3, 0.6), Sheared(1.1))
RANDOM = np.random.default_rng(0)
PLACES = np.stack([RANDOM.uniform(0.3, 1.2, 20), RANDOM.uniform(0.3, 1.2, 20)], 1)
A, B = np.array([-1.5, 0.4]), np.array([1.2, 0.9])


def by_torch(chart: Plate, x: torch.Tensor) -> torch.Tensor:
    return -torch.log(1 + chart.kappa / 4 * (x * x).sum())  # ln f


@pytest.mark.parametrize("kappa", [-0.9, -0.3, 0.5, 2.0])
def test_the_laplacian_of_ln_f_is_minus_f_squared_times_kappa(kappa):
    """(6), by automatic differentiation; and the general formula agrees with it."""
    for x in torch.from_numpy(PLACES):
        slopes = torch.func.hessian(lambda y: by_torch(Plate(kappa), y))(x)
        f = math.exp(float(by_torch(Plate(kappa), x)))
        assert -float(slopes.trace()) / f**2 == pytest.approx(kappa, abs=1e-8)
    assert curvature(Plate(kappa), PLACES) == pytest.approx(kappa, abs=1e-8)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_slopes_and_curvature_come_from_the_metric(chart):
    numeric = np.stack([chart.metric(PLACES + 1e-30j * unit).imag / 1e-30 for unit in np.eye(2)], -3)
    assert chart.slopes(PLACES) == pytest.approx(numeric, abs=1e-12)
    known = {Plate: getattr(chart, "kappa", 0), HalfPlane: -1, Mercator: 1, LonLat: 1, Polar: 0, Sheared: 0}
    expected = theory.bump_curvature(chart, PLACES) if isinstance(chart, Bump) else known[type(chart)]
    assert curvature(chart, PLACES) == pytest.approx(expected, abs=1e-8)


def test_christoffel_symbols_of_the_sphere_and_the_polar_plane():
    gamma = christoffel(Polar(), np.array([1.7, 0.3]))
    assert gamma[0, 1, 1] == pytest.approx(-1.7) and gamma[1, 0, 1] == pytest.approx(1 / 1.7)
    gamma = christoffel(LonLat(), np.array([0.2, 0.6]))
    assert gamma[1, 0, 0] == pytest.approx(math.sin(0.6) * math.cos(0.6)) and gamma[0, 0, 1] == pytest.approx(-math.tan(0.6))


def test_local_frames_measure_what_the_metric_measures():
    """h^T h = g; lengths, angles and areas from any R h are those of g; np.linalg.cholesky is one of them."""
    for _ in range(10):
        root, (u, v), turn = RANDOM.normal(size=(2, 2)), RANDOM.normal(size=(2, 2)), RANDOM.uniform(0, 6)
        g = root.T @ root + 0.1 * np.eye(2)
        h = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]) @ frame(g)
        assert h.T @ h == pytest.approx(g, abs=1e-12) and frame(g) == pytest.approx(np.linalg.cholesky(g).T)
        hu, hv = h @ u, h @ v
        area = math.sqrt(inner(g, u, u) * inner(g, v, v) - inner(g, u, v) ** 2)
        assert area == pytest.approx(math.sqrt(determinant(g)) * abs(np.linalg.det([u, v])), rel=1e-9)
        assert area == pytest.approx(abs(hu[0] * hv[1] - hu[1] * hv[0]), rel=1e-9)
        assert math.cos(angle(g, u, v)) == pytest.approx(hu @ hv / np.linalg.norm(hu) / np.linalg.norm(hv), abs=1e-12)
        jacobian = RANDOM.normal(size=(2, 2))  # of a change of coordinates: steps become J^-1 u
        moved = jacobian.T @ g @ jacobian
        p, q = np.linalg.solve(jacobian, u), np.linalg.solve(jacobian, v)
        assert inner(moved, p, q) == pytest.approx(inner(g, u, v), rel=1e-9, abs=1e-9)
        assert angle(moved, p, q) == pytest.approx(angle(g, u, v), abs=1e-8)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_a_change_of_coordinates_changes_no_length_angle_or_area(chart):
    """g' = J^T g J of a random smooth map, integrated along a curve and over a square in the new coordinates."""
    wave, phase = RANDOM.uniform(-0.08, 0.08, (2, 3)), RANDOM.uniform(0, 6, (2, 3))
    ways = np.array([[1.0, 2.0], [2.0, -1.0], [1.5, 1.0]])  # of the waves

    def old(y):  # old coordinates from new ones
        return y + (wave * np.sin((y @ ways.T)[..., None, :] + phase)).sum(-1)

    def jacobian(y):
        return np.eye(2) + np.einsum("ij,...ij,jk->...ik", wave, np.cos((y @ ways.T)[..., None, :] + phase), ways)

    def moved(y):
        j = jacobian(y)
        return np.swapaxes(j, -1, -2) @ chart.metric(old(y)) @ j

    nodes, weights = (np.polynomial.legendre.leggauss(40)[0] + 1) / 2, np.polynomial.legendre.leggauss(40)[1] / 2
    turn = np.pi / 2 * nodes  # a quarter of a circle in the new coordinates, and its image
    y = 0.7 + 0.2 * np.stack([np.cos(turn), np.sin(turn)], -1)
    u, v = 0.1 * np.pi * np.stack([-np.sin(turn), np.cos(turn)], -1), np.ones((40, 2))
    x, ju, jv = old(y), np.einsum("nij,nj->ni", jacobian(y), u), np.einsum("nij,nj->ni", jacobian(y), v)
    velocity = old(y + 1e-30j * u).imag / 1e-30  # of the image, by a complex step
    length = weights @ np.sqrt(inner(moved(y), u, u))
    assert length == pytest.approx(weights @ np.sqrt(inner(chart.metric(x), velocity, velocity)), rel=1e-10)
    assert angle(moved(y), u, v) == pytest.approx(angle(chart.metric(x), ju, jv), abs=1e-10)
    square = 0.6 + 0.3 * np.stack(np.meshgrid(nodes, nodes), -1)
    area = 0.09 * np.einsum("i,j,ij->", weights, weights, np.sqrt(determinant(moved(square))))
    edge = 0.6 + 0.3 * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    border = np.concatenate([line(p, q, 1000)[:-1] for p, q in zip(edge, np.roll(edge, -1, 0), strict=True)])
    assert area == pytest.approx(enclosed_area(chart, old(border)), rel=1e-6)  # a polygon of 4000 corners


def test_areas_by_quadrature():
    """(9) for the disc of coordinate radius A, and the cap of a sphere."""
    turn = np.linspace(0, 2 * np.pi, 20001)[:-1]
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    for kappa in (-0.9, 0.5, 2.0):
        expected = math.pi * 0.8**2 / (1 + kappa * 0.8**2 / 4)
        chords = 1 - math.sin(2 * math.pi / 20000) / (2 * math.pi / 20000)  # what a polygon of so many corners leaves out
        assert enclosed_area(Plate(kappa), 0.8 * circle) == pytest.approx(expected, rel=4 * chords)
    cap = np.array([[0, 0.4], [1, 0.4], [1, np.pi / 2], [0, np.pi / 2]])  # one radian of longitude
    cap = np.concatenate([line(p, q, 100)[:-1] for p, q in zip(cap, np.roll(cap, -1, 0), strict=True)])
    assert enclosed_area(LonLat(), cap) == pytest.approx(1 - math.sin(0.4), abs=1e-8)
    assert enclosed_area(LonLat(), cap[::-1]) == pytest.approx(math.sin(0.4) - 1, abs=1e-8)


@pytest.mark.parametrize("kappa", [-0.9, 0.5, 2.0])
def test_geodesics_end_at_their_distance_and_keep_their_speed(kappa):
    chart, start = Plate(kappa), np.array([0.4, -0.3])
    psi = np.linspace(0, 6, 12)
    unit = np.linalg.solve(frame(chart.metric(start)), np.stack([np.cos(psi), np.sin(psi)])).T
    places, speeds = shoot(chart, np.broadcast_to(start, unit.shape), unit, np.linspace(0, 1.2, 7))
    assert [theory.distance(chart, start, end) for end in places[-1]] == pytest.approx([1.2] * 12, abs=1e-6)
    assert inner(chart.metric(places), speeds, speeds) == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize(("chart", "start", "radius"), [
    (Plate(2.0), A, 2.0), (Plate(-0.9), A, 1.5), (LonLat(), np.array([2.0, 0.7]), 1.2), (Polar(), np.array([1.0, 0.3]), 1.6),
])  # fmt: skip
def test_circles_are_measured_through_infinity_past_poles_and_origins(chart, start, radius):
    k, found = float(curvature(chart, start)), fan(chart, start, radius)
    flat = 2 * np.pi * found.radii[1:]
    assert found.perimeter[1:] / flat == pytest.approx(theory.circumference_ratio(k, found.radii[1:]), abs=3e-6)
    assert found.area[1:] / (flat * found.radii[1:] / 2) == pytest.approx(theory.area_ratio(k, found.radii[1:]), abs=3e-5)


@pytest.mark.parametrize("chart", [Plate(1.0), Plate(-0.9), HalfPlane(), Mercator(), Polar(), LonLat(), Sheared(1.1)])
def test_the_closed_geodesic_is_as_long_as_the_closed_distance(chart):
    a, b = np.array([0.4, 0.3]), np.array([1.1, 1.2])
    way = theory.geodesic(chart, a, b, 4001)
    assert way[0] == pytest.approx(a) and way[-1] == pytest.approx(b)
    assert midpoint_length(chart, way) == pytest.approx(theory.distance(chart, a, b), rel=1e-6)
    assert theory.distance(chart, a, b) < midpoint_length(chart, line(a, b, 400)) + 1e-9


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_the_slope_of_the_energy_is_its_derivative(chart):
    string = line(np.array([0.3, 0.4]), np.array([1.1, 0.9]), 6)[None] + 0.03 * RANDOM.normal(size=(1, 7, 2))
    slope, unit = energy_slope(chart, string), np.zeros_like(string)
    unit[0, 3, 1] = 1e-6
    assert (energy(chart, string + unit) - energy(chart, string - unit)) / 2e-6 == pytest.approx(slope[0, 2, 1], rel=1e-6)


@pytest.mark.parametrize("kappa", [-0.5, 0.5])
def test_no_path_of_a_fine_grid_is_shorter_than_the_exact_distance(kappa):
    """Dijkstra with sixteen neighbours: an optimiser of another kind comes within 3 %."""
    chart, side = Plate(kappa), np.linspace(-1.8, 1.8, 91)
    points = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 2)
    index = np.arange(len(points)).reshape(91, 91)
    ends = []
    for i, j in ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)):
        ends.append((index[: 91 - i, max(0, -j) : 91 - max(0, j)].ravel(), index[i:, max(0, j) : 91 + min(0, j)].ravel()))
    begin, end = (np.concatenate(part) for part in zip(*ends, strict=True))
    step, middle = points[end] - points[begin], (points[end] + points[begin]) / 2
    weight = np.sqrt(inner(chart.metric(middle), step, step))
    graph = coo_matrix((weight, (begin, end)), (len(points),) * 2).tocsr()
    a, b = index[10, 50], index[75, 62]
    exact, found = theory.distance(chart, points[a], points[b]), dijkstra(graph, directed=False, indices=a)[b]
    assert exact * (1 - 1e-4) <= found <= 1.03 * exact
