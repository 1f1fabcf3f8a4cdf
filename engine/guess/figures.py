"""Pictures and sentences of a guess: the panel in which it is drawn, its trace in other pictures, its score in words."""

from __future__ import annotations

import math

import numpy as np

from engine.core.language import fill, printed
from engine.core.picture import Picture, Style, Trace, scatter
from engine.core.topic import Guess, Timeline
from engine.guess.score import (
    Between,
    ChoiceScore,
    CurveScore,
    Drawn,
    ThresholdScore,
    enough,
    scaled,
    score_choice,
    score_curve,
    score_threshold,
    settled_at,
)
from engine.plot import HIDDEN, Axis, Plot

NEAR = 1.05  # a factor below this counts as met


def picture(guess: Guess, drawn: Drawn | None, timeline: Timeline, look: Style, *, last: float) -> Picture:
    """The panel of a curve: what is expected (dashed, always the first trace) and what was measured.

    Args:
        drawn: the person's points; None while there are none.
        last: the step at which the axis ends.

    `meta["said"]` holds the score as sentences, `meta["short"]` in a few words.
    """
    steps, values = timeline.trace(guess.scalar)
    shown = scaled(guess, values)
    last = max(last, float(steps[-1]), drawn[-1][0] if drawn else 0.0)
    ends = [*scaled(guess, [guess.low, guess.high]), *shown[np.isfinite(shown)]]
    plot = Plot(timeline, look, x=Axis("step", 0, last), y=_axis(guess, "", min(ends), max(ends)))
    plot.add(_guessed(drawn or [], look))
    plot.curve(steps, values, "measured", name="measured")
    score = score_curve(guess, drawn, steps, values) if drawn else None
    if score is not None:
        plot.curve([score.worst] * 2, [score.said, score.was], "quiet", name="largest miss", dash="dot")
    if drawn:
        step, value = drawn[-1]
        plot.label(step, value, "your guess", "guess", side="left")
    known = np.flatnonzero(np.isfinite(shown))
    if len(known) > 1:
        plot.label(float(steps[known[-1]]), float(values[known[-1]]), "measured", "measured", side="left")
    said = [look.t("Nothing drawn yet.")]
    if drawn:
        said = curve_words(score, look) if score is not None else [wait(look, enough(drawn))]
    short = look.t("{share} off").format(share=f"{score.error:.0%}") if score is not None else ""
    return _tell(plot, look.t(guess.question), said, short)


def place_picture(
    guess: Guess, drawn: Drawn | None, timeline: Timeline, look: Style, *, title: str, between: Between | None
) -> Picture:
    """The panel of a threshold: the mark (dashed, always the first trace) and, once the run has told, where it really is."""
    low, high = (float(end) for end in scaled(guess, [guess.low, guess.high]))
    plot = Plot(timeline, look, x=_axis(guess, title, low, high), y=HIDDEN.but(low=0, high=1))
    mark: Drawn = [(drawn[0][0], 0.0), (drawn[0][0], 0.8)] if drawn else []
    plot.add(_guessed(mark, look))
    if drawn:
        plot.text(drawn[0][0], 0.86, "your guess", "guess", side="center")
    score = score_threshold(guess, drawn, timeline, between) if drawn else None
    if score is not None and score.between is not None:
        _band(plot, guess, score.between)
    if score is not None and score.theory is not None and guess.low <= score.theory <= guess.high:
        plot.theory([score.theory] * 2, [0, 0.62], name="theory", dash="dot", width=3)
        plot.text(score.theory, 0.68, "theory", "theory", side="center")
    said = [look.t("Nothing placed yet.")]
    if drawn and score is not None:
        said = threshold_words(score, look)
    elif drawn:
        said = [not_yet(guess, timeline, look)]
    return _tell(plot, look.t(guess.question), said, "" if score is None else _short(score, look))


def choice_picture(guess: Guess, chosen: str | None, timeline: Timeline, look: Style) -> Picture:
    """A choice has no picture, only words: what was chosen and, once the run has told, whether it is so and why."""
    plot = Plot(timeline, look, x=HIDDEN, y=HIDDEN)
    score = score_choice(guess, chosen, timeline) if chosen else None
    said = [look.t("Nothing chosen yet.")]
    if chosen and score is not None:
        said = choice_words(guess, score, timeline, look)
        plot.sheet.meta["right"] = score.right
    elif chosen:
        said = [not_yet(guess, timeline, look)]
    short = "" if score is None else look.t("right") if score.right else look.t("not so")
    return _tell(plot, look.t(guess.question), said, short)


def _guessed(drawn: Drawn, look: Style) -> Trace:
    steps, values = np.array(drawn, np.float64).reshape(-1, 2).T
    stroke = {"color": look.guess, "dash": "dash", "width": 3}
    return scatter(x=steps, y=values, mode="lines", name=look.t("your guess"), line=stroke)


def _axis(guess: Guess, title: str, low: float, high: float) -> Axis:
    """An axis of the guess from `low` to `high` as it counts (decades on a logarithmic one), with a little room."""
    room = 0.04 * (high - low)
    low, high = (float(10.0**end if guess.log else end) for end in (low - room, high + room))
    return Axis(title, low, high, log=guess.log)


def _tell(plot: Plot, question: str, said: list[str], short: str) -> Picture:
    plot.sheet.meta |= {"said": said, "short": short}
    return plot.done("{told}", told=" ".join([question, *said]))


def _band(plot: Plot, guess: Guess, between: Between) -> None:
    """Where the runs place the threshold, as a bar along the axis."""
    left, right = (min(max(end, guess.low), guess.high) for end in between)
    plot.curve([left, right], [0.08, 0.08], "measured", name="measured", width=9)
    middle = float((scaled(guess, left) + scaled(guess, right)) / 2)
    plot.text(10.0**middle if guess.log else middle, 0.2, "measured", "measured", side="center")


