"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, glide, when
from engine.language.entity_linking import claims
from engine.language.entity_linking.params import HOMONYMS, RULE
from engine.language.entity_linking.views.linking import share

STEPS = 600
FILTERED = (*glide("alias_threshold", 0.0, 0.9, 20, 200, 4, digits=2), *glide("alias_threshold", 0.9, 0.2, 220, 288, 4, digits=2),
    (300, {"alias_threshold": RULE}))  # fmt: skip
HALVED = glide("alias_threshold", 0.0, 0.34, 10, 60, digits=2)
WEIGHED = glide("habit_weight", 0.0, 1.0, STEPS, STEPS + 40, digits=2)
GIVEN_BACK = glide("habit_weight", 0.0, 0.5, STEPS, STEPS + 40, digits=2)
PRUNED = tuple((STEPS + 8 * k, {"keep_ids": HOMONYMS - k}) for k in range(1, 7))


def weights(timeline: Timeline) -> dict[str, float]:
    """Accuracy of the linker without habit, with half of it, with all of it."""
    return {
        "without": share(timeline, 0.0, HOMONYMS),
        "halfway": share(timeline, 0.5, HOMONYMS),
        "whole": share(timeline, 1.0, HOMONYMS),
    }


def kept(timeline: Timeline) -> dict[str, float]:
    """Accuracy with one, two and all meanings kept."""
    return {"one": share(timeline, keep=1), "two": share(timeline, keep=2), "all_kept": share(timeline, keep=HOMONYMS)}


def filters(timeline: Timeline) -> dict[str, float]:
    """What the best filter gains, here and for the twin."""
    other = timeline.other
    return {"gains": claims.gain(timeline)} | ({} if other is None else {"gains_other": claims.gain(other)})


def lengths(timeline: Timeline) -> dict[str, float]:
    """Exact reading with 2, 4, 8, 16 words."""
    named = {"2": "two", "4": "four", "8": "eight", "16": "sixteen"}
    return {named[str(key)]: arm.frame.scalars["accuracy_context"] for key, arm in timeline.arms.items() if str(key) in named}


CHAPTERS = (
    Chapter("skipped", values={"alias_threshold": 0.0}, steps=310, changes=FILTERED, views=("sentence", "filter"),
        shows=(claims.found, claims.skipped, claims.ruled), hero="alias_threshold"),
    Chapter("half", values={"alias_threshold": 0.0}, steps=70, changes=HALVED, views=("filter", "aliases"), shows=(claims.half, claims.better),
        hero="alias_threshold", guess="half"),
    Chapter("fickle", steps=1, compare={"annotator": "fickle"}, views=("filter", "aliases"), shows=(claims.fixed, claims.fickle),
        hero="alias_threshold", after=filters),
    Chapter("decides", steps=1, sweep=Sweep("context_words", (2, 4, 8, 16), "accuracy_context"), views=("answers",),
        shows=(claims.usual, claims.read, claims.both, claims.longer), after=lengths),
    Chapter("twice", steps=STEPS + 50, changes=WEIGHED, views=("habit", "mention"), shows=(claims.learned, claims.twice, claims.bounded),
        guess="twice", after=weights),
    Chapter("apart", values=claims.BLIND, steps=STEPS + 50, changes=GIVEN_BACK, views=("habit", "mention"), shows=(claims.blind, claims.returned),
        guess="apart", after=weights),
    Chapter("fewer", values=claims.BLIND, steps=STEPS + 60, changes=PRUNED, views=("pruning", "mention"), shows=(claims.rescued, claims.single),
        hero="keep_ids", after=kept),
    Chapter("unread", values=claims.UNREAD, steps=1, views=("answers", "habit"), shows=(claims.unread, claims.little),
        guess="unread"),
)  # fmt: skip


def threshold(timeline: Timeline) -> float:
    """(2): half of the best F1."""
    return timeline.frame.scalars["best_threshold"]


def found_twice(timeline: Timeline) -> str | None:
    """What habit with weight 1 does to a linker that refuses evenly drawn meanings."""
    if not claims.linked(timeline):
        return None
    change = share(timeline, 1.0, HOMONYMS) - share(timeline, 0.0, HOMONYMS)
    return "better" if change > 0.005 else "worse" if change < -0.005 else "same"


def found_apart(timeline: Timeline) -> str | None:
    """Which weight of habit is best for a linker that refuses meanings drawn by habit."""
    if not claims.linked(timeline, **claims.BLIND):
        return None
    by = {
        "none": share(timeline, 0.0, HOMONYMS),
        "half": share(timeline, 0.5, HOMONYMS),
        "double": share(timeline, 2.0, HOMONYMS),
    }
    return max(by, key=lambda name: by[name])


def found_unread(timeline: Timeline) -> str | None:
    """Whether reading or habit is right more often."""
    if not claims.only(timeline, **claims.UNREAD):
        return None
    lead = timeline.frame.scalars["accuracy_prior"] - timeline.frame.scalars["accuracy_context"]
    return "habit" if lead > 0.02 else "reading" if lead < -0.02 else "same"


# fmt: off
GUESSES = (
    Guess("half", "At which threshold of the filter is F1 largest?", low=0.0, high=1.0, parameter="alias_threshold", theory=threshold,
        hides=("filter",), when=when(annotator="lazy")),
    Guess("twice", "The linker learned from the meanings as people use them. What does habit, added with weight 1, do?",
        options=(("better", "More right answers"), ("same", "Hardly anything"), ("worse", "Fewer right answers")), answer=found_twice, numbers=weights,
        because="{without:.1%} without, {whole:.1%} with it: habit was in the score already, and now counts twice.", hides=("habit", "pruning"),
        after=0, when=when(negatives="uniform", prior_concentration=1.2, context_words=8)),
    Guess("apart", "Wrong meanings are drawn by habit, so habit cancels in the score. Which weight is best then?",
        options=(("none", "0: none"), ("half", "0.5"), ("double", "2")), answer=found_apart, numbers=weights,
        because="{without:.1%} at 0, {halfway:.1%} at 0.5.", hides=("habit", "pruning"), after=0,
        when=when(negatives="prior", prior_concentration=2.5, context_words=4)),
    Guess("unread", "One meaning is nearly always meant, and only four words stand beside the name. Which is right more often?",
        options=(("reading", "Exact reading of the words"), ("same", "Both equally often"), ("habit", "Habit, without reading")), answer=found_unread,
        because="Habit alone: {accuracy_prior:.1%}; exact reading alone: {accuracy_context:.1%}.", hides=("answers", "habit"), after=0,
        when=when(prior_concentration=4.0, context_words=4)),
)
# fmt: on
