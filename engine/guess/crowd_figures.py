"""Pictures of what a class guessed: all guesses over each other with their median, and the scores as a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from engine.core.picture import Picture, Style, scatter
from engine.core.topic import Guess, Timeline
from engine.guess.crowd import Crowd, Entry, counts, middle, misses
from engine.guess.figures import because, not_yet, wait
from engine.guess.score import Between, Drawn, enough, expected, scaled, score_threshold, span
from engine.plot import HIDDEN, Axis, Panel, Plot
from engine.plot.labels import Label, as_written

TRACE = 33  # places at which one of many drawn curves is shown
BINS = 20  # of the histogram of scores
HEIGHTS = 1000  # that are told apart there: what differs less is packed as the same
DOTS = 48  # columns in which placed marks are stacked
NAMED = 8  # names that are written on the picture, the newest; all others appear under the pointer
EXACT = 0.005  # of the range: what is off by less fits
FAINT = 0.28  # of one among many


def crowd_picture(
    guess: Guess,
    crowd: Crowd,
    timeline: Timeline,
    look: Style,
    *,
    last: float = 0.0,
    title: str = "",
    between: Between | None = None,
) -> Picture:
    """What the class expects, beside what came out; once that can be told, the scores of all as a histogram in a second panel.

    Args:
        last: the step at which the axis of a curve ends at least.
        title: of a place's axis.
        between: where the runs so far have measured a place.

    `meta["said"]` holds what is seen as sentences, `meta["short"]` is "" until there are scores.
    """
    scores = misses(guess, crowd, timeline, between)
    known = [score for score in scores if score is not None]
    if guess.options:
        return _choices(guess, crowd, timeline, look, known)
    axes: tuple[Axis, Axis] = _curve_axes(guess, crowd, timeline, last) if guess.scalar else _place_axes(guess, title)
    plot = Plot(timeline, look, x=axes[0], y=axes[1])
    left: Panel = plot
    if known:
        scored = Axis("off, % of the range", 0.0, 100 * _widest(known))
        left, right = plot.grid(1, 2, x=[axes[0], scored], y=[axes[1], Axis("guesses", 0.0)], widths=(1.7, 1.0))
        left.title("What the class expects")
        right.title("How far off")
        _histogram(right, guess, crowd, known, timeline, between)
    (_curves if guess.scalar else _marks)(left, guess, crowd, timeline, between)
    said = [_many(look, len(crowd.entries)), *_scored(guess, crowd, scores, timeline, look, between)]
    return _tell(plot, guess, said, bool(known), look)


def _tell(plot: Plot, guess: Guess, said: Sequence[str], scored: bool, look: Style) -> Picture:
    plot.sheet.meta |= {"said": list(said), "short": look.t("scores") if scored else ""}
    return plot.done("{told}", told=" ".join([look.t(guess.question), *said]))


def _many(look: Style, count: int) -> str:
    return look.t("1 guess.") if count == 1 else look.t("{count} guesses.").format(count=count)


# ---- curves


def _curve_axes(guess: Guess, crowd: Crowd, timeline: Timeline, last: float) -> tuple[Axis, Axis]:
    steps, values = _measured(guess, timeline)
    drawn = [entry.made for entry in crowd.entries if not isinstance(entry.made, str)]
    end = max([last, *(float(made[-1][0]) for made in drawn), *steps[-1:].tolist(), 1.0])
    shown = scaled(guess, values)
    ends = [*scaled(guess, [guess.low, guess.high]), *shown[np.isfinite(shown)]]
    room = 0.04 * (max(ends) - min(ends))
    low, high = (float(10.0**at if guess.log else at) for at in (min(ends) - room, max(ends) + room))
    return Axis("step", 0, end), Axis("", low, high, log=guess.log)


def _measured(guess: Guess, timeline: Timeline) -> tuple[np.ndarray, np.ndarray]:
    """The guessed scalar against the steps, as far as the run has come."""
    if guess.scalar not in timeline.history:
        return np.zeros(0), np.zeros(0)
    steps, values = timeline.trace(guess.scalar)
    return np.asarray(steps, float), np.asarray(values, float)


def _curves(panel: Panel, guess: Guess, crowd: Crowd, timeline: Timeline, _: Between | None) -> None:
    """All drawn curves faint, their median bold and dashed, the measured one over them."""
    nameless, named = _shown(guess, crowd)
    if nameless.size:
        panel.add(_thin(panel, nameless, panel.say("a guess")))
    for place, (curve, name) in enumerate(named):
        panel.add(_thin(panel, curve, as_written(name)))
        if place >= len(named) - NAMED:
            _sign(panel, float(curve[0, -1]), float(curve[1, -1]), name, side="left")
    half = middle(guess, crowd)
    if half:
        steps, values = np.array(half).T
        panel.curve(steps, values, "guess", dash="dash", width=4, name="median of the class", end="median", outside=True)
    steps, values = _measured(guess, timeline)
    if len(steps):
        panel.curve(steps, values, "measured", name="measured", end="measured" if len(steps) > 1 else "", width=3.5)


@lru_cache(maxsize=16)
def _shown(guess: Guess, crowd: Crowd) -> tuple[np.ndarray, list[tuple[np.ndarray, str]]]:
    """The drawn curves as they are shown, (2, n) steps and values: those without a name as one with gaps (hundreds of traces would be
    slow), the others by themselves."""
    drawn = [(_coarse(guess, entry.made), entry.name) for entry in crowd.entries if not isinstance(entry.made, str)]
    nameless = [np.c_[curve, np.full((2, 1), np.nan)] for curve, name in drawn if not name]
    return np.concatenate(nameless or [np.zeros((2, 0))], axis=1), [one for one in drawn if one[1]]


def _coarse(guess: Guess, made: Drawn) -> np.ndarray:
    """A drawn curve at no more than TRACE places, as exact as a screen shows it: (2, n) steps and values."""
    steps = np.array(made, float)[:, 0] if len(made) <= TRACE else np.linspace(made[0][0], made[-1][0], TRACE)
    unit = span(guess) / HEIGHTS
    heights = unit * np.round(scaled(guess, expected(guess, made, steps)) / unit)
    return np.stack([steps, 10.0**heights if guess.log else heights])


def _thin(panel: Panel, curve: np.ndarray, name: str) -> dict[str, object]:
    stroke = {"color": panel.veil("guess", FAINT), "width": 1.5}
    steps, values = curve.astype(np.float32)
    return scatter(x=steps, y=values, mode="lines", name=name, line=stroke)


def _sign(panel: Panel, x: float, y: float, name: str, side: str = "right") -> None:
    """A student's name as they typed it: no template, and nothing in it is markup."""
    panel.labels.append(Label(x, y, as_written(name), panel.color("quiet"), 13.0, side))


