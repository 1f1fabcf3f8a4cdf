"""Pictures of the race: accuracy beyond the training length, losses, stretching a trained RoPE, shuffling."""

from __future__ import annotations

import numpy as np

from engine.attention.position_encodings import theory
from engine.attention.position_encodings.names import CAST
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Panel, Plot

TIE = 0.015  # of accuracy: one to two standard errors of a full test, so nobody is said to win by less
ACCURACY = Axis("accuracy, last quarter of positions", 0, 1.08)
ROUNDING = 1e-5  # a difference below this is rounding
ROOM = 1.5  # decades that a number beside a bar takes up
DECADES = {0: "10⁻⁸", 2: "10⁻⁶", 4: "10⁻⁴", 6: "0.01", 8: "1"}


def winners(accuracy: np.ndarray, chance: float) -> np.ndarray:
    """Who is best at each length, or within TIE of it: bool like accuracy (contestants, lengths).

    Nobody wins a length at which nobody has been tested, or at which the best is within TIE of guessing.
    """
    known = np.where(np.isfinite(accuracy), accuracy, -np.inf)
    best = known.max(0)
    return np.asarray((known >= best - TIE) & (best > chance + TIE))


def _lengths(lengths: np.ndarray) -> Axis:
    return Log("test length L′ (positions)", lengths[0] * 0.95, lengths[-1] * 1.04, ticks=lengths.tolist())


def _levels(panel: Panel, timeline: Timeline) -> None:
    """What can be reached, what guessing reaches, and the training length."""
    scalars = timeline.frame.scalars
    panel.level(scalars["ceiling"], "best possible {value:.3g}", side="right")
    panel.level(scalars["chance"], "guessing {value:.3g}", "quiet", side="right", below=True)
    panel.upright(timeline.params.train_length, "L = {value}", dash="dash", at=0.32)


def extrapolation(timeline: Timeline, style: Style) -> Picture:
    """Accuracy at every tested length, one curve per contestant: bold up to the test length, with a dot and its value there.

    A stretched RoPE has a second, dashed curve.
    """
    p, arrays = timeline.params, timeline.frame.arrays
    lengths, accuracy, loss, at = (arrays[key] for key in ("lengths", "accuracy", "test_loss", "tested_at"))
    plot = Plot(timeline, style, x=_lengths(lengths), y=ACCURACY)
    _levels(plot, timeline)
    side = "left" if p.test_length > lengths[-2] else "right"  # right of the last length stand the names
    plot.upright(p.test_length, "L′ = {value}", "text", dash="solid", at=0.22, side=side)
    here = np.full(len(accuracy), np.nan)
    for row, (name, right, wrong, step) in enumerate(zip(p.contestants, accuracy, loss, at, strict=True)):
        seen, bold = np.isfinite(right), name == p.encoding
        if not seen.any():
            continue
        here[row] = _between(lengths[seen], right[seen], p.test_length)
        said = {"accuracy": right[seen], "loss": wrong[seen], "step": step[seen]}
        hover = "accuracy {accuracy:.3f}, loss {loss:.3f} nats, step {step}"
        plot.curve(lengths[seen], right[seen], CAST[name], hover=hover, width=1.3, points=6, key=name, **said,
                   end="{name} {here:.2f}", here=here[row], outside=True)  # fmt: skip
        reached = lengths[seen & (lengths < p.test_length)]
        values = np.append(right[seen & (lengths < p.test_length)], here[row])
        plot.curve(np.append(reached, p.test_length), values, CAST[name], width=5 if bold else 3, hover=False, key=name)
        plot.dots([p.test_length], [here[row]], CAST[name], size=15 if bold else 11, key=[name], hover=False)
    bent = arrays["stretched"][1] if "rope" in p.contestants else np.full(len(lengths), np.nan)
    seen = np.isfinite(bent)
    if seen.any():
        value = _between(lengths[seen], bent[seen], p.test_length)
        who = CAST["rope"].named("{mode}", mode=p.stretch).inked("second")
        plot.curve(
            lengths[seen], bent[seen], who, width=3.5, points=9, dash="dash", end="{name} {here:.2f}", here=value, outside=True
        )
    plot.title("beside the names: accuracy at L′ = {length}", length=p.test_length)
    plot.click("encoding")
    if not np.isfinite(here).any():
        return plot.done("No contestant has been tested yet.")
    best, worst = int(np.nanargmax(here)), int(np.nanargmin(here))
    return plot.done(
        "At length {length}, {best} is best with accuracy {high:.2f} and {worst} last with {low:.2f}.",
        length=p.test_length, best=CAST[p.contestants[best]], high=here[best], worst=CAST[p.contestants[worst]], low=here[worst],
    )  # fmt: skip


def _between(lengths: np.ndarray, accuracy: np.ndarray, length: int) -> float:
    """The curve's height at a length, as it is drawn: straight between tested lengths on the logarithmic axis."""
    return float(np.interp(np.log(length), np.log(lengths), accuracy))


def _short(accuracy: float) -> str:
    """Three characters, so that seven stand side by side on a phone: .92, 1.0, or a dash where there was no test."""
    return f"{accuracy:.2f}".removeprefix("0")[:3] if np.isfinite(accuracy) else "–"


