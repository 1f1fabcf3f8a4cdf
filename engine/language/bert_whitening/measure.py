"""What one matrix makes of given vectors: every number and array of a frame that needs no flow. What is asked for again is kept."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from engine.language.bert_whitening import theory
from engine.language.bert_whitening.data import Pairs
from engine.language.bert_whitening.theory import Array, Basis

MOST_LOOKS = 4  # (β, γ) that are kept


class Measured:
    """Pairs of vectors, and what has been computed of them."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self.mean, self.covariance = theory.moments(pairs.x)
        self._looks: dict[tuple[float, float], tuple[Basis, Array, Array]] = {}
        self._frame: tuple[tuple[float, float, int], tuple[dict[str, float], dict[str, Array]]] | None = None  # the last one

    def score(self, cosines: Array) -> float:
        """Spearman's correlation of cosines (P,) with the truth."""
        return float(theory.spearman(cosines[:, None], self.pairs.truth)[0])

    @cached_property
    def raw(self) -> Array:
        """Cosines of the vectors as they are, (P,)."""
        return theory.cosines(*np.split(self.pairs.x, 2))

    @cached_property
    def shown(self) -> np.ndarray:
        """The vectors in float32 (2P, d), as they travel: the same array at every look."""
        return self.pairs.x.astype(np.float32)

    @cached_property
    def fixed(self) -> dict[str, float]:
        """Scalars that do not hang on k, β and γ."""
        return {
            "spearman_raw": self.score(self.raw),
            "spearman_centred": self.score(theory.cosines(*np.split(self.pairs.x - self.mean, 2))),
            "spearman_full": float(self.look(1.0, 1.0)[2][-1]),
            "mean_cosine_raw": theory.mean_cosine(self.pairs.x),
            "gaussian_nll": theory.gaussian_nll(self.covariance),
        }

    def look(self, centring: float, power: float) -> tuple[Basis, Array, Array]:
        """The axes of (6), cosines by dimension (P, rank), and their Spearman correlations (d,), the last one again beyond the rank."""
        if (centring, power) not in self._looks:
            axes = theory.basis(self.mean, self.covariance, centring)
            sides = np.split(theory.whitened(self.pairs.x, axes, power, axes.rank), 2)
            cosines = theory.cosines_by_dimension(*sides)
            scores = theory.spearman(cosines, self.pairs.truth)
            while len(self._looks) >= MOST_LOOKS:
                self._looks.pop(next(iter(self._looks)))
            self._looks[centring, power] = axes, cosines, np.pad(scores, (0, len(axes.eigenvalues) - axes.rank), mode="edge")
        return self._looks[centring, power]

    def frame(self, centring: float, power: float, kept: int) -> tuple[dict[str, float], dict[str, Array]]:
        """Scalars and arrays at β, γ and k, which is capped at the rank. While a flow learns, they are the same at every look."""
        key = centring, power, kept
        if self._frame is None or self._frame[0] != key:
            self._frame = key, self._made(*key)
        scalars, arrays = self._frame[1]
        return dict(scalars), dict(arrays)

    def _made(self, centring: float, power: float, kept: int) -> tuple[dict[str, float], dict[str, Array]]:
        fixed = self.fixed
        rotated = self.look(centring, 0.0)[2]
        axes, each, scores = self.look(centring, power)
        cosines = each[:, min(kept, axes.rank) - 1]
        scalars = fixed | {
            "spearman": float(scores[min(kept, axes.rank) - 1]),
            "rank": float(axes.rank),
            "mean_cosine": theory.mean_cosine(theory.whitened(self.pairs.x, axes, power, kept)),
            "dropped": float(np.isnan(cosines).sum()),
        }
        arrays = {"cosines": cosines, "cosines_raw": self.raw, "truth": self.pairs.truth, "eigenvalues": axes.eigenvalues}
        arrays |= {
            "spearman_by_dimension": scores,
            "spearman_rotated": rotated,
            "origin": axes.origin.astype(np.float32),
            "directions": axes.directions.astype(np.float32),
        }
        if self.pairs.meant is not None:
            arrays["meant"] = ((self.pairs.meant - self.pairs.meant.mean(0)) @ axes.directions).var(0)
        return scalars, {name: np.ascontiguousarray(values) for name, values in arrays.items()}
