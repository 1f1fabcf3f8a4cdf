"""Pictures of linking: how often each way to answer is right, and one name with its eight meanings."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.language.entity_linking import theory
from engine.language.entity_linking.names import ANSWERS
from engine.language.entity_linking.params import HOMONYMS
from engine.language.entity_linking.views.mentions import WIDE
from engine.language.entity_linking.vocabulary import KINDS, NAMES, WORDS, spoken
from engine.plot import HIDDEN, Axis, Panel, Plot, classes, fade, sentence
from engine.plot.words.tokens import lines

WEIGHTS, KEPT = np.linspace(0, 2, 41), np.arange(1, HOMONYMS + 1)
EXACT = ("prior", "context", "bayes")


def share(timeline: Timeline, weight: float | None = None, keep: int | None = None) -> float:
    """Share of test texts that the linker links rightly with this weight of habit and so many meanings kept; by default the present ones."""
    p, a = timeline.params, timeline.frame.arrays
    given = theory.smoothed(a["train_counts"])[a["test_name"]]
    chosen = theory.choose(
        a["test_scores"], given, p.habit_weight if weight is None else weight, p.keep_ids if keep is None else keep
    )
    return float((chosen == a["test_entity"]).mean())


def levels(panel: Panel, timeline: Timeline) -> None:
    """What chance, habit alone and the generator's own laws reach."""
    panel.level(1 / HOMONYMS, "chance 1/8", ANSWERS["chance"], side="end")
    for name in EXACT:
        panel.level(timeline.frame.scalars[f"accuracy_{name}"], "{name}", ANSWERS[name], side="end", name=ANSWERS[name])


def habit(timeline: Timeline, style: Style) -> Picture:
    """Hero: accuracy against λ."""
    p, s = timeline.params, timeline.frame.scalars
    curve = [share(timeline, weight) for weight in WEIGHTS]
    plot = Plot(timeline, style, x=Axis("weight of habit λ", 0, 2), y=Axis("share linked rightly", 0, 1))
    levels(plot, timeline)
    plot.curve(WEIGHTS, curve, ANSWERS["linker"], name="{name}", hover="λ = %{x:.2f}: %{y:.3f}")
    plot.dots([p.habit_weight], [s["accuracy"]], "mark", size=13, hover="%{y:.3f}")
    best = int(np.argmax(curve))
    plot.headline("<b>{now:.1%} at λ = {weight:.2f}</b>", now=s["accuracy"], weight=p.habit_weight)
    plot.headline("best {most:.1%} at {at:.2f}", most=curve[best], at=WEIGHTS[best])
    return plot.done("The linker is right in {now:.1%}; at best in {most:.1%}, with λ = {at:.2f}.", now=s["accuracy"], most=curve[best], at=WEIGHTS[best])  # fmt: skip


def answers(timeline: Timeline, style: Style) -> Picture:
    """Bars: chance, habit alone, the linker, exact context, both."""
    p, s = timeline.params, timeline.frame.scalars
    shares = {
        "chance": 1 / HOMONYMS,
        "prior": s["accuracy_prior"],
        "linker": s["accuracy"],
        "context": s["accuracy_context"],
        "bayes": s["accuracy_bayes"],
    }
    y = Axis("", -0.6, len(shares) - 0.4, ticks={k: ANSWERS[name] for k, name in enumerate(shares)}, reverse=True, grid=False)
    plot = Plot(timeline, style, x=Axis("share linked rightly", 0, 1.15, ticks=(0, 0.5, 1)), y=y)
    for k, (name, value) in enumerate(shares.items()):
        plot.bars([k], [value], ANSWERS[name], across=True, text="{value:.1%}", name="{name}", hover=False)
    plot.headline("L = {L} words, a = {a:.1f}", L=p.context_words, a=p.prior_concentration)
    return plot.done("Habit alone: {prior:.1%}; exact context: {context:.1%}; both: {both:.1%}; the linker: {linker:.1%}.",
        prior=s["accuracy_prior"], context=s["accuracy_context"], both=s["accuracy_bayes"], linker=s["accuracy"])  # fmt: skip


def written(numbers: np.ndarray, style: Style) -> list[str]:
    """Words of these numbers in the reader's language."""
    return [spoken(WORDS[k], style.language) for k in numbers.tolist()]


def refusal(timeline: Timeline, style: Style) -> Picture | None:
    """Where there is nothing to link or nothing to read by: a picture that says so."""
    s, a = timeline.frame.scalars, timeline.frame.arrays
    if a["shown_name"][0] < 0:
        if s["own_single"]:
            return sentence(style, "Every alias in this text belongs to one thing only: there is nothing to decide.")
        return sentence(style, "No alias of the dictionary was found in this text.")
    if not len(a["shown_words"]) and not timeline.params.habit_weight:
        return sentence(style, "No known word stands beside the name: there is nothing to read.")
    return None


def chosen(timeline: Timeline) -> tuple[np.ndarray, np.ndarray, int]:
    """Scores of the shown text's meanings (8,), the same with habit, and the choice."""
    p, a = timeline.params, timeline.frame.arrays
    given = theory.smoothed(a["train_counts"])[a["shown_name"][0]]
    scores = a["shown_scores"].astype(float)
    return scores, scores + p.habit_weight * np.log(given), int(theory.choose(scores, given, p.habit_weight, p.keep_ids))


