"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.geometry.riemann_metric import claims

NEW_YORK = {"world": "lonlat", "a_x": 116.4, "a_y": 39.9, "b_x": 286.0, "b_y": 40.7, "segments": 60}
EARTH = 6371.0  # kilometres


def kilometres(timeline: Timeline) -> dict[str, float]:
    """Both ways on a globe of the Earth's size."""
    s = timeline.frame.scalars
    return {"string_km": EARTH * s["length"], "straight_km": EARTH * s["chart_length"]}


def angles(timeline: Timeline) -> dict[str, float]:
    """Angle sums in degrees, here and in the twin."""
    lines = {"hot_sum": timeline, "cold_sum": timeline.other}
    return {name: 180 + math.degrees(line.frame.scalars["excess"]) for name, line in lines.items() if line is not None}


def ridge(timeline: Timeline) -> dict[str, float]:
    """Length over the hill and past it."""
    return {"over": timeline.frame.scalars["length"]} | (
        {} if timeline.other is None else {"past": timeline.other.frame.scalars["length"]}
    )


def off(timeline: Timeline) -> dict[str, float]:
    """How much too long each optimiser's string is."""
    return {f"{name}_off": value for name, value in claims.by_optimiser(timeline).items()}


CHAPTERS = (
    Chapter("hot_plate", values={"kappa": 0.6}, steps=160, views=("chart", "surface"), shows=(claims.tight, claims.even),
        changes=((40, {"kappa": -0.9}), (90, {"kappa": 2.0}))),
    Chapter("over_the_pole", values=NEW_YORK, steps=300, views=("chart", "surface"), shows=(claims.detour, claims.great_circle),
        guess="way", after=kilometres),
    Chapter("ant", values={"kappa": 1.0}, steps=60, views=("ant", "chart"), shows=(claims.circle, claims.ant_finds), guess="circle"),
    Chapter("triangle", values={"kappa": 1.0}, steps=90, views=("triangle", "chart"), shows=(claims.excess, claims.deficit),
        compare={"kappa": -0.9}, after=angles),
    Chapter("no_proof", values={"world": "sheared", "a_x": 1.0, "a_y": 0.0, "b_x": 2.0, "b_y": 2.0}, steps=90,
        views=("chart", "local_frame"), shows=(claims.flat, claims.flat_polar, claims.tight), compare={"world": "polar"}),
    Chapter("hill", values={"world": "bump", "a_x": -1.8, "b_x": 1.8, "a_y": 0.0, "b_y": 0.0, "bump_width": 0.5}, steps=150,
        views=("chart", "surface"), shows=(claims.on_the_ridge, claims.round_the_hill), compare={"a_y": 0.05},
        guess="saddle", after=ridge),
    Chapter("race", values={"kappa": 1.0, "segments": 60}, steps=80, views=("lengths", "chart"),
        shows=(claims.settled, claims.adam_lags), sweep=Sweep("optimiser", ("preconditioned", "adam", "lbfgs"), beside="off"),
        after=off),
    Chapter("pieces", values={"kappa": 2.0}, steps=120, views=("chart", "lengths"), shows=(claims.second_order, claims.signed),
        sweep=Sweep("segments", (20, 40, 80), beside="off")),
)  # fmt: skip


def over_the_pole(timeline: Timeline) -> str | None:
    """Where the tight string passes."""
    if not claims.rested(timeline):
        return None
    north = math.degrees(float(timeline.frame.arrays["string"][:, 1].max()))
    return "pole" if north > 75 else "north" if north > 45 else "along"


def northmost(timeline: Timeline) -> dict[str, float]:
    """The string's northernmost latitude in degrees."""
    return {"north": math.degrees(float(timeline.frame.arrays["string"][:, 1].max()))}


def against_flat(timeline: Timeline) -> str | None:
    """How the ant's circumference compares with 2πρ."""
    ratio = timeline.frame.scalars["circumference_ratio"]
    if not math.isfinite(ratio):
        return None
    return "same" if abs(ratio - 1) < 1e-3 else "less" if ratio < 1 else "more"


def stays(timeline: Timeline) -> str | None:
    """Whether the string on the ridge has left it."""
    verdict = claims.on_the_ridge(timeline)
    return None if verdict is None or not claims.rested(timeline) else "stays" if verdict.agrees else "slides"


# fmt: off
GUESSES = (
    Guess("way", "Which way does the tight string take from Beijing to New York?",
        options=(("along", "Along the parallel, at 40° north"), ("north", "A little to the north"), ("pole", "Past the pole")),
        answer=over_the_pole, numbers=northmost, because="It comes to {north:.1f}° north.",
        hides=("chart", "surface"), after=60, when=when(world="lonlat", a_x=116.4, b_x=286.0)),
    Guess("circle", "An ant on this plate draws a circle with a string of length ½: how long is its circumference?",
        options=(("less", "Less than 2πρ"), ("same", "2πρ"), ("more", "More than 2πρ")), answer=against_flat,
        numbers=lambda timeline: {"ratio": timeline.frame.scalars["circumference_ratio"]},
        because="It is {ratio:.4f} of 2πρ.", hides=("ant",), after=1, when=when(world="plate", radius=0.5)),
    Guess("saddle", "The string lies exactly over the hill's top. What will it do?",
        options=(("slides", "Slide off to one side"), ("stays", "Stay on the ridge")), answer=stays, numbers=ridge,
        because="It stays, with the length {over:.3f}; beside the ridge it ends at another one.",
        hides=("chart", "surface"), after=60, when=when(world="bump", a_y=0.0, b_y=0.0)),
)
# fmt: on
