"""The measurements of a fit: the article's table, rows made from the exact solution, or a person's own table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.core.params import BadValue
from engine.data.errors import not_uploaded, refused
from engine.structured.rnn_ode import theory
from engine.structured.rnn_ode.params import RnnOdeParams
from engine.structured.rnn_ode.systems import COMPETITION, Array

TABLE = np.array(  # time; animals of both kinds: kexue.fm/archives/5643, reckoned by Euler's method with h = 0.1
    [[10, 165, 283], [15, 197, 290], [30, 280, 276], [36, 305, 269], [40, 318, 266], [42, 324, 264]], float
)
ANIMALS = 100.0  # of one unit of x
LAST = 42.0
MOST_ROWS, MOST_STEPS = 2000, 4000
COLUMNS = "The table has {columns} columns of numbers; three are taken: t, x1, x2."
ROWS = "The table has {rows} rows of different times; at least 2 rows are needed (the earliest is where the cell starts), at most {most}."
LONG = "h = {value}: the table then takes {steps} steps; at most {most} are taken. Use a longer h."
UNSTABLE = (
    "With these data the cell blows up before anything is learned; rescale x1 and x2 to values near 1, or use a smaller h."
)


@dataclass(frozen=True)
class Measurements:
    """`values` (m, 2) at `times` (m,), which go up from the start's time 0; `unsorted` rows had to be moved."""

    times: Array
    values: Array
    start: Array
    unsorted: int = 0


def load(p: RnnOdeParams, random: np.random.Generator, own: Mapping[str, Array] | None) -> Measurements:
    """The rows that the settings name. Raises BadValue for own data that do not fit."""
    start = np.array(COMPETITION.start)
    if p.data == "article":
        return Measurements(TABLE[:, 0], TABLE[:, 1:] / ANIMALS, start)
    if p.data == "generated":
        times = np.rint(np.arange(1, p.observations + 1) * LAST / p.observations)
        exact = theory.flow(COMPETITION, COMPETITION.theta, COMPETITION.start, LAST)(times)
        return Measurements(times, exact * (1 + p.noise * random.standard_normal(exact.shape)), start)
    if own is None:
        raise not_uploaded()
    x = np.asarray(own["x"], np.float64)
    if x.shape[1] != 3:
        raise refused(COLUMNS, columns=x.shape[1])
    if len(x) > MOST_ROWS or np.ptp(x[:, 0]) == 0:
        raise refused(ROWS, rows=len(x) if len(x) > MOST_ROWS else 1, most=MOST_ROWS)
    moved = int((np.diff(x[:, 0]) < 0).sum())
    x = x[np.argsort(x[:, 0], kind="stable")]
    return Measurements(x[1:, 0] - x[0, 0], x[1:, 1:], x[0, 1:], moved)


def checked(p: RnnOdeParams, measured: Measurements) -> None:
    """Raises BadValue where own data ask for too many steps of this h."""
    steps = int(np.ceil(measured.times[-1] / p.h))
    if p.data == "own" and steps > MOST_STEPS:
        raise BadValue("h", p.h, "", template=LONG, steps=f"{steps:,}", most=f"{MOST_STEPS:,}")
