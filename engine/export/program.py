"""A run as a program: main.py, the same as a notebook, and the README beside them."""

from __future__ import annotations

from collections.abc import Callable
from pprint import pformat
from typing import Any

from engine.core.language import counted
from engine.core.score import Score
from engine.core.topic import Topic

Translate = Callable[[str], str]
DATA = "data.safetensors"

HEAD = """\
import json
import os
import sys
from pathlib import Path

# Before torch comes: several threads add numbers up in another order.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import plotly.graph_objects as go

import engine
from {package} import TOPIC
"""
OWN_DATA = """
from importlib import resources

from safetensors.numpy import load
"""
VALUES = """
VALUES = {values}  # the others are at their defaults: {params}
CHANGES = {changes}  # live values, by the step after which they come into force
SEED, STEPS, DEVICE = {seed}, {steps}, "{device}"
DATA = {data}
"""
PLAY = """\
schedule = [engine.Change(step=step, values=values) for step, values in CHANGES.items()]
session = engine.Session(TOPIC, TOPIC.params.build(VALUES), SEED, DEVICE, DATA, schedule)
frames = []
for step in sorted({*range(0, STEPS, max(1, STEPS // 50)), *CHANGES, STEPS}):
    session.reach(step)
    session.settle()
    frames.append(session.look())
"""
CURVES = """\
last, steps = frames[-1].scalars, [frame.step for frame in frames]
print(json.dumps(last, indent=1))
curves = go.Figure(layout={"title": TOPIC.title, "xaxis": {"title": "step"}})
for place, name in enumerate(last):
    values = [frame.scalars.get(name) for frame in frames]
    curves.add_scatter(x=steps, y=values, name=name, visible=True if place < 4 else "legendonly")
for step in CHANGES:
    curves.add_vline(x=step, line_dash="dot")
"""
PICTURE = """\
picture = engine.show(session, "{view}")  # or any other of TOPIC.views
"""
WRITE = """
page = Path(sys.argv[0]).with_suffix(".html")
shown = curves.to_html(full_html=False, include_plotlyjs=True) + picture.to_html(full_html=False, include_plotlyjs=False)
page.write_text(f'<!doctype html><meta charset="utf-8">{shown}', encoding="utf-8")
print(page)
"""


def main(topic: Topic, score: Score, device: str) -> str:
    """The run as a script: it prints the last scalars as JSON, writes a page of curves and one view, and prints its name."""
    head, play, curves, picture = _blocks(topic, score, device)
    what = f'"""{topic.title}: {score.steps} steps with seed {score.seed}, played again by the code that computed them."""\n\n'
    return f"{what}{head}\n{play}\n{curves}\n{picture}{WRITE}"


def notebook(topic: Topic, score: Score, device: str, t: Translate) -> dict[str, Any]:
    """The same as a Jupyter notebook (nbformat 4.5) of five cells, the first of them words."""
    head, play, curves, picture = _blocks(topic, score, device)
    how = t("The code is in the folder beside this notebook; the libraries it needs are in requirements.txt.")
    cells = [_cell("markdown", f"# {t(topic.title)}\n\n{t(topic.question)}\n\n{_what(score, topic, t)}\n\n{how}")]
    cells += [_cell("code", text) for text in (head, play, f"{curves}curves", f"{picture}picture")]
    return {
        "cells": [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def readme(topic: Topic, score: Score, t: Translate) -> str:
    """What the ZIP is, how to run it and what is in it, in the reader's language."""
    inside = {
        "main.py": t("the run: its values, its changes at their steps, its last numbers"),
        "notebook.ipynb": t("the same in five cells"),
        "run.json": t("the same as Latent Lab opens it"),
        f"{_package(topic).replace('.', '/')}/": t("this lab: parameters, model and loop, theory, pictures"),
        "engine/": t("what every lab is made of"),
        "requirements.txt": t("the libraries, in the versions that it was computed with"),
        **({DATA: t("your own data")} if score.data is not None else {}),
    }
    lines = (
        t(topic.title),
        t(topic.question),
        "",
        _what(score, topic, t),
        "",
        t("To run it (Python 3.11 or later), unpack it and type:"),
        "    pip install -r requirements.txt",
        "    python main.py",
        t("Once the libraries are there, python NAME.zip does the same with the packed file, whatever its name."),
        t("It prints the last numbers, and writes the curves and a picture as a web page beside itself."),
        "",
        *(f"{name}\n    {words}" for name, words in inside.items()),
        "",
        t("This is the code that computed the run, unchanged: on the same kind of processor it gives the same bits."),
        t("On another one, the last digits may differ, and after many steps more than these."),
    )
    return "\n".join(lines) + "\n"


def _blocks(topic: Topic, score: Score, device: str) -> tuple[str, str, str, str]:
    """The program in four pieces: imports and values, the run, the curves, a picture."""
    params = score.settings()
    values, changes = params.changed(), {}
    for change in score.changes:
        params = params.change(change.values)
        changes[change.step] = {name: getattr(params, name) for name in change.values}
    package, own = _package(topic), score.data is not None
    data = f'load((resources.files("engine").parent / "{DATA}").read_bytes())' if own else "None"
    head = HEAD.format(package=package) + (OWN_DATA if own else "")
    head += VALUES.format(
        values=pformat(values, width=100, sort_dicts=False),
        params=f"{package.replace('.', '/')}/params.py",
        changes=pformat(changes, width=100),
        seed=score.seed,
        steps=score.steps,
        device=device,
        data=data,
    )
    return head, PLAY, CURVES, PICTURE.format(view=topic.views_for(params)[0].name)


def _what(score: Score, topic: Topic, t: Translate) -> str:
    said = t("A run of “{title}” from Latent Lab: {steps} with seed {seed}, and {changes} on the way.")
    steps = counted(t, score.steps, "1 step", "{count} steps")
    changes = counted(t, len(score.changes), "1 change", "{count} changes")
    return said.format(title=t(topic.title), steps=steps, seed=score.seed, changes=changes)


def _package(topic: Topic) -> str:
    return topic.params.__module__.rpartition(".")[0]


def _cell(kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": text.rstrip("\n").splitlines(keepends=True)}
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}
