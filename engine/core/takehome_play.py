"""Plays a model from its first step to its last and draws its curves: the end of every text that is taken home."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

Row = dict[str, float]


def play(model: Any, changes: Sequence[tuple[int, dict[str, Any]]], steps: int, last_part: str, looks: int = 50) -> list[Row]:
    """Run `steps` steps; a change takes effect once so many steps are complete. Returns the scalars of about `looks` steps.

    The loop stops after each part of a step; `last_part` ends one. A loop that comes to its own end is over earlier.
    """
    loop, waiting, rows = model.steps(), list(changes), []
    every = max(1, math.ceil(steps / looks))
    going = True
    while going:
        while waiting and waiting[0][0] <= model.step:
            model.params = dataclasses.replace(model.params, **waiting.pop(0)[1])
        if model.step == steps:
            break
        if model.step % every == 0:
            rows.append(look(model))
        going = last_part in loop  # asks for one part after the other until that one is done
        model.step += going
    return [*rows, look(model)]


def look(model: Any) -> Row:
    """The step and every scalar of the present state; looking changes nothing."""
    return {"step": model.step, **{name: float(value) for name, value in model.observe()[0].items()}}


def curves(rows: list[Row], title: str) -> go.Figure:
    """Every scalar that moves, over the steps: the first four are shown, a click in the legend shows another."""
    figure = go.Figure()
    for name in rows[-1]:
        values = [row.get(name, math.nan) for row in rows]
        known = [value for value in values if math.isfinite(value)]
        if name != "step" and known and min(known) < max(known):
            shown = True if len(figure.data) < 4 else "legendonly"
            figure.add_scatter(x=[row["step"] for row in rows], y=values, name=name, visible=shown)
    return figure.update_layout(title=title, xaxis_title="step", template="plotly_white", showlegend=True)
