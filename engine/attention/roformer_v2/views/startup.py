"""Pictures of a start from scratch: the loss over the ramp, and what is left of the direct path."""

from __future__ import annotations

import math

import numpy as np

from engine.attention.roformer_v2 import theory
from engine.attention.roformer_v2.names import NETS
from engine.attention.roformer_v2.params import SYMBOLS
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import Axis, Log, Panel, Plot

SHOWN = 160  # steps that the ramp is drawn ahead
HIGHEST = 3.4  # nats, of the axis: a net that explodes leaves the picture
LEAST = 1e-8  # of gradients that is drawn


def ahead(timeline: Timeline) -> tuple[np.ndarray, np.ndarray]:
    """The steps to come, and α in them if nobody moves the ramp again."""
    now, step = timeline.frame.scalars["alpha"], timeline.frame.step
    alpha = now if math.isfinite(now) else 0.0
    steps = np.arange(step + 1, max(SHOWN, step + 1) + 1)
    return steps, np.array([theory.ramp(int(n), timeline.params.ramp, alpha) for n in steps])


def bounds(panel: Panel, timeline: Timeline) -> None:
    """Between what the loss lies: guessing, and the best possible."""
    panel.level(math.log(SYMBOLS), "guessing: ln 12", "quiet", dash="dot", side="right", below=True)
    panel.level(timeline.frame.scalars["bayes_loss"], "best possible {value:.3f}", NETS["floor"], side="right")


def race(timeline: Timeline, style: Style) -> Picture:
    """The late loss of this net alone, over α: in a comparison both lie in one picture."""
    s, x = timeline.frame.scalars, Axis("step", 0, max(SHOWN, timeline.frame.step))
    plot = Plot(timeline, style, x=x, y=Axis("loss, mean of 20 steps (nats)", 0, HIGHEST))
    if timeline.params.residual != "rezero":
        plot.theory(*ahead(timeline), "mark", name="α to come", hover=False)
    plot.over_time("alpha", "mark", end="α", width=1.6)
    plot.over_time("loss_late", end="late loss", name="late loss")
    bounds(plot, timeline)
    count, late = int(s["parameters"]), s["loss_late"]
    return plot.done("A net of {count:,} numbers has come to a loss of {late:.2f}.", count=count, late=late)


def loss(timeline: Timeline, style: Style) -> Picture:
    """Late losses of both nets between guessing and the best possible, over the weight α of the branches."""
    s, plot, learned = timeline.frame.scalars, Plot(timeline, style), timeline.params.residual == "rezero"
    who, small = NETS["learned" if learned else "ramp"], Axis("size of α", -0.01, 0.22, ticks=(0, 0.1, 0.2))
    y = [Axis("loss, mean of 20 steps (nats)", 0, HIGHEST), small if learned else Axis("α", -0.05, 1.15, ticks=(0, 0.5, 1))]
    x = Axis("step", 0, max(SHOWN, timeline.frame.step))
    above, below = plot.grid(2, 1, x=x, y=y, heights=(3, 1), share_x=True)
    above.over_time("loss", who, end="", width=1, opacity=0.35, hover=False)
    above.over_time("loss_late", who)
    above.over_time("loss_plain", NETS["plain"], end="" if s["loss_plain"] > HIGHEST else None)
    bounds(above, timeline)
    if not learned:
        below.theory(*ahead(timeline), "mark", hover=False)
    below.over_time("alpha", "mark", end="", name="α")
    words = "late loss {late:.2f}, with α = 1 at once {plain:.2f}"
    if s["loss_plain"] > 100:
        words = "late loss {late:.2f}; with α = 1 at once {plain:,.0f}, above the picture"
    above.title(words, late=s["loss_late"], plain=s["loss_plain"])
    return plot.done("The loss is {late:.2f}, of the same net with α = 1 at once {plain:.2f}; the best possible is {best:.3f}.",
        late=s["loss_late"], plain=s["loss_plain"], best=s["bayes_loss"])  # fmt: skip


def path(timeline: Timeline, style: Style) -> Picture:
    """Layer by layer, the top at the right: the direct path to the top, and the length of the gradient."""
    depth, a, post = timeline.params.depth, timeline.frame.arrays, timeline.params.residual == "post"
    layers, plot = np.arange(1, depth + 1), Plot(timeline, style)
    thin = 10.0 ** -max(depth, 3)  # the least of the direct path that is drawn
    y = [Log("left of the direct path", thin, 3, powers=True), Log("gradient", LEAST, 30, powers=True)]
    left, right = plot.grid(1, 2, x=Axis("layer", 0.5, depth + 0.5), y=y)
    if post:
        alpha = float(ahead(timeline)[1][0])
        left.theory(layers, np.maximum(theory.open_path(2 * (depth - layers + 1), alpha), thin), hover=False)
        plot.headline("dashed: branches as large as the stream, α = {alpha:.2f}", alpha=alpha)
        left.curve(layers, np.maximum(a["direct_path"], thin), points=7, hover="%{y:.3g}")
    else:
        left.level(1.0, "no norm on the path: all of it", "quiet", below=True)
    right.curve(layers, np.maximum(a["gradient_norm"], LEAST), points=7, hover="%{y:.3g}")
    left.title("direct path to the top")
    right.title("gradient of each layer")
    kept, (lowest, *_, highest) = float(a["direct_path"][0]) if post else 1.0, a["gradient_norm"].tolist()
    return plot.done("Of the direct path {kept:.2g} is left at the lowest layer; its gradient is {gradient:.2g} long, the highest layer's {top:.2g}.",
        kept=kept, gradient=lowest, top=highest)  # fmt: skip
