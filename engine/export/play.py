"""Plays a model from its first step to its last and draws its curves: the end of every text that is taken home."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

Row = tuple[int, dict[str, float]]  # a step, and every scalar after it
Change = tuple[int, dict[str, Any]]  # a step, and the values that come into force after it


def play(model: Any, changes: Sequence[Change], steps: int, last_part: str, looks: int = 50) -> list[Row]:
    """Run `steps` steps and return the scalars of about `looks` of them, the last step's at the end.

    A change comes into force once so many steps are complete. `last_part` is the part that ends a step; a loop that comes
    to an end of its own is over earlier. Raises ArithmeticError when a quantity of the loop is no longer finite.
    """
    loop, waiting, rows = model.steps(), list(changes), []
    every = max(1, math.ceil(steps / looks))
    while True:
        while waiting and waiting[0][0] <= model.step:
            model.take((dataclasses.replace(model.params, **waiting.pop(0)[1]),))
        if model.step == steps:
            break
        if model.step % every == 0:
            rows.append(look(model))
        try:
            over = all(part != last_part for part in loop)  # one part after the other, until the one that ends the step
        except ArithmeticError as error:
            raise ArithmeticError(f"after step {model.step}: {error}") from error
        if over:
            break
        model.step += 1
    return [*rows, look(model)]


def look(model: Any) -> Row:
    """The step and every scalar of the present state; looking changes nothing."""
    return model.step, {name: float(value) for name, value in model.observe()[0].items()}


def curves(rows: Sequence[Row], changes: Sequence[Change], title: str) -> go.Figure:
    """Every scalar that moves, over the steps, with the changes: four are shown, a click in the legend shows another."""
    figure = go.Figure()
    steps = [step for step, _ in rows]
    for name in rows[-1][1]:
        values = [scalars.get(name, math.nan) for _, scalars in rows]
        known = [value for value in values if math.isfinite(value)]
        if known and min(known) < max(known):
            figure.add_scatter(x=steps, y=values, name=name, visible=True if len(figure.data) < 4 else "legendonly")
    for step, changed in changes:
        if step <= steps[-1]:
            said = ", ".join(f"{name} = {value}" for name, value in changed.items())
            figure.add_vline(x=step, line_dash="dot", line_color="grey", annotation_text=said)
    return figure.update_layout(title=title, xaxis_title="step", template="plotly_white", showlegend=True)
