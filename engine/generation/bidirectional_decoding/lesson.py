"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Timeline, at_least, when
from engine.generation.bidirectional_decoding import claims, theory

STEPS, SWITCH = 200, 200  # of a run in which both pairs just learn; where the cure begins
PRACTISED, PACE = 100, 7  # of the first chapter: steps before the hands write slowly, and per token
STRANGER = {"right_anchor": False}
SLOWLY = tuple((PRACTISED + PACE * n, {"moment": round(n / 12, 3)}) for n in range(13))


def both_ends(timeline: Timeline) -> dict[str, float]:
    """Share right of the first and the last four tokens, from the left and of two hands; the middle of both."""
    a, at = timeline.frame.arrays, claims.middle(timeline.params.length)
    alone = (a["one_l2r"] + a["one_r2l"])[at] / 2
    first, last = theory.at_ends(a["one_l2r"])
    two = theory.at_ends(a["chosen"])
    return {"first": first, "last_four": last, "two_first": two[0], "two_last": two[1], "middle": float(a["chosen"][at].mean()),
        "middle_alone": float(alone.mean())}  # fmt: skip


def seams(timeline: Timeline) -> dict[str, float]:
    """How often the join of two one-way halves breaks the step shown there; how often a true path does."""
    a, half = timeline.frame.arrays, timeline.params.length // 2
    step = a["items"][:, 1 + half].astype(int)
    left, right = (a[f"out_one_{way}"].astype(int) for way in ("l2r", "r2l"))
    broken = (left[:, half - 1] + step - right[:, half]) % timeline.params.symbols != 0
    true = a["truth"].astype(int)
    false = (true[:, half - 1] + step - true[:, half]) % timeline.params.symbols != 0
    return {"seams": float(broken.mean()), "false": float(false.mean())}


def halves_of_text(timeline: Timeline) -> dict[str, float]:
    """Share right in the right half: one-way, by the left hand; how much of its look is on the answer."""
    alone, both = (float(claims.far(timeline, name).mean()) for name in ("one_l2r", "bi_l2r"))
    return {"alone": alone, "both": both, "look": theory.leaked(timeline.frame.arrays["look_l2r"])}


def looked(timeline: Timeline) -> dict[str, float]:
    """Mean attention on the answer, left and right hand."""
    a = timeline.frame.arrays
    return {"left": theory.leaked(a["look_l2r"]), "right": theory.leaked(a["look_r2l"])}


CHAPTERS = (
    Chapter(
        "two_hands",
        steps=STEPS,
        views=("hands", "accuracy"),
        shows=(claims.envelope, claims.gain, claims.no_worse),
        changes=SLOWLY,
        hero="moment",
        after=both_ends,
    ),
    Chapter(
        "one_hand",
        steps=300,
        views=("accuracy", "ends"),
        shows=(claims.from_left, claims.from_right, claims.last),
        guess="last",
        after=both_ends,
    ),
    Chapter("leak", steps=300, views=("losses", "forced"), shows=(claims.floor, claims.leak, claims.copied), guess="below"),
    Chapter("look", steps=300, views=("hands", "looks"), shows=(claims.diagonal,), hero="moment", after=looked),
    Chapter(
        "choose",
        values={"cross_attention": False},
        steps=300,
        views=("accuracy", "ends"),
        shows=(claims.choosing, claims.halves),
        guess="surer",
        after=seams,
    ),
    Chapter(
        "stranger",
        values=STRANGER,
        steps=STEPS,
        views=("accuracy", "hands"),
        shows=(claims.misled, claims.alone_better, claims.copied),
        guess="guided",
        after=halves_of_text,
    ),
    Chapter(
        "cure",
        values=STRANGER,
        steps=SWITCH + 150,
        views=("accuracy", "looks"),
        shows=(claims.cured, claims.looks_away),
        changes=((SWITCH, {"partner": "own"}),),
        after=halves_of_text,
    ),
    Chapter(
        "price",
        values={"partner": "own"},
        steps=STEPS,
        views=("accuracy", "losses"),
        shows=(claims.nothing_left, claims.closed),
        guess="left",
    ),
)


def found_last(timeline: Timeline) -> str | None:
    """How right the last token is."""
    verdict = claims.last(timeline)
    return None if verdict is None else "most" if verdict.measured > 0.75 else "half" if verdict.measured > 0.5 else "third"


