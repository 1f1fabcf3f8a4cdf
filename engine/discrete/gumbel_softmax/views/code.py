"""Pictures of the categorical VAE: bounds against the step, the whole code book, what a code stands for, gradients now."""

from __future__ import annotations

import numpy as np

from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.discrete.gumbel_softmax.estimators import evaluations
from engine.discrete.gumbel_softmax.names import CAST, TAU
from engine.discrete.gumbel_softmax.params import RELAXED, SAMPLED_DRAWS, book_columns, digits_of, scalar_name
from engine.discrete.gumbel_softmax.views.training import temperature, temperature_axis
from engine.plot import HIDDEN, Axis, Log, Plot

LEAST = 0.007  # what is below stands at the left edge of the picture of gradients


def bounds(timeline: Timeline, style: Style) -> Picture:
    """Discrete ELBO of every network (solid) and the relaxed value it flatters itself with (thin, shaded gap).

    Below, the temperature of the training, past and to come: what the sliders of the slide move at once.
    """
    p, s = timeline.params, timeline.frame.scalars
    whole = Plot(timeline, style)
    later, tau = temperature_axis(timeline), TAU.but(title="τ")
    plot, below = whole.grid(2, 1, heights=(3, 1), x=["step", later], y=["ELBO per image (nats)", tau])
    temperature(below, timeline)
    seen, said = [], []
    for name in p.estimators:
        who, scalar = CAST[name], scalar_name("elbo", name)
        steps, elbo = timeline.trace(scalar)
        if name in RELAXED:
            _, soft = timeline.trace(scalar_name("relaxed", name))
            plot.curve(steps, elbo, who, width=0, hover=False)
            plot.curve(steps, soft, who, dash="dot", width=1.4, fill="previous", veil=0.12, name="relaxed")
            seen.append(soft[len(soft) // 20 :])
        cost = evaluations(name, p.samples, p.rloo, p.codes)
        plot.over_time(scalar, who, end="{name}<br>{value:.2f} · {count} f", size=12, value=s[scalar], count=cost)
        seen.append(elbo[len(elbo) // 20 :])
        said.append(f"{who.name(style)} {s[scalar]:.2f}")
    late = np.concatenate(seen)
    if np.isfinite(late).any():  # the first steps would press all others together
        low, high = float(np.nanmin(late)), float(np.nanmax(late))
        plot.y = Axis(plot.y.title, low - 0.08 * max(high - low, 1.0), high + 0.12 * max(high - low, 1.0))
    images = int(s["evaluated"])
    if p.enumerated:
        plot.corner("exact: all {codes:,} codes, {images} images", "bottom right", "good", codes=p.codes, images=images)
    else:
        plot.corner("sampled: {draws} draws × {images} images", "bottom right", "second", draws=SAMPLED_DRAWS, images=images)
    return whole.done("Held-out discrete ELBO in nats: {values}.", values=", ".join(said))


def code_book(timeline: Timeline, style: Style) -> Picture:
    """What every code decodes to; click a code to see its images."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    name = p.shown if p.shown in p.estimators else p.estimators[0]
    who, used = CAST[name], int(s[scalar_name("used", name)])
    images = a["book"].reshape(-1, *a["image_size"])
    plot = Plot(timeline, style)
    plot.tiles(images, book_columns(p, len(images)), pale=a["usage"] == 0, chosen=int(s["cell"]))
    plot.title("{name}: {used} of {codes:,} codes used (pale: dead)", name=who, used=used, codes=p.codes)
    plot.click("cell_x", "cell_y")
    return plot.done("Code book of {name}: {used} of {codes:,} codes are used by the training images.",
        name=who, used=used, codes=p.codes)  # fmt: skip


def usage(timeline: Timeline, style: Style) -> Picture:
    """How many training images use each shown code; click one."""
    counts = timeline.frame.arrays["usage"]
    columns = book_columns(timeline.params, len(counts))
    padded = np.full(-(-len(counts) // columns) * columns, np.nan)
    padded[: len(counts)] = counts
    grid = padded.reshape(-1, columns)
    chosen = divmod(int(timeline.frame.scalars["cell"]), columns)
    numbers = np.array([["" if np.isnan(n) else f"{n:.0f}" for n in row] for row in grid]) if len(counts) <= 100 else ""
    plot = Plot(timeline, style, x=HIDDEN, y=HIDDEN)
    plot.title("shade: training images per code")
    plot.heat(np.sqrt(grid), x=(0.5, 1), y=(0.5, 1), low=0, numbers=numbers, chosen=chosen, top=True, square=True)
    plot.click("cell_x", "cell_y")
    return plot.done("The most used code has {most} training images, {dead} shown codes have none.",
        most=int(counts.max()), dead=int((counts == 0).sum()))  # fmt: skip


def members(timeline: Timeline, style: Style) -> Picture:
    """The picture that the chosen code decodes to (left) and training images whose most probable code it is."""
    p, a, s = timeline.params, timeline.frame.arrays, timeline.frame.scalars
    cell, count = int(s["cell"]), int(s["member_count"])
    shown = np.concatenate([a["book"][cell : cell + 1], a["members"][:count]]).reshape(-1, *a["image_size"])
    code = "-".join(str(level + 1) for level in digits_of(int(a["book_index"][cell]), p.variables, p.levels))
    plot = Plot(timeline, style)
    plot.tiles(shown, 7, chosen=0)
    plot.title("code {code}: {count} training images (first tile: what it decodes to)", code=code, count=count)
    return plot.done("Code {code} is the most probable code of {count} training images.", code=code, count=count)


def gradients_now(timeline: Timeline, style: Style) -> Picture:
    """Bias and noise of every estimator's gradient on 16 held-out images, relative to full enumeration, at the last probe."""
    p, a = timeline.params, timeline.frame.arrays
    bias, error, sd = a["probe_bias"], a["probe_error"], a["probe_sd"]
    rows = [row for row, name in enumerate(p.estimators) if name != "exact"]
    who = [CAST[p.estimators[row]] for row in rows]
    y = Axis("", -0.9, len(rows) - 0.4, ticks={k: one.words for k, one in enumerate(who)}, reverse=True, grid=False)
    plot = Plot(timeline, style, x=Log("relative to |exact|", 0.006, 2500, every=1, powers=True), y=y)
    if p.enumerated:
        for spot, (row, one) in enumerate(zip(rows, who, strict=True)):
            plot.dots([max(sd[row], LEAST)], [spot], one, size=13, name="sd of one step")
            hollow = not bias[row] > 2 * error[row]
            plot.dots([max(bias[row], LEAST)], [spot], one, size=12, symbol="diamond", hollow=hollow, name="bias")
        plot.upright(1, "= |exact|", "theory", dash="dash")
        plot.corner("● sd of one step   ◆ bias (hollow: below its noise)", "bottom right", size=13)
    else:
        plot.corner("needs an enumerable code book", who="second")
    said = ", ".join(f"{one.name(style)} {sd[row]:.3g}" for row, one in zip(rows, who, strict=True))
    return plot.done("Gradient noise relative to the exact gradient: {values}.", values=said)
