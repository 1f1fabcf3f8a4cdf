"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Chapter, Guess, Timeline, glide, when
from engine.structured.rnn_ode import claims
from engine.structured.rnn_ode.params import SLOWEST

NEWTON = {"optimizer": "gauss_newton"}
TURN = {"task": "solve", "system": "oscillator", "h": 0.1, "horizon": 12.0}
LOGISTIC = {"task": "solve", "system": "logistic", "h": 1.7, "horizon": 150.0}


def radius(timeline: Timeline) -> dict[str, float]:
    """How far from the origin the last state is, and the number of steps."""
    states = timeline.frame.arrays["trajectory"]
    return {"radius": float(np.linalg.norm(states[-1])), "count": len(states) - 1}


def tenth(timeline: Timeline) -> dict[str, float]:
    """The second kind at t = 10, exactly and by Euler."""
    a = timeline.frame.arrays
    return (
        {"exactly": 100 * float(a["exact"][100, 1]), "by_euler": 100 * float(a["trajectory"][100, 1])}
        if len(a["times"]) > 100
        else {}
    )


def both(timeline: Timeline) -> dict[str, float]:
    """Errors at the end of this run and of its twin."""
    return {} if timeline.other is None else {"of_euler": claims.error(timeline), "of_rk4": claims.error(timeline.other)}


def signals(timeline: Timeline) -> dict[str, float]:
    """The first and the last state's signal; gradients with one row and with all."""
    a = timeline.frame.arrays
    ends = (
        {name: float(a["state_gradient"][place]) for name, place in (("first", 0), ("last", -1))}
        if "state_gradient" in a
        else {}
    )
    return {**ends, "one_row": claims.reach(1), "all_rows": claims.reach(6)}


def found(timeline: Timeline) -> dict[str, float]:
    """Weights by name, what the equation makes of them, and the twin's."""
    names = ("r1", "r2", "m11", "m12", "m21", "m22")
    numbers = dict(zip(names, timeline.frame.arrays["theta"].tolist(), strict=True)) | {"equation": claims.flow_error(timeline)}
    numbers["bar"] = 2 * float(timeline.frame.arrays["standard_errors"][3])
    if timeline.other is not None:
        numbers |= {f"{name}_other": value for name, value in found(timeline.other).items()} | {
            "rmse_other": timeline.other.frame.scalars["rmse"]
        }
    return numbers


# fmt: off
CHAPTERS = (
    Chapter("forward", values=TURN, steps=120, views=("phase", "curves"), shows=(claims.spirals,), guess="orbit", after=radius),
    Chapter("table", values={"task": "solve", "h": 0.1}, steps=420, views=("curves", "phase"), shows=(claims.tabulated, claims.not_exact), after=tenth),
    Chapter("cells", values={"task": "solve", "h": 0.5}, steps=84, views=("orders", "curves"), shows=(claims.nearer, claims.slopes),
        compare={"cell": "rk4"}, after=both),
    Chapter("too_long", values=LOGISTIC, steps=60, views=("bifurcation", "curves"), shows=(claims.four,), guess="settles",
        changes=glide("h", 1.7, 2.5, 6, 40, digits=3)),
    Chapter("signals", values={"learning_rate": SLOWEST}, steps=20, views=("strip", "curves"), shows=(claims.grows, claims.lengthens),
        after=signals),
    Chapter("backward", steps=2000, views=("curves", "weights"), shows=(claims.close, claims.astray), guess="weights", after=found),
    Chapter("absorbed", values=NEWTON, steps=40, views=("curves", "weights"), shows=(claims.rounded, claims.absorbs, claims.honest, claims.misses),
        compare={"cell": "rk4"}, guess="true", after=found),
    Chapter("rows", values={**NEWTON, "data": "generated", "noise": 0.02}, steps=40, views=("weights", "sloppy"),
        shows=(claims.shorter,), compare={"observations": 42}, after=found),
)
# fmt: on


def found_orbit(timeline: Timeline) -> str | None:
    """Where Euler's states have gone."""
    if claims.spirals(timeline) is None:
        return None
    away = radius(timeline)["radius"]
    return "out" if away > 1.05 else "in" if away < 0.95 else "circle"


def found_settles(timeline: Timeline) -> str | None:
    """How many values the last states take."""
    verdict = claims.four(timeline)
    return None if verdict is None else "one" if verdict.measured < 2 else "few" if verdict.measured < 9 else "none"


def found_weights(timeline: Timeline) -> str | None:
    """How far Adam's curve and weights are right."""
    verdict = claims.close(timeline)
    if verdict is None:
        return None
    off = float(np.abs(timeline.frame.arrays["theta"] / claims.TRUTH - 1).max())
    return "neither" if not verdict.agrees else "both" if off < 0.1 else "curve"


def found_true(timeline: Timeline) -> str | None:
    """Whose weights are the equation's."""
    if claims.honest(timeline) is None or timeline.other is None:
        return None
    euler, rk4 = claims.rate_error(timeline) < 0.02, claims.rate_error(timeline.other) < 0.02
    return "both" if euler and rk4 else "euler" if euler else "rk4" if rk4 else None


# fmt: off
GUESSES = (
    Guess("orbit", "The true orbit is a circle. What does Euler's cell draw?",
        options=(("circle", "The circle"), ("in", "A spiral inward"), ("out", "A spiral outward")), answer=found_orbit, numbers=radius,
        because="After {count:.0f} steps it is {radius:.2f} from the centre: each step is a tangent, and tangents lead outside.",
        hides=("phase", "curves"), when=when(task="solve", system="oscillator", cell="euler")),
    Guess("settles", "The true solution settles at 1. Steps grow to h = 2.5. Where does the cell end?",
        options=(("one", "At 1, with larger errors"), ("few", "On a few values in turn"), ("none", "It blows up")), answer=found_settles,
        because="On four values in turn: a correction of 2.5 times the distance overshoots.", hides=("bifurcation", "curves"),
        when=when(task="solve", system="logistic", cell="euler", growth=1.0)),
    Guess("weights", "Adam trains six weights on six rows. What will be right in the end?",
        options=(("both", "Curve and weights"), ("curve", "The curve, not the weights"), ("neither", "Neither")), answer=found_weights, numbers=found,
        because="Off by {rmse:.1f} animals, yet r₁ is {r1:.3f} instead of 0.1, and M₁₂ {m12:.3f} instead of 0.01.", hides=("curves", "weights", "phase"),
        after=2000, when=when(task="fit", optimizer="adam", data="article", cell="euler")),
    Guess("true", "Euler (A) and RK4 (B) both fit to a quarter of an animal. Whose weights are the equation's?",
        options=(("both", "Both"), ("euler", "Euler's"), ("rk4", "RK4's")), answer=found_true, numbers=found,
        because="r₂ = {r2:.4f} by Euler, {r2_other:.4f} by RK4; the truth is 0.3.", hides=("weights", "curves", "phase"), after=30,
        when=when(task="fit", optimizer="gauss_newton", data="article", cell="euler")),
)
# fmt: on
