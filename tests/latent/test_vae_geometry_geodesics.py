"""The geodesic that pays for holes (12), against an independent minimisation; squared distances in float32."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from engine.latent.vae_geometry.geometry.charts import DecoderChart, UncertainChart, Uncertainty, _squared_distances
from engine.latent.vae_geometry.geometry.curves import ends, three_curves
from engine.latent.vae_geometry.geometry.geodesics import Grid, _normal_equations, picture_length, refine, resample, straight
from tests.latent.vae_geometry_runs import data, energy, state, train

WORLDS = {
    "glyph": {},
    "hard-glyph": {},
    "digits": {"sigma_x": 0.2, "beta": 1.0},
    "swiss-roll": {"beta": 1.0, "learning_rate": 3e-3},
    "long-roll": {"beta": 1.0, "learning_rate": 3e-3},
    "moons": {"beta": 1.0},
}


def exact(chart: UncertainChart) -> UncertainChart:
    """The same chart in float64."""
    layers = [(w.astype(np.float64), b.astype(np.float64)) for w, b in chart.mean.layers]
    return UncertainChart(DecoderChart(layers), chart.uncertainty, chart.dimensions)


def independent(chart: UncertainChart, codes: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Length of a shortest curve by other means: a graph of the codes themselves, then L-BFGS with automatic gradients.

    The chart is written anew in torch; 256 segments of 8 chords each, so nothing is jumped over.
    """
    layers = [(torch.tensor(w), torch.tensor(c)) for w, c in chart.mean.layers]
    own = chart.uncertainty
    centres, rates = torch.tensor(own.centres), torch.tensor(own.rates)

    def lift(z: torch.Tensor) -> torch.Tensor:
        hidden = z
        for weight, bias in layers[:-1]:
            hidden = torch.nn.functional.silu(hidden @ weight + bias)
        bumps = torch.exp(-rates * (z[:, None] - centres).square().sum(-1)).sum(1)
        sigma = (bumps / (own.level * own.noise**2) + own.FAR).rsqrt()
        return torch.cat([hidden @ layers[-1][0] + layers[-1][1], chart.dimensions**0.5 * sigma[:, None]], 1)

    def chords(z: torch.Tensor, pieces: int) -> torch.Tensor:
        part = torch.arange(pieces, dtype=z.dtype)[None, :, None] / pieces
        fine = torch.cat([(z[:-1, None] * (1 - part) + z[1:, None] * part).flatten(0, 1), z[-1:]])
        return lift(fine).diff(dim=0).square().sum(1)

    nodes = np.concatenate([codes, [a, b]])
    near = cKDTree(nodes).query(nodes, 13)[1]
    begin, end = np.repeat(np.arange(len(nodes)), 12), near[:, 1:].ravel()
    part = np.arange(9)[None, :, None] / 8
    points = nodes[begin][:, None] * (1 - part) + nodes[end][:, None] * part
    values = lift(torch.tensor(points.reshape(-1, 2))).numpy().reshape(len(begin), 9, -1)
    weight = np.linalg.norm(np.diff(values, axis=1), axis=2).sum(1)
    graph = coo_matrix((np.maximum(weight, 1e-12), (begin, end)), (len(nodes),) * 2).tocsr()
    before = dijkstra(graph, directed=False, indices=len(codes), return_predecessors=True)[1]
    path, at = [], len(codes) + 1
    while at >= 0:
        path.append(at)
        at = int(before[at])
    if len(path) == 1:  # another island of codes
        path = [len(codes) + 1, len(codes)]
    corner = nodes[path[::-1]]
    pace = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corner, axis=0), axis=1) + 1e-9)])
    at_even = np.linspace(0, pace[-1], 257)
    curve = torch.tensor(np.stack([np.interp(at_even, pace, corner[:, i]) for i in range(2)], 1))
    inner = curve[1:-1].clone().requires_grad_()
    optimiser = torch.optim.LBFGS([inner], 1.0, 400, history_size=30, line_search_fn="strong_wolfe", tolerance_change=1e-10)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = chords(torch.cat([curve[:1], inner, curve[-1:]]), 8).sum()
        value.backward()
        return value

    optimiser.step(closure)
    with torch.no_grad():
        return float(chords(torch.cat([curve[:1], inner, curve[-1:]]), 16).sqrt().sum())


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_at_full_quality_the_geodesic_is_as_short_as_an_independent_solver_finds(name):
    """(12): within 2 % of it, or shorter, measured by 16 chords a segment in float64; by 33 nodes it was 42 to 59 % longer."""
    session = train(400, data=name, twin=False, **WORLDS[name])
    net, params = state(session).vae, session.params
    a, b = ends(data(session), net, params)
    chart = exact(net.uncertain(params.sigma_x, True))
    found = three_curves(net, a, b, params.sigma_x, True)
    length = picture_length(chart, found[2], 16)
    assert length <= 1.02 * independent(chart, net.codes[0].astype(np.float64), a, b)
    assert length <= picture_length(chart, found[0], 16) + 1e-6  # than the straight line
    assert length == pytest.approx(picture_length(chart, found[2], 4), rel=0.02)  # nothing is hidden inside segments
    plain = picture_length(chart.mean, found[1], 4)
    assert plain <= picture_length(chart.mean, found[0], 1) + 1e-6
    assert plain == pytest.approx(picture_length(chart.mean, refine(chart.mean, found[1], 200), 4), rel=2e-3)


