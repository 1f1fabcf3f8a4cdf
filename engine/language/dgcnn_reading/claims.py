"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.language.dgcnn_reading import theory
from engine.language.dgcnn_reading.params import DgcnnReadingParams
from engine.language.dgcnn_reading.views.voting import scores

LEARNED = 300  # steps of a default run
NEAR, MIDDLE = {"dilations": "1-1-1-1-1", "gap": 10}, {"dilations": "1-2-4-1-1", "gap": 10}
HOLES = {"dilations": "custom", **{f"rate_{k}": 4 for k in range(1, 6)}, "gap": 10}
BLIND = {"match": "off", "facts": 3, "gap": 6}


def trained(timeline: Timeline | None, **settings: Any) -> bool:
    """Whether it is a trained reader whose settings differ from the defaults in these alone, among those that are learned with."""
    if timeline is None or timeline.frame.step < LEARNED:
        return False
    wanted = DgcnnReadingParams(**settings).values()
    cold = [name for name, control in DgcnnReadingParams.controls().items() if control.kind != "lens" and name != "source"]
    return all(getattr(timeline.params, name) == wanted[name] for name in cold)


def by_gap(timeline: Timeline, *gaps: int) -> np.ndarray:
    """Answers found at these gaps."""
    return timeline.frame.arrays["exact_match_by_gap"][list(gaps)].astype(float)


def pick(timeline: Timeline, dilations: str) -> Timeline | None:
    """The run with these dilations among a sweep's, or the run itself."""
    runs = [*timeline.arms.values(), timeline]
    return next((run for run in runs if run.params.dilations == dilations), None)


def found_at(timeline: Timeline, settings: dict[str, Any], *gaps: int) -> np.ndarray | None:
    """Answers found at these gaps by the trained reader with these settings among a sweep's."""
    run = pick(timeline, settings.get("dilations", "1-2-4-8-1"))
    return by_gap(run, *gaps) if run is not None and trained(run, **settings) else None


@claim("The reader finds at least 97 % of the answers.", "kexue.fm/archives/5409")
def found(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.97, timeline.frame.scalars["exact_match"]) if trained(timeline) else None


@claim("Of questions without answer it refuses at least 95 %.", "kexue.fm/archives/5409")
def refused(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.95, timeline.frame.scalars["no_answer_accuracy"]) if trained(timeline) else None


@claim("Up to a gap of 2 it finds at least 90 %.", "(4)")
def before(timeline: Timeline) -> Verdict | None:
    shares = found_at(timeline, NEAR, 0, 2)
    return None if shares is None else Verdict.at_least(0.9, float(shares.min()))


@claim("At gaps of 4, 6, 8, 10 it guesses: 25 to 62 % each.", "(4)")
def behind(timeline: Timeline) -> Verdict | None:
    shares = found_at(timeline, NEAR, 4, 6, 8, 10)  # the one that is farthest off counts
    return None if shares is None else Verdict.between(0.25, 0.62, float(shares[np.abs(shares - 0.435).argmax()]))


@claim("With 1-2-4-1-1 at least 90 % are found up to a gap of 6.", "(4)")
def middle(timeline: Timeline) -> Verdict | None:
    shares = found_at(timeline, MIDDLE, 0, 2, 4, 6)
    return None if shares is None else Verdict.at_least(0.9, float(shares.min()))


@claim("And at gaps of 8 and 10 at most 62 %.", "(4)")
def gone(timeline: Timeline) -> Verdict | None:
    shares = found_at(timeline, MIDDLE, 8, 10)
    return None if shares is None else Verdict.at_most(0.62, float(shares.max()))


@claim("With 1-2-4-8-1 at least 90 % are found at every gap up to 10.", "(4)")
def whole(timeline: Timeline) -> Verdict | None:
    shares = found_at(timeline, {"gap": 10}, *range(11))
    return None if shares is None else Verdict.at_least(0.9, float(shares.min()))


@claim("The measured field is what the sums of the rates reach.", "(4)")
def measured(timeline: Timeline) -> Verdict | None:
    return Verdict(float(len(theory.reached(timeline.params.rates)[-1])), timeline.frame.scalars["measured_field"], 0.0)


@claim("At gaps of 2, 6, 10 at least 30 points more are found than at 0, 4, 8.", "holes of the field")
def comb(timeline: Timeline) -> Verdict | None:
    if not trained(timeline, **HOLES):
        return None
    return Verdict.at_least(0.3, float(by_gap(timeline, 2, 6, 10).min() - by_gap(timeline, 0, 4, 8).max()))


@claim("Without the match at most a tenth of the answers is found.", "kexue.fm/archives/5409")
def blind(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.1, timeline.frame.scalars["exact_match"]) if trained(timeline, **BLIND) else None


@claim("With it at least 95 %.", "kexue.fm/archives/5409")
def flagged(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not trained(other, **{**BLIND, "match": "on"}):
        return None
    return Verdict.at_least(0.95, other.frame.scalars["exact_match"])


@claim("Gates differ more in the last layer than in the first: by at least 0.1.", "kexue.fm/archives/5409")
def sharper(timeline: Timeline) -> Verdict | None:
    spread = timeline.frame.arrays["gate_spread"]
    return Verdict.at_least(0.1, float(spread[-1] - spread[0])) if trained(timeline) else None


@claim("Forms (2) and (3) compute the same, once 1 is added to the centre tap.", "(2), (3)")
def same(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.0, timeline.frame.scalars["block_gap"], 1e-12)


def with_focal(timeline: Timeline) -> Timeline | None:
    """The trained twin with focal loss of a trained reader that differs in nothing else."""
    other = timeline.other
    return other if trained(timeline) and other is not None and trained(other, focal=2.0) else None


@claim("Focal loss leaves the largest tags lower: by at least 0.05.", "arXiv:1708.02002")
def softer(timeline: Timeline) -> Verdict | None:
    other = with_focal(timeline)
    return None if other is None else Verdict.at_least(0.05, timeline.frame.scalars["top_tag"] - other.frame.scalars["top_tag"])


@claim("And finds as many answers, within 2 points.", "arXiv:1708.02002")
def equal(timeline: Timeline) -> Verdict | None:
    other = with_focal(timeline)
    return None if other is None else Verdict(timeline.frame.scalars["exact_match"], other.frame.scalars["exact_match"], 0.02)


def counted(timeline: Timeline, rule: str, who: int, expected: float) -> Verdict | None:
    """Votes of A (0) or B (1) by a rule, at the scores that the chapter sets out with."""
    p = timeline.params
    votes = theory.vote(scores(p.sure, p.unsure), rule)
    return Verdict(expected, float(votes[who]), 5e-4) if (p.sure, p.unsure) == (0.7, 0.2) else None


@claim("By (7) A has 0.288 votes.", "(7)")
def sure(timeline: Timeline) -> Verdict | None:
    return counted(timeline, "squares", 0, 0.288)


@claim("And B 0.089.", "(7)")
def unsure(timeline: Timeline) -> Verdict | None:
    return counted(timeline, "squares", 1, 0.089)


@claim("Added up, B would win with 0.8.", "sum")
def added(timeline: Timeline) -> Verdict | None:
    return counted(timeline, "sum", 1, 0.8)
