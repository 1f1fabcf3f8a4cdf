"""`python -m engine book`: the labs as static pages, with the runs of their chapters."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from engine.book import site
from engine.book.lab import BUDGET, Build, Lab, Shown, make
from engine.cli.chapters import Runs
from engine.cli.check import Row, judged
from engine.cli.page import part
from engine.core import registry
from engine.core.language import LANGUAGES, translator
from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.topic import Topic
from engine.runs.files import check_writable

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Made:
    """A lab of the book, what its claims came to, and how long it took: its runs, and its pictures and pages."""

    lab: Lab
    rows: list[Row]
    failed: list[str]
    computed: float
    drawn: float


def book(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="where to write the pages")],
    topic: Annotated[list[str], typer.Option(metavar="SLUG", help="a lab that is in it; all where none is named")] = [],  # noqa: B006
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "cpu",
) -> None:
    """Write the labs as a folder of static pages that open from a disk or any web host: words, pictures, verdicts, sources.

    Their chapters are played as by `check`; exit status 1 where a claim is not borne out, with the book written all the same.
    """
    chosen = [registry.find(slug) for slug in dict.fromkeys(topic)] if topic else list(registry.topics().values())
    topics = [one for one in chosen if one.chapters]
    if not topics:
        raise BadValue("--topic", ", ".join(topic), "a topic that has chapters")
    check_writable(out)
    begin, build, made, lost, size = time.perf_counter(), this_build(), [], [], 0
    slugs = [one.slug for one in topics]
    with Progress(transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=sum(len(one.chapters) for one in topics))
        for one in topics:
            try:
                made.append(of_lab(one, build, slugs, device, lambda name: bar.update(task, advance=1, description=name)))
            except ValueError as problem:  # none of its chapters could be played
                lost.append(str(problem))
                continue
            size += written(out, made[-1].lab.files)
        size += written(out, site.files_of([one.lab for one in made]))
    wide = Console(width=max(Console().width, 110))
    wide.print(told(made))
    labs = f"{len(made)} lab{'s' if len(made) != 1 else ''}"
    print(f"{out / 'index.html'}: {labs}, {size / 1e6:.1f} MB, {time.perf_counter() - begin:.0f} s")
    for line in lost:
        print(line, file=sys.stderr)
    if lost or any(one.failed or not all(row.agrees for row in one.rows) for one in made):
        raise typer.Exit(1)


def written(out: Path, files: Mapping[str, str]) -> int:
    """Bytes of the files, which are in the folder now; whatever else lies there stays. Raises BadValue."""
    try:
        return site.write(out, files)
    except OSError as error:
        raise BadValue("--out", str(error.filename or out), f"a place that can be written ({error.strerror})") from None


def of_lab(topic: Topic, build: Build, slugs: list[str], device: str, done: Callable[[str], None]) -> Made:
    """A lab's chapters played, in an order in which one can go on where another ended, and its pages."""
    begin = time.perf_counter()
    runs, played, rows, failed = Runs(topic, device, topic.chapters), {}, [], []
    for chapter in sorted(topic.chapters, key=topic.steps_of):
        try:
            one = runs.play(chapter)
        except (ArithmeticError, MemoryError, RuntimeError) as error:
            played[chapter.name] = Shown(chapter.name, problem=str(error) or type(error).__name__)
            failed.append(chapter.name)
        else:
            parts = {
                language: part(topic, one, Style("light", language, translator(language, topic.slug))) for language in LANGUAGES
            }
            played[chapter.name] = Shown(chapter.name, parts)
            rows += judged(topic.slug, chapter, one, chapter.seed)
        done(topic.slug)
    computed = time.perf_counter() - begin
    lab = make(topic, [played[chapter.name] for chapter in topic.chapters], build, slugs)
    return Made(lab, rows, failed, computed, time.perf_counter() - begin - computed)


def this_build() -> Build:
    """This machine without its name, and the libraries that compute."""
    machine = f"{platform.system()} {platform.machine()}, {processor()}"
    return Build(
        date.today().isoformat(),
        machine,
        os.cpu_count() or 1,
        {"Python": platform.python_version(), **{n: version(n) for n in LIBRARIES}},
    )


def processor() -> str:
    """What the processor calls itself, as far as the system says."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def told(made: list[Made]) -> Table:
    """A line a lab: its chapters, verdicts, times and bytes."""
    table = Table(
        "lab", "chapters", "claims held", "runs s", "pages s", "MB on disk", f"MB sent (≤ {BUDGET / 1e6:.1f})", box=None
    )
    for one in made:
        held = f"{sum(row.agrees for row in one.rows)} of {len(one.rows)}"
        chapters = f"{len(one.lab.topic.chapters) - len(one.failed)} of {len(one.lab.topic.chapters)}"
        table.add_row(one.lab.topic.slug, chapters, held, f"{one.computed:.1f}", f"{one.drawn:.1f}", f"{one.lab.size / 1e6:.2f}", f"{one.lab.sent / 1e6:.2f}")  # fmt: skip
    return table
