"""How well clusters agree with classes: from one table of counts, whatever the clusters are called."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import xlogy

Array = np.ndarray


def contingency(clusters: Array, classes: Array, many: int) -> Array:
    """Counts (many, classes): how many samples of each class (columns) are in each of `many` clusters (rows)."""
    table = np.zeros((many, int(classes.max()) + 1), np.int64)
    np.add.at(table, (clusters, classes), 1)
    return table


def pairing(table: Array) -> tuple[Array, Array]:
    """Clusters and their classes under the best one-to-one pairing (Kuhn 1955, the Hungarian method)."""
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(-table)


def accuracy(table: Array) -> float:
    """Share of samples in the cluster that is paired with their class; no two clusters may claim the same class."""
    return float(table[pairing(table)].sum() / table.sum())


def purity(table: Array) -> float:
    """Share of samples that are of their cluster's most frequent class; several clusters may claim the same one."""
    return float(table.max(1).sum() / table.sum())


def normalised_information(table: Array) -> float:
    """Mutual information of clusters and classes over the mean of both entropies, 0 to 1; nan where both are constant."""
    share = table / table.sum()
    rows, columns = share.sum(1), share.sum(0)
    entropies = [-float(xlogy(part, part).sum()) for part in (rows, columns, share)]
    mean = (entropies[0] + entropies[1]) / 2
    return (entropies[0] + entropies[1] - entropies[2]) / mean if mean > 0 else math.nan
