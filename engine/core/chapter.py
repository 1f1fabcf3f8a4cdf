"""A topic's story as chapters: settings, what to look at, and claims that the run they make must bear out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from engine.core.frame import Timeline


@dataclass(frozen=True)
class Verdict:
    """A closed form held against the run: predicted and measured value with the tolerance that separates them.

    `side` says how: "equal" within the tolerance, or "least" (at least the predicted value, less the tolerance) or "most";
    `Verdict.at_least`, `at_most` and `between` make those.
    """

    predicted: float
    measured: float
    tolerance: float
    unit: str = ""
    side: Literal["equal", "least", "most", "between"] = "equal"

    @classmethod
    def at_least(cls, bound: float, measured: float, tolerance: float = 0.0, unit: str = "") -> Verdict:
        """The measured value is not smaller than the bound."""
        return cls(bound, measured, tolerance, unit, "least")

    @classmethod
    def at_most(cls, bound: float, measured: float, tolerance: float = 0.0, unit: str = "") -> Verdict:
        """The measured value is not larger than the bound."""
        return cls(bound, measured, tolerance, unit, "most")

    @classmethod
    def between(cls, low: float, high: float, measured: float, unit: str = "") -> Verdict:
        """The measured value lies in a range."""
        return cls((low + high) / 2, measured, (high - low) / 2, unit, "between")

    @property
    def off(self) -> float:
        """By how much the measured value misses the predicted one; 0 on the good side of a bound."""
        off = self.measured - self.predicted
        return max(-off, 0.0) if self.side == "least" else max(off, 0.0) if self.side == "most" else abs(off)

    @property
    def agrees(self) -> bool:
        return bool(math.isfinite(self.measured) and self.off <= self.tolerance)  # not numpy's, which is no JSON

    @property
    def expected(self) -> str:
        """What was predicted, in signs: "0.42", "≥ 0.9", "≤ 3", "0.2 … 0.3"."""
        if self.side == "between":
            return f"{self.predicted - self.tolerance:.4g} … {self.predicted + self.tolerance:.4g}"
        return {"equal": "", "least": "≥ ", "most": "≤ "}[self.side] + f"{self.predicted:.4g}"

    def __format__(self, specification: str) -> str:
        """The measured value: in a chapter's words `{collapse:.2f}` is what the claim of that name measured."""
        return format(self.measured, specification)


@dataclass(frozen=True)
class Claim:
    """A statement with a closed form; `judge` returns None while (or where) the run cannot say anything about it.

    Attributes:
        name: what it is called on the command line and in the words of chapters.
        statement: one sentence; translated by the topic's catalogue.
        source: equation, paper.
        judge: the timeline's verdict. In a comparison it has `timeline.other`, in a sweep `timeline.arms`.
    """

    name: str
    statement: str
    source: str
    judge: Callable[[Timeline], Verdict | None]

    def __call__(self, timeline: Timeline) -> Verdict | None:
        return self.judge(timeline)


def claim(statement: str, source: str = "") -> Callable[[Callable[[Timeline], Verdict | None]], Claim]:
    """Make a claim of the function that judges it; its name is the function's."""

    def make(judge: Callable[[Timeline], Verdict | None]) -> Claim:
        return Claim(judge.__name__, statement, source, judge)

    return make


def glide(
    name: str, low: float, high: float, begin: int, end: int, every: int = 2, *, log: bool = False, digits: int = 4
) -> tuple[tuple[int, dict[str, float]], ...]:
    """A chapter's changes that move a parameter from `low` to `high` between two steps, as a hand would."""
    steps = range(begin, end + 1, every)
    values = (np.geomspace if log else np.linspace)(low, high, len(steps))
    return tuple((step, {name: round(float(value), digits)}) for step, value in zip(steps, values, strict=True))


@dataclass(frozen=True)
class Sweep:
    """Which parameter (or "seed") a chapter sweeps over, and its values.

    `beside` names the scalar that stands against the parameter beside the glide; where it is empty the page chooses.
    """

    name: str
    values: tuple[Any, ...]
    beside: str = ""


@dataclass(frozen=True)
class Chapter:
    """A piece of a topic's story. Pressing it sets the values (everything else to its default) and plays.

    Its words are the section `## name` of `assets/text/<language>/<slug>.md`: a title line, the words before, `---`, the words
    after, in which `{name:.2f}` is a scalar, a parameter, a claim's measured value (`{collapse.predicted:.2f}` its prediction),
    or a number of `after`.

    Attributes:
        name: key of its words, and of `chapter=` in an address.
        values: settings that differ from the defaults.
        steps: length of the run, after which the claims are judged.
        views: what to look at, the picture for the sentence first.
        shows: claims that this run bears out.
        changes: (step, values that act at once): what the reader does by hand, and a headless run does by itself.
        hero: the parameter under the reader's thumb here; the topic's where empty.
        seed: the run's seed.
        compare: settings of a twin that differ from this run's; its timeline is `timeline.other`. None for no twin.
        sweep: arms instead of one run; their timelines are `timeline.arms` (without those that diverged). The timeline is then that of the arm with the
            values' own (or default) value of the parameter, or of the first arm.
        guess: name of the guess that is asked before.
        section: the section of controls that is unfolded.
        after: further numbers for the words after.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 0  # the topic's where 0
    views: tuple[str, ...] = ()
    shows: tuple[Claim, ...] = ()
    changes: tuple[tuple[int, Mapping[str, Any]], ...] = ()
    hero: str = ""
    seed: int = 0
    compare: Mapping[str, Any] | None = None
    sweep: Sweep | None = None
    guess: str = ""
    section: str = ""
    after: Callable[[Timeline], Mapping[str, float]] | None = None

    def __post_init__(self) -> None:
        if self.compare is not None and self.sweep is not None:
            raise ValueError(f"chapter {self.name}: compare or sweep, not both")
        if not self.name.isidentifier() or self.name in RESERVED:
            raise ValueError(
                f"chapter “{self.name}”: a name is a word of letters, digits and _, and none of {', '.join(RESERVED)}"
            )

    def numbers(self, timeline: Timeline) -> dict[str, Any]:
        """What may stand in the words after: settings, scalars, verdicts by their claims (None: not to be judged), own numbers."""
        verdicts = {claim.name: claim(timeline) for claim in self.shows}
        finite = {name: said if said is not None and math.isfinite(said.measured) else None for name, said in verdicts.items()}
        more = self.after(timeline) if self.after is not None else {}
        frame = timeline.frame
        return {**timeline.params.values(), **frame.scalars, "step": frame.step, "seed": timeline.seed, **finite, **more}


RESERVED = ("title", "summary", "guess", "play", "explanation", "notes", "sources")  # sections of a text that are no chapters
