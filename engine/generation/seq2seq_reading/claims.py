"""What the reading lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import math

from engine.core.topic import Timeline, Verdict, claim
from engine.generation.seq2seq_reading.params import ASKED, FUSIONS, Seq2seqReadingParams

TAUGHT = 450  # steps from which a reader of the default size is trained
SWEPT = (1, 3, 5, 9)


def taught(timeline: Timeline, *masks: str) -> bool:
    """A reader of the default size, trained to the end under one of these masks."""
    p, step = timeline.params, timeline.frame.scalars["trial"]
    return p.mask in masks and step >= TAUGHT and (p.entities, p.attributes, p.facts) == (4, 2, 2)


def world(p: Seq2seqReadingParams) -> bool:
    """The voting world of the default chances."""
    return (p.present, p.wrong) == (0.6, 0.25)


def error(share: float) -> float:
    """Three standard errors of a share of the questions of the voting world."""
    return 3 * math.sqrt(max(share * (1 - share), 1 / ASKED) / ASKED)


@claim("One network under one mask reads: more than 90 % of the answers are right.", "(1), (2); arXiv:1905.03197")
def reads(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.9, timeline.frame.scalars["exact_match"]) if taught(timeline, "unilm") else None


@claim("It knows when there is no answer: more than 90 % are rightly empty or not.", "(3)")
def knows(timeline: Timeline) -> Verdict | None:
    if not taught(timeline, "unilm"):
        return None
    return Verdict.at_least(0.9, timeline.frame.scalars["no_answer_accuracy"])


@claim("The mean p₀ is the share without answer.", "(3); maximum likelihood")
def calibrated(timeline: Timeline) -> Verdict | None:
    if not taught(timeline, "unilm"):
        return None
    return Verdict(timeline.params.absent, timeline.frame.scalars["p0_mean"], 0.03)


@claim("p₀ ranks almost every item without answer above those with one.", "(3)")
def ranks(timeline: Timeline) -> Verdict | None:
    found = timeline.frame.scalars["auc"]
    return Verdict.at_least(0.95, found) if taught(timeline, "unilm") and math.isfinite(found) else None


@claim("At half-time the causal mask answers fewer, by more than 0.15.", "phenomenon 2")
def behind(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or (timeline.params.mask, other.params.mask) != ("unilm", "causal"):
        return None
    if any(not 0.5 <= arm.frame.scalars["trial"] / arm.params.horizon <= 0.6 for arm in (timeline, other)):
        return None
    gap = timeline.frame.scalars["exact_match"] - other.frame.scalars["exact_match"]
    return Verdict.at_least(0.15, gap)


@claim("With the question first, a causal mask reads, too.", "(1)")
def question_first(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.9, timeline.frame.scalars["exact_match"]) if taught(timeline, "question-first") else None


@claim("Where answers see themselves, the loss goes to 0.", "(2) without (1)")
def copied(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not taught(other, "full"):
        return None
    return Verdict.at_most(0.05, other.frame.scalars["loss"], unit="nats")


@claim("And nothing was learned: less than one in five is right.", "(2) without (1)")
def fooled(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    return Verdict.at_most(0.2, other.frame.scalars["exact_match"]) if other is not None and taught(other, "full") else None


def curve(timeline: Timeline, fusion: str) -> dict[int, float]:
    """Share right by the number of passages."""
    a = timeline.frame.arrays
    return dict(zip(a["vote_counts"].tolist(), a["vote_curves"][FUSIONS.index(fusion)].tolist(), strict=True))


@claim("Voting by (4) among five is right more often than the first survivor, by more than 0.05.", "(4); phenomenon 3")
def beats_first(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not taught(timeline, "unilm") or not world(p) or not p.drop_empty or p.passages < 5:
        return None
    return Verdict.at_least(0.05, curve(timeline, "squares")[5] - curve(timeline, "first")[5])


@claim("No fusion does better than a perfect reader and a majority of whole answers.", "enumeration")
def bounded(timeline: Timeline) -> Verdict | None:
    if not taught(timeline, "unilm") or not timeline.params.drop_empty:
        return None
    limit = timeline.frame.scalars["vote_theory"]
    return Verdict.at_most(limit, float(timeline.frame.arrays["vote_curves"][:, -1].max()), error(limit))


def by_passages(timeline: Timeline) -> list[float] | None:
    """Share right of the arms of a sweep over passages."""
    arms = timeline.arms
    if not set(SWEPT) <= arms.keys() or not taught(arms[1], "unilm") or not world(arms[1].params):
        return None
    return [arms[k].frame.scalars["vote_accuracy"] for k in SWEPT]


@claim("One passage alone is as right as a perfect reader's.", "q_in (1 − q_w) + q_in q_w / 100")
def alone(timeline: Timeline) -> Verdict | None:
    found = by_passages(timeline)
    if found is None:
        return None
    expected = timeline.arms[1].frame.scalars["vote_theory"]
    return Verdict(expected, found[0], error(expected))


@claim("Nine passages are right more than 0.4 more often than one.", "phenomenon 3")
def many(timeline: Timeline) -> Verdict | None:
    found = by_passages(timeline)
    return None if found is None else Verdict.at_least(0.4, found[-1] - found[0])


def losses(timeline: Timeline) -> dict[str, float] | None:
    """What each fusion of nine passages loses, in share right, where those without answer vote, too."""
    arm = timeline.arms.get(False)
    if arm is None or True not in timeline.arms or not taught(arm, "unilm") or not world(arm.params):
        return None
    if arm.params.passages != 9:
        return None
    return {fusion: curve(timeline.arms[True], fusion)[9] - curve(arm, fusion)[9] for fusion in FUSIONS}


@claim("Without the filter every fusion loses, by more than 0.1.", "phenomenon 4")
def all_fall(timeline: Timeline) -> Verdict | None:
    lost = losses(timeline)
    return None if lost is None else Verdict.at_least(0.1, min(lost.values()))


@claim("The product loses more than any other, by more than 0.05.", "phenomenon 4")
def product_falls(timeline: Timeline) -> Verdict | None:
    lost = losses(timeline)
    if lost is None:
        return None
    return Verdict.at_least(0.05, lost["product"] - max(lost[fusion] for fusion in FUSIONS if fusion != "product"))
