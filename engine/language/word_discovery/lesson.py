"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.language.word_discovery import claims


def beside(timeline: Timeline) -> dict[str, float]:
    """The numbers of the twin: recall_other is its recall."""
    other = timeline.other
    return {} if other is None else {f"{name}_other": value for name, value in other.frame.scalars.items()}


def swept(timeline: Timeline) -> dict[str, float]:
    """The numbers of every arm, by its place in the sweep: type_f1_0 is F1 of the first."""
    arms = timeline.arms.values()
    return {f"{name}_{place}": value for place, arm in enumerate(arms) for name, value in arm.frame.scalars.items()}


CHAPTERS = (
    Chapter("appear", views=("gaps", "growth"), shows=(claims.complete, claims.earns), guess="share"),
    Chapter("veto", views=("found", "along"), shows=(claims.earns, claims.only_less), guess="false"),
    Chapter("sweet", views=("along", "found"), shows=(claims.sweet, claims.too_strict),
        sweep=Sweep("threshold_base", (2.0, 5.0, 30.0), "type_f1"), after=swept),
    Chapter("bare", views=("gaps", "along"), shows=(claims.bare, claims.gained), compare={"threshold_base": 8.0}, after=beside),
    Chapter("pairs", values={"longest": 2, "alphabet": 200}, views=("points", "found"), shows=(claims.beyond_pairs, claims.idle),
        compare={"longest": 4}, hero="longest", after=beside),
    Chapter("crowded", values={"alphabet": 80, "words": 400}, views=("along", "points"), shows=(claims.crowded,),
        sweep=Sweep("threshold_base", (2.0, 5.0), "type_f1"), after=swept),
    Chapter("letters", values={"data": "docstrings", "threshold_base": 3.0, "corpus_size": 400_000}, steps=10,
        views=("found", "gaps"), shows=(claims.letters,), guess="english"),
    Chapter("script", values=claims.SCRIPT, views=("points", "gaps"), shows=(claims.script, claims.exact),
        compare={"counting": "exact"}, hero="min_count", after=beside),
)  # fmt: skip


def found_share(timeline: Timeline) -> str | None:
    """How many of the frequent true words are found."""
    s = timeline.frame.scalars
    if s["characters"] < claims.ENOUGH or not s["recall"] >= 0:
        return None
    return "half" if s["recall"] < 0.65 else "most" if s["recall"] < 0.9 else "all"


def found_false(timeline: Timeline) -> str | None:
    """How many of the candidates are no words."""
    s = timeline.frame.scalars
    if s["characters"] < claims.ENOUGH or not s["candidate_precision"] >= 0:
        return None
    false = 1 - s["candidate_precision"]
    return "few" if false < 0.1 else "quarter" if false < 0.35 else "half"


GUESSES = (
    Guess("share", "How many of the words that occur five times will counting find?",
        options=(("half", "about half"), ("most", "three in four"), ("all", "nearly all")), answer=found_share,
        because="Recall is {recall:.2f}: {words_found:.0f} words found in {characters:,.0f} characters.",
        hides=("growth", "along", "found"), when=when(data="made")),
    Guess("false", "How many of the pieces that the cut leaves are no words?",
        options=(("few", "hardly any"), ("quarter", "a quarter"), ("half", "half or more")), answer=found_false,
        because="Of the pieces {candidate_precision:.0%} are words; after the backtrack {precision:.0%}.",
        hides=("growth", "along", "found"), when=when(data="made")),
    Guess("english", "How many English words are found once the spaces are gone?",
        options=(("half", "about half"), ("most", "three in four"), ("all", "nearly all"), ("none", "next to none")),
        answer=lambda timeline: "none" if timeline.frame.scalars["recall"] < 0.1 else found_share(timeline),
        because="Recall is {recall:.3f}: letters meet in every order, so hardly any joint is solid.",
        hides=("growth", "along", "found"), when=when(data="docstrings")),
)  # fmt: skip
