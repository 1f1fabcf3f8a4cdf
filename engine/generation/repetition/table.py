"""The exact bench: a table under the knobs, all that can be computed from it, and what its sampled texts say so far. No torch."""

from __future__ import annotations

import math

import numpy as np

from engine.data.text import spelled
from engine.generation.repetition import theory
from engine.generation.repetition.params import OFF, PLACES, WIDE, RepetitionParams
from engine.generation.repetition.sources import Source

BATCH, LONGEST = 100, 300  # texts a step, symbols of a text at most
LINES = 11  # texts on the page
MOST = 200  # symbols whose transitions are in a frame: those visited most
CURVES = 120  # symbols up to which all places of the curves are computed


def knobs(source: Source, p: RepetitionParams, **other: float) -> theory.Floats:
    """The table after sharpening, temperature, top-k and nucleus, in this order: (n, n + 1)."""
    p, last = p.change(other), len(source.names) - 1
    table = theory.sharpened(source.table, min(p.row, last), min(p.column, last), p.sharpen)
    table = theory.heated(table, p.temperature)
    return theory.cut(table, p.top_k if p.top_k < OFF else None, p.nucleus, p.force_eos)


class Exact:
    """Everything computed from one table; `texts` written by it add up."""

    def __init__(self, source: Source, table: theory.Floats) -> None:
        self.source, self.table = source, table
        self.p = np.ascontiguousarray(table[:, :-1])
        squared = self.p * self.p
        self.values = np.linalg.eigvals(squared)
        self.rho = float(np.abs(self.values).max())
        self.risk = math.inf if self.rho > 1 - theory.EDGE else float(np.trace(theory.loops(squared)))
        self.sums = squared.sum(1)
        self.walks = theory.walks(self.p)
        self.expected = theory.expected(self.p, source.start)
        self.shown = np.sort(np.argsort(-self.expected.visits, kind="stable")[:MOST])
        self.texts, self.found, self.squares, self.ended, self.letters, self.in_letters = 0, 0.0, 0.0, 0, 0, 0
        self.newest = np.full((BATCH, LONGEST), -1, np.int32)

    def add(self, texts: np.ndarray) -> None:
        """Count the loops of further texts (BATCH, LONGEST)."""
        loops = theory.count(texts)
        self.newest = texts
        self.texts += len(texts)
        self.found += float(loops.sum())
        self.squares += float((loops.astype(float) ** 2).sum())
        self.ended += int((texts[:, -1] < 0).sum())
        spelled = spell(texts, self.source.names)
        self.letters += int((spelled >= 0).sum())
        self.in_letters += int((theory.count(spelled) if spelled is not texts else loops).sum())

    def scalars(self) -> dict[str, float]:
        mean = self.found / self.texts if self.texts else math.nan
        spread = self.squares / self.texts - mean**2 if self.texts else math.nan
        e = self.expected
        return {
            "symbols": float(len(self.p)),
            "rho": self.rho,
            "risk": self.risk,
            "risk_bound": theory.risk_bound(self.rho, len(self.p)),
            "row_low": float(self.sums.min()),
            "row_high": float(self.sums.max()),
            "events": e.events,
            "length": e.length,
            "rate": 100 * e.rate,
            "events_measured": mean,
            "events_error": math.sqrt(max(spread, 0.0) / self.texts) if self.texts else math.nan,
            "texts": float(self.texts),
            "ended": self.ended / self.texts if self.texts else math.nan,
            "filled": float((self.p > 0).sum()) / len(self.p),
            "text_100": self.source.loops_in_100,
            "per_100": 100 * self.in_letters / self.letters if self.letters else math.nan,
        }

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "transitions": self.table[self.shown][:, [*self.shown, -1]].astype(np.float32),
            "shown_symbols": self.shown.astype(np.int32),
            "start": self.source.start,
            "walks": self.walks,
            "eigenvalues": np.stack([self.values.real, self.values.imag], 1).astype(float),
            "lines": self.newest[:LINES, :WIDE],
            "periods": theory.stuck(self.newest[:LINES])[:, :WIDE],
        }


def spell(texts: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Texts letter by letter, as code points: where symbols are merged, the first LONGEST letters; else the texts themselves."""
    if max(map(len, names)) == 1:
        return texts
    codes = np.full((len(texts), LONGEST), -1, np.int32)
    for row, text in zip(codes, texts, strict=True):
        letters = "".join(names[symbol] for symbol in text if symbol >= 0)[:LONGEST]
        row[: len(letters)] = [ord(letter) for letter in letters]
    return codes


def curves(source: Source, p: RepetitionParams) -> np.ndarray:
    """(10, 4) at PLACES of the chosen axis: R, n ρ / (1 − ρ), Σ (Tr Pᵏ)² / N_k, E; NaN beyond CURVES symbols."""
    rows = np.full((len(PLACES[p.against]), 4), np.nan)
    for row, value in zip(rows, PLACES[p.against] if len(source.names) <= CURVES else (), strict=False):
        one = Exact(source, knobs(source, p, **{p.against: value}))
        row[:] = one.risk, theory.risk_bound(one.rho, len(one.p)), one.walks[:, 1].sum(), one.expected.events
    return rows


def letters(names: tuple[str, ...], most: int = 12) -> np.ndarray:
    """Names of symbols as code points, padded with 0: (symbols, width) int32; long ones end with an ellipsis."""
    short = [name if len(name) <= most else name[: most - 1] + "…" for name in names]
    return spelled(short)
