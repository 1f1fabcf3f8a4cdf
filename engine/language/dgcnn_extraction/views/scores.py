"""Pictures of all test sentences: F1 over the thresholds, by pattern, by broken link, over the steps, and what tags are worth."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.dgcnn_extraction import theory
from engine.language.dgcnn_extraction.views.names import KINDS, LINKS, LOSSES, MARKS, TAGS
from engine.plot import Axis, Cast, Log, Plot, fade

BINS = np.linspace(0, 1, 21)
ARTICLE = (0.5, 0.4)
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)  # of F1, drawn as lines


def thresholds(timeline: Timeline, style: Style) -> Picture:
    """F1 over both thresholds; the point can be dragged."""
    p, f1 = timeline.params, timeline.frame.scalars["f1"]
    grid, relief = theory.GRID, timeline.frame.arrays["f1_map"]
    plot = Plot(timeline, style, x=Axis("start threshold τₛ", 0.05, 0.95, ticks=(0.1, 0.3, 0.5, 0.7, 0.9)),
        y=Axis("end threshold τₑ", 0.05, 0.95, ticks=(0.1, 0.3, 0.5, 0.7, 0.9)))  # fmt: skip
    step = float(grid[1] - grid[0])
    places, tones = (float(grid[0]), step), [[0.0, style.background], [1.0, fade(style.measured, 0.5)]]
    plot.heat(relief.T, x=places, y=places, low=0.0, high=1.0, tones=tones, bar="F1", hover="τ = %{x:.2f}, %{y:.2f}: %{z:.3f}")
    levels = [level for level in LEVELS if relief.min() < level < relief.max()]
    if levels:
        plot.contour(grid, grid, relief.T, levels=levels, who="text", width=1.0, opacity=0.6)
    best = np.unravel_index(int(relief.argmax()), relief.shape)
    plot.dots([ARTICLE[0]], [ARTICLE[1]], "text", size=12, hollow=True, hover="0.5, 0.4")
    plot.text(ARTICLE[0] + 0.035, ARTICLE[1], "article", "text", size=12)
    if relief.max() > 0:
        plot.dots([grid[best[0]]], [grid[best[1]]], "good", size=12, symbol="star", hover="%{x:.2f}, %{y:.2f}")
    plot.handle(p.start_threshold, p.end_threshold, ("start_threshold", "end_threshold"), hover="drag")
    plot.headline("<b>F1 {now:.3f} at {start:.2f}, {end:.2f}</b>", now=f1, start=p.start_threshold, end=p.end_threshold)
    plot.headline(
        "best {most:.3f} at {start:.2f}, {end:.2f}",
        most=float(relief.max()),
        start=float(grid[best[0]]),
        end=float(grid[best[1]]),
    )
    return plot.done("F1 is {now:.3f} at thresholds {start:.2f} and {end:.2f}; the best on the map is {most:.3f}.", now=f1,
        start=p.start_threshold, end=p.end_threshold, most=float(relief.max()))  # fmt: skip


def named_bars(timeline: Timeline, style: Style, values: np.ndarray, cast: Cast, x: Axis, text: str) -> Plot:
    """A bar across for each member of a cast, in its order, and P, R, F1 above."""
    plot = Plot(
        timeline,
        style,
        x=x,
        y=Axis("", -0.6, len(values) - 0.4, ticks=dict(enumerate(cast.values())), reverse=True, grid=False),
    )
    for k, (value, who) in enumerate(zip(values.tolist(), cast.values(), strict=True)):
        plot.bars([k], [value], who, across=True, text=text, hover=False)
    s = timeline.frame.scalars
    plot.headline("P {p:.3f} · R {r:.3f} · <b>F1 {f:.3f}</b>", p=s["precision"], r=s["recall"], f=s["f1"])
    return plot


def patterns(timeline: Timeline, style: Style) -> Picture:
    """F1 of each pattern's sentences."""
    values = timeline.frame.arrays["f1_by_pattern"]
    plot = named_bars(timeline, style, values, KINDS, Axis("F1", 0, 1.15, ticks=(0, 0.5, 1)), "{value:.3f}")
    if not timeline.params.condition:
        plot.upright(2 / 3, "2/3", "theory", dash="dash", at=0.02)
    least, most = float(values.min()), float(values.max())
    return plot.done("The lowest F1 of a pattern is {least:.3f}, the highest {most:.3f}.", least=least, most=most)


