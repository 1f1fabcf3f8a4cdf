"""The story in seven chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.generation.t5_pegasus import claims

TRAIN = {"bench": "train"}
GROWING = ((1, {"words": 40}), (2, {"words": 75}), (3, {"words": 100}))


def beside(timeline: Timeline) -> dict[str, float]:
    """Share of right terms, and the twin's numbers: lcs_other is its LCS."""
    found = {} if timeline.other is None else {f"{name}_other": value for name, value in timeline.other.frame.scalars.items()}
    if timeline.params.bench == "train":
        found |= {"right": claims.mean(timeline, "accuracy")}
        found |= {} if timeline.other is None else {"right_other": claims.mean(timeline.other, "accuracy")}
    return found


def tokens(timeline: Timeline) -> dict[str, float]:
    """Tokens of the line by longest match, and by the most probable path."""
    ends = timeline.frame.arrays.get("line_ends")
    return {} if ends is None else dict(zip(("longest", "path"), ends.sum(1).tolist()[1:], strict=True))


def swept(timeline: Timeline) -> dict[str, float]:
    """Share of right terms after 3, 10 and 100 titles; and the largest without pre-training."""
    found = [*claims.shares(timeline, "accuracy"), max(claims.shares(timeline, "none"), default=math.nan)]
    return dict(zip(("three", "ten", "hundred_titles", "never"), found, strict=True)) if len(found) > 1 else {}


CHAPTERS = (
    Chapter("cut", values={"gap": 0.5}, steps=4, views=("cards", "scores"), guess="last", shows=(claims.reaches, claims.adds_nothing)),
    Chapter("greedy", values={"gap": 0.4, "document": 14}, steps=3, views=("cards", "table"), shows=(claims.falls_short,),
        compare={"rule": "exhaustive"}, guess="optimum", hero="rule", after=beside),
    Chapter("words", values={"gap": 0.5, "words": 0}, steps=4, changes=GROWING, views=("segments", "cards"), hero="words",
        shows=(claims.unchanged, claims.shorter), after=tokens),
    Chapter("subject", values=TRAIN, steps=40, views=("naming", "pair"), shows=(claims.names_subject, claims.random_law, claims.spans_less), hero="rule", after=claims.named),
    Chapter("ten", values=TRAIN, steps=claims.LENGTH, views=("titles", "accuracy"), shows=(claims.few, claims.blind), guess="ten", after=beside),
    Chapter("which", values=TRAIN, steps=claims.LENGTH, views=("titles", "accuracy"), shows=(claims.matters,), compare={"rule": "random"},
        guess="which", after=beside),
    Chapter("more", values=TRAIN, steps=claims.LENGTH, views=("titles", "accuracy"), shows=(claims.hundred, claims.rises, claims.still_blind),
        sweep=Sweep("labels", claims.SWEPT, "accuracy_method"), after=swept),
)  # fmt: skip


def found_optimum(timeline: Timeline) -> str | None:
    """Whether the greedy search reaches the best of all sets."""
    s = timeline.frame.scalars
    if not claims.only(timeline, gap=0.4, document=14) or not claims.chosen(timeline):
        return None
    return "reaches" if s["lcs"] == s["lcs_best"] else "misses"


def found_ten(timeline: Timeline) -> str | None:
    """How many of the better of both terms are right."""
    verdict = claims.few(timeline)
    return None if verdict is None else "guess" if verdict.measured < 0.15 else "some" if verdict.measured <= 0.5 else "most"


def found_which(timeline: Timeline) -> str | None:
    """What random sentences buy, of what LCS does over a blind guess."""
    if claims.matters(timeline) is None or timeline.other is None:
        return None
    gain, other = (claims.mean(one, "accuracy") - 1 / 24 for one in (timeline, timeline.other))
    return "same" if other > 0.75 * gain else "half" if other > 0.25 * gain else "nothing"


def found_last(timeline: Timeline) -> str | None:
    """Whether the last choice raised the LCS."""
    found = claims.gains(timeline)
    return None if not len(found) else "adds" if found[-1] > 0 else "nothing"


# fmt: off
GUESSES = (
    Guess("last", "Every choice is the best that is left. Does the last one still raise the LCS?",
        options=(("adds", "Yes"), ("nothing", "No")), answer=found_last, because="It ends at {lcs:.0f}.", hides=("cards", "table", "scores"),
        when=when(bench="select", source="generated", document=1, rule="lcs", words=100)),
    Guess("optimum", "The best sentence first, then the one that adds most, then again. Is that the best set of three?",
        options=(("reaches", "Yes: the best so far is never regretted"), ("misses", "No: another set has more in common")), answer=found_optimum,
        because="Greedy has {lcs:.0f} units in common, the best set {lcs_best:.0f}.", hides=("cards", "table", "scores"),
        when=when(bench="select", source="generated", gap=0.4, document=14)),
    Guess("ten", "Ten true titles, 300 new documents. Method or problem, whichever goes better: how often is it right?",
        options=(("guess", "As often as a blind guess"), ("some", "Up to one time in two"), ("most", "More than that")), answer=found_ten,
        because="Methods {accuracy_method:.0%}, problems {accuracy_problem:.0%}; without pre-training {none_method:.0%} and {none_problem:.0%}.",
        hides=("titles", "accuracy"), when=when(bench="train", labels="10", rule="lcs", pretrain=600, fine_tune=60)),
    Guess("which", "The twin practises on random sentences; 79 % of these name the subject, too. What does that buy in titles?",
        options=(("same", "Nearly as much"), ("half", "About half as much"), ("nothing", "Next to nothing")), answer=found_which, numbers=beside,
        because="{right:.0%} of the terms are right after LCS, {right_other:.0%} after random sentences.",
        hides=("titles", "accuracy"), when=when(bench="train", labels="10", pretrain=600, fine_tune=60)),
)
# fmt: on
