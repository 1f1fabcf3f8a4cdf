"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.language.entity_linking.params import RULE, TESTS, EntityLinkingParams
from engine.language.entity_linking.views.linking import share
from engine.language.entity_linking.views.mentions import swept

LEARNED = 600  # steps of a default run
FREE = ("habit_weight", "keep_ids", "alias_threshold", "mention", "source")  # these change nothing that is learned


def only(timeline: Timeline, **settings: Any) -> bool:
    """Whether these settings are all that differs from the defaults, among those that change what is learned."""
    wanted = EntityLinkingParams(**settings).values()
    return all(value == wanted[name] for name, value in timeline.params.values().items() if name not in FREE)


def linked(timeline: Timeline, **settings: Any) -> bool:
    """Whether it is a trained linker with these settings."""
    return only(timeline, **settings) and timeline.frame.step >= LEARNED


def marked_by(timeline: Timeline | None, annotator: str) -> Timeline | None:
    """The run, if this annotator marked its texts."""
    return timeline if timeline is not None and timeline.params.annotator == annotator else None


BLIND = {"negatives": "prior", "prior_concentration": 2.5, "context_words": 4}
UNREAD = {"prior_concentration": 4.0, "context_words": 4}


@claim("The dictionary has 92 % of what the annotator marks.", "kexue.fm/archives/6919")
def found(timeline: Timeline) -> Verdict | None:
    return Verdict(0.92, timeline.frame.scalars["dictionary_recall"], 0.01)


@claim("But of its matches only a fifth to two fifths are marked.", "kexue.fm/archives/6919")
def skipped(timeline: Timeline) -> Verdict | None:
    run = marked_by(timeline, "lazy")
    return None if run is None else Verdict.between(0.2, 0.4, run.frame.scalars["dictionary_precision"])


@claim("Rule (1) lifts F1 to 0.55 to 0.75.", "(1)")
def ruled(timeline: Timeline) -> Verdict | None:
    usual = timeline.params.annotator == "lazy" and timeline.params.alias_threshold == RULE
    return Verdict.between(0.55, 0.75, timeline.frame.scalars["mention_f1"]) if usual else None


@claim("At F*/2 the filter's F1 is that of the best threshold, within 0.02.", "(2); arXiv:1402.1892")
def half(timeline: Timeline) -> Verdict | None:
    run = marked_by(timeline, "lazy")
    if run is None:
        return None
    there = swept(run, np.array([run.frame.scalars["best_threshold"]]))[2]
    return Verdict(float(swept(run)[2].max()), float(there[0]), 0.02)


@claim("That is at least 0.01 more than rule (1) reaches.", "(1), (2)")
def better(timeline: Timeline) -> Verdict | None:
    run = marked_by(timeline, "lazy")
    if run is None:
        return None
    one, other = swept(run, np.array([run.frame.scalars["best_threshold"], RULE]))[2]
    return Verdict.at_least(0.01, float(one - other))


def gain(timeline: Timeline) -> float:
    """By how much the best threshold of the filter lifts F1 above that of the whole dictionary."""
    return float(swept(timeline)[2].max()) - timeline.frame.scalars["dictionary_f1"]


@claim("With fixed habits a filter gains at least 0.15 of F1.", "(2)")
def fixed(timeline: Timeline) -> Verdict | None:
    run = marked_by(timeline, "lazy")
    return None if run is None else Verdict.at_least(0.15, gain(run))


@claim("With fickle ones it gains at most 0.04.", "(2)")
def fickle(timeline: Timeline) -> Verdict | None:
    run = marked_by(timeline, "fickle") or marked_by(timeline.other, "fickle")
    return None if run is None else Verdict.at_most(0.04, gain(run))


@claim("Habit alone is right in about 42 %, the most usual meaning's share.", "generator")
def usual(timeline: Timeline) -> Verdict | None:
    return Verdict(0.42, timeline.frame.scalars["accuracy_prior"], 0.03) if only(timeline) else None


@claim("Exact reading of eight words is right in about 86 %.", "Bayes' rule")
def read(timeline: Timeline) -> Verdict | None:
    return Verdict(0.86, timeline.frame.scalars["accuracy_context"], 0.025) if only(timeline) else None


@claim("Both together are right in about 90 %.", "Bayes' rule")
def both(timeline: Timeline) -> Verdict | None:
    return Verdict(0.90, timeline.frame.scalars["accuracy_bayes"], 0.025) if only(timeline) else None


@claim("With every four-fold of words, reading gains at least a tenth.", "Bayes' rule")
def longer(timeline: Timeline) -> Verdict | None:
    if any(str(key) not in map(str, timeline.arms) for key in (2, 8)):
        return None
    arms = {str(key): arm.frame.scalars["accuracy_context"] for key, arm in timeline.arms.items()}
    return Verdict.at_least(0.1, min(arms["8"] - arms["2"], arms["16"] - arms["4"]))


@claim("The linker learns to be right in 70 to 86 %.", "(3)")
def learned(timeline: Timeline) -> Verdict | None:
    return Verdict.between(0.70, 0.86, share(timeline, 0.0, 8)) if linked(timeline) else None


@claim("Nobody beats the exact answer by more than three standard errors.", "Bayes' rule")
def bounded(timeline: Timeline) -> Verdict | None:
    best = timeline.frame.scalars["accuracy_bayes"]
    return Verdict.at_most(best, timeline.frame.scalars["accuracy"], 3 * math.sqrt(best * (1 - best) / TESTS))


@claim("Habit added with weight 1 does not help: the score already holds it.", "(4)")
def twice(timeline: Timeline) -> Verdict | None:
    return Verdict.between(-0.2, 0.005, share(timeline, 1.0, 8) - share(timeline, 0.0, 8)) if linked(timeline) else None


@claim("Refusing by habit, the score alone is right in only 50 to 70 %.", "(4)")
def blind(timeline: Timeline) -> Verdict | None:
    return Verdict.between(0.5, 0.7, share(timeline, 0.0, 8)) if linked(timeline, **BLIND) else None


@claim("Habit at λ = 0.5 gives it back: at least a tenth of all.", "(4)")
def returned(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.1, share(timeline, 0.5, 8) - share(timeline, 0.0, 8)) if linked(timeline, **BLIND) else None


@claim("Keeping two meanings rescues a score without habit: at least a tenth.", "kexue.fm/archives/6919")
def rescued(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.1, share(timeline, 0.0, 2) - share(timeline, 0.0, 8)) if linked(timeline, **BLIND) else None


@claim("Keeping one is habit alone.", "K = 1")
def single(timeline: Timeline) -> Verdict | None:
    return Verdict(timeline.frame.scalars["accuracy_prior"], share(timeline, 0.0, 1), 0.0)


@claim("Habit alone beats the exact reading by more than 0.15.", "Bayes' rule")
def unread(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.15, s["accuracy_prior"] - s["accuracy_context"]) if only(timeline, **UNREAD) else None


@claim("The best there is gains hardly more: at most 0.05.", "Bayes' rule")
def little(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(0.05, s["accuracy_bayes"] - s["accuracy_prior"]) if only(timeline, **UNREAD) else None