def broken(timeline: Timeline, style: Style) -> Picture:
    """True triples by what became of them: the first broken link of the chain."""
    counts = timeline.frame.arrays["links"]
    axis = Axis("true triples", 0, 1.18 * float(counts.sum()), ticks=(0, 200, 400, 600, 800))
    plot = named_bars(timeline, style, counts, LINKS, axis, "{value:.0f}")
    return plot.done("{found} of {all} true triples are found.", found=int(counts[0]), all=int(counts.sum()))


def learning(timeline: Timeline, style: Style) -> Picture:
    """Both parts of the loss, and precision, recall and F1 over the steps."""
    plot = Plot(timeline, style)
    above, below = plot.grid(2, 1, x="step", y=[Log("loss"), Axis("on test sentences", 0, 1.02)], share_x=True)
    for name, who in LOSSES.items():
        above.over_time(name, who, least=1e-4)
    for name, who in MARKS.items():
        below.over_time(name, who)
    s = timeline.frame.scalars
    return plot.done(
        "After {step} steps the loss is {loss:.4f} nats and F1 {f:.3f}.", step=timeline.frame.step, loss=s["loss"], f=s["f1"]
    )


def start_tags(timeline: Timeline) -> tuple[np.ndarray, np.ndarray]:
    """Start tags of all places of the test texts, and whether a subject begins there."""
    a = timeline.frame.arrays
    gold = np.zeros(a["subject_start"].shape, bool)
    gold[a["gold_triples"][:, 0], a["gold_triples"][:, 1]] = True
    real = a["test_signs"] > 0
    return a["subject_start"][real], gold[real]


def calibration(timeline: Timeline, style: Style) -> Picture:
    """Start tags of true subject starts, with their mean and the share of the subjects that training kept."""
    p, s = timeline.params, timeline.frame.scalars
    tags, gold = start_tags(timeline)
    counts = np.histogram(tags[gold], BINS)[0]
    above = np.histogram(tags[gold & (tags > p.start_threshold)], BINS)[0]
    middles = (BINS[1:] + BINS[:-1]) / 2
    tallest = max(float(counts.max()), 1.0)
    plot = Plot(timeline, style, x=Axis("start tag of a true subject", 0, 1), y=Axis("subjects", 0, 1.15 * tallest))
    plot.bars(middles, counts, "quiet", width=0.044, opacity=0.5, name="all subjects")
    plot.bars(middles, above, TAGS["start"], width=0.044, name="found starts")
    tau = p.start_threshold
    plot.upright(tau, "τₛ = {tau:.2f}", "mark", side="left" if tau > 0.4 else "right", at=0.6, tau=tau)
    plot.upright(s["start_tag_mean"], who="measured", dash="solid", width=2.0)
    plot.upright(s["kept_subjects"], who="theory", dash="dash", width=2.0)
    plot.corner("mean tag {mean:.3f}", "top left", "measured", mean=s["start_tag_mean"])
    plot.corner("subjects kept in training {kept:.3f}", "top left", "theory", kept=s["kept_subjects"])
    share = float((tags[gold] > p.start_threshold).mean())
    plot.headline("<b>{share:.1%} of the true starts are above τₛ</b>", share=share)
    return plot.done("The mean start tag of a true subject is {mean:.3f}; training kept {kept:.3f} of the subjects.", mean=s["start_tag_mean"],
        kept=s["kept_subjects"])  # fmt: skip
