"""Copies of the repository with a toy topic in them, to run as a stranger would.

`coin` is built from the code blocks of the README and nothing else of ours: if it does not run, the guide is
wrong. `descent` (tests/toys/descent) has every kind of parameter and every way to fail.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from engine.core.topic import GROUPS

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^`([\w./-]+)`[^\n]*\n(`{3,})\w*\n(.*?)^\2$", re.MULTILINE | re.DOTALL)
COPIED = ("app.py", "pyproject.toml", "requirements.txt", "LICENSE", "engine", "pages", "assets")
PYCACHE = shutil.ignore_patterns("__pycache__")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "recorded")
SECTIONS = ("summary", "guess", "explanation", "sources")  # of a page's text
CHAPTERS = ("down", "shaken", "longer", "aside", "rates")  # of the descent toy
PAGE = 'from pages.kit.ui.page import topic_page\n\ntopic_page("{slug}", {layout})\n'
WORDS = "# Rolling down\n\n" + "\n\n".join(f"## {section}\nWords." for section in SECTIONS)
WORDS += "".join(f"\n\n## {name}\nChapter {name}\nRoll.\n\n---\n\nAt {{distance:.2f}}.\n" for name in CHAPTERS)


def blocks(text: str) -> dict[str, str]:
    """The files a guide shows: a line with nothing but a path in backticks, then a fenced block."""
    return {path: content for path, _, content in BLOCK.findall(text)}


def copy(target: Path, topics: bool = False) -> Path:
    """The repository, without any topic unless they are wanted, in `target`."""
    for name in COPIED:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=PYCACHE if topics else LEFT_OUT)
            for group in () if topics else GROUPS:
                shutil.rmtree(target / name / group, ignore_errors=True)
        else:
            shutil.copy(source, target / name)
    return target


def add_descent(repository: Path) -> None:
    """The descent toy, with texts."""
    shutil.copytree(ROOT / "tests" / "toys" / "descent", repository / "engine" / "training" / "descent", ignore=LEFT_OUT)
    for language in ("en", "zh"):
        (repository / "assets" / "text" / language / "descent.md").write_text(WORDS)


def add_descent_as(repository: Path, slug: str, group: str) -> None:
    """The descent toy under another name, in any group, with page and texts."""
    name = slug.replace("-", "_")
    for folder in ("engine", "pages"):
        (repository / folder / group).mkdir(exist_ok=True)
        (repository / folder / group / "__init__.py").touch()
    package = repository / "engine" / group / name
    shutil.copytree(ROOT / "tests" / "toys" / "descent", package, ignore=LEFT_OUT)
    for file in package.glob("*.py"):
        text = file.read_text(encoding="utf-8").replace("engine.training.descent", f"engine.{group}.{name}")
        text = text.replace('slug="descent"', f'slug="{slug}"').replace('group="training"', f'group="{group}"')
        file.write_text(text, encoding="utf-8")
    (repository / "pages" / group / f"{name}.py").write_text(PAGE.format(slug=slug, layout='hero=("distance",), tabs={}'))
    for language in ("en", "zh"):
        (repository / "assets" / "text" / language / f"{slug}.md").write_text(
            WORDS.replace("Rolling down", f"Rolling down {slug}")
        )


def add_descent_page(repository: Path, layout: str) -> None:
    """A page of the descent toy; `layout` is what `topic_page` is told beside the slug, as in a page's file."""
    for folder in ("engine", "pages"):
        group = repository / folder / "training"
        group.mkdir(exist_ok=True)
        (group / "__init__.py").touch()
    (repository / "pages" / "training" / "descent.py").write_text(PAGE.format(slug="descent", layout=layout))


def add_coin(repository: Path) -> None:
    """Every file that the README's guide shows."""
    shown = blocks((ROOT / "README.md").read_text(encoding="utf-8"))
    assert "engine/training/coin/__init__.py" in shown, "the README shows no toy topic any more"
    for path, content in shown.items():
        file = repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


def add_contract_tests(repository: Path) -> None:
    for name in ("conftest.py", "toy.py", "__init__.py"):
        (repository / "tests").mkdir(exist_ok=True)
        shutil.copy(ROOT / "tests" / name, repository / "tests" / name)
    shutil.copytree(ROOT / "tests" / "contract", repository / "tests" / "contract", ignore=LEFT_OUT)
    shutil.copytree(ROOT / "tests" / "toys", repository / "tests" / "toys", ignore=LEFT_OUT)


def python(repository: Path, *arguments: str | Path, timeout: float = 400) -> subprocess.CompletedProcess[str]:
    """Python in a repository, as from a shell there."""
    environment = {**os.environ, "PYTHONPATH": str(repository), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    environment.pop("PYTEST_ADDOPTS", None)
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


def graft(repository: Path) -> None:
    """Make `engine.training.<toy>` of a copy importable in this process, beside the real topics."""
    import engine

    if str(repository / "engine") not in engine.__path__:
        engine.__path__.append(str(repository / "engine"))
    importlib.invalidate_caches()
    group = importlib.import_module("engine.training")
    if str(repository / "engine" / "training") not in group.__path__:
        group.__path__.append(str(repository / "engine" / "training"))