# ---- places


def _place_axes(guess: Guess, title: str) -> tuple[Axis, Axis]:
    low, high = (float(end) for end in scaled(guess, [guess.low, guess.high]))
    room = 0.04 * (high - low)
    low, high = (float(10.0**at if guess.log else at) for at in (low - room, high + room))
    return Axis(title, low, high, log=guess.log), HIDDEN.but(low=0, high=1.15)


def _marks(panel: Panel, guess: Guess, crowd: Crowd, timeline: Timeline, between: Between | None) -> None:
    """Every mark a dot, those near each other stacked; the median dashed; theory and measurement once the run has told."""
    placed = [(made[0][0], entry.name) for entry in crowd.entries if not isinstance(made := entry.made, str)]
    if not placed:
        return
    low, high = (float(end) for end in scaled(guess, [guess.low, guess.high]))
    columns = np.clip(((scaled(guess, [at for at, _ in placed]) - low) / (high - low) * DOTS).astype(int), 0, DOTS - 1)
    taken: dict[int, int] = {}
    heights = []
    for column in columns.tolist():
        taken[column] = taken.get(column, 0) + 1
        heights.append(taken[column])
    unit = min(0.075, 0.62 / max(heights))  # a crowded column stays below the words
    ys = unit * np.array(heights)
    names = np.array([as_written(name) or panel.say("a guess") for _, name in placed])
    panel.dots([at for at, _ in placed], ys, "guess", size=9, opacity=0.6, name="guesses", hover="{whose}", whose=names)
    tops = [height == taken[column] for height, column in zip(heights, columns.tolist(), strict=True)]
    signed = [(at, y, name) for (at, name), y, top in zip(placed, ys.tolist(), tops, strict=True) if name and top]
    for at, y, name in signed[-NAMED:]:  # above its column there is room
        _sign(panel, at, y, name, side="above")
    half = middle(guess, crowd)[0][0]
    panel.curve([half] * 2, [0, 0.8], "guess", dash="dash", width=4, name="median of the class")
    panel.text(half, 0.86, "median", "guess", side="center")
    score = score_threshold(guess, [(half,)], timeline, between)
    if score is not None and score.between is not None:
        left, right = (min(max(end, guess.low), guess.high) for end in score.between)
        panel.curve([left, right], [0.98, 0.98], "measured", name="measured", width=9)
        at = float((scaled(guess, left) + scaled(guess, right)) / 2)
        panel.text(10.0**at if guess.log else at, 1.08, "measured", "measured", side="center")
    if score is not None and score.theory is not None and guess.low <= score.theory <= guess.high:
        panel.theory([score.theory] * 2, [0, 0.7], name="theory", dash="dot", width=3)
        panel.text(score.theory, 0.76, "theory", "theory", side="center")


# ---- choices


