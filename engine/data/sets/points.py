"""Points in a plane or on a line with the classes they come from: generated clusters, and two classical tables.

Generators take an explicit random generator and return float64 points (count, dims) with int64 labels (count,).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Labelled = tuple[np.ndarray, np.ndarray]


def clusters(
    random: np.random.Generator, centres: Sequence[Sequence[float]] | np.ndarray, deviations: Sequence, counts: Sequence[int]
) -> Labelled:
    """Normal clusters, one after the other.

    Args:
        centres: (k, dims). deviations: of each cluster one for all axes, or one for each. counts: points of each cluster.
    """
    parts = [
        np.asarray(centre) + np.asarray(deviation) * random.standard_normal((count, len(centre)))
        for centre, deviation, count in zip(centres, deviations, counts, strict=True)
    ]
    return np.concatenate(parts), np.repeat(np.arange(len(counts)), counts)


def blobs(random: np.random.Generator) -> Labelled:
    """Four round clusters of 100 points at the corners of a square."""
    return clusters(random, [(-2, -2), (-2, 2), (2, -2), (2, 2)], [0.7] * 4, [100] * 4)


def crosses(random: np.random.Generator) -> Labelled:
    """Two long thin clusters of 400 points (standard deviations 3 and 0.2) that cross in their common centre."""
    return clusters(random, [(0, 0), (0, 0)], [(3.0, 0.2), (0.2, 3.0)], [400, 400])


def ring_and_blob(random: np.random.Generator) -> Labelled:
    """A ring of 300 points round a round cluster of 100."""
    angle, radius = random.uniform(0, 2 * np.pi, 300), 3 + 0.2 * random.standard_normal(300)
    blob, _ = clusters(random, [(0, 0)], [0.5], [100])
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return np.concatenate([ring, blob]), np.repeat([0, 1], [300, 100])


def two_normals(random: np.random.Generator, separation: float, count: int) -> Labelled:
    """Points (count, 1) of two normal distributions of variance 1 whose means are `separation` apart; halves of equal size."""
    labels = np.arange(count) % 2
    return (separation * (labels - 0.5) + random.standard_normal(count))[:, None], labels


def iris_petals() -> Labelled:
    """Length and width of the petals of 150 irises of three kinds, in cm (Fisher 1936)."""
    from sklearn.datasets import load_iris

    table = load_iris()
    return np.ascontiguousarray(table.data[:, 2:4], np.float64), table.target.astype(np.int64)


def wine_plane() -> Labelled:
    """178 wines of three growers on the two principal axes of their 13 measurements, as they are (Forina et al. 1988)."""
    from sklearn.datasets import load_wine
    from sklearn.decomposition import PCA

    table = load_wine()
    return PCA(2, svd_solver="full").fit_transform(table.data).astype(np.float64), table.target.astype(np.int64)


def five_blobs(random: np.random.Generator) -> Labelled:
    """Five round clusters of 200 points on a circle of radius 3."""
    angle = 2 * np.pi * np.arange(5) / 5
    return clusters(random, 3 * np.stack([np.cos(angle), np.sin(angle)], 1), [0.5] * 5, [200] * 5)


def pinwheel(random: np.random.Generator) -> Labelled:
    """Five bent arms of 400 points each (Johnson et al. 2016, 1603.06277: radial deviation 0.3, tangential 0.05, rate 0.25)."""
    x, labels = clusters(random, [(1, 0)] * 5, [(0.3, 0.05)] * 5, [400] * 5)
    angle = 2 * np.pi * labels / 5 + 0.25 * np.exp(x[:, 0])
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], 1).reshape(-1, 2, 2)
    return 2 * np.einsum("ni,nij->nj", x, turn), labels


def moons(random: np.random.Generator) -> Labelled:
    """Two interleaved half circles of 500 points each, with noise of standard deviation 0.08."""
    angle, labels = np.tile(np.linspace(0, np.pi, 500), 2), np.repeat([0, 1], 500)
    upper = np.stack([np.cos(angle), np.sin(angle)], 1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], 1)
    return np.where(labels[:, None] == 0, upper, lower) + 0.08 * random.standard_normal((1000, 2)), labels


def iris() -> Labelled:
    """All four measurements of 150 irises of three kinds, in cm (Fisher 1936)."""
    from sklearn.datasets import load_iris

    table = load_iris()
    return table.data.astype(np.float64), table.target.astype(np.int64)


def wine() -> Labelled:
    """All 13 measurements of 178 wines of three growers (Forina et al. 1988)."""
    from sklearn.datasets import load_wine

    table = load_wine()
    return table.data.astype(np.float64), table.target.astype(np.int64)


def breast_cancer() -> Labelled:
    """All 30 measurements of the cell nuclei of 569 breast tumours: 0 malignant, 1 benign (Wolberg, Street & Mangasarian 1995)."""
    from sklearn.datasets import load_breast_cancer

    table = load_breast_cancer()
    return table.data.astype(np.float64), table.target.astype(np.int64)


def standardised(labelled: Labelled) -> Labelled:
    """The same with mean 0 and standard deviation 1 in every column; a constant column becomes 0."""
    x, labels = labelled
    deviation = x.std(0)
    return (x - x.mean(0)) / np.where(deviation > 0, deviation, 1.0), labels
