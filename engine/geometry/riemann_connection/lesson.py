"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.geometry.riemann_connection import claims


def degrees(timeline: Timeline) -> dict[str, float]:
    """The turn in degrees."""
    return {"turned": math.degrees(timeline.frame.scalars["holonomy"])}


def outside(timeline: Timeline) -> dict[str, float]:
    """The twin's turn."""
    return {} if timeline.other is None else {"other": timeline.other.frame.scalars["holonomy"]}


def off(timeline: Timeline) -> dict[str, float]:
    """By how much the midpoint method and Euler's are off at home."""
    lines = {name: claims.arm(timeline, "scheme", name) for name in ("euler", "midpoint", "rk4")}
    return {
        f"{name}_off": line.frame.scalars["holonomy"] - line.frame.scalars["holonomy_frame"]
        for name, line in lines.items()
        if line
    }


def found(timeline: Timeline) -> dict[str, float]:
    """The turn by the Γ from stones, and the true one."""
    s = timeline.frame.scalars
    return {"carried": s["learned_holonomy"], "truth": s["holonomy_frame"]}


def pendulum(timeline: Timeline) -> dict[str, float]:
    """The parallel's turn, the floor's, and where the pendulum is."""
    return degrees(timeline) | {"day": timeline.frame.scalars["foucault_degrees"], "latitude": timeline.params.latitude}


TUBE = {"surface": "torus", "loop_shape": "circle", "loop_v": 1.0}

CHAPTERS = (
    Chapter("home", values={"colatitude": 60.0}, steps=60, views=("surface", "chart"), shows=(claims.cap, claims.inside), guess="home",
        after=degrees),
    Chapter("octant", values={"loop_shape": "octant"}, steps=60, views=("surface", "turn"), shows=(claims.quarter, claims.together),
        hero="start_angle", compare={"start_angle": 120.0}),
    Chapter("no_turn", values={"surface": "polar", "loop_shape": "circle"}, steps=60, views=("surface", "field"),
        shows=(claims.flat, claims.apex), compare={"surface": "cone", "loop_shape": "parallel"}, guess="flat"),
    Chapter("torus", values=TUBE | {"loop_u": 0.0}, steps=60, views=("area", "surface"), shows=(claims.outer, claims.inner),
        compare={"loop_u": 3.1}, hero="loop_radius", after=outside),
    Chapter("schemes", values={"n": 20}, steps=20, views=("turn", "surface"), shows=(claims.drift, claims.first_order),
        sweep=Sweep("scheme", ("rk4", "euler", "midpoint", "schild"), beside="holonomy"), hero="n", after=off),
    Chapter("same_numbers", values={"loop_shape": "circle", "start_angle": 90.0}, steps=60, views=("chart", "turn"),
        shows=(claims.frozen, claims.stretched, claims.bearing),
        sweep=Sweep("connection", ("levi_civita", "naive", "compass"), beside="holonomy"), after=degrees),
    Chapter("stones", values={"loop_shape": "circle", "noise": 0.1}, steps=60, views=("stones", "chart"), shows=(claims.learned,),
        hero="noise", section="Thrown stones", after=found),
    Chapter("pendulum", values={"colatitude": 41.15}, steps=60, views=("pendulum", "surface"), shows=(claims.pantheon, claims.floor),
        hero="latitude", section="Pendulum", after=pendulum),
)  # fmt: skip


def comes_home(timeline: Timeline) -> str | None:
    """How the arrow comes home: which of the three is nearest."""
    turned = math.degrees(timeline.frame.scalars["holonomy"]) % 360
    return "same" if min(turned, 360 - turned) < 45 else "reversed" if abs(turned - 180) < 45 else "aside"


def turns_at_all(timeline: Timeline) -> str | None:
    """Whether anything turned in the plane."""
    return "none" if abs(timeline.frame.scalars["holonomy"]) < 0.01 else "turns"


# fmt: off
GUESSES = (
    Guess("home", "An arrow is carried round this parallel, and nobody turns it. How does it come home?",
        options=(("same", "As it set out"), ("aside", "Turned to one side"), ("reversed", "Reversed")), answer=comes_home,
        numbers=degrees, because="It comes home turned by {turned:.1f}°.", hides=("surface", "chart", "turn"), after=1,
        when=when(surface="sphere", loop_shape="parallel")),
    Guess("flat", "In polar coordinates Γ is not 0, even in the plane. Will the arrow come home turned?",
        options=(("turns", "Turned"), ("none", "As it set out")), answer=turns_at_all, numbers=degrees,
        because="It comes home turned by {turned:.3f}°.", hides=("surface", "turn", "chart"), after=1,
        when=when(surface="polar", loop_shape="circle")),
)
# fmt: on
