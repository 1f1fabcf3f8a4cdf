"""Code to take home: any score as a script or a notebook that needs nothing but torch, numpy and plotly.

The text is made of the lab's own source: the model's class with its loop, and of all other modules what these need
(takehome_bundle follows the names, takehome_text writes them, takehome_author puts the sections in order). It starts with
the run's values and ends by playing the run, so that it gives the run's own last scalars.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.core.score import Score
from engine.export.author import Author
from engine.export.bundle import NotPortable
from engine.export.text import WIDTH, narrow

__all__ = ["NotPortable", "notebook", "script"]

FIRST = """\
from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # before numpy and torch come: several threads add numbers up in another order
"""


def script(score: Score, data: Mapping[str, np.ndarray] | None = None) -> str:
    """A Python script that plays the score: it prints the last scalars as JSON and writes their curves beside itself.

    Raises:
        BadValue: a topic, value or change that is not possible.
        ValueError: the score was made with the user's own data, and `data` are not these.
        NotPortable: the topic's code needs something that cannot be written into one file.
    """
    author = Author(score, data)
    parts = [f'"""{author.about()}\n"""', FIRST + "\n" + author.imports()]
    for section in author.sections():
        parts.append("\n\n".join(part for part in (_heading(section.title, section.text), section.code) if part))
    run = f"""\
{author.run()}
page = Path(__file__).with_suffix(".html")
{author.figure()}.write_html(page)
print(f"curves: {{page}}")
print(json.dumps(rows[-1][1]))"""
    parts.append(_heading("The run") + '\n\nif __name__ == "__main__":\n' + textwrap.indent(run, "    "))
    return narrow("\n\n\n".join(parts)) + "\n"


def notebook(score: Score, data: Mapping[str, np.ndarray] | None = None) -> str:
    """The same as a Jupyter notebook (nbformat 4.5), its curves in the last cell; raises what `script` raises."""
    author = Author(score, data)
    cells = [_markdown(author.about(marked=True)), _code(FIRST + "\n" + author.imports())]
    for section in author.sections():
        cells += [_markdown(f"## {section.title}\n\n{section.text}".rstrip()), _code(section.code, section.folded)]
    cells += [_markdown("## The run"), _code(author.run() + "\nprint(json.dumps(rows[-1][1]))")]
    cells += [_markdown("## The curves"), _code(author.figure())]
    content = {
        "cells": [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _heading(title: str, text: str = "") -> str:
    """A heading that editors also take as the border of a cell."""
    lines = textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([f"# %% {title}", *lines])


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str, folded: bool = False) -> dict[str, Any]:
    metadata = {"jupyter": {"source_hidden": True}} if folded else {}
    lines = narrow(text).splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": lines}
