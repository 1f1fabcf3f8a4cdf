"""What the runs of the Apriori lab must bear out."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.language.apriori.order import matches
from engine.language.apriori.params import AprioriParams
from engine.language.apriori.theory import STRONG, WEAK

MINED = 6  # steps after which a run's levels are all there
TOP, POPULAR = 10, 3
ITEMS = (50, 200, 800)
CHECKED = 2000  # sets whose subsets are looked up, from the last on


def mined(timeline: Timeline, **values: object) -> bool:
    """Whether all levels are there, under the default values but for these."""
    wanted = AprioriParams.build(values)
    names = ("data", "min_support", "min_confidence", "baskets", "items", "planted_strength", "prune", "shuffle", "max_size")
    return timeline.frame.step >= MINED and all(getattr(timeline.params, name) == getattr(wanted, name) for name in names)


@claim("No frequent set has an infrequent subset, or one that is rarer than itself.", "downward closure")
def closed(timeline: Timeline) -> Verdict | None:
    a = timeline.frame.arrays
    rows = zip(a["frequent_items"], a["frequent_counts"].tolist(), strict=True)
    known = {tuple(row[row >= 0].tolist()): count for row, count in rows} | {(): timeline.frame.scalars["baskets_used"]}
    bad = sum(
        known.get(found[:j] + found[j + 1 :], -1) < count
        for found, count in list(known.items())[-CHECKED:]
        for j in range(len(found))
    )
    return Verdict(0.0, float(bad), 0.0) if timeline.frame.step else None


@claim("Pairs to count: F₁ (F₁ − 1) / 2, all pairs of frequent items.", "join")
def pairs(timeline: Timeline) -> Verdict | None:
    a = timeline.frame.arrays
    if len(a["level_frequent"]) < 2:
        return None
    first = float(a["level_frequent"][0])
    return Verdict(first * (first - 1) / 2, float(a["level_candidates"][1]), 0.0)


@claim("At least 30 and at most 43 rules pass although their lift is below 1.25.", "phenomenon 2")
def fooled(timeline: Timeline) -> Verdict | None:
    return Verdict.between(30, 43, timeline.frame.scalars["weak_rules"]) if mined(timeline) else None


@claim("Nearly all of them point at one of the three most popular items.", "phenomenon 2")
def pointing(timeline: Timeline) -> Verdict | None:
    a = timeline.frame.arrays
    right = a["rule_right"][a["rule_lift"] < WEAK]
    return Verdict.at_least(0.9, float((right < POPULAR).mean())) if mined(timeline) and len(right) else None


@claim("All five planted rules have a lift above 2.", "phenomenon 1")
def found(timeline: Timeline) -> Verdict | None:
    return Verdict(5, timeline.frame.scalars["planted_found"], 0) if mined(timeline) else None


@claim("Every rule with lift above 2 shares at least two items with one planted rule.", "phenomenon 1")
def inside(timeline: Timeline) -> Verdict | None:
    return Verdict(1.0, explained(timeline), 0.0) if mined(timeline) else None


def explained(timeline: Timeline) -> float:
    """Share of the strong rules that have two items of one planted rule."""
    a = timeline.frame.arrays
    strong = a["rule_lift"] > STRONG
    sets = np.hstack([a["rule_left"][strong], a["rule_right"][strong, None]])
    shared = (sets[:, None, :, None] == a["planted_rules"][None, :, None, :]).any(3).sum(2)
    return float((shared >= 2).any(1).mean()) if len(sets) else float("nan")


@claim("There are 43 to 63 such rules.", "phenomenon 1")
def strong(timeline: Timeline) -> Verdict | None:
    return Verdict.between(43, 63, timeline.frame.scalars["strong_rules"]) if mined(timeline) else None


@claim("Shuffled baskets still give 25 to 35 rules.", "phenomenon 2")
def remaining(timeline: Timeline) -> Verdict | None:
    return Verdict.between(25, 35, timeline.frame.scalars["rules"]) if mined(timeline, shuffle=True) else None


@claim("Their largest lift is 1.05 to 1.30.", "phenomenon 2")
def mild(timeline: Timeline) -> Verdict | None:
    return Verdict.between(1.05, 1.30, timeline.frame.scalars["largest_lift"]) if mined(timeline, shuffle=True) else None


@claim("No planted rule is left.", "phenomenon 2")
def gone(timeline: Timeline) -> Verdict | None:
    return Verdict(0, timeline.frame.scalars["planted_found"], 0) if mined(timeline, shuffle=True) else None


def ranks(timeline: Timeline) -> np.ndarray:
    """Places of the planted rules by confidence, counted from 1."""
    a = timeline.frame.arrays
    return np.flatnonzero(matches(a["rule_left"], a["rule_right"], a["planted_rules"]).any(0)) + 1


@claim("Of the ten rules with the highest confidence none is a planted one.", "phenomenon 3")
def hidden(timeline: Timeline) -> Verdict | None:
    return Verdict(0, float((ranks(timeline) <= TOP).sum()), 0) if mined(timeline) else None


@claim("Rules of planted items turned round, {a, c} → b, have a confidence above 0.9.", "phenomenon 3")
def reversed_rules(timeline: Timeline) -> Verdict | None:
    if not mined(timeline):
        return None
    a, planted = timeline.frame.arrays, timeline.frame.arrays["planted_rules"]
    turned = np.concatenate([np.hstack([np.sort(planted[:, [k, 2]], 1), planted[:, [1 - k]]]) for k in (0, 1)])
    confident = a["rule_confidence"][matches(a["rule_left"], a["rule_right"], turned).any(0)]
    return Verdict.at_least(0.9, float(np.median(confident)) if len(confident) else float("nan"))


@claim("With and without pruning the frequent sets and their counts are the same.", "downward closure")
def same(timeline: Timeline) -> Verdict | None:
    if timeline.other is None or timeline.frame.step < MINED:
        return None
    one, two = timeline.frame.arrays, timeline.other.frame.arrays
    equal = all(np.array_equal(one[name], two[name]) for name in ("frequent_items", "frequent_counts"))
    return Verdict(0.0, 0.0 if equal else 1.0, 0.0)


@claim("Without pruning at least three times as many triples are counted.", "prune")
def saved(timeline: Timeline) -> Verdict | None:
    if timeline.other is None or timeline.frame.step < MINED:
        return None
    one, two = (line.frame.arrays["level_candidates"] for line in (timeline, timeline.other))
    return Verdict.at_least(3.0, float(two[2] / max(one[2], 1))) if len(one) > 2 else None


def at_support(timeline: Timeline, name: str, share: float) -> float:
    """A curve of cost at the grid's support nearest to this one."""
    a = timeline.frame.arrays
    return float(a[name][np.abs(np.log(a["cost_supports"] / share)).argmin()])


