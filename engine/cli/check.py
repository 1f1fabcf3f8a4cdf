"""`python -m engine check`: play a topic's chapters and hold their claims against what came out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from engine.cli.chapters import FEW, Played, Runs
from engine.core import registry
from engine.core.chapter import Chapter, Verdict
from engine.core.params import BadValue
from engine.core.topic import Topic

MOST_SEEDS = 100


@dataclass(frozen=True)
class Row:
    """A claim of a chapter, held against one run. `problem` says what came instead of a verdict."""

    topic: str
    chapter: str
    claim: str
    seed: int
    verdict: Verdict | None
    seconds: float  # of the chapter's run
    problem: str = ""

    @property
    def agrees(self) -> bool:
        return self.verdict is not None and self.verdict.agrees

    @property
    def says(self) -> str:
        if self.verdict is None:
            return self.problem or "cannot be judged"
        return "agrees" if self.verdict.agrees else "does not agree"

    def json(self) -> dict[str, Any]:
        """The row as JSON-ready data (numbers that are not finite as text)."""
        data = {"topic": self.topic, "chapter": self.chapter, "claim": self.claim, "seed": self.seed, "says": self.says}
        if (verdict := self.verdict) is not None:
            numbers = {"predicted": verdict.predicted, "measured": verdict.measured, "tolerance": verdict.tolerance}
            data |= {name: value if math.isfinite(value) else str(value) for name, value in numbers.items()}
            data |= {"expected": verdict.expected, "unit": verdict.unit, "side": verdict.side}
        return {**data, "agrees": self.agrees, "seconds": round(self.seconds, 3)}


def rows(runs: Runs, chapter: Chapter, seed: int | None = None) -> list[Row]:
    """What each claim of a chapter says of its run. A run that fails gives rows that say why."""
    topic, own = runs.topic, chapter.seed if seed is None else seed
    try:
        played = runs.play(chapter, seed)
    except (ArithmeticError, MemoryError, RuntimeError) as error:
        why = f"the run failed: {error or type(error).__name__}"
        return [Row(topic.slug, chapter.name, claim.name, own, None, 0.0, why) for claim in chapter.shows]

    return judged(topic.slug, chapter, played, own)


def judged(slug: str, chapter: Chapter, played: Played, seed: int) -> list[Row]:
    """A row for each claim of a chapter that was played."""
    return [Row(slug, chapter.name, claim.name, seed, claim(played.timeline), played.seconds) for claim in chapter.shows]


def check(
    slug: Annotated[str | None, typer.Argument(help="the topic")] = None,
    chapter: Annotated[str | None, typer.Option(metavar="NAME", help="one chapter only")] = None,
    seeds: Annotated[int | None, typer.Option(metavar="K", help="with seeds 0 to K-1: how often did each verdict hold")] = None,
    all_: Annotated[bool, typer.Option("--all", help="every topic")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "cpu",
) -> None:
    """Play a topic's chapters and compare what their claims predict with what the runs measure."""
    if all_ == (slug is not None) or (all_ and chapter is not None):
        raise BadValue("check", slug or "", "a topic (and --chapter), or --all")
    if seeds is not None and not 1 <= seeds <= MOST_SEEDS:
        raise BadValue("--seeds", seeds, f"a whole number, 1 to {MOST_SEEDS}")
    topics = list(registry.topics().values()) if slug is None else [registry.find(slug)]
    if slug is not None and not topics[0].chapters:
        raise BadValue("check", slug, ", ".join(name for name, topic in registry.topics().items() if topic.chapters) or "none yet",
                       template="{value} has no chapters; topics that have: {allowed}.")  # fmt: skip
    jobs = [(topic, topic.chapters if chapter is None else (topic.chapter(chapter),)) for topic in topics]
    found = []
    with Progress(transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=sum(len(chapters) for _, chapters in jobs) * (seeds or 1))
        for topic, chapters in jobs:
            for row in _rows(topic, chapters, seeds, device):
                bar.update(task, advance=1, description=topic.slug)
                found += row
    if as_json:
        print(json.dumps([row.json() for row in found], ensure_ascii=False, indent=1))
    else:
        wide = Console(width=max(Console().width, 110))  # a number must not be cut off
        for topic in topics:
            if own := [row for row in found if row.topic == topic.slug]:
                wide.print(_repeated(topic.slug, own) if seeds is not None else _table(topic.slug, own))
    if not all(row.agrees for row in found):
        raise typer.Exit(1)


def _rows(topic: Topic, chapters: tuple[Chapter, ...], seeds: int | None, device: str) -> Iterator[list[Row]]:
    """Chapter by chapter, in an order in which one can go on where another ended."""
    for seed in (None,) if seeds is None else range(seeds):
        runs = Runs(topic, device, chapters, seed, FEW)  # anew for every seed: what cannot be gone on with is let go
        places = sorted(range(len(chapters)), key=lambda place: topic.steps_of(chapters[place]))
        done = {place: rows(runs, chapters[place], seed) for place in places}
        yield from (done[place] for place in range(len(chapters)))


def _table(topic: str, found: list[Row]) -> Table:
    table = Table("chapter", "claim", "predicted", "measured", "±", "unit", "verdict", "seconds", box=None, title=topic)
    last = ""
    for row in found:
        chapter, seconds = (row.chapter, f"{row.seconds:.1f}") if row.chapter != last else ("", "")
        last, numbers = row.chapter, ("", "", "", "")
        if (verdict := row.verdict) is not None:
            spread = f"{verdict.tolerance:.2g}" if verdict.side != "between" and verdict.tolerance else ""
            numbers = (verdict.expected, f"{verdict.measured:.4g}", spread, verdict.unit)
        colour = "green" if row.agrees else "red"
        table.add_row(chapter, row.claim, *numbers, f"[{colour}]{row.says}[/{colour}]", seconds)
    return table


def _repeated(topic: str, found: list[Row]) -> Table:
    """How often each verdict held, over all seeds; the seeds of those that did not."""
    table = Table("chapter", "claim", "held", "did not", "cannot be judged", "seeds that did not", box=None, title=topic)
    for key in dict.fromkeys((row.chapter, row.claim) for row in found):
        those = [row for row in found if (row.chapter, row.claim) == key]
        held = sum(row.agrees for row in those)
        silent = sum(row.verdict is None for row in those)
        bad = ", ".join(str(row.seed) for row in those if not row.agrees)
        table.add_row(*key, f"{held} of {len(those)}", str(len(those) - held - silent), str(silent), bad)
    return table
