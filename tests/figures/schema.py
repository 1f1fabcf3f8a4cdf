"""What the renderer draws of plotly's schema, as plain dictionaries: one small picture for each thing that it can do."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from engine.core.picture import Picture, Style, bar, heatmap, scatter
from tests.figures.plain import axis, dots, figure, line
from tests.figures.sample import random, relief, sample


def heated(cells: Any, style: Style, **more: Any) -> dict:
    return heatmap(z=cells, colorscale="Viridis", colorbar={"title": {"text": style.t("attention")}}, **more)


@sample("numbers in cells, an outlined cell, a cell that can be clicked")
def cells(style: Style) -> Picture:
    z = random().dirichlet(np.ones(7), 6)
    words = [[f"{v:.2f}" for v in row] for row in z]
    trace = heated(z, style, text=words, texttemplate="%{text}", meta={"cell": ["row", "column"]})
    picture = figure(style, alt="cells", x=axis(style, style.t("key")), y=axis(style, style.t("query"), autorange="reversed"))
    picture.add(trace)
    best = int(z[0].argmax())
    outline = {
        "type": "rect",
        "x0": best - 0.5,
        "x1": best + 0.5,
        "y0": -0.5,
        "y1": 0.5,
        "line": {"color": style.mark, "width": 3},
    }
    picture.mark(outline, {**outline, "x0": 5.5, "x1": 6.5, "y0": 4.5, "y1": 5.5})
    return picture


@sample("numbers in cells that are too small are left out")
def many_cells(style: Style) -> Picture:
    z = random(1).normal(size=(40, 60))
    picture = figure(style, alt="many cells", x=axis(style, style.t("key")), y=axis(style, style.t("query")))
    return picture.add(heated(z, style, text=[[f"{v:.1f}" for v in row] for row in z], texttemplate="%{text}"))


@sample("coloured spans, bold, italic, sub and sup; a person's own text as written")
def spans(style: Style) -> Picture:
    own = html.escape("if a < b && c then <b>x</b>, typed: &lt;", quote=False)
    formula = (
        f'<span style="color:{style.measured}">q<sub>t</sub></span>·<span style="color:{style.second}">k<sup>2</sup></span>'
        " = <b>bold</b> <i>italic</i>"
    )
    picture = figure(style, alt="spans", x=axis(style, formula), y=axis(style, style.t("value x"), range=[0, 4]))
    picture.add(
        line([0, 1, 2], [0, 2, 1], style.measured, name=formula),
        line([0, 1, 2], [1, 0.5, 2], style.second, name="x<sub>i</sub>"),
    )
    picture.update(showlegend=True)
    picture.annotate(*({"x": 1, "y": y, "text": text, "showarrow": False} for y, text in ((3.6, own), (3.0, formula))))
    return picture


@sample("a hundred edges with a width and a colour each, in one trace; nodes above them", 340)
def graph(style: Style) -> Picture:
    layers, tags = 6, 4
    weights = random(2).dirichlet(np.ones(tags), (layers - 1) * tags).reshape(layers - 1, tags, tags)
    x, y, widths, colors = [], [], [], []
    for t in range(layers - 1):
        for i in range(tags):
            for j in range(tags):
                x += [t, t + 1, None]
                y += [i, j, None]
                widths.append(0.5 + 8 * weights[t, i, j])
                colors.append(style.mark if i == j == t % tags else style.quiet)
    grid = np.array([(t, i) for t in range(layers) for i in range(tags)])
    hidden = {"visible": False}
    picture = figure(
        style, alt="a lattice", x={**hidden, "range": [-0.6, layers - 0.4]}, y={**hidden, "range": [-0.6, tags - 0.4]}
    )
    picture.add(scatter(mode="lines", x=x, y=y, line={"color": style.quiet}, meta={"widths": widths, "colors": colors}))
    node = dots(grid[:, 0], grid[:, 1], style.measured, size=26, marker={"line": {"width": 2, "color": style.background}})
    words = {"mode": "markers+text", "text": [f"B{i}" for _, i in grid], "textfont": {"color": style.background, "size": 12}}
    return picture.add({**node, **words})


@sample("measurement solid, theory dashed, a band, direct labels kept apart, a level")
def curves(style: Style) -> Picture:
    t = np.arange(1, 21)
    forced, free = 0.98 - 0.004 * t, 0.96 * 0.985**t
    picture = figure(
        style, alt="curves", x=axis(style, style.t("position t")), y=axis(style, style.t("accuracy"), range=[0, 1])
    )
    picture.add(
        line(t, free - 0.04, style.measured, width=0),
        line(t, free + 0.04, style.measured, width=0, fill="tonexty", fillcolor="rgba(86,180,233,0.25)"),
        line(t, forced, style.first, dash="dash"),
        line(t, free, style.measured),
        line(t, free - 0.01, style.theory, dash="dot"),
    )
    ends = (
        (forced[-1], "teacher forcing", style.first),
        (free[-1], "free running", style.measured),
        (free[-1] - 0.01, "theory", style.theory),
    )
    picture.annotate(
        *(
            {"x": 20, "y": float(y), "text": " " + style.t(text), "xanchor": "left", "showarrow": False, "font": {"color": c}}
            for y, text, c in ends
        )
    )
    picture.mark(
        {
            "type": "line",
            "x0": 0,
            "x1": 1,
            "xref": "x domain",
            "y0": 0.1,
            "y1": 0.1,
            "line": {"color": style.quiet, "dash": "dash"},
        }
    )
    picture.annotate(
        {
            "x": 0,
            "xref": "x domain",
            "y": 0.1,
            "text": style.t("chance 1/m"),
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
        }
    )
    return picture.update(margin={"r": 120})


@sample("handles with letters, above everything")
def handles(style: Style) -> Picture:
    cloud = random(3).normal(size=(400, 2))
    grip = dots([-1, 1.2], [-1, 0.8], style.text, size=20, meta={"handles": [["ax", "ay"], ["bx", "by"]]})
    words = {"mode": "markers+text", "text": ["A", "B"], "textfont": {"color": style.background, "size": 12}}
    picture = figure(style, alt="handles", x=axis(style, "x", range=[-3, 3]), y=axis(style, "y", scaleanchor="x"))
    return picture.add(dots(cloud[:, 0], cloud[:, 1], style.measured, size=5), {**grip, **words})


@sample("counts against a law")
def histogram(style: Style) -> Picture:
    edges = np.linspace(-3, 3, 25)
    counts, _ = np.histogram(random(4).normal(size=500), edges, density=True)
    x = np.linspace(-3, 3, 200)
    picture = figure(style, alt="histogram", x=axis(style, style.t("value x")), y=axis(style, style.t("density")), bargap=0)
    picture.add(
        bar(x=(edges[1:] + edges[:-1]) / 2, y=counts, marker={"color": style.measured}, opacity=0.6, name=style.t("measured"))
    )
    picture.add(line(x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), style.theory, dash="dash", name=style.t("theory")))
    return picture.update(showlegend=True)


@sample("bars with numbers, a bar that can be clicked, names that are long, a level line")
def bars(style: Style) -> Picture:
    names = ["ELBO", style.t("a long name of a method"), style.t("another method"), "ST", "REINFORCE", "Gumbel"]
    values = [0.52, 0.91, 0.47, 0.13, 0.31, 0.77]
    trace = bar(x=names, y=values, text=[f"{v:.2f}" for v in values], marker={"color": style.measured}, meta={"bar": "method"})
    picture = figure(style, alt="bars", x=axis(style), y=axis(style, style.t("accuracy"), range=[0, 1.1]))
    picture.mark(
        {
            "type": "line",
            "x0": 0,
            "x1": 1,
            "xref": "x domain",
            "y0": 1,
            "y1": 1,
            "line": {"color": style.theory, "dash": "dash"},
        }
    )
    return picture.add(trace)


@sample("mean and its uncertainty, on axes that are both logarithmic, with a guide for the slope")
def errors(style: Style) -> Picture:
    n = np.logspace(1, 5, 9)
    value = 3 / np.sqrt(n) * np.exp(random(5).normal(size=9) * 0.1)
    bounds = {"array": value * 0.5, "arrayminus": value * 0.3, "color": style.measured}
    picture = figure(style, alt="errors", x=axis(style, "n", log=True), y=axis(style, style.t("loss (nats)"), log=True))
    picture.add(dots(n, value, style.measured, size=8, error_y=bounds), line(n, 3 / np.sqrt(n), style.theory, dash="dash"))
    picture.annotate(
        {
            "x": 4,
            "y": float(np.log10(3 / 100)) + 0.3,
            "text": "n<sup>−1/2</sup>",
            "showarrow": False,
            "xanchor": "left",
            "font": {"color": style.theory},
        }
    )
    return picture


@sample("four panels with titles, colour bars and a legend", 460)
def panels(style: Style) -> Picture:
    picture = figure(
        style,
        alt="panels",
        x=axis(style, style.t("position t"), domain=[0, 0.28]),
        y=axis(style, style.t("accuracy"), domain=[0.58, 1]),
    )
    t = np.arange(10)
    titles = []
    for k, (left, low) in enumerate(((0, 0.58), (0.48, 0.58), (0, 0), (0.48, 0)), start=1):
        tail = "" if k == 1 else str(k)
        picture.update(
            **{
                f"xaxis{tail}": axis(style, style.t("position t"), domain=[left, 1 if left else 0.28], anchor=f"y{tail}"),
                f"yaxis{tail}": axis(style, style.t("accuracy"), domain=[low, low + 0.42], anchor=f"x{tail}"),
            }
        )
        at = {"xaxis": f"x{tail}", "yaxis": f"y{tail}"}
        if k == 4:
            picture.add(heated(random(k).random((5, 5)), style, **at))
        else:
            picture.add(line(t, 0.9**t, style.measured, name=style.t("free running"), legendgroup="a", **at))
            picture.add(line(t, 0.97**t, style.second, name=style.t("teacher forcing"), legendgroup="b", **at))
        title = style.t("inside") if k % 2 else style.t("outside")
        titles.append(
            {
                "x": left,
                "y": low + 0.42,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "text": title,
                "showarrow": False,
            }
        )
    picture.annotate(*titles)
    return picture.update(showlegend=True)


@sample("a strip of characters: background by a number, an arc, a bracket", 200)
def tokens(style: Style) -> Picture:
    text = "the cat sat on the mat"
    weight = random(6).random(len(text))
    trace = heatmap(
        z=[weight],
        text=[list(text)],
        texttemplate="%{text}",
        colorscale=[[0, style.background], [1, style.measured]],
        zmin=0,
        zmax=1,
        showscale=False,
    )
    picture = figure(style, alt="tokens", x=axis(style, style.t("position t")), y={"visible": False, "range": [-0.5, 1.6]})
    picture.add(trace)
    arc = np.linspace(0, np.pi, 40)
    picture.add(line(8 - 4 * np.cos(arc), 0.55 + 0.5 * np.sin(arc), style.mark))
    picture.annotate({"x": 8, "y": 1.1, "text": "0.83", "showarrow": False, "yanchor": "bottom", "font": {"color": style.mark}})
    return picture


@sample("a long title of an axis on a small figure, and a direct label near the edge", 190)
def cramped(style: Style) -> Picture:
    long = style.t("accuracy") + " (" + style.t("teacher forcing") + ", " + style.t("free running") + ")"
    picture = figure(style, alt="cramped", x=axis(style, long + " · " + long), y=axis(style, long))
    t = np.arange(12)
    picture.add(
        scatter(
            mode="lines+text",
            x=t,
            y=t % 5,
            text=[""] * 11 + [style.t("the best path")],
            textposition="top right",
            line={"color": style.measured},
        )
    )
    return picture


@sample("contours with numbers, a path with its past")
def contour_lines(style: Style) -> Picture:
    x, y, z = relief()
    levels = {"start": -0.2, "end": 1.0, "size": 0.1, "coloring": "none", "showlabels": True}
    picture = figure(style, alt="contours", x=axis(style, "θ<sub>1</sub>"), y=axis(style, "θ<sub>2</sub>"))
    picture.add({"type": "contour", "x": x, "y": y, "z": z, "contours": levels, "line": {"color": style.quiet, "width": 1.2}})
    t = np.linspace(0, 1, 30)
    return picture.add(line(-2.5 + 3.4 * t, -1.5 + 1.5 * t**2, style.mark, width=3), dots([0.9], [0], style.mark, size=12))


@sample("filled contours, and lines in the colours of their heights", 320)
def contour_fill(style: Style) -> Picture:
    x, y, z = relief()
    picture = figure(style, alt="contours", x=axis(style, "θ<sub>1</sub>", domain=[0, 0.44]), y=axis(style, "θ<sub>2</sub>"))
    picture.update(xaxis2=axis(style, "θ<sub>1</sub>", domain=[0.56, 1], anchor="y2"), yaxis2=axis(style, anchor="x2"))
    shared = {"type": "contour", "x": x, "y": y, "z": z, "colorscale": "Viridis"}
    picture.add({**shared, "contours": {"start": -0.2, "end": 1.0, "size": 0.2}, "showscale": False})
    bar_title = {"title": {"text": style.t("energy")}}
    return picture.add({**shared, "contours": {"coloring": "lines"}, "xaxis": "x2", "yaxis": "y2", "colorbar": bar_title})


@sample("a surface turned by hand, a curve and points on it; what is behind is dimmed", 380)
def surface(style: Style) -> Picture:
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 41), np.linspace(0, np.pi, 41))
    x, y, z = np.cos(u) * np.sin(v), np.sin(u) * np.sin(v), np.cos(v)
    bar_title = {"title": {"text": style.t("energy")}}
    ball = {"type": "surface", "x": x, "y": y, "z": z, "surfacecolor": np.sin(3 * u) * np.sin(v), "colorscale": "Viridis"}
    picture = figure(style, alt="a sphere")
    t = np.linspace(0, 2 * np.pi, 120)
    way = {"x": np.cos(t), "y": np.sin(t) * np.cos(0.6), "z": np.sin(t) * np.sin(0.6)}
    picture.add(
        {**ball, "colorbar": bar_title},
        {"type": "scatter3d", "mode": "lines", **way, "line": {"color": style.mark, "width": 4}},
    )
    ends = {"x": [1.0, -1.0], "y": [0.0, 0.0], "z": [0.0, 0.0], "text": ["A", "B"], "mode": "markers+text"}
    picture.add({"type": "scatter3d", **ends, "marker": {"color": style.second, "size": 10}})
    titles = {f"{letter}axis": {"title": {"text": letter}} for letter in "xyz"}
    picture.update(scene={**titles, "aspectmode": "data", "camera": {"eye": {"x": 1.4, "y": 1.1, "z": 0.8}}})
    return picture


@sample("a grid over the plane, in space", 380)
def bump(style: Style) -> Picture:
    x, y, z = relief()
    titles = {
        f"{letter}axis": {"title": {"text": text}} for letter, text in zip("xyz", ("θ₁", "θ₂", style.t("height")), strict=True)
    }
    picture = figure(style, alt="a bump", scene={**titles, "aspectmode": "manual", "aspectratio": {"x": 1.5, "y": 1, "z": 0.6}})
    return picture.add({"type": "surface", "x": x, "y": y, "z": z, "colorscale": "Cividis", "showscale": False})
