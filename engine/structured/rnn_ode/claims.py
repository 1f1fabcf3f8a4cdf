"""What the runs of this lab must bear out."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.structured.rnn_ode import theory
from engine.structured.rnn_ode.cells import CELLS
from engine.structured.rnn_ode.data import ANIMALS, TABLE, Measurements
from engine.structured.rnn_ode.fitting import FIRST, Problem
from engine.structured.rnn_ode.params import OWN, SLOWEST
from engine.structured.rnn_ode.systems import COMPETITION, system

TRUTH = np.array(COMPETITION.theta)
LATE = 16  # last states of which the long run is read


def solving(timeline: Timeline | None, name: str, cell: str) -> bool:
    """Whether a run solves this equation by this cell and has come to its horizon."""
    if timeline is None:
        return False
    p = timeline.params
    there = (p.task, p.system, p.cell) == ("solve", name, cell)
    return there and bool(timeline.frame.scalars["t"] >= p.horizon * (1 - 1e-9))


def fitted(timeline: Timeline | None, optimizer: str, steps: int, data: str = "article") -> bool:
    """Whether a run has fitted these data by this optimiser for so many steps."""
    if timeline is None:
        return False
    p = timeline.params
    return (p.task, p.optimizer, p.data) == ("fit", optimizer, data) and timeline.frame.step >= steps


def error(timeline: Timeline) -> float:
    """Distance of the last state to the exact solution, the largest component's."""
    a = timeline.frame.arrays
    return float(np.abs(a["trajectory"] - a["exact"])[-1].max())


def flow_error(timeline: Timeline) -> float:
    """Root mean square by which the exact solution with the fitted weights misses the measurements, in the unit of `rmse`."""
    a = timeline.frame.arrays
    theta, start = tuple(a["theta"].tolist()), tuple(a["trajectory"][0].tolist())
    solved = theory.flow(COMPETITION, theta, start, float(a["times"][-1]))(a["observation_times"])
    unit = 1.0 if OWN(timeline.params) else ANIMALS
    return unit * float(np.sqrt(np.mean((solved - a["observations"]) ** 2)))


def rate_error(timeline: Timeline) -> float:
    """Relative error of r₂."""
    return float(abs(timeline.frame.arrays["theta"][1] / TRUTH[1] - 1))


@claim("q² + p² has grown by 1 + h² in every step.", "equation (6)")
def spirals(timeline: Timeline) -> Verdict | None:
    if not solving(timeline, "oscillator", "euler"):
        return None
    states = timeline.frame.arrays["trajectory"]
    law = theory.energy(timeline.params.h, len(states) - 1)
    return Verdict(law, float((states[-1] ** 2).sum()), 1e-9 * law)


@claim("Rounded to animals, Euler's states are the article's table.", "kexue.fm/archives/5643")
def tabulated(timeline: Timeline) -> Verdict | None:
    if not solving(timeline, "competition", "euler") or timeline.params.h != 0.1 or timeline.params.horizon < TABLE[-1, 0]:
        return None
    rows = np.rint(TABLE[:, 0] / 0.1).astype(int)
    return Verdict.at_most(0.5, float(np.abs(ANIMALS * timeline.frame.arrays["trajectory"][rows] - TABLE[:, 1:]).max()))


@claim("The exact solution is not: at t = 10 it has 282 of the second kind, the table 283.", "DOP853")
def not_exact(timeline: Timeline) -> Verdict | None:
    if tabulated(timeline) is None:
        return None
    return Verdict.at_least(0.5, float(TABLE[0, 2] - ANIMALS * timeline.frame.arrays["exact"][100, 1]))


