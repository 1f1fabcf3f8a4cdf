"""Pictures of learning: AUC and losses over the steps for every start, and what the scores are worth at a threshold."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.text_matching.params import PLAIN_STEPS, SPECIALS
from engine.language.text_matching.views.names import WHO
from engine.plot import Axis, Log, Plot, sentence
from engine.train import ranks


def looked(timeline: Timeline) -> str:
    """The start that is looked at, of those that run."""
    return str(timeline.params.shown)


def lead(timeline: Timeline) -> float:
    """By how much AUC rows by frequency are above random rows; NaN where one of them does not run."""
    s = timeline.frame.scalars
    return s.get("auc_frequency", math.nan) - s.get("auc_random", math.nan)


def pretraining(timeline: Timeline, style: Style) -> Picture | None:
    """While the body still learns to read plain text: how that goes."""
    s, course = timeline.frame.scalars, timeline.frame.arrays.get("plain_course")
    if timeline.frame.step or timeline.frame.part or course is None or not 0 < s["pretrained"] < 1:
        return None
    plot = Plot(timeline, style)
    left, right = plot.grid(
        1, 2, x=Axis("step of pretraining", 0, PLAIN_STEPS, ticks=(0, PLAIN_STEPS // 2, PLAIN_STEPS)),
        y=[Axis("loss of hidden words", float(np.nanmin([2.4, *course[:, 1]])) - 0.1, 4.5), Axis("AUC of “same or not”", 0.4, 1.02)],
    )  # fmt: skip
    left.curve(course[:, 0], course[:, 1], "measured", hover="%{y:.2f}")
    right.curve(course[:, 0], course[:, 2], "measured", hover="%{y:.2f}")
    plot.headline("<b>Pretraining on readable text: {share:.0%}</b>", share=s["pretrained"])
    plot.headline("once for a seed")
    return plot.done("The body is being pretrained on readable text: {share:.0%} are done.", share=s["pretrained"])


def waiting(timeline: Timeline, style: Style) -> Picture:
    """How the pretraining goes, or that it has not begun."""
    return pretraining(timeline, style) or sentence(style, style.t("Not yet: the body is pretrained when the run begins."))


def room(timeline: Timeline, name: str, *inside: float) -> tuple[float, float]:
    """The least and the largest of these numbers and of what every start has had of that name."""
    had = [timeline.trace(f"{name}_{start}")[1] for start in timeline.params.chosen]
    every = np.concatenate([*had, inside])
    return float(np.nanmin(every)), float(np.nanmax(every))


def curves(timeline: Timeline, style: Style) -> Picture:
    """Hero: AUC and loss of hidden words over the steps, for every start."""
    if (early := pretraining(timeline, style)) is not None:
        return early
    p, s, shown = timeline.params, timeline.frame.scalars, looked(timeline)
    nothing = math.log(symbols := len(timeline.frame.arrays["kept_tokens"]) + len(SPECIALS))
    low, high = room(timeline, "mlm_loss", 2.4, 4.3, nothing, s["unigram_entropy"])
    plot = Plot(timeline, style)
    below, areas = plot.grid(1, 2, x="step", y=[Axis("loss of hidden words", low - 0.1, high + 0.2),
        Axis("AUC on test pairs", room(timeline, "auc", 0.42, 1)[0] - 0.02, 1.02)])  # fmt: skip
    for start in p.chosen:
        width, opacity = (4.0, 1.0) if start == shown else (2.0, 0.7)
        areas.over_time(f"auc_{start}", WHO[start], width=width, opacity=opacity, hover="%{y:.3f}")
        below.over_time(f"mlm_loss_{start}", WHO[start], width=width, opacity=opacity, end="", hover="%{y:.2f}")
    areas.level(0.5, "chance", "quiet", side="right")
    below.level(s["unigram_entropy"], "counting alone: {value:.2f}", "theory", side="right", value=s["unigram_entropy"])
    below.level(nothing, "ln {symbols}", "quiet", side="right", symbols=symbols)
    told = {"who": WHO[shown], "auc": s[f"auc_{shown}"], "loss": s[f"mlm_loss_{shown}"]}
    plot.headline("<b>{who}: AUC {auc:.3f}, loss {loss:.2f}</b>", **told)
    if math.isfinite(s.get("auc_frequency", math.nan)) and "random" in p.chosen:
        plot.headline("by frequency − random rows: {lead:+.2f}", lead=lead(timeline))
    if math.isnan(s[f"auc_{shown}"]):
        plot.headline("AUC needs test pairs of both labels")
    return plot.done("{who}: AUC {auc:.3f}, loss of hidden words {loss:.2f}.", **told)


def answers(timeline: Timeline, style: Style) -> Picture:
    """Cross-entropy at [CLS] over the steps, for every start."""
    if (early := pretraining(timeline, style)) is not None:
        return early
    shown = looked(timeline)
    low, high = room(timeline, "label_loss", 0.1, 5)  # it begins among all tokens, far above a coin
    plot = Plot(timeline, style, x="step", y=Log("loss at [CLS]", max(low, 1e-4), high))
    for start in timeline.params.chosen:
        plot.over_time(f"label_loss_{start}", WHO[start], hover="%{y:.2f}")
    plot.level(math.log(2), "a coin: ln 2", "quiet", side="right")
    told = {"who": WHO[shown], "value": timeline.frame.scalars[f"label_loss_{shown}"]}
    plot.headline("<b>{who}: {value:.2f}</b>", **told)
    return plot.done("{who}: loss at [CLS] {value:.2f}.", **told)


def at_threshold(timeline: Timeline) -> tuple[float, float]:
    """Share of positive pairs above the threshold, and of the others."""
    p, a = timeline.params, timeline.frame.arrays
    scores, labels = a["scores"][p.chosen.index(looked(timeline))], a["test_labels"]
    above = scores > p.threshold
    return float(above[labels == 1].mean()), float(above[labels == 0].mean())


def roc(timeline: Timeline, style: Style) -> Picture:
    """ROC curves of all starts, the threshold on one of them, and its scores by label."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    labels, shown = a["test_labels"], looked(timeline)
    if len(set(labels.tolist()) & {0, 1}) < 2:
        return sentence(style, style.t("AUC and ROC need test pairs of both labels; this file has at most one."))
    edges = np.linspace(0, 1, 21)
    scores, middles = a["scores"][p.chosen.index(shown)], (edges[1:] + edges[:-1]) / 2
    tall = {label: np.histogram(scores[labels == label], edges)[0] for label in (0, 1)}
    plot = Plot(timeline, style)
    share = Axis("other pairs above the threshold", -0.02, 1.02, ticks=(0, 0.5, 1))
    tests = Axis("test pairs", 0, 1.25 * float(max(bars.max() for bars in tall.values())))
    left, right = plot.grid(1, 2, x=[share, share.but(title="score (3)")],
        y=[share.but(title="positive pairs above it"), tests])  # fmt: skip
    left.curve([0, 1], [0, 1], "quiet", dash="dot", width=1.5, hover=False)
    left.corner("area below", "bottom right", "quiet")
    for k, start in enumerate(p.chosen):
        false, true, _ = ranks.roc(a["scores"][k], labels)
        left.curve(false, true, WHO[start], width=3.5 if start == shown else 1.8, hover=False, name="{name}")
        left.corner("{start}: {auc:.3f}", "bottom right", WHO[start], start=WHO[start], auc=s[f"auc_{start}"])
    found, wrong = at_threshold(timeline)
    left.dots([wrong], [found], "mark", size=13, hover="%{x:.2f}, %{y:.2f}")
    for label, who, name in ((0, "second", "different"), (1, "measured", "the same")):
        right.bars(middles, tall[label], who, width=0.046, opacity=0.55, name=name)
    right.upright(p.threshold, "", "mark")
    right.corner("the same", "top right", "measured")
    right.corner("different", "top right", "second")
    told = {"who": WHO[shown], "found": found, "wrong": wrong, "s": p.threshold}
    plot.headline("<b>{who}: {found:.0%} found, {wrong:.0%} false alarms</b>", **told)
    plot.headline("s = {s:.2f}", **told)
    return plot.done("{who}, threshold {s:.2f}: {found:.0%} of positive pairs above it, {wrong:.0%} of the others.", **told)
