"""Pictures of the search: the lattice and what Apriori never looks at, its levels, its cost."""

from __future__ import annotations

from math import comb

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.apriori.names import CAST, STATES, spelt
from engine.plot import Axis, Log, Plot


def places(items: int) -> np.ndarray:
    """Where the subsets of so many items stand, (2^items, 2): a row a size, centred, small rows spread out."""
    sizes = np.array([subset.bit_count() for subset in range(2**items)])
    at = np.zeros((len(sizes), 2))
    for size in range(items + 1):
        row = np.flatnonzero(sizes == size)
        spread = np.sqrt(comb(items, items // 2) / len(row))
        at[row] = np.stack([spread * (np.arange(len(row)) - (len(row) - 1) / 2), np.full(len(row), float(size))], 1)
    return at


def lattice(timeline: Timeline, style: Style) -> Picture:
    """All subsets of a few items: frequent, counted in vain, pruned, never made."""
    a, chosen = timeline.frame.arrays, timeline.params.chosen
    items, counts, states = a["lattice_items"], a["lattice_counts"], a["lattice_states"]
    total, count = len(counts), timeline.frame.scalars["baskets_used"]
    chosen = chosen if chosen < total else 0
    names = spelt(a, items)
    sets = [" + ".join(name for j, name in enumerate(names) if subset >> j & 1) for subset in range(total)]
    edges = [(subset, subset | 1 << j) for subset in range(1, total) for j in range(len(items)) if not subset >> j & 1]
    near = [chosen > 0 and all(end & chosen in (end, chosen) for end in edge) for edge in edges]
    at = places(len(items))
    at[0] = np.nan  # every basket holds the empty set
    plot = Plot(
        timeline, style, y=Axis("items in a set", 0.4, len(items) + 0.6, ticks=list(range(1, len(items) + 1)), grid=False)
    )
    inks = ["text" if lit else "grid" for lit in near]
    plot.nodes(at, edges, weights=0.25 * np.array(near), edge=inks, who=CAST["unreached"], largest=8.0, room=0.8)
    for state, name in enumerate(STATES):
        own = np.flatnonzero(states[1:] == state) + 1
        plot.dots(
            at[own, 0], at[own, 1], CAST[name], size=15 if state else 8, key=own, hover="{words}: in {count} baskets",
            words=[sets[subset] for subset in own], count=counts[own].tolist(),
        )  # fmt: skip
    for j, name in enumerate(names):
        plot.text(at[1 << j, 0], 0.72, "{item}", "text", size=12, side="center", up="middle", item=name)
    found = np.bincount(states[1:], minlength=4)
    for state in (3, 2, 1, 0):
        plot.corner("{name}: {count}", "top left", CAST[STATES[state]], name=CAST[STATES[state]], count=found[state])
    if chosen:
        plot.corner("{words}", "top right", size=13, words=sets[chosen])
        plot.corner("in {count} of {all:.0f} baskets", "top right", size=13, count=counts[chosen], all=count)
    plot.click("chosen")
    return plot.done(
        "Of {all} sets of these items {frequent} are frequent, {counted} were counted in vain, {pruned} pruned, {never} never made.",
        all=total - 1, frequent=found[3], counted=found[2], pruned=found[1], never=found[0],
    )  # fmt: skip


def levels(timeline: Timeline, style: Style) -> Picture:
    """Bars by level: what was joined, counted, frequent."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    frequent, counted, joined = a["level_frequent"], a["level_candidates"], a["level_joined"]
    size = np.arange(1, len(frequent) + 1)
    high = 1.4 * max(joined.max(initial=0), 10)
    shown = Axis("items in a set", 0.4, max(len(size), 4) + 0.6, ticks=list(range(1, max(len(size), 4) + 1)), grid=False)
    plot = Plot(timeline, style, x=shown, y=Axis("sets", 0, high))
    for group, (name, values) in enumerate((("joined", joined), ("candidates", counted), ("frequent", frequent))):
        plot.bars(size, values, CAST[name], text="{value:.0f}", group=(group, 3), width=0.86, opacity=1.0 if group else 0.45)
        plot.corner("{name}", "top right", CAST[name], name=CAST[name])
    if s["stopped"]:
        plot.corner("stopped: the next level would count {count:.0f} sets", "bottom right", "mark", count=s["stopped"])
    if timeline.params.data == "own":
        said = "{count:.0f} baskets, {items:.0f} items, {skipped:.0f} lines without names skipped"
        plot.headline(said, count=s["baskets_used"], items=s["items_used"], skipped=s["lines_skipped"])
    return plot.done(
        "{counted:.0f} sets were counted, {frequent:.0f} are frequent.", counted=s["candidates"], frequent=s["frequent_sets"]
    )


def cost(timeline: Timeline, style: Style) -> Picture:
    """Sets and seconds against the minimum support, with the present one."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    support = a["cost_supports"]
    plot = Plot(timeline, style)
    axis = Log("minimum support", 0.7 * support.min(), 1.4 * support.max(), ticks=[0.003, 0.03, 0.3])  # room for a whole ring
    left, right = plot.grid(1, 2, x=axis, y=[Log("sets", powers=True), Log("milliseconds", powers=True)])
    for name, value in (("candidates", s["candidates"]), ("frequent", s["frequent_sets"])):
        left.curve(support, _positive(a[f"cost_{name}"]), CAST[name], points=4)
        left.dots([p.min_support], _positive([value]), CAST[name], size=13, hollow=True, hover=False)
        left.corner("{name}", "top right", CAST[name], name=CAST[name])
    right.curve(support, _positive(1e3 * a["cost_seconds"]), CAST["bits"].inked("measured", "solid"), points=4)
    right.theory(support, _positive(1e-3 * s["loop_time"] * a["cost_candidates"]), CAST["loop"])
    right.corner("{name}", "top right", CAST["bits"], name=CAST["bits"])
    right.corner("{name}", "top right", CAST["loop"], name=CAST["loop"])
    for panel in (left, right):
        panel.upright(p.min_support)
    return plot.done(
        "At a support of {support:.1%}, {frequent:.0f} sets are frequent and {candidates:.0f} were counted.",
        support=p.min_support, frequent=s["frequent_sets"], candidates=s["candidates"],
    )  # fmt: skip


def _positive(values: object) -> np.ndarray:
    """What a log axis can show."""
    given = np.asarray(values, float)
    return np.where(given > 0, given, np.nan)