def _choices(guess: Guess, crowd: Crowd, timeline: Timeline, look: Style, known: Sequence[float]) -> Picture:
    """A bar for each option with how many chose it; the one that the run bears out in the colour of what is right."""
    chosen = counts(guess, crowd)
    answer = guess.answer(timeline) if known and guess.answer is not None else None
    places = np.arange(len(chosen))[::-1].astype(float)
    plot = Plot(
        timeline,
        look,
        x=Axis("guesses", 0.0, 1.12 * max(4, *chosen.values())),
        y=HIDDEN.but(low=-0.45, high=len(chosen) - 0.25),
    )
    whose = ["good" if name == answer else "guess" for name in chosen]
    plot.bars(places, list(chosen.values()), whose, width=0.42, across=True, hover=False, name="guesses")
    for place, (name, text) in zip(places.tolist(), guess.options, strict=True):
        mark = "✓ " if name == answer else ""
        plot.text(0.0, place + 0.36, "{mark}{sentence}", "good" if mark else "text", mark=mark, sentence=look.t(text), size=15)
        _write(
            plot, float(chosen[name]), place, _count(chosen[name], [e.name for e in crowd.entries if e.made == name and e.name])
        )
    said = [_many(look, len(crowd.entries))]
    if answer is None:
        said.append(not_yet(guess, timeline, look))
    else:
        right = len(known) - int(sum(known))
        said.append(look.t("{right} of {count} are right.").format(right=right, count=len(known)))
        said.append(look.t("What came out: “{answer}”.").format(answer=look.t(dict(guess.options)[answer]).rstrip(".。")))
        said.append(because(guess, timeline, look))
    return _tell(plot, guess, said, answer is not None, look)


def _write(plot: Plot, x: float, y: float, text: str) -> None:
    plot.note(x, y, text, plot.color("text"), 14, xanchor="left", xshift=6)


def _count(count: int, names: Sequence[str]) -> str:
    """How many, and as many of the names as there is room for."""
    said = ", ".join(names)
    cut = said if len(said) <= 40 else said[:40].rpartition(",")[0] + " …"
    return f"{count}  {as_written(cut)}".rstrip()


# ---- scores


def _widest(known: Sequence[float]) -> float:
    """The share of the range at which the axis of scores ends: tens of per cent, so that it stands still while a run plays."""
    return float(np.ceil(10 * max(known)) / 10) or 0.1


def _class_score(guess: Guess, crowd: Crowd, timeline: Timeline, between: Between | None) -> float | None:
    """How far the class's median guess is off."""
    half = middle(guess, crowd)
    return (
        misses(guess, Crowd(guess.name, (Entry(half),)), timeline, between)[0]
        if len(half) >= (2 if guess.scalar else 1)
        else None
    )


def _histogram(
    panel: Panel, guess: Guess, crowd: Crowd, known: Sequence[float], timeline: Timeline, between: Between | None
) -> None:
    """How many are how far off, and where the median of the class stands among them."""
    edges = np.linspace(0.0, 100 * _widest(known), BINS + 1)
    tall, _ = np.histogram(100 * np.array(known), edges)
    panel.bars((edges[1:] + edges[:-1]) / 2, tall, "guess", width=0.94 * edges[1], opacity=0.7, name="guesses")
    own = _class_score(guess, crowd, timeline, between)
    if own is not None:
        side = "left" if own > 0.5 * _widest(known) else "right"
        panel.upright(100 * own, "median", "guess", dash="dash", width=3, side=side)


def _scored(
    guess: Guess, crowd: Crowd, scores: Sequence[float | None], timeline: Timeline, look: Style, between: Between | None
) -> list[str]:
    """The scores in sentences; what is waited for while there are none."""
    known = [score for score in scores if score is not None]
    if not known:
        if not guess.scalar:
            return [not_yet(guess, timeline, look)]
        return [wait(look, min((enough(entry.made) for entry in crowd.entries if not isinstance(entry.made, str)), default=1))]
    t, half = look.t, float(np.median(known))
    if half >= EXACT:
        said = [t("Half of them are off by more than {share} of the range.").format(share=f"{half:.0%}")]
    else:
        fits = sum(score < EXACT for score in known)
        said = [t("{count} of {all} fit what came out.").format(count=fits, all=len(known))]
    own = _class_score(guess, crowd, timeline, between)
    if own is not None:
        beaten = sum(score > own + 1e-9 for score in known)
        words = t("Their median is off by {share}: nearer than {count} of {all}.")
        said.append(words.format(share=f"{own:.0%}", count=beaten, all=len(known)))
    best = min(known)
    names = [entry.name for entry, score in zip(crowd.entries, scores, strict=True) if score == best and entry.name]
    if 0 < len(names) <= 3:
        said.append(t("Nearest: {name}, {share} off.").format(name=", ".join(names), share=f"{best:.0%}"))
    return said