def mention(timeline: Timeline, style: Style) -> Picture:
    """The text, and its name's eight meanings by what is read and by habit."""
    if (said := refusal(timeline, style)) is not None:
        return said
    p, s, a = timeline.params, timeline.frame.scalars, timeline.frame.arrays
    name = int(a["shown_name"][0])
    scores, total, best = chosen(timeline)
    kept = theory.kept_ids(theory.smoothed(a["train_counts"])[name], p.keep_ids)
    meant = int(a["test_entity"][p.mention]) if p.source == "generated" else -1
    kinds = [spoken(KINDS[k], style.language) for k in a["topics"][name].tolist()]
    ticks = {k: ("▸ " if k == meant else "") + kind for k, kind in enumerate(kinds)}
    reach = 1.15 * max(float(np.abs([scores, total]).max()), 1.0)
    plot = Plot(timeline, style)
    strip, bars = plot.grid(2, 1, heights=(1.2, 3), x=[HIDDEN.but(low=-0.5, high=19.0), Axis("score", -reach, reach, zero=True)],
        y=[HIDDEN, Axis("", -0.6, HOMONYMS - 0.4, ticks=ticks, reverse=True, grid=False)])  # fmt: skip
    tokens = [spoken(NAMES[name], style.language), *written(a["shown_words"], style)]
    known = np.isin(a["shown_words"], a["shown_descriptions"][best])
    flags = [2.0, *known.astype(float)]
    tones = classes(["grid", fade(style.measured, 0.5), fade(style.mark, 0.35)], style)
    for part in lines(tokens, WIDE)[:3]:
        strip.tokens(tokens[part], by=flags[part], tones=tones, low=-0.5, high=2.5, even=False, hover=False)
    at = np.arange(HOMONYMS)
    for kind, who in ((~kept, "quiet"), (kept & (at != best), "measured"), (kept & (at == best), "good")):
        if kind.any():
            bars.bars(at[kind], scores[kind], who, across=True, name="read", hover="%{x:.2f}")
    bars.dots(total, at, "mark", size=9, name="with habit", hover="%{x:.2f}")
    plot.headline("{name}: <b>{kind}</b>", name=tokens[0], kind=kinds[best])
    if p.habit_weight:
        plot.headline("● with habit")
    if meant >= 0:
        plot.headline("▸ meant")
    if p.source == "own":
        plot.headline("{count:.0f} unknown words left out", count=s["own_unknown"])
    if not len(a["shown_words"]):
        plot.headline("no known word beside it: habit alone can say")
    return plot.done(
        "{name} is taken for: {kind}; score {score:.2f}.", name=tokens[0], kind=kinds[best], score=float(total[best])
    )


def attention(timeline: Timeline, style: Style) -> Picture:
    """How much each word of the text looks at the words of the chosen meaning's description."""
    if (said := refusal(timeline, style)) is not None:
        return said
    a = timeline.frame.arrays
    looks, texts = a["shown_attention"], written(a["shown_words"], style)
    if not texts:
        return sentence(style, "No known word stands beside the name: there is nothing to read.")
    told = written(a["shown_descriptions"][chosen(timeline)[2]], style)
    plot = Plot(timeline, style, x=Axis("word of the description, in order", 0.5, len(told) + 0.5))
    plot.heat(looks, x=(1, 1), rows=texts, tones="measured", low=0.0, high=max(float(looks.max()), 0.3), numbers="{value:.2f}" if len(texts) <= 8 else "",
        hover="%{z:.2f}")  # fmt: skip
    row, column = np.unravel_index(int(looks.argmax()), looks.shape)
    plot.headline("strongest: {one} → {two}", one=texts[row], two=told[column])
    return plot.done(
        "Most of all {one} looks at {two}: {share:.0%}.", one=texts[row], two=told[column], share=float(looks.max())
    )


def pruning(timeline: Timeline, style: Style) -> Picture:
    """Accuracy against the number of meanings that are kept."""
    p, s = timeline.params, timeline.frame.scalars
    curve = [share(timeline, keep=keep) for keep in KEPT.tolist()]
    plot = Plot(timeline, style, x=Axis("meanings kept K", 0.8, HOMONYMS + 0.2, every=1), y=Axis("share linked rightly", 0, 1))
    levels(plot, timeline)
    plot.curve(KEPT, curve, ANSWERS["linker"], points=8, name="{name}", hover="K = %{x}: %{y:.3f}")
    plot.dots([p.keep_ids], [s["accuracy"]], "mark", size=13, hover="%{y:.3f}")
    plot.headline("<b>{now:.1%} with K = {keep}</b>", now=s["accuracy"], keep=p.keep_ids)
    return plot.done(
        "With {keep} meanings kept, {now:.1%} are right; with all, {whole:.1%}.",
        keep=p.keep_ids,
        now=s["accuracy"],
        whole=curve[-1],
    )


def learning(timeline: Timeline, style: Style) -> Picture:
    """Accuracy over the steps."""
    plot = Plot(timeline, style, x="step", y=Axis("share linked rightly", 0, 1))
    levels(plot, timeline)
    plot.over_time("accuracy", "measured", end="", name="linker")
    return plot.done(
        "After {step} steps the linker is right in {now:.1%}.", step=timeline.frame.step, now=timeline.frame.scalars["accuracy"]
    )
