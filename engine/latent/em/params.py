"""Parameters of the EM lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when

Data = Literal["blobs", "crosses", "ring_blob", "two_gaussians", "iris", "wine", "coins", "own"]
Covariance = Literal["full", "diag", "spherical", "tied", "fixed"]
Init = Literal["random", "kmeans++", "equal", "rows"]

PAIR = when(data=("two_gaussians", "coins"))  # two components with one number each
MIXTURE = ~PAIR
LINE = when(data="two_gaussians")
COINS = when(data="coins")
FIXED = MIXTURE & when(covariance="fixed")
FARTHEST = 1e15  # from the origin a centre may be put: as far as the values of a table may lie


class EmParams(Params):
    """Controls of the EM lab."""

    # fmt: off
    softness: float = number(1.0, 0.01, 3.0, "Softness",
        "With a fixed covariance the width σ of all clouds; otherwise a temperature T by which all memberships are softened.",
        symbol="σ, T", kind="hot", log=True)
    data: Data = choice("blobs", "Data", "Clusters in a plane, two normal distributions on a line, iris petals, wines, five sets of "
        "coin tosses, or your own table.",
        labels={"blobs": "four blobs", "crosses": "two crossing needles", "ring_blob": "ring and blob", "two_gaussians": "two normals on a line", "iris": "iris petals", "wine": "wines", "coins": "five sets of tosses", "own": "your own data"})
    k: int = number(3, 1, 10, "Components", "How many clouds are fitted.", symbol="K", when=MIXTURE)
    covariance: Covariance = choice("full", "Covariance", "Which shapes a cloud may have. Fixed: all are round with width σ and equal "
        "weights, and only centres are learned.", symbol="Σ", when=MIXTURE,
        labels={"full": "full", "diag": "along the axes", "spherical": "round", "tied": "one for all", "fixed": "fixed, σ²I"})
    init: Init = choice("kmeans++", "Start", "Where the centres begin: random points, k-means++, all at the mean of the data, or "
        "rows 0, s, 2s … of the table.", when=~COINS,
        labels={"random": "random points", "kmeans++": "k-means++", "equal": "all at the mean", "rows": "evenly spaced rows"})
    floor: float = number(1e-6, 1e-9, 0.1, "Variance floor",
        "The least variance a cloud may have in any direction. At 0 a cloud can collapse on a single point.", symbol="ε",
        kind="hot", log=True, zero=True, when=MIXTURE & ~when(covariance="fixed"))
    fraction: float = number(1.0, 0.05, 1.0, "Share of points in an E-step",
        "Below 1, each E-step renews the memberships of a random part of the points only (incremental EM).", kind="hot", step=0.05)
    separation: float = number(2.0, 0.0, 6.0, "Separation", "Distance of the two true means, in standard deviations.", symbol="Δ",
        step=0.1, when=LINE)
    n: int = number(400, 50, 5000, "Points", "How many points are drawn.", symbol="N", when=LINE)
    nudge: float = number(0.0, -1.0, 1.0, "Nudge", "Pushes the first centre to the side by so much, once, when it changes.",
        kind="hot", step=0.001, when=~COINS)
    put_x: float = number(0.0, -FARTHEST, FARTHEST, "Put a centre, x", "Set by a click in the picture.", kind="hot", hidden=True)
    put_y: float = number(0.0, -FARTHEST, FARTHEST, "Put a centre, y", "Set by a click in the picture.", kind="hot", hidden=True)
    # fmt: on

    @property
    def fixed(self) -> bool:
        """Whether `softness` is the width σ of all clouds."""
        return FIXED(self)

    @property
    def temperature(self) -> float:
        """T of the memberships r ∝ (π p)^(1/T)."""
        return 1.0 if self.fixed else self.softness

    @property
    def components(self) -> int:
        """Components in force: two on the line and for the coins."""
        return 2 if PAIR(self) else self.k
