"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Timeline, glide, when
from engine.structured.on_lstm import claims
from engine.structured.on_lstm.claims import HALFWAY, LEARNED, SHARP

SHORTLY = 20  # steps of a run that only shows how a cell is built
COLDER = glide("temperature", 1.0, SHARP, LEARNED, LEARNED + 30, digits=2, log=True)


def halfway(timeline: Timeline) -> dict[str, float]:
    """Recall and loss at half of the run."""
    return {f"{name}_half": claims.at(timeline, name, HALFWAY) for name in ("recall", "nll")}


def unbiased(timeline: Timeline) -> dict[str, float]:
    """Recall of the last look before the parser was changed."""
    return {"recall_before": claims.before(timeline, "recall", HALFWAY)}


def twin(timeline: Timeline) -> dict[str, float]:
    """The numbers of the twin: recall_other is its recall."""
    return {} if timeline.other is None else {f"{name}_other": value for name, value in timeline.other.frame.scalars.items()}


# fmt: off
CHAPTERS = (
    Chapter("grows", steps=LEARNED, views=("sentence", "learning"), shows=(claims.found, claims.chance), guess="brackets"),
    Chapter("heights", steps=LEARNED, views=("spread", "heights"), shows=(claims.apart, claims.ranked)),
    Chapter("floor", steps=LEARNED, views=("sentence", "learning"), shows=(claims.bounded, claims.soon, claims.later), hero="sentence",
        after=halfway),
    Chapter("hard", steps=LEARNED + 40, views=("sentence", "kept"), shows=(claims.hardened, claims.unharmed), changes=COLDER),
    Chapter("baseline", steps=LEARNED, views=("sentence", "spread"), shows=(claims.baseline, claims.sharper), compare={"cell": "lstm"},
        hero="sentence", guess="lstm", after=twin),
    Chapter("parser", steps=HALFWAY + 10, views=("sentence", "learning"), shows=(claims.biased,), changes=((HALFWAY, {"parser": "P"}),),
        hero="sentence", after=unbiased),
    Chapter("memory", values={"memory_demand": 0.0}, steps=HALFWAY + 10, views=("sentence", "spread"),
        shows=(claims.unneeded, claims.needed), hero="sentence", guess="heads"),
    Chapter("one", values={"levels": 1}, steps=SHORTLY, views=("sentence", "cells"), shows=(claims.plain, claims.flat, claims.dead),
        compare={"cell": "paper"}, hero="sentence", guess="one"),
)
# fmt: on


def share(timeline: Timeline) -> str:
    """How many of the true brackets are found, in words."""
    recall = timeline.frame.scalars["recall"]
    return "few" if recall < 0.4 else "half" if recall < 0.7 else "most"


def found_brackets(timeline: Timeline) -> str | None:
    return share(timeline) if claims.learned(timeline) else None


def found_lstm(timeline: Timeline) -> str | None:
    return None if timeline.other is None or claims.baseline(timeline) is None else share(timeline.other)


def found_one(timeline: Timeline) -> str | None:
    """Whether the tree is right-branching, or how many brackets it has else."""
    verdict = claims.flat(timeline)
    if verdict is None:
        return None
    return "right" if verdict.agrees else "true" if verdict.measured > 0.7 else "chance"


def found_heads(timeline: Timeline) -> str | None:
    """Where the d of heads lies when none of their words is ever written."""
    if claims.unneeded(timeline) is None:
        return None
    s = timeline.frame.scalars
    return "low" if s["level1"] < 0.15 else "high" if s["level1"] > s["level2"] - 0.1 else "between"


# fmt: off
GUESSES = (
    Guess("brackets", "It reads flat strings only. How many true brackets will its gates show?",
        options=(("few", "A quarter"), ("half", "Half"), ("most", "More than 7 in 10")), answer=found_brackets, after=claims.LEARNED,
        because="{recall:.0%}; right-branching trees have {right_recall:.0%}.", hides=("sentence", "learning"),
        when=when(cell="onlstm", levels=8, parser="U", memory_demand=0.5, temperature=1.0)),
    Guess("lstm", "B is an LSTM, without levels. How many brackets will its forget gate show?",
        options=(("few", "A quarter"), ("half", "Half"), ("most", "More than 7 in 10")), answer=found_lstm, after=claims.LEARNED,
        because="{recall_other:.0%}, and the ON-LSTM {recall:.0%}.", numbers=twin, hides=("sentence", "spread", "learning"),
        when=when(cell="onlstm", levels=8, parser="U", memory_demand=0.5, temperature=1.0)),
    Guess("heads", "No word depends on its head now. Where will the d of heads lie?",
        options=(("low", "Near 0, with the other words"), ("between", "Halfway"), ("high", "With the topics")), answer=found_heads,
        after=HALFWAY, because="At {level1:.2f}; content words at {level0:.2f}, topics at {level2:.2f}.", hides=("spread", "sentence", "heights"),
        when=when(cell="onlstm", levels=8, parser="U", memory_demand=0.0, temperature=1.0)),
    Guess("one", "There is one level only. Which tree will come out?",
        options=(("true", "The true one"), ("chance", "One by chance"), ("right", "The right-branching one")), answer=found_one,
        because="With one level d is 0 everywhere, and the first place wins each time.", hides=("sentence", "learning"),
        when=when(levels=1, cell="onlstm")),
)
# fmt: on