@claim("From 5 % to 0.2 % of support the frequent sets grow a hundredfold.", "phenomenon 4")
def grown(timeline: Timeline) -> Verdict | None:
    if timeline.params.data != "quest" or not timeline.frame.step:
        return None
    return Verdict.at_least(100, at_support(timeline, "cost_frequent", 0.002) / at_support(timeline, "cost_frequent", 0.05))


@claim("Bit sets count a pair at least five times as fast as the loop.", "(3)")
def fast(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(5.0, s["loop_time"] / s["bit_time"]) if np.isfinite(s["loop_time"]) else None


def by_items(timeline: Timeline) -> dict[str, float]:
    """Pairs to count and frequent sets of each arm."""
    if not set(ITEMS) <= timeline.arms.keys():
        return {}
    told = {}
    for items in ITEMS:
        frame = timeline.arms[items].frame
        if len(frame.arrays["level_candidates"]) < 2:
            return {}
        told[f"pairs_{items}"] = float(frame.arrays["level_candidates"][1])
        told[f"sets_{items}"] = frame.scalars["frequent_sets"]
    return told


@claim("More items at equal basket length: more pairs to count (at least tenfold from 50 to 800).", "phenomenon 5")
def wider(timeline: Timeline) -> Verdict | None:
    told = by_items(timeline)
    return Verdict.at_least(10.0, told["pairs_800"] / told["pairs_50"]) if told else None


@claim("And fewer frequent sets (at most half).", "phenomenon 5")
def fewer(timeline: Timeline) -> Verdict | None:
    told = by_items(timeline)
    return Verdict.at_most(0.5, told["sets_800"] / told["sets_50"]) if told else None
