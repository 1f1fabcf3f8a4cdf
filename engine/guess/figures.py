"""Pictures and sentences of a guess: the panel in which it is drawn, its trace in other pictures, its score in words."""

from __future__ import annotations

import math

import numpy as np

from engine.core.picture import Picture, Style, Trace
from engine.core.topic import Guess, Timeline
from engine.guess.score import (
    Between,
    CurveScore,
    Drawn,
    ThresholdScore,
    enough,
    scaled,
    score_curve,
    score_threshold,
    settled_at,
)
from engine.plot.figures import axis, figure, label, line, mark_changes

NEAR = 1.05  # a factor below this counts as met
MARGIN = {"l": 48, "r": 16, "t": 14, "b": 46}


def picture(guess: Guess, drawn: Drawn | None, timeline: Timeline, look: Style, *, last: float) -> Picture:
    """The panel of a curve: what is expected (dashed, always the first trace) and what was measured.

    Args:
        drawn: the person's points; None while there are none.
        last: the step at which the axis ends.

    `meta["said"]` holds the score as sentences, `meta["short"]` in a few words.
    """
    steps, values = timeline.trace(guess.scalar)
    shown = scaled(guess, values)
    ends = [*scaled(guess, [guess.low, guess.high]), *shown[np.isfinite(shown)]]
    last = max(last, float(steps[-1]), drawn[-1][0] if drawn else 0.0)
    panel = figure(
        look,
        alt="",
        x=axis(look, look.t("step"), range=[0, last]),
        y=axis(look, log=guess.log, range=_room(min(ends), max(ends))),
        margin=MARGIN,
    )
    panel.add(_guessed(drawn or [], look))
    panel.add(line(steps, values, look.measured, name=look.t("measured")))
    score = score_curve(guess, drawn, steps, values) if drawn else None
    if score is not None:
        panel.add(line([score.worst] * 2, [score.said, score.was], look.quiet, name=look.t("largest miss"), dash="dot"))
    mark_changes(panel, timeline, look)
    _label_ends(panel, guess, drawn, steps, shown, look)
    said = [look.t("Nothing drawn yet.")]
    if drawn:
        said = curve_words(score, look) if score is not None else [_wait(look, enough(drawn))]
    short = look.t("{share} off").format(share=f"{score.error:.0%}") if score is not None else ""
    return _tell(panel, look.t(guess.question), said, short)


def place_picture(
    guess: Guess, drawn: Drawn | None, timeline: Timeline, look: Style, *, title: str, between: Between | None
) -> Picture:
    """The panel of a threshold: the mark (dashed, always the first trace) and, once the run has told, where it really is."""
    low, high = (float(end) for end in scaled(guess, [guess.low, guess.high]))
    panel = figure(
        look,
        alt="",
        x=axis(look, title, log=guess.log, range=_room(low, high)),
        y={"visible": False, "range": [0, 1]},
        margin={**MARGIN, "l": 16},
    )
    place = [drawn[0][0]] * 2 if drawn else []
    panel.add(line(place, [0, 0.8][: len(place)], look.guess, name=look.t("your guess"), dash="dash", width=3))
    if drawn:
        label(panel, float(scaled(guess, place[0])), 0.86, look.t("your guess"), look.guess, xanchor="center")
    score = score_threshold(guess, drawn, timeline, between) if drawn else None
    if score is not None and score.between is not None:
        _band(panel, guess, score.between, look)
    if score is not None and score.theory is not None and guess.low <= score.theory <= guess.high:
        panel.add(line([score.theory] * 2, [0, 0.62], look.theory, name=look.t("theory"), dash="dot", width=3))
        label(panel, float(scaled(guess, score.theory)), 0.68, look.t("theory"), look.theory, xanchor="center")
    said = [look.t("Nothing placed yet.")]
    if drawn and score is not None:
        said = threshold_words(score, look)
    elif drawn:
        step = settled_at(guess, timeline)
        said = [_wait(look, step) if timeline.frame.step < step else look.t("With these settings the run cannot tell.")]
    return _tell(panel, look.t(guess.question), said, "" if score is None else _short(score, look))


def _guessed(drawn: Drawn, look: Style) -> Trace:
    steps, values = np.array(drawn, np.float64).reshape(-1, 2).T
    return line(steps, values, look.guess, name=look.t("your guess"), dash="dash", width=3)


def _label_ends(panel: Picture, guess: Guess, drawn: Drawn | None, steps: np.ndarray, shown: np.ndarray, look: Style) -> None:
    """The names of both curves at their ends, the higher one's above it and the lower one's below."""
    known = np.flatnonzero(np.isfinite(shown))
    ends = []
    if drawn:
        ends.append((float(scaled(guess, drawn[-1][1])), drawn[-1][0], look.t("your guess"), look.guess))
    if len(known) > 1:
        ends.append((float(shown[known[-1]]), float(steps[known[-1]]), look.t("measured"), look.measured))
    for place, (height, step, text, color) in enumerate(sorted(ends, reverse=True)):
        label(panel, step, height, text, color, xanchor="right", yshift=11 - 22 * place)


def _room(low: float, high: float) -> list[float]:
    room = 0.04 * (high - low)
    return [float(low - room), float(high + room)]


def _tell(panel: Picture, question: str, said: list[str], short: str) -> Picture:
    panel.layout["meta"] = {"alt": " ".join([question, *said]), "said": said, "short": short}
    return panel


def _band(panel: Picture, guess: Guess, between: Between, look: Style) -> None:
    """Where the runs place the threshold, as a bar along the axis."""
    left, right = (min(max(end, guess.low), guess.high) for end in between)
    panel.add(line([left, right], [0.08, 0.08], look.measured, name=look.t("measured"), width=9))
    middle = float((scaled(guess, left) + scaled(guess, right)) / 2)
    label(panel, middle, 0.2, look.t("measured"), look.measured, xanchor="center")


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
                words = {"xanchor": "right", "yshift": 10, "xref": across, "yref": up}
                label(both, step, math.log10(value) if log else value, look.t("your guess"), look.guess, size=13, **words)
            return both
    return view


def _equal(one: object, two: np.ndarray) -> bool:
    numbers = np.asarray(one)
    return numbers.dtype.kind in "fiu" and numbers.shape == two.shape and np.array_equal(numbers, two, equal_nan=True)


# ---- words


def _wait(look: Style, step: int) -> str:
    return look.t("Play until step {step} to see.").format(step=step)


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
    return f"{float(f'{value:.{digits}g}'):g}" if 1e-4 <= abs(value) < 1e6 or value == 0 else f"{value:.{digits - 1}e}"
