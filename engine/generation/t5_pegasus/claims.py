"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.generation.t5_pegasus.corpus import DOCUMENTS
from engine.generation.t5_pegasus.names import RULES
from engine.generation.t5_pegasus.params import T5PegasusParams

LENGTH = 660  # steps of a default run of training
SWEPT = ("3", "10", "100")


def only(timeline: Timeline, **settings: Any) -> bool:
    """Whether these settings are all that differs from the defaults, and were from the start."""
    return timeline.params == T5PegasusParams(**settings) and not any(timeline.marks)


def chosen(timeline: Timeline) -> bool:
    """Whether all sentences have been chosen."""
    return timeline.params.bench == "select" and bool((timeline.frame.arrays["order"] >= 0).all())


def tuned(timeline: Timeline, **settings: Any) -> bool:
    """Whether this is a run of training with these settings, at its end."""
    return only(timeline, bench="train", **settings) and timeline.frame.step >= LENGTH


def mean(timeline: Timeline, arm: str) -> float:
    """Share of right terms in titles, of both kinds."""
    s = timeline.frame.scalars
    return (s[f"{arm}_method"] + s[f"{arm}_problem"]) / 2


def gains(timeline: Timeline) -> np.ndarray:
    """By how much each choice after the first raised the LCS; empty where there is none, or before all are made."""
    there = timeline.params.rule == "lcs" and chosen(timeline)
    return np.diff(timeline.frame.arrays["candidates"].max(1)) if there else np.array([])


@claim("In this document it reaches the best.", "(1)")
def reaches(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["lcs_best"], s["lcs"], 0.0, "units") if only(timeline, gap=0.5) and chosen(timeline) else None


@claim("The last choice adds nothing.", "greedy search; kexue.fm/archives/8209")
def adds_nothing(timeline: Timeline) -> Verdict | None:
    found = gains(timeline)
    return Verdict(0.0, float(found[-1]), 0.0, "units") if only(timeline, gap=0.5) and len(found) else None


@claim("Here another set of three has more in common with the rest.", "(1)")
def falls_short(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not only(timeline, gap=0.4, document=14) or not chosen(timeline) or not chosen(other):
        return None
    return Verdict.at_least(timeline.frame.scalars["lcs"] + 1, other.frame.scalars["lcs"], unit="units")


@claim("Cutting and joining changes no character.", "kexue.fm/archives/8209")
def unchanged(timeline: Timeline) -> Verdict | None:
    return Verdict(0.0, timeline.frame.scalars["round_trip"], 0.0) if timeline.params.bench == "select" else None


@claim("A tokenizer that knows words makes the document at least 1.5 times as short.", "kexue.fm/archives/7758")
def shorter(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if p.bench != "select" or p.source == "own" or p.words < type(p)().words:
        return None
    return Verdict.at_least(1.5, s["tokens_character"] / s["tokens_word"])


def named(timeline: Timeline) -> dict[str, float]:
    """The share of pseudo-summaries that name the subject, by rule; empty where the corpus is another one."""
    p = timeline.params
    usual = p.bench == "train" and (p.gap, p.key_sentences, p.unit) == (0.25, 4, "word")
    return dict(zip(RULES, timeline.frame.arrays["named"].tolist(), strict=True)) if usual else {}


@claim("Of LCS pseudo-summaries 96 % name the subject.", "counted over 3,000 documents")
def names_subject(timeline: Timeline) -> Verdict | None:
    found = named(timeline)
    return Verdict(0.96, found["lcs"], 0.02) if found else None


@claim("Of random pairs 1 − 6/28 do: six of the 28 pairs are all chatter.", "hypergeometric law; three standard errors")
def random_law(timeline: Timeline) -> Verdict | None:
    found, share = named(timeline), 1 - 6 / 28
    return Verdict(share, found["random"], 3 * math.sqrt(share * (1 - share) / DOCUMENTS)) if found else None


@claim("Masked spans, as T5 takes them, name it less often than any whole sentences.", "arXiv:1910.10683")
def spans_less(timeline: Timeline) -> Verdict | None:
    found = named(timeline)
    return Verdict.at_most(min(found[rule] for rule in RULES if rule != "span"), found["span"]) if found else None


@claim("After ten titles, method or problem is right in more than half of new documents.", "few-shot; kexue.fm/archives/8209")
def few(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.5, max(s["accuracy_method"], s["accuracy_problem"])) if tuned(timeline) else None


@claim("Without pre-training both are near a blind guess.", "1/24")
def blind(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(0.2, max(s["none_method"], s["none_problem"])) if tuned(timeline) else None


@claim("Practised on LCS sentences, more terms are right than on random ones, by a tenth of all or more.", "kexue.fm/archives/8209")  # fmt: skip
def matters(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not tuned(timeline) or not tuned(other, rule="random"):
        return None
    return Verdict.at_least(0.1, mean(timeline, "accuracy") - mean(other, "accuracy"))


def shares(timeline: Timeline, arm: str) -> list[float]:
    """Shares of right terms for 3, 10 and 100 titles; empty where it is another sweep."""
    arms = [timeline.arms[k] for k in SWEPT if k in timeline.arms]
    there = len(arms) == len(SWEPT) and all(tuned(one, labels=k) for k, one in zip(SWEPT, arms, strict=True))
    return [mean(one, arm) for one in arms] if there else []


@claim("With a hundred titles at least 80 % of the terms are right.", "few-shot")
def hundred(timeline: Timeline) -> Verdict | None:
    found = shares(timeline, "accuracy")
    return Verdict.at_least(0.8, found[-1]) if found else None


@claim("More titles never make it worse.", "few-shot")
def rises(timeline: Timeline) -> Verdict | None:
    found = shares(timeline, "accuracy")
    return Verdict.at_least(0.0, float(np.diff(found).min()), 0.03) if found else None


@claim("Without pre-training a hundred titles do not help either.", "few-shot")
def still_blind(timeline: Timeline) -> Verdict | None:
    found = shares(timeline, "none")
    return Verdict.at_most(0.2, max(found)) if found else None