def overlay(view: Picture, guess: Guess, drawn: Drawn, timeline: Timeline, look: Style) -> Picture:
    """The view with the guessed curve beside the trace that shows exactly that scalar against the steps.

    The view itself where there is no such trace (it is found by its data, so a smoothed or rescaled curve is none).
    """
    if guess.scalar not in timeline.frame.scalars:
        return view
    steps, values = timeline.trace(guess.scalar)
    for trace in view.data:
        if trace["type"] != "scatter" or "lines" not in trace.get("mode", ""):
            continue
        if trace.get("uid") == guess.scalar or (_equal(trace["x"], steps) and _equal(trace["y"], values)):
            across, up = trace.get("xaxis", "x"), trace.get("yaxis", "y")
            both = view.copy()  # a view may be kept and shown to others, who guess something else
            both.add({**_guessed(drawn, look), "xaxis": across, "yaxis": up})
            step, value = drawn[-1]
            log = both.layout[f"yaxis{up[1:]}"].get("type") == "log"
            if value > 0 or not log:
                place = {"x": step, "y": math.log10(value) if log else value, "xref": across, "yref": up, "yshift": 10}
                words = {"text": look.t("your guess"), "font": {"color": look.guess, "size": 13}, "showarrow": False}
                both.annotate({**words, **place, "xanchor": "right", "yanchor": "middle"})
            return both
    return view


def _equal(one: object, two: np.ndarray) -> bool:
    numbers = np.asarray(one)
    return numbers.dtype.kind in "fiu" and numbers.shape == two.shape and np.array_equal(numbers, two, equal_nan=True)


# ---- words


def wait(look: Style, step: int) -> str:
    """What must be played before anything can be told."""
    return look.t("Play to see.") if step == 1 else look.t("Play until step {step} to see.").format(step=step)


def not_yet(guess: Guess, timeline: Timeline, look: Style) -> str:
    """Why a place or a choice has no score: the run has not settled, or can tell nothing."""
    if guess.arms and not timeline.arms:
        return look.t("Play to see.")
    step = settled_at(guess, timeline)
    return wait(look, step) if timeline.frame.step < step else look.t("The run cannot tell yet.")


def choice_words(guess: Guess, score: ChoiceScore, timeline: Timeline, look: Style) -> list[str]:
    """Whether the choice came true, and why, with the run's own numbers."""
    t, why = look.t, because(guess, timeline, look)
    if score.right:
        return [t("Right."), why]
    true = t(dict(guess.options)[score.answer])
    return [t("The run says: “{answer}”.").format(answer=true.rstrip(".。")), why]


def because(guess: Guess, timeline: Timeline, look: Style) -> str:
    """Why a choice's answer is what it is, with the run's own numbers."""
    told = {**timeline.params.values(), **timeline.frame.scalars}
    if guess.numbers is not None:
        told |= guess.numbers(timeline)
    return fill(look.t(guess.because), told, missing=look.t("not measured"))


def curve_words(score: CurveScore, look: Style) -> list[str]:
    """The score of a curve in sentences."""
    t = look.t
    ways = {-1: t("falling"), 0: t("level"), 1: t("rising")}
    so_far = t("Off by {share} of the range on average, up to step {step}.")
    said = [so_far.format(share=f"{score.error:.1%}", step=f"{score.until:.0f}")]
    if score.direction_right:
        said.append(t("The direction is right: {way}.").format(way=ways[score.rose]))
    else:
        said.append(t("You expected it {expected}; it was {way}.").format(expected=ways[score.rising], way=ways[score.rose]))
    words = t("Largest miss: you expected {said} at step {step}, it was {was}.")
    said.append(words.format(said=number(score.said), step=f"{score.worst:.0f}", was=number(score.was)))
    return said


def threshold_words(score: ThresholdScore, look: Style) -> list[str]:
    """The score of a threshold in sentences: against the closed form, and against what was measured."""
    t = look.t
    said = []
    if score.theory is not None:
        said.append(
            t("Theory says {theory}, you said {placed}: {verdict}.").format(
                theory=number(score.theory), placed=number(score.placed), verdict=_verdict(score, look)
            )
        )
    if score.between is not None:
        low, high = score.between
        if low <= 0:
            words = t("Measured: below {high}.")
        elif not math.isfinite(high):
            words = t("Measured: above {low}.")
        else:
            words = t("Measured: between {low} and {high}.")
        said.append(words.format(low=number(low), high=number(high)))
        said.append(t("Your guess fits that.") if not score.off else t("Your guess does not fit that."))
    return said


def _verdict(score: ThresholdScore, look: Style) -> str:
    """Right, or by how much too high or too low."""
    t = look.t
    if score.factor is not None:
        if max(score.factor, 1 / score.factor) < NEAR:
            return t("right")
        words = t("{factor} times too high") if score.factor > 1 else t("{factor} times too low")
        return words.format(factor=number(max(score.factor, 1 / score.factor), 2))
    assert score.difference is not None
    words = t("{difference} too high") if score.difference > 0 else t("{difference} too low")
    return words.format(difference=number(abs(score.difference), 2)) if score.difference else t("right")


def _short(score: ThresholdScore, look: Style) -> str:
    if score.theory is not None:
        return _verdict(score, look)
    return look.t("it fits") if not score.off else look.t("it does not fit")


def number(value: float, digits: int = 3) -> str:
    """A number as people read it: three digits, no exponent where it is not needed."""
    plain = 1e-4 <= abs(value) < 1e6 or value == 0
    return printed(f"{float(f'{value:.{digits}g}'):g}" if plain else f"{value:.{digits - 1}e}")
