from __future__ import annotations
from engine.core.topic import View
from engine.core.picture import Picture, Style
from engine.plot import Plot
def dummy(timeline, style):
    plot=Plot(timeline, style, x="step", y="holonomy"); plot.over_time("holonomy"); return plot.done("x")
VIEWS=(View("surface","a","b",dummy),)