def scoreboard(timeline: Timeline, style: Style) -> Picture:
    """The same numbers as a table, contestants by length, with a frame around the winners of each length."""
    p, arrays, scalars = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    lengths, accuracy = arrays["lengths"], arrays["accuracy"]
    wins = winners(accuracy, scalars["chance"])
    plot = Plot(timeline, style, x=Axis("test length L′ (positions)"))
    numbers = [[_short(value) for value in row] for row in accuracy]
    rows = [CAST[name] for name in p.contestants]
    plot.heat(accuracy, low=0.1, high=1.2, tones="good", numbers=numbers, size=14, rows=rows, columns=lengths, outlined=wins)
    plot.title("framed: best, or within {tie} of it", tie=TIE)
    reached = int((np.nan_to_num(accuracy[:, -1]) > 0.9 * scalars["ceiling"]).sum())
    plot.tell(
        "Table of accuracies: {count} of {all} contestants still work at {length} positions.",
        count=reached, all=len(rows), length=int(lengths[-1]),
    )  # fmt: skip
    first = [who for who, won in zip(rows, wins[:, -1], strict=True) if won]
    return plot.done("Best there: {names}.", names=first) if first else plot.done()


def race(timeline: Timeline, style: Style) -> Picture:
    """Training loss of every contestant on the same batches, with the exact floor."""
    p, scalars = timeline.params, timeline.frame.scalars
    floor = scalars["floor"]
    plot = Plot(timeline, style, x="step", y=Axis("training loss (nats)", log=floor <= 0))
    for name in p.contestants:
        plot.over_time(f"loss_{name}", CAST[name], width=2.2)
    if floor > 0:
        plot.level(floor, "exact floor {value:.3f}", below=True)
    lowest = min(scalars[f"loss_{name}"] for name in p.contestants)
    return plot.done("The least loss is {loss:.3f} nats; the floor is {floor:.3f} nats.", loss=lowest, floor=floor)


def stretch(timeline: Timeline, style: Style) -> Picture:
    """The trained RoPE at every length, as it is and with its angles changed, and what happened to the frequencies."""
    p, arrays = timeline.params, timeline.frame.arrays
    lengths, active, trained = arrays["lengths"], p.stretch != "none", p.train_length
    plain, bent = arrays["stretched"] if active else (arrays["accuracy"][p.contestants.index("rope")], arrays["stretched"][1])
    omega = theory.frequencies(p.head_width, p.base)
    new, _ = theory.stretched(p.stretch, p.head_width, p.base, p.factor, trained)
    pairs = np.arange(len(omega))
    plot = Plot(timeline, style)
    turns = Axis("pair t", -0.5, len(pairs) - 0.5, every=1 if len(pairs) <= 8 else None)
    left, right = plot.grid(1, 2, widths=(2.2, 1), x=[_lengths(lengths), turns], y=[ACCURACY, Log("turns within L", every=1)])
    left.title("<b>RoPE</b> as trained, {step:.0f} steps", step=timeline.frame.scalars["snapshot_step"])
    left.title("<b>{mode}</b>", mode=p.stretch) if active else left.title("choose a stretch to compare")
    _levels(left, timeline)
    curves = [(plain, omega, CAST["rope"].named("as trained"), False)]
    if active:
        curves.append((bent, new, CAST["rope"].named("{mode}", mode=p.stretch).inked("second"), True))
    for values, frequencies, who, hollow in curves:
        seen = np.isfinite(values)
        left.curve(lengths[seen], values[seen], who, width=3, points=8)
        symbol = "diamond" if hollow else "circle"
        right.dots(pairs, trained * frequencies / (2 * np.pi), who, size=11, symbol=symbol, hollow=hollow)
    right.level(1.0, who="quiet")
    if not active or not np.isfinite(bent[2]):
        return plot.done("The trained RoPE is not stretched.")
    return plot.done(
        "Stretched by {mode}, the trained RoPE has accuracy {bent:.2f} at twice the length, without {plain:.2f}.",
        mode=p.stretch, bent=float(bent[2]), plain=float(plain[2]),
    )  # fmt: skip


def shuffle(timeline: Timeline, style: Style) -> Picture:
    """A sentence, the same sentence shuffled, and how far each net's answers fail to follow the shuffle."""
    p, arrays = timeline.params, timeline.frame.arrays
    (tokens, order), gaps = arrays["sentence"], arrays["shuffle_gap"]
    who = [CAST[name] for name in p.contestants]
    names = dict(enumerate(who))
    plot = Plot(timeline, style)
    strips, bars = plot.grid(2, 1, heights=(0.3, 0.7))
    for sequence, name in ((tokens, "sentence x"), (tokens[order], "shuffled Πx")):
        strips.tokens("".join(chr(65 + int(token)) for token in sequence), name=name, inks=[int(token) for token in sequence])
    bars.x = Axis("largest difference |f(Πx) − Πf(x)| without a mask", 0, 10.2, ticks=DECADES)
    bars.y = Axis("", -0.6, len(who) - 0.4, ticks=names, reverse=True, grid=False)
    decades = np.log10(np.clip(gaps, 1e-8, None)) + 8
    bars.bars(range(len(who)), decades, who, width=0.6, across=True, hover=False)
    edge = np.log10(ROUNDING) + 8
    for place, (end, gap) in enumerate(zip(decades, gaps, strict=True)):  # no number lies on the dashed line
        bars.text(edge if edge - ROOM < end < edge else end, place, "{gap:.1e}", side="right", size=13, gap=gap)
    bars.upright(edge, who="theory", dash="dash")
    bars.title("left of the dashed line: rounding only")
    blind = [member for member, gap in zip(who, gaps, strict=True) if gap < ROUNDING]
    return plot.done("Encodings that do not notice the shuffle: {names}.", names=blind or style.t("none of them"))
