"""What a class expects of a run: many guesses of one question, their middle, and the score of each; as JSON for a run's files.

Whatever a student sends is checked here, before anybody else sees it. The score of one in a class is the score of one alone
(`engine.guess.score`), as a single number.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.core.params import BadValue
from engine.core.topic import Guess, Timeline, Topic
from engine.guess.score import Between, Drawn, Made, check, expected, scaled, score_choice, score_curve, score_threshold, span

LONGEST = 24  # characters of a name
MOST = 512  # guesses of one question
NAME = f"at most {LONGEST} letters, digits, spaces and - ' ."
INSIDE = "values on the axis of the question"
SIGNS = "-'’.·"  # what a name may hold beside letters, their marks, digits and spaces
STACKED = 2  # marks over one letter
EDGE = 1e-4  # of the range, that a value may lie beyond it
GRID = 65  # places on the axis of a curve at which the class's middle is drawn


@dataclass(frozen=True)
class Entry:
    """One student's guess; `name` is "" unless they typed one."""

    made: Made
    name: str = ""


@dataclass(frozen=True, eq=False)
class Crowd:
    """All guesses of one question (the name of the topic's guess), in the order in which they came. What is computed of one, and of
    no run, is kept as long as it is shown."""

    guess: str
    entries: tuple[Entry, ...] = ()


def check_name(raw: Any) -> str:
    """A name as it was typed, in its composed form (NFC), or "". Raises BadValue for what is no name.

    Nothing in it can be markup, turn the direction of writing, be invisible, or tower over its line.
    """
    if not isinstance(raw, str) or len(raw) > 4 * LONGEST:
        raise BadValue("name", _short(raw), NAME)
    text = " ".join(unicodedata.normalize("NFC", raw).split())
    marks = 0
    for sign in text:
        kind = unicodedata.category(sign)[0]
        marks = marks + 1 if kind == "M" else 0
        if (kind not in "LMN" and sign != " " and sign not in SIGNS) or marks > STACKED:
            raise BadValue("name", _short(raw), NAME)
    if len(text) > LONGEST:
        raise BadValue("name", _short(raw), NAME)
    return text


def _short(raw: Any) -> str:
    """As much of what was sent as a sentence can show; nothing of it where it is no text."""
    text = (
        "".join(sign if sign.isprintable() else " " for sign in raw[:LONGEST]) if isinstance(raw, str) else type(raw).__name__
    )
    return f"{text}…" if isinstance(raw, str) and len(raw) > LONGEST else text


def check_entry(guess: Guess, raw: Any, name: Any, last: float) -> Entry:
    """A guess and its name from a message. Raises BadValue for anything else."""
    if guess.options and not isinstance(raw, str):  # what cannot be hashed must not be looked up either
        raise BadValue("guess", type(raw).__name__, ", ".join(option for option, _ in guess.options))
    made = check(guess, raw, last)
    if not guess.options and not _within(guess, [point[-1] for point in raw]):
        raise BadValue("guess", "…", INSIDE)
    return Entry(made, check_name(name))


def _within(guess: Guess, values: list[float]) -> bool:
    """Whether values are on the guess's axis (a browser rounds to six digits)."""
    low, high, *_ = ends = scaled(guess, [guess.low, guess.high, *values])
    room = EDGE * (high - low)
    return bool(((ends >= low - room) & (ends <= high + room)).all())  # never so for what has no logarithm


# ---- the middle


