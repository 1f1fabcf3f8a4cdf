"""The vocabulary: one small picture for each word of `engine.plot`."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.frame import Frame
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.plot import HIDDEN, Axis, Cast, Log, Plot, lattice, ring, tree
from tests.figures.sample import random, relief, sample

CAST = Cast(
    {
        "teacher": ("teacher forcing", "first", "dash"),
        "free": ("free running", "measured"),
        "exact": ("theory", "theory", "dash"),
        "other": ("another method", "second"),
    }
)


def timeline(steps: int = 200) -> Timeline:
    """A run in whose middle a setting was changed."""
    at = np.arange(steps, dtype=float)
    history = {"step": at, "loss": 2 * np.exp(-at / 40) + 0.1 + 0.03 * random(7).normal(size=steps)}
    frame = Frame(steps - 1, {"loss": float(history["loss"][-1])}, {}, {})
    return Timeline(frame, None, history, marks=(steps // 2,))


def plot(style: Style, x: Any = None, y: Any = None, **more: Any) -> Plot:
    return Plot(timeline(), style, x, y, **more)


@sample("curve, theory, band, level, upright, direct labels")
def word_curves(style: Style) -> Picture:
    t = np.arange(1, 21)
    free = 0.96 * 0.985**t
    p = plot(style, Axis("position t", 1, 20), Axis("accuracy", 0, 1))
    p.band(t, free - 0.04, free + 0.04, CAST["free"])
    p.curve(t, free, CAST["free"], end="{name}", name="free running")
    p.curve(t, 0.98 - 0.004 * t, CAST["teacher"], end="teacher forcing")
    p.theory(t, free - 0.01, end="theory")
    p.level(0.1, "chance 1/m = {value:.2f}", "quiet")
    p.upright(12, "trained up to here")
    return p.done("curves")


@sample("over_time: a scalar of the run, hot changes marked")
def word_over_time(style: Style) -> Picture:
    p = plot(style, "step", Log("loss (nats)"))
    p.over_time("loss", CAST["free"])
    return p.done("over time")


@sample("histogram with its law, errors on two logarithmic axes", 320)
def word_statistics(style: Style) -> Picture:
    p = plot(style)
    left, right = p.grid(1, 2, x=[Axis("value x"), Log("n")], y=[Axis("density", 0), Log("loss (nats)")])
    left.histogram(random(4).normal(size=800), law=lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), end="theory")
    n = np.logspace(1, 5, 9)
    right.errors(n, 3 / np.sqrt(n), 0.8 / np.sqrt(n), CAST["free"])
    right.theory(n, 3 / np.sqrt(n))
    return p.done("statistics")


@sample("bars with numbers and their law; a click on a bar")
def word_bars(style: Style) -> Picture:
    values = np.array([0.52, 0.91, 0.47, 0.13, 0.31])
    names = dict(enumerate(("ELBO", "a long name of a method", "another method", "ST", "Gumbel")))
    p = plot(style, Axis("", ticks=names), Axis("accuracy", 0, 1.1))
    p.bars(np.arange(5), values, "measured", law=values * 0.95, text="{value:.2f}", key=["a", "b", "c", "d", "e"])
    p.level(1.0, "upper bound", "theory")
    p.click("method")
    return p.done("bars")


@sample("dots, coloured by numbers; legend; handle with letters", 340)
def word_dots(style: Style) -> Picture:
    cloud = random(3).normal(size=(300, 2))
    p = plot(style, Axis("x", -3, 3), Axis("y", -3, 3, square=True))
    p.dots(cloud[:, 0], cloud[:, 1], by=cloud[:, 0] ** 2, tones="measured", bar="energy")
    p.handle([-1.0, 1.2], [-1.0, 0.8], [("ax", "ay"), ("bx", "by")], "text", size=20, letters="AB")
    p.hover("probe_x", "probe_y")
    return p.done("dots")


@sample("heat with numbers, names, outlined and chosen cells", 340)
def word_heat(style: Style) -> Picture:
    z = random().dirichlet(np.ones(6), 5)
    p = plot(style, Axis("key"), Axis("query"))
    p.heat(z, numbers="{value:.2f}", bar="attention", outlined=z > 0.35, chosen=(4, 5), rows=["a", "b", "c", "d", "e"])
    p.click("column", "row")
    return p.done("heat")


@sample("contour, paths, ellipses, arrows", 340)
def word_fields(style: Style) -> Picture:
    x, y, z = relief()
    p = plot(style)
    left, right = p.grid(1, 2, x=Axis("θ<sub>1</sub>", -3, 3), y=Axis("θ<sub>2</sub>", -2, 2), titles=("inside", "outside"))
    left.contour(x, y, z)
    t = np.linspace(0, 1, 40)
    left.paths(np.stack([-2.5 + 3.4 * t, -1.5 + 1.5 * t**2], 1), "mark", recent=15, end="A")
    u, v = (part.ravel() for part in np.meshgrid(np.linspace(-2.5, 2.5, 6), np.linspace(-1.5, 1.5, 4)))
    right.arrows(u, v, -v, u, "measured", size=0.3)
    right.ellipses(np.stack([u, v], 1)[::5], np.tile(np.array([0.5, 0.25]), (5, 1)), "second")
    return p.done("fields")


@sample("image and tiles", 260)
def word_images(style: Style) -> Picture:
    images = random(8).random((8, 6, 6)) * 255
    p = plot(style)
    left, right = p.grid(1, 2, x=HIDDEN, y=HIDDEN)
    left.image(images[0])
    right.tiles(images, 4, chosen=2)
    right.click("column", "row")
    return p.done("images")


@sample("tokens: characters, background by a number, spans, brackets, arcs, bars", 320)
def word_tokens(style: Style) -> Picture:
    text = "the cat sat on the mat"
    p = plot(style)
    p.tokens(
        text, by=random(6).random(len(text)), spans=[(0, 7, "the best path", "mark")], brackets=[(8, 11, "ST", "second")],
        arcs=[(4, 12, 0.8, "mark"), (15, 20, 0.3, "measured")], bars=random(9).random(len(text)),
    )  # fmt: skip
    p.tokens(["<b>", "&lt;", "x < y", "猫"], name="typed")
    return p.done("tokens")


@sample("nodes: a lattice with a path in bold, a ring, a tree", 380)
def word_nodes(style: Style) -> Picture:
    p = plot(style)
    a, b, c = p.mosaic("aa", "bc", x=HIDDEN, y=HIDDEN)
    edges = [(t * 4 + i, (t + 1) * 4 + j) for t in range(5) for i in range(4) for j in range(4)]
    weights = random(2).dirichlet(np.ones(4), 20).ravel()
    a.nodes(lattice(6, 4), edges, weights=weights, names=[f"B{k % 4}" for k in range(24)], bold=[[0, 5, 10, 14, 17, 20]])
    b.nodes(ring(7), [(k, (k + 1) % 7) for k in range(7)], names=list("abcdefg"), directed=True, square=True)
    c.nodes(tree([-1, 0, 0, 1, 1, 2]), [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5)], names=["S", "NP", "VP", "a", "b", "c"])
    return p.done("nodes")


@sample("surface, curve3, dots3", 380)
def word_surface(style: Style) -> Picture:
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 33), np.linspace(0, np.pi, 25))
    p = plot(style)
    p.surface(np.cos(u) * np.sin(v), np.sin(u) * np.sin(v), np.cos(v), axes=("x", "y", "z"))
    t = np.linspace(0, 2 * np.pi, 120)
    p.curve3(np.cos(t), np.sin(t) * np.cos(0.6), np.sin(t) * np.sin(0.6), "mark")
    p.dots3([1.0, -1.0], [0.0, 0.0], [0.0, 0.0], "second", size=9, letters="AB")
    return p.done("surface")


@sample("text, corner, region, title, label")
def word_words(style: Style) -> Picture:
    t = np.linspace(0, 10, 60)
    p = plot(style, Axis("step", 0, 10), Axis("value x", -1.2, 1.2))
    p.region(x=(2, 4), text="threshold")
    p.curve(t, np.sin(t), "measured")
    p.label(np.pi / 2, 1.0, "upper bound", "measured", side="above")
    p.label(3 * np.pi / 2, -1.0, "lower bound", "measured", side="below")
    p.corner("{count} methods", "top right", "quiet", count=3)
    p.title("energy")
    p.text(7, 0, "{words}", "quiet", words="x < y")
    return p.done("words")
