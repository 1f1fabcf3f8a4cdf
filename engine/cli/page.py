"""`python -m engine page`: a run, or a topic's chapters, as one page that opens offline."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from engine.cli.chapters import Played, Runs
from engine.core import registry
from engine.core.chapter import Chapter
from engine.core.language import LANGUAGES, translator
from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.session import Session
from engine.core.topic import Topic
from engine.guess.crowd_views import with_crowds
from engine.runs import files as runfiles
from engine.runs.history import History
from engine.runs.history_page import MOST, STORY, Arm, Kind, Part, history_page, named, parts_page, spread
from engine.runs.told import told

ALL = "all"


def page(
    what: Annotated[str, typer.Argument(metavar="FOLDER|TOPIC", help="a folder that `run --out` wrote, or a topic")],
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="where to write the page")],
    chapters: Annotated[str | None, typer.Option(metavar="all|A,B", help="of a topic: chapters that are played for it")] = None,
    lang: Annotated[str, typer.Option(help=" or ".join(LANGUAGES))] = "en",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
) -> None:
    """Write a run's whole history, or a topic's chapters with their words and runs, as one page that opens offline.

    A run's frames are computed again from its score; chapters are played.
    """
    if lang not in LANGUAGES:
        raise BadValue("--lang", lang, ", ".join(LANGUAGES))
    if chapters is None and not Path(what).exists() and what in registry.topics():
        known = ", ".join(chapter.name for chapter in registry.find(what).chapters)
        raise BadValue("--chapters", "", f"{ALL}, or some of {known}")
    begin = time.perf_counter()
    try:
        if chapters is None:
            text, count = of_folder(Path(what), lang, device)
        else:
            text, count = of_chapters(registry.find(what), chapters, lang, device)
    except (ArithmeticError, MemoryError, RuntimeError) as error:
        print(f"the run failed: {str(error) or type(error).__name__}", file=sys.stderr)
        raise typer.Exit(1) from None
    try:
        size = out.write_bytes(text.encode())
    except OSError as error:
        raise BadValue("--out", str(out), f"a file that can be written ({error.strerror})") from None
    print(f"{out}: {count}, {size / 1e6:.1f} MB, {time.perf_counter() - begin:.0f} s")


def of_folder(folder: Path, lang: str, device: str) -> tuple[str, str]:
    """The page of a saved run, and how many steps are in it."""
    saved = runfiles.read(folder)
    session = Session.begin(saved.score, device, saved.data)
    frames = []
    for place in spread(len(saved.rows), MOST):
        frames.append(runfiles.frame_of_row(session, saved.score, *saved.rows[place])[0])
    look = Style(language=lang, t=translator(lang, saved.score.topic))
    topic = with_crowds(session.topic, saved.guesses)
    return history_page(topic, History.of(frames, saved.rows), saved.score, look), f"{len(frames)} steps"


def of_chapters(topic: Topic, names: str, lang: str, device: str) -> tuple[str, str]:
    """The page of a topic's chapters, in their order, and how many there are."""
    wanted = topic.chapters if names == ALL else tuple(topic.chapter(name.strip()) for name in names.split(","))
    if not wanted:
        raise BadValue("--chapters", names, "nothing: this topic has none")
    look = Style(language=lang, t=translator(lang, topic.slug))
    played = play(topic, wanted, device)
    return parts_page(topic, [part(topic, one, look) for one in played], look, budget=STORY), f"{len(played)} chapters"


def play(topic: Topic, chapters: Sequence[Chapter], device: str) -> list[Played]:
    """The chapters' runs: played in an order in which one can go on where another ended, told in the order of the chapters."""
    runs, done = Runs(topic, device, chapters), {}
    with Progress(transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task(topic.slug, total=len(chapters))
        for chapter in sorted(chapters, key=topic.steps_of):
            done[chapter.name] = runs.play(chapter)
            bar.update(task, advance=1, description=chapter.name)
    return [done[chapter.name] for chapter in chapters]


def part(topic: Topic, played: Played, look: Style) -> Part:
    """What the page shows of a chapter that was played."""
    chapter, score = played.chapter, played.score
    names = [chapter.sweep.name] if chapter.sweep is not None else list(chapter.compare or ())
    arms = tuple(Arm(history, own, named(topic, own, names, look)) for own, history in played.arms)
    views = chapter.views or tuple(view.name for view in topic.views_for(played.timeline.params))[:2]
    shown = next(place for place, (own, _) in enumerate(played.arms) if own == score)
    kind: Kind = "sweep" if chapter.sweep is not None else "twins" if chapter.compare is not None else "run"
    swept = topic.params.controls().get(names[0]) if kind == "sweep" else None  # None for a sweep over seeds, too
    blends = swept is not None and swept.type not in ("toggle", "choice")
    return Part(arms, views, kind, shown, len(views), told(topic, chapter, played.timeline, look), blends)
