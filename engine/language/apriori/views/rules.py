"""Pictures of the rules: against chance, in their order, and one of them counted bit by bit."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.apriori.names import CAST, named, sides, spelt
from engine.language.apriori.order import matches, order
from engine.language.apriori.theory import WEAK
from engine.plot import Axis, Log, Plot

SHOWN, ROWS, ENDS = 1500, 12, 3  # dots of the scatter, rows of the table, items that weak rules are said to point at
WORD = 64  # baskets of a machine word
LIFTS, PALE = (0.0, 10.0), ((0, "grid"), (1, "measured"))  # at a lift of 0 a dot is pale, yet a dot


def ranked(timeline: Timeline) -> np.ndarray:
    """Places of the listed rules, the best first."""
    a = timeline.frame.arrays
    return order(timeline.params.rank, *(a[f"rule_{name}"] for name in ("lift", "confidence", "leverage", "p_value")))


def scatter(timeline: Timeline, style: Style) -> Picture:
    """Support and confidence of all rules; rings round the planted ones, hollow dots from shuffled baskets."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    support, confidence = a["rule_count"] / s["baskets_used"], a["rule_confidence"]
    high = 1.2 * max(support.max(initial=0.0), a["null_support"].max(initial=0.0), 2 * p.min_support)
    plot = Plot(
        timeline,
        style,
        x=Log("support of A and C together", 0.95 * p.min_support, min(high, 1.1)),
        y=Axis("confidence", 0, 1.05),
    )
    if not p.shuffle:
        plot.dots(a["null_support"][:SHOWN], a["null_confidence"][:SHOWN], CAST["null"], size=9, hollow=True, hover=False)
    places = ranked(timeline)
    shown = places[:SHOWN]
    words = [" → ".join(sides(a, place)) for place in shown]
    plot.dots(
        support[shown], confidence[shown], size=10, ring="quiet", by=a["rule_lift"][shown], tones=PALE, limits=LIFTS, bar="lift",
        key=np.arange(len(shown)), hover="{words}: confidence {confidence:.2f}, lift {lift:.2f}, p {p:.1e}", words=words,
        confidence=confidence[shown].tolist(), lift=a["rule_lift"][shown].tolist(), p=a["rule_p_value"][shown].tolist(),
    )  # fmt: skip
    weak = shown[a["rule_lift"][shown] < WEAK]
    plot.dots(support[weak], confidence[weak], CAST["weak"], size=6, hover=False)
    if len(weak):
        ends = np.bincount(a["rule_right"][weak])
        most = spelt(a, np.argsort(-ends, kind="stable")[: min(ENDS, np.count_nonzero(ends))])
        plot.corner(
            "{name}: {count}, → {items}",
            "bottom right",
            CAST["weak"],
            name=CAST["weak"],
            count=int(s["weak_rules"]),
            items=", ".join(most),
        )
    if p.data == "planted":
        ringed = planted(timeline)
        plot.dots(support[ringed], confidence[ringed], CAST["planted"], size=17, hollow=True, hover=False)
        plot.corner("{name}: {count}", "top right", CAST["planted"], name=CAST["planted"], count=len(ringed))
    if p.rule and len(places):
        place = places[min(p.rule, len(places) - 1)]
        plot.dots(support[place : place + 1], confidence[place : place + 1], "text", size=22, hollow=True, hover=False)
        share = confidence[place] / a["rule_lift"][place]  # supp(C), at which C alone is as frequent
        for lift in (1, 2):
            plot.level(lift * share, "lift {times} → {item}", "quiet", side="right", times=lift, item=sides(a, place)[1])
    plot.level(p.min_confidence, "", "mark", dash="dot")
    plot.corner("rules: {count:.0f}", "bottom right", "measured", count=s["rules"])
    plot.corner("{name}: {count:.0f}", "bottom right", CAST["null"], name=CAST["null"], count=s["null_rules"])
    plot.click("rule")
    return plot.done(
        "{rules:.0f} rules, {strong:.0f} of them with lift above 2; shuffled baskets give {null:.0f}.",
        rules=s["rules"], strong=s["strong_rules"], null=s["null_rules"],
    )  # fmt: skip


def planted(timeline: Timeline) -> np.ndarray:
    """Places of the planted rules {a, b} -> c among the listed."""
    a = timeline.frame.arrays
    return np.flatnonzero(matches(a["rule_left"], a["rule_right"], a["planted_rules"]).any(0))


def table(timeline: Timeline, style: Style) -> Picture:
    """The first rules of the chosen order, with what is known of each."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    places = ranked(timeline)[:ROWS]
    names = ("confidence", "lift", "support", "p")
    plot = Plot(timeline, style, x=Axis(ticks=dict(enumerate(names)), grid=False), y=Axis(grid=False))
    if not len(places):
        plot.text(0, 0, "no rule", "quiet", side="center")
        return plot.done("There is no rule at this support and confidence.")
    support = a["rule_count"][places] / s["baskets_used"]
    columns = (a["rule_confidence"][places], a["rule_lift"][places], support, a["rule_p_value"][places])
    formats = ("{:.2f}", "{:.2f}", "{:.1%}", "{:.1g}")
    said = np.array(
        [[form.format(value) for form, value in zip(formats, row, strict=True)] for row in zip(*columns, strict=True)]
    )
    shade = np.repeat(a["rule_lift"][places, None], len(names), 1)
    rows = [" → ".join(sides(a, place)) for place in places]
    ringed = set(planted(timeline).tolist()) if p.data == "planted" else set()
    rows = [("◎ " if place in ringed else "") + row for place, row in zip(places.tolist(), rows, strict=True)]
    plot.heat(
        shade, low=LIFTS[0], high=2 * LIFTS[1], tones=PALE, rows=list(map(named, rows)), numbers=said,
        chosen=(p.rule, 0) if 0 < p.rule < len(places) else None, click=("rule", None),
    )  # fmt: skip
    plot.headline("rules: {count:.0f}", count=s["rules"])
    plot.headline("{name}: {count:.0f}", name=CAST["null"], count=s["null_rules"])
    if ringed:
        plot.headline("◎ {name}", name=CAST["planted"])
    return plot.done("The first rule: {rule}, with lift {lift:.2f}.", rule=rows[0], lift=a["rule_lift"][places[0]])


def bits(timeline: Timeline, style: Style) -> Picture:
    """A, C and both, a row of 64 baskets a machine word, for the chosen rule."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    place, strips = int(a["rule_places"][0]), a["rule_bits"]
    plot = Plot(timeline, style)
    panels = plot.grid(3, x=Axis(hidden=True), y=Axis(hidden=True))
    left, right = sides(a, place) if place >= 0 else ("–", "–")
    names = ("A = {left}", "C = {right}", "A ∧ C")
    for panel, strip, name in zip(panels, strips, names, strict=True):
        words = np.full(-(-strips.shape[1] // WORD) * WORD, np.nan, np.float32)
        words[: strips.shape[1]] = 0.15 + 0.85 * strip
        panel.heat(words.reshape(-1, WORD), low=0.0, high=1.0, tones="second" if name == names[2] else "measured")
        panel.title(name, left=left, right=right)
        panel.title("popcount {count}", count=int(strip.sum()))
    plot.headline("a pair in {fast:.2f} µs by bits, {slow:.2f} µs by the loop", fast=s["bit_time"], slow=s["loop_time"])
    return plot.done(
        "Of the first {count} baskets {a} hold A, {c} hold C, {both} hold both.",
        count=strips.shape[1], a=int(strips[0].sum()), c=int(strips[1].sum()), both=int(strips[2].sum()),
    )  # fmt: skip
