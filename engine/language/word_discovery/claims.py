"""What the word discovery lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from engine.core.topic import Timeline, Verdict, claim

ENOUGH = 60_000  # characters from which on the numbers of the text can be judged


def ready(timeline: Timeline, **settings: object) -> bool:
    """Enough of a made text has been read under these settings, and the others that change words are as at the start."""
    p = timeline.params.values()
    usual = {"data": "made", "longest": 4, "min_count": 5, "backtrack": "article", "counting": "exact", "words": 300,
        "function_characters": 40, "alphabet": 600, "threshold_base": 2.0} | settings  # fmt: skip
    return timeline.frame.scalars["characters"] >= ENOUGH and all(p[name] == value for name, value in usual.items())


@claim("Nearly every word that occurs five times is found.", "phenomenon 1")
def complete(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.98, timeline.frame.scalars["recall"]) if ready(timeline) else None


@claim("The backtrack makes more of the words found true.", "kexue.fm/archives/4256")
def earns(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.02, s["precision"] - s["candidate_precision"]) if ready(timeline) else None


@claim("It only takes away.", "kexue.fm/archives/4256")
def only_less(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(s["candidates"], s["words_found"]) if s["candidates"] else None


def swept(timeline: Timeline, *bases: float, **settings: object) -> list[dict[str, float]]:
    """Scalars of the arms at these threshold bases, where all of them are ready; else none."""
    arms = [timeline.arms.get(base) for base in bases]
    if not all(arm is not None and ready(arm, threshold_base=base, **settings) for arm, base in zip(arms, bases, strict=True)):
        return []
    return [arm.frame.scalars for arm in arms if arm is not None]


@claim("At b = 5 nearly everything is right.", "phenomenon 2")
def sweet(timeline: Timeline) -> Verdict | None:
    arms = swept(timeline, 2.0, 5.0, 30.0)
    return Verdict.at_least(0.95, arms[1]["type_f1"]) if arms else None


@claim("At b = 30 words are lost again.", "phenomenon 2")
def too_strict(timeline: Timeline) -> Verdict | None:
    arms = swept(timeline, 2.0, 5.0, 30.0)
    return Verdict.at_most(arms[1]["type_f1"] - 0.1, arms[2]["type_f1"]) if arms else None


@claim("The bare cut is best at a stricter threshold: at least 0.96 at b = 8.", "phenomenon 2")
def bare(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not ready(timeline) or not ready(other, threshold_base=8.0):
        return None
    return Verdict.at_least(0.96, other.frame.scalars["token_f1"])


@claim("That is at least 0.05 more than at b = 2.", "phenomenon 2")
def gained(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or bare(timeline) is None:
        return None
    return Verdict.at_least(timeline.frame.scalars["token_f1"] + 0.05, other.frame.scalars["token_f1"])


@claim("Strings of up to four characters make words found by pairs more often true.", "phenomenon 4")
def beyond_pairs(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not ready(timeline, longest=2, alphabet=200) or not ready(other, alphabet=200):
        return None
    return Verdict.at_least(timeline.frame.scalars["precision"] + 0.1, other.frame.scalars["precision"])


@claim("With pairs alone the backtrack throws nothing out.", "truth 6")
def idle(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["candidates"], s["words_found"], 0.0) if timeline.params.longest == 2 and s["candidates"] else None


@claim("Where few characters are shared by many words, b = 5 is too strict.", "phenomenon 3")
def crowded(timeline: Timeline) -> Verdict | None:
    arms = swept(timeline, 2.0, 5.0, alphabet=80, words=400)
    return Verdict.at_least(arms[1]["type_f1"] + 0.15, arms[0]["type_f1"]) if arms else None


@claim("Of English without spaces next to no word is found.", "phenomenon 6")
def letters(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if p.data != "docstrings" or p.longest < 4 or not 3 <= p.threshold_base <= 5 or s["characters"] < 4 * ENOUGH:
        return None
    return Verdict.at_most(0.02, s["recall"])


@claim("With the script's counts fewer than half of the frequent words are found.", "phenomenon 7")
def script(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.5, timeline.frame.scalars["recall"]) if ready(timeline, **SCRIPT) else None


@claim("With exact counts nearly all of them are.", "phenomenon 7")
def exact(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not ready(timeline, **SCRIPT) or not ready(other, threshold_base=BASE):
        return None
    return Verdict.at_least(0.95, other.frame.scalars["recall"])


BASE = 2.718  # e: ln s >= 1, 2, 3 for two, three, four characters; the script's own 2, 4, 6 want far more text
SCRIPT = {"counting": "script-2019", "threshold_base": BASE}