def found_loss(timeline: Timeline) -> str | None:
    """Where the loss of two hands lies beside the entropy."""
    if not claims.learned(timeline) or not claims.honest(timeline.params):
        return None
    share = timeline.frame.scalars["loss_bi"] / timeline.frame.scalars["entropy"]
    return "above" if share > 1.02 else "under" if share > 0.75 else "half"


def found_surer(timeline: Timeline) -> str | None:
    """How many points taking the surer of two one-way texts gains."""
    verdict = claims.choosing(timeline)
    if verdict is None:
        return None
    points = 100 * (verdict.measured - verdict.predicted)
    return "none" if points < 3 else "some" if points < 10 else "many"


def found_guided(timeline: Timeline) -> str | None:
    """What the left hand's right half comes to beside a partner who guesses."""
    verdict = claims.misled(timeline)
    if verdict is None:
        return None
    alone = float(claims.far(timeline, "one_l2r").mean())
    return "better" if verdict.measured > alone + 0.03 else "guess" if verdict.agrees else "same"


def found_left(timeline: Timeline) -> str | None:
    """How much of the ten points and more is left."""
    verdict = claims.nothing_left(timeline)
    if verdict is None:
        return None
    points = 100 * (verdict.measured - verdict.predicted)
    return "none" if points < 3 else "half" if points < 10 else "all"


def points(timeline: Timeline) -> dict[str, float]:
    """Points gained by the surer text."""
    verdict = claims.choosing(timeline)
    return {"points": math.nan if verdict is None else 100 * (verdict.measured - verdict.predicted)}


def last_token(timeline: Timeline) -> dict[str, float]:
    """How right the last one-way token is, and what the noise leaves of a single step."""
    p = timeline.params
    return {"end": float(timeline.frame.arrays["one_l2r"][-1]), "step": float(theory.right(1, p.symbols, p.noise))}


USUAL = when(length=12, symbols=8, noise=0.1)

GUESSES = (
    Guess(
        "last",
        "A writer from the left is right at 91 % of its steps if its past is. How often is its 12th token right?",
        options=(("most", "About 90 %"), ("half", "About 60 %"), ("third", "Below 50 %")),
        answer=found_last,
        because="{end:.0%}: one wrong step, and everything after it is shifted.",
        numbers=last_token,
        hides=("accuracy", "ends", "hands"),
        when=USUAL & when(partner="gold"),
    ),
    Guess(
        "below",
        "No one-way writer can have a loss below 0.467 nats. Where will the loss of the two hands end?",
        options=(("above", "At it or above: no loss can be lower"), ("under", "A little below"), ("half", "At about half")),
        answer=found_loss,
        because="At {loss_bi:.3f} nats, the entropy is {entropy:.3f}: half of the answers can be read off the other hand.",
        hides=("losses", "forced"),
        when=USUAL & when(partner="gold", cross_attention=True, right_anchor=True),
    ),
    Guess(
        "surer",
        "Two writers, one from each end, never look at each other; the text of the surer one counts. What is gained?",
        options=(("none", "Nothing"), ("some", "3 to 10 points"), ("many", "More: as much as two hands gain")),
        answer=found_surer,
        because="{points:+.1f} points: how sure a writer is says little about whether it is right.",
        numbers=points,
        hides=("accuracy", "ends"),
        when=when(cross_attention=False, right_anchor=True),
    ),
    Guess(
        "guided",
        "The right hand does not know its anchor and only guesses. What becomes of the left hand's right half?",
        options=(("better", "Better than one-way"), ("same", "As one-way: it ignores the other"), ("guess", "A blind guess")),
        answer=found_guided,
        because="{both:.0%} of it is right, one-way {alone:.0%}: in training the other hand had always been right.",
        numbers=halves_of_text,
        hides=("accuracy", "hands", "ends"),
        when=when(right_anchor=False, cross_attention=True, partner="gold"),
    ),
    Guess(
        "left",
        "Both anchors are shown, and the hands are taught beside each other's own words. What is left of their gain?",
        options=(("all", "All of it"), ("half", "About half"), ("none", "Nothing")),
        answer=found_left,
        because="{right_bi:.0%} against {right_one:.0%} one-way: taught on its own true past, a hand trusts that past more.",
        hides=("accuracy", "losses"),
        when=when(partner="own", right_anchor=True, cross_attention=True, noise=at_least(0.05)),
    ),
)