def bumpy(seed: int = 0) -> UncertainChart:
    """A decoder of no slope to speak of, with an uncertainty round 60 codes."""
    random = np.random.default_rng(seed)
    layers = [(random.normal(size=(2, 8)), random.normal(size=8)), (0.1 * random.normal(size=(8, 5)), np.zeros(5))]
    return UncertainChart(DecoderChart(layers), Uncertainty.fit(random.normal(size=(60, 2)), 0.1), 144)


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_normal_equations_are_those_of_the_energy_inside_the_segments(pieces):
    """One round of Gauss-Newton from nearly the minimum lowers exactly the energy of the curve cut into pieces."""
    chart, line = bumpy(), straight(np.array([-1.0, 0.3]), np.array([1.2, -0.4]), 24)

    def measured(curve: np.ndarray) -> float:
        spread = energy(chart.spread, resample(curve, pieces)) / (len(curve) - 1)
        return energy(chart.mean, curve) / (len(curve) - 1) + spread

    rulers = ((chart.mean, 1), (chart.spread, pieces))
    total, gradient, _ = _normal_equations(rulers, line)
    assert total == pytest.approx(measured(line), rel=1e-12)
    h = 1e-6
    for node, axis in ((1, 0), (7, 1), (22, 0)):
        ahead, back = line.copy(), line.copy()
        ahead[node + 1, axis] += h
        back[node + 1, axis] -= h
        assert 2 * gradient[node, axis] == pytest.approx((measured(ahead) - measured(back)) / (2 * h), rel=1e-5, abs=1e-6)
    assert measured(refine(chart, line, 20, pieces=pieces)) < measured(line)


def test_a_graph_measures_inside_its_edges():
    """Edge lengths with 2 and with 8 chords of a bumpy uncertainty: the finer are longer, and near those by chords of everything."""
    chart = bumpy()
    low, high = np.array([-2.0, -2.0]), np.array([2.0, 2.0])
    coarse, fine = (Grid(low, high, 64, 3, pieces) for pieces in (2, 8))
    few, many = coarse.quick_lengths(chart), fine.quick_lengths(chart)
    assert (many >= few * (1 - 1e-5)).all()
    assert many.sum() > few.sum()
    edges = np.random.default_rng(0).choice(len(fine.begin), 200, replace=False)
    part = np.linspace(0, 1, 9)[:, None]
    ends = zip(fine.points[fine.begin[edges]], fine.points[fine.end[edges]], strict=True)
    chords = np.array([picture_length(chart, (1 - part) * a + part * b, 1) for a, b in ends])
    assert many[edges].sum() == pytest.approx(chords.sum(), rel=0.01)
    assert np.abs(many[edges] - chords).max() < 0.1 * chords.mean()  # the decoder's part is a mean of the metric at both ends


def test_squared_distances_are_exact_in_float32():
    """|a - b|^2 of near points far from the origin, to a few roundings of float32: by |a|^2 - 2 a.b + |b|^2 it lost 2.8e-4."""
    random = np.random.default_rng(0)
    a = (random.normal(size=(500, 2)) * 3).astype(np.float32)
    b = (a[:64] + 1e-2 * random.normal(size=(64, 2))).astype(np.float32)
    right = np.square(a.astype(np.float64)[:, None] - b.astype(np.float64)).sum(-1)
    found = _squared_distances(a, b)
    assert found.dtype == np.float32
    assert np.abs(found / right - 1).max() < 1e-6