@claim("RK4 is a hundred thousand times nearer than Euler with the same steps.", "equation (7)")
def nearer(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not (solving(timeline, "competition", "euler") and solving(other, "competition", "rk4")):
        return None
    return Verdict.at_least(1e5, error(timeline) / error(other)) if other.params.h == timeline.params.h <= 0.5 else None


@claim("From h = 0.5 to 0.25 the errors fall with slopes 1, 2 and 4, within 0.2.", "equation (7)")
def slopes(timeline: Timeline) -> Verdict | None:
    if timeline.params.task != "solve" or timeline.params.system != "competition" or timeline.params.horizon < theory.LATEST:
        return None
    h, found = theory.orders(system(timeline.params), theory.LATEST)
    longer, shorter = (int(np.abs(h - value).argmin()) for value in (0.5, 0.25))
    off = [abs(np.log2(errors[longer] / errors[shorter]) - CELLS[name].order) for name, errors in found.items()]
    return Verdict.at_most(0.2, float(max(off)))


@claim("At hr = 2.5 the cell ends on four values in turn.", "May 1976")
def four(timeline: Timeline) -> Verdict | None:
    p, states = timeline.params, timeline.frame.arrays["trajectory"]
    if p.task != "solve" or p.system != "logistic" or p.cell != "euler" or abs(p.h * p.growth - 2.5) > 1e-9 or len(states) < 45:
        return None
    return Verdict(4.0, float(len(theory.attractor(states[:, 0], LATE, 1e-3))), 0.5)


@claim("The first state's signal is at least ten times the last one's.", "equation (4)")
def grows(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if (
        not fitted(timeline, "adam", 1)
        or p.learning_rate > SLOWEST
        or timeline.frame.step > 20
        or p.h != 1
        or p.cell != "euler"
    ):
        return None
    signal = timeline.frame.arrays["state_gradient"]
    return Verdict.at_least(10.0, float(signal[0] / signal[-1]))


def reach(rows: int) -> float:
    """Length of the gradient at the first guess when only so many rows of the table are heard; h = 1, Euler."""
    heard = Measurements(TABLE[:rows, 0], TABLE[:rows, 1:] / ANIMALS, np.array(COMPETITION.start))
    problem = Problem(CELLS["euler"], 1.0, heard)
    slope = problem.back_propagate(FIRST)
    assert slope is not None  # the table's first guess runs through
    return float(np.linalg.norm(slope.gradient))


@claim("With all rows the first gradient is at least ten times that of the row at t = 10.", "equation (4)")
def lengthens(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(10.0, reach(len(TABLE)) / reach(1)) if grows(timeline) is not None else None


@claim("Adam comes within five animals.", "phenomenon 3")
def close(timeline: Timeline) -> Verdict | None:
    whole = fitted(timeline, "adam", 2000) and timeline.params.learning_rate == 0.01 and not timeline.marks
    return Verdict.at_most(5.0, timeline.frame.scalars["rmse"], unit="animals") if whole else None


@claim("Yet r₁ is off by more than 0.005.", "phenomenon 3")
def astray(timeline: Timeline) -> Verdict | None:
    return (
        Verdict.at_least(0.005, float(abs(timeline.frame.arrays["theta"][0] - TRUTH[0])))
        if close(timeline) is not None
        else None
    )


def polished(timeline: Timeline | None, cell: str) -> bool:
    """Whether Gauss-Newton has fitted the table with this cell at h = 1."""
    return (
        timeline is not None
        and fitted(timeline, "gauss_newton", 30)
        and (timeline.params.cell, timeline.params.h) == (cell, 1.0)
    )


@claim("Euler's cell fits the table to its rounding.", "phenomenon 1")
def rounded(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.3, timeline.frame.scalars["rmse"], unit="animals") if polished(timeline, "euler") else None


@claim("Its r₂ is off by more than 5 %.", "equation (8)")
def absorbs(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.05, rate_error(timeline)) if polished(timeline, "euler") else None


@claim("RK4's is off by less than 1 %.", "equation (8)")
def honest(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    return Verdict.at_most(0.01, rate_error(other)) if other is not None and polished(other, "rk4") else None


@claim("The equation with Euler's weights misses the table by more than an animal.", "equation (8)")
def misses(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(1.0, flow_error(timeline), unit="animals") if polished(timeline, "euler") else None


@claim("With 42 rows the error bar of M₁₂ is at most four fifths as long.", "phenomenon 6")
def shorter(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    both = (timeline, other)
    if other is None or not all(fitted(one, "gauss_newton", 30, "generated") and one.params.noise > 0 for one in both if one):
        return None
    if (timeline.params.observations, other.params.observations) != (6, 42):
        return None
    few, many = (float(one.frame.arrays["standard_errors"][3]) for one in (timeline, other))
    return Verdict.at_most(0.8, many / few)
