"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.language.dgcnn_extraction import theory
from engine.language.dgcnn_extraction.params import STEPS, DgcnnExtractionParams
from engine.language.dilation import receptive_field

FREE = ("start_threshold", "end_threshold", "sentence", "subject", "spans", "data")  # these change nothing that is learned
CLEAN = {"missing_labels": 0.0}
LOW, USUAL = 0.2, (0.5, 0.4)


def learned(timeline: Timeline, **settings: Any) -> bool:
    """Whether it is a trained model with these settings, apart from those that change nothing that is learned."""
    wanted = DgcnnExtractionParams(**settings).values()
    given = timeline.params.values()
    return timeline.frame.step >= STEPS and all(given[name] == wanted[name] for name in given if name not in FREE)


def by_pattern(timeline: Timeline, **settings: Any) -> np.ndarray | None:
    """F1 of each pattern (6,), of a trained model with these settings that is read at the article's thresholds."""
    p = timeline.params
    usual = learned(timeline, **settings) and (p.start_threshold, p.end_threshold) == USUAL
    return timeline.frame.arrays["f1_by_pattern"] if usual else None


def at(timeline: Timeline, start: float, end: float) -> float:
    """F1 at a pair of thresholds of the map."""
    i, j = (int(np.abs(theory.GRID - threshold).argmin()) for threshold in (start, end))
    return float(timeline.frame.arrays["f1_map"][i, j])


@claim("With clean labels F1 at the article's thresholds is at least 0.98.", "kexue.fm/archives/6671")
def reads(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.98, at(timeline, *USUAL)) if learned(timeline, **CLEAN) else None


@claim("No pattern has an F1 below 0.95.", "kexue.fm/archives/6671")
def every(timeline: Timeline) -> Verdict | None:
    patterns = by_pattern(timeline, **CLEAN)
    return None if patterns is None else Verdict.at_least(0.95, float(patterns.min()))


@claim("From 0.2 to 0.8 both ways, F1 stays above 0.95.", "kexue.fm/archives/6671")
def flat(timeline: Timeline) -> Verdict | None:
    if not learned(timeline, **CLEAN):
        return None
    inside = (theory.GRID >= 0.2) & (theory.GRID <= 0.8)
    return Verdict.at_least(0.95, float(timeline.frame.arrays["f1_map"][inside][:, inside].min()))


def apart(timeline: Timeline) -> tuple[np.ndarray, np.ndarray] | None:
    """F1 of the two patterns whose subjects have different objects, and of the others, without asking about one subject."""
    if not learned(timeline, condition=False, **CLEAN):
        return None
    values = timeline.frame.arrays["f1_by_pattern"]
    return values[4:], values[:4]


@claim("Where subjects differ in their objects, four triples for two true ones: F1 is 2/3.", "(5)")
def mixed(timeline: Timeline) -> Verdict | None:
    found = apart(timeline)
    return None if found is None else Verdict(2 / 3, float(found[0][np.abs(found[0] - 2 / 3).argmax()]), 0.02)


@claim("All other patterns do without the question: F1 at least 0.95.", "(5)")
def unmixed(timeline: Timeline) -> Verdict | None:
    found = apart(timeline)
    return None if found is None else Verdict.at_least(0.95, float(found[1].min()))


@claim("In all, F1 is 0.84 to 0.90.", "(5)")
def crossed(timeline: Timeline) -> Verdict | None:
    return None if apart(timeline) is None else Verdict.between(0.84, 0.90, at(timeline, *USUAL))


@claim("With three labels of ten missing, F1 at the article's thresholds is 0.80 to 0.95.", "kexue.fm/archives/6671")
def forgotten(timeline: Timeline) -> Verdict | None:
    return Verdict.between(0.80, 0.95, at(timeline, *USUAL)) if learned(timeline) else None


@claim("At 0.2 for both it is at least 0.05 more than at 0.5 for both.", "(4)")
def lowered(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.05, at(timeline, LOW, LOW) - at(timeline, 0.5, 0.5)) if learned(timeline) else None


@claim("And of what is found there, at least 90 % is right.", "(5)")
def precise(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not learned(timeline) or (p.start_threshold, p.end_threshold) != (LOW, LOW):
        return None
    return Verdict.at_least(0.9, timeline.frame.scalars["precision"])


@claim("The mean start tag of a true subject is the share of subjects kept, within 0.1.", "(4)")
def meter(timeline: Timeline) -> Verdict | None:
    s, known = timeline.frame.scalars, learned(timeline, missing_labels=timeline.params.missing_labels)
    return Verdict(s["kept_subjects"], s["start_tag_mean"], 0.1) if known else None


@claim("Of the 575 sets, exactly those come back that (6) allows.", "(6)")
def limit(timeline: Timeline) -> Verdict | None:
    sets = theory.span_sets()
    return Verdict(float(sum(map(theory.recovered, sets))), float(sum(map(returned, sets))), 0.0)


def returned(spans: tuple[tuple[int, int], ...]) -> bool:
    """Whether the decoder gives these spans of the sandbox back from their perfect tags."""
    start, end = theory.tags(spans, theory.PLACES)
    return {(first, last) for _, first, last in theory.decode(start[None], end[None]).tolist()} == set(spans)


@claim("This set comes back exactly if (6) says so.", "(6)")
def nested(timeline: Timeline) -> Verdict | None:
    a = timeline.frame.arrays
    return Verdict(float(theory.recovered(a["sandbox_spans"].tolist())), timeline.frame.scalars["sandbox_recovered"], 0.0)


@claim("With a rate of 1 in all six layers a vector sees 13 signs.", "1 + 2 Σ r")
def narrow(timeline: Timeline) -> Verdict | None:
    if timeline.params.dilations != "ones":
        return None
    return Verdict(receptive_field((1,) * 6), timeline.frame.scalars["receptive_field"], 0.0)


@claim("All patterns but that of two facts are read all the same: F1 at least 0.98.", "kexue.fm/archives/6671")
def enough(timeline: Timeline) -> Verdict | None:
    patterns = by_pattern(timeline, dilations="ones", **CLEAN)
    return None if patterns is None else Verdict.at_least(0.98, float(patterns[:-1].min()))


@claim("The repaired labels hold at least a tenth more of all triples than the notes.", "kexue.fm/archives/6671")
def mended(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if timeline.params.repair == "off" or s["fold"]:
        return None
    return Verdict.at_least(0.1, s["label_recall"] - s["kept_share"])


@claim("At least 90 % of them are true.", "kexue.fm/archives/6671")
def true_ones(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return None if timeline.params.repair == "off" or s["fold"] else Verdict.at_least(0.9, s["label_precision"])
