"""Copies of the repository with a toy topic in them, to run as a stranger would.

`coin` is built from the code blocks of CONTRIBUTING.md and nothing else of ours: if it does not run, the guide is
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

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^`([\w./-]+)`[^\n]*\n(`{3,})\w*\n(.*?)^\2$", re.MULTILINE | re.DOTALL)
COPIED = ("app.py", "pyproject.toml", "engine/__init__.py", "engine/__main__.py", "engine/core", "pages", "assets")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "recorded")
TEXT = {
    "en": """# Learning a coin

## summary
A coin is tossed again and again. Its bias appears.

## guess
How many tosses until the second decimal is right?

## play
Press play.

## explanation
The coin has $p$ = {bias:.2f}; after step {step} the estimate is {estimate:.3f}.

## sources
[Bernoulli](https://en.wikipedia.org/wiki/Bernoulli_trial)
""",
    "zh": """# 学会一枚硬币

## summary
一枚硬币抛了又抛，它的偏向便显现出来。

## guess
抛多少次，第二位小数才可信？

## play
按播放。

## explanation
硬币的 $p$ 是 {bias:.2f}；第 {step} 步之后，估计值是 {estimate:.3f}。

## sources
[伯努利](https://zh.wikipedia.org/wiki/伯努利试验)
""",
}
CHINESE = {
    "Learning a coin": "学会一枚硬币",
    "How many tosses until the estimate can be trusted?": "抛多少次，估计值才可信？",
    "estimated probability of heads": "正面概率的估计",
    "the last tosses, 1 for heads": "最近几次抛掷，1 为正面",
    "Estimate": "估计",
    "The running estimate against the truth.": "估计值与真值。",
    "Bias": "偏向",
    "The true probability of heads.": "正面的真实概率。",
    "Tosses a step": "每步抛掷数",
    "How many tosses one step sees.": "每一步看到多少次抛掷。",
    "estimate": "估计",
    "The estimate is {value:.3f}.": "估计值是 {value:.3f}。",
    "probability of heads": "正面概率",
    "number of heads": "正面的次数",
    "toss": "抛掷",
    "update": "更新",
}


def blocks(text: str) -> dict[str, str]:
    """The files a guide shows: a line with nothing but a path in backticks, then a fenced block."""
    return {path: content for path, _, content in BLOCK.findall(text)}


def copy(target: Path) -> Path:
    """The repository without any topic, in `target`."""
    for name in COPIED:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, target / name)
    return target


def add_descent(repository: Path) -> None:
    shutil.copytree(ROOT / "tests" / "toys" / "descent", repository / "engine" / "training" / "descent", ignore=LEFT_OUT)


def add_coin(repository: Path) -> None:
    """What CONTRIBUTING.md shows, and the words (which it describes) unless it shows those, too."""
    catalogue = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    catalogue += "\n".join(f'msgid "{english}"\nmsgstr "{chinese}"\n' for english, chinese in CHINESE.items())
    files = {f"assets/text/{language}/coin.md": text for language, text in TEXT.items()}
    files["assets/translations/zh/coin.po"] = catalogue
    shown = blocks((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert "engine/training/coin/__init__.py" in shown, "CONTRIBUTING.md shows no toy topic any more"
    for path, content in {**files, **shown}.items():
        file = repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


def add_contract_tests(repository: Path) -> None:
    for name in ("conftest.py", "toy.py", "__init__.py"):
        (repository / "tests").mkdir(exist_ok=True)
        shutil.copy(ROOT / "tests" / name, repository / "tests" / name)
    shutil.copytree(ROOT / "tests" / "contract", repository / "tests" / "contract", ignore=LEFT_OUT)
    shutil.copytree(ROOT / "tests" / "toys", repository / "tests" / "toys", ignore=LEFT_OUT)


def python(repository: Path, *arguments: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
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
