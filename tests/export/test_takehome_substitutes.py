"""What stands in for SciPy and scikit-learn gives what they give."""

from __future__ import annotations

import base64
import importlib
import zlib

import numpy as np
import pytest
from scipy import linalg, sparse, special
from scipy.sparse import csgraph
from sklearn import datasets

from engine.export import substitutes as own
from engine.export.author import digits_table
from engine.export.bundle import substitutes

RANDOM = np.random.default_rng(0)
WIDE = np.concatenate([RANDOM.normal(0, 3, 500), [-30.0, -8.0, -1e-9, 0.0, 1e-9, 8.0, 30.0]])
PARTS = np.concatenate([RANDOM.random(500), [1e-300, 1e-12, 0.5, 1 - 1e-12]])


@pytest.mark.parametrize(
    ("name", "values"), [("ndtr", WIDE), ("ndtri", PARTS), ("expit", WIDE), ("logit", PARTS), ("gammaln", np.abs(WIDE) + 0.1)]
)
def test_functions_of_one_number_agree(name, values):
    expected = getattr(special, name)(values)
    np.testing.assert_allclose(getattr(own, name)(values), expected, rtol=2e-12, atol=1e-300)
    single = values[:500].astype(np.float32)
    result = getattr(own, name)(single)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, getattr(special, name)(single), rtol=3e-7)
    assert np.ndim(getattr(own, name)(float(values[0]))) == 0


def test_chi_square_agrees():
    x = np.linspace(0, 60, 200)
    for freedom in (1, 2, 9):
        np.testing.assert_allclose(own.chdtrc(freedom, x), special.chdtrc(freedom, x), rtol=1e-12)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_sums_of_exponentials_agree(axis):
    x = RANDOM.normal(0, 200, (7, 5))
    np.testing.assert_allclose(own.logsumexp(x, axis=axis), special.logsumexp(x, axis=axis), rtol=1e-13)
    np.testing.assert_allclose(own.softmax(x, axis=axis), special.softmax(x, axis=axis), rtol=1e-12)
    kept = own.logsumexp(x, axis=axis, keepdims=True)
    assert kept.shape == special.logsumexp(x, axis=axis, keepdims=True).shape
    nothing = np.full((7, 5), -np.inf)
    assert np.array_equal(own.logsumexp(nothing, axis=axis), special.logsumexp(nothing, axis=axis))


def test_linear_algebra_agrees():
    a = RANDOM.normal(size=(6, 6))
    np.testing.assert_allclose(own.expm(a), linalg.expm(a), rtol=1e-11, atol=1e-12)
    bands = np.zeros((4, 30))
    bands[:3] = RANDOM.normal(size=(3, 30))
    bands[3] = 12.0
    right = RANDOM.normal(size=30)
    np.testing.assert_allclose(own.solveh_banded(bands, right), linalg.solveh_banded(bands, right), rtol=1e-11)
    bands[3] = 0.0
    with pytest.raises(np.linalg.LinAlgError):
        own.solveh_banded(bands, right)
    with pytest.raises(ValueError, match="infs or NaNs"):
        own.solveh_banded(np.full((1, 3), np.nan), np.ones(3))


def test_shortest_paths_agree():
    nodes, edges = 60, 200
    rows, columns = RANDOM.integers(0, nodes - 1, (2, edges))  # the last node has no edge
    values = RANDOM.random(edges) + 0.01
    joined = dict.fromkeys(zip(rows.tolist(), columns.tolist(), strict=True))
    rows, columns = np.array(list(joined)).T
    values = values[: len(rows)]
    graph = sparse.coo_matrix((values, (rows, columns)), (nodes, nodes)).tocsr()
    distance, before = csgraph.dijkstra(graph, directed=False, indices=5, return_predecessors=True)
    mine = own.coo_matrix((values, (rows, columns)), (nodes, nodes)).tocsr()
    own_distance, own_before = own.dijkstra(mine, directed=False, indices=5, return_predecessors=True)
    np.testing.assert_allclose(own_distance, distance, rtol=1e-14)
    assert np.array_equal(own_before, before) and before[-1] == -9999


def test_data_sets_are_the_same_to_the_last_bit(monkeypatch):
    packed = base64.b85encode(zlib.compress(digits_table().tobytes())).decode()
    monkeypatch.setattr(own, "DIGITS", packed)
    digits, expected = own.load_digits(), datasets.load_digits()
    assert np.array_equal(digits.data, expected.data) and np.array_equal(digits.target, expected.target)
    for count, seed in ((1000, 0), (201, 1)):
        points, labels = own.make_moons(count, noise=0.05, random_state=seed)
        their_points, their_labels = datasets.make_moons(count, noise=0.05, random_state=seed)
        assert np.array_equal(points, their_points) and np.array_equal(labels, their_labels)


def test_every_name_of_the_table_exists_on_both_sides():
    for dotted, name in substitutes().items():
        module, _, theirs = dotted.rpartition(".")
        assert callable(getattr(importlib.import_module(module), theirs)) and callable(getattr(own, name))