@lru_cache(maxsize=16)
def middle(guess: Guess, crowd: Crowd) -> Drawn:
    """The median of the class on the guess's axis: of a curve at each of GRID places where at least half of them have drawn, of a
    place the middle one. Empty for a choice, and where there is none."""
    drawn = [entry.made for entry in crowd.entries if not isinstance(entry.made, str)]
    if not drawn or guess.options:
        return []
    if guess.parameter:
        value = float(np.median(scaled(guess, [made[0][0] for made in drawn])))
        return [(10.0**value if guess.log else value,)]
    steps = np.linspace(0.0, max(made[-1][0] for made in drawn), GRID)
    lines = np.stack([scaled(guess, expected(guess, made, steps)) for made in drawn])  # entries × GRID, NaN where not drawn
    enough = np.isfinite(lines).sum(0) * 2 >= len(drawn)
    heights = np.nanmedian(lines[:, enough], axis=0)
    values = 10.0**heights if guess.log else heights
    return [(float(step), float(value)) for step, value in zip(steps[enough], values, strict=True)]


def counts(guess: Guess, crowd: Crowd) -> dict[str, int]:
    """How many chose each option, in the question's order."""
    chosen = [entry.made for entry in crowd.entries]
    return {name: chosen.count(name) for name, _ in guess.options}


# ---- scores


def misses(guess: Guess, crowd: Crowd, timeline: Timeline, between: Between | None = None) -> list[float | None]:
    """How far each guess is from what came out: 0 is right, 1 the guess's whole range (a choice is 0 or 1). None while it cannot be told.

    A curve's is `CurveScore.error`; a place's is its distance to the closed form, or to where the runs have measured it where there is
    no closed form, as a share of the range.
    """
    if guess.scalar:
        if guess.scalar not in timeline.history:
            return [None] * len(crowd.entries)
        steps, values = timeline.trace(guess.scalar)
        return [_curve(guess, entry.made, steps, values) for entry in crowd.entries]
    return [miss(guess, entry.made, timeline, between) for entry in crowd.entries]


def _curve(guess: Guess, made: Made, steps: np.ndarray, values: np.ndarray) -> float | None:
    score = None if isinstance(made, str) else score_curve(guess, made, steps, values)
    return None if score is None else score.error


def miss(guess: Guess, made: Made, timeline: Timeline, between: Between | None = None) -> float | None:
    """The same of one place or choice."""
    if isinstance(made, str):
        chosen = score_choice(guess, made, timeline)
        return None if chosen is None else float(not chosen.right)
    score = score_threshold(guess, made, timeline, between)
    if score is None:
        return None
    if score.theory is not None:
        away = float(abs(scaled(guess, score.placed) - scaled(guess, score.theory))) / span(guess)
        return away if math.isfinite(away) else None
    return score.off


# ---- files


def as_json(crowd: Crowd) -> dict[str, Any]:
    """A class's guesses as they stand in a run's files: {"guess": name, "entries": [{"made": points or option, "name": text}]}."""
    return {
        "guess": crowd.guess,
        "entries": [
            {"made": entry.made if isinstance(entry.made, str) else [list(point) for point in entry.made]}
            | ({"name": entry.name} if entry.name else {})
            for entry in crowd.entries
        ],
    }


def from_json(topic: Topic, raw: Any) -> tuple[Crowd, ...]:
    """The inverse of `as_json` for a list of them, checked as messages are. Raises BadValue for what cannot be."""
    known = {guess.name: guess for guess in topic.guesses}
    if not isinstance(raw, list) or len(raw) > len(known):
        raise BadValue("guesses", type(raw).__name__, f"a list of at most {len(known)}")
    found = {}
    for item in raw:
        guess = known.get(str(item.get("guess"))) if isinstance(item, Mapping) else None
        entries = item.get("entries") if isinstance(item, Mapping) else None
        if guess is None or not isinstance(entries, list) or len(entries) > MOST:
            raise BadValue("guesses", str(item)[:LONGEST], ", ".join(known))
        found[guess.name] = Crowd(guess.name, tuple(_entry(guess, entry) for entry in entries))
    return tuple(found.values())


def _entry(guess: Guess, raw: Any) -> Entry:
    if not isinstance(raw, Mapping):
        raise BadValue("guesses", type(raw).__name__, "an object")
    return check_entry(guess, raw.get("made"), raw.get("name", ""), math.inf)
