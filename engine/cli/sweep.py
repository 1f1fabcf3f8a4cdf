"""`python -m engine sweep`: one run with several values of a parameter, as a table."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from engine.core import registry
from engine.core.language import LANGUAGES
from engine.core.params import BadValue
from engine.core.score import Score, check_seed
from engine.core.topic import Topic
from engine.runs import files as runfiles
from engine.sweeps.page import page_of
from engine.sweeps.sweep import MOST, Plan, Sweep, spaced
from engine.workers.pool import Pool

SHOWN = 4  # scalars in the printed table, where none are asked for
FORMS = f"NAME=A,B,C (up to {MOST} values) or NAME=LOW..HIGH:COUNT"


def over(topic: Topic, text: str) -> tuple[str, tuple[Any, ...]]:
    """The parameter and its values of `--over beta=0.5..64:8` or `--over beta=1,4,16`; raises BadValue."""
    name, equals, values = text.partition("=")
    if not equals:
        raise BadValue("--over", text, FORMS)
    if ".." not in values:
        return name, tuple(values.split(","))
    low, _, rest = values.partition("..")
    high, _, count = rest.partition(":")
    try:
        ends, number = (float(low), float(high)), int(count)
    except ValueError:
        raise BadValue("--over", text, FORMS) from None
    control = topic.params.controls().get(name)
    return name, spaced(control, *ends, number) if control is not None or name == "seed" else ("", " ")


def sweep(
    slug: Annotated[str, typer.Argument(help="the topic")],
    over_: Annotated[
        str, typer.Option("--over", metavar="NAME=LOW..HIGH:COUNT", help="the parameter and its values, or NAME=A,B,C")
    ],
    set_: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="a parameter's starting value")] = [],  # noqa: B006
    seed: Annotated[str | None, typer.Option(help="the runs' seed")] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="steps of every run")] = None,
    show: Annotated[str, typer.Option(metavar="A,B", help="scalars to print")] = "",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
    out: Annotated[Path | None, typer.Option(help="folder for table.csv and sweep.html, which opens offline")] = None,
    lang: Annotated[str, typer.Option(help=f"of that page: {' or '.join(LANGUAGES)}")] = "en",
) -> None:
    """Train a run with several values of one parameter and print what came out.

    With --out its table and the glide through its models are written, too.
    """
    if lang not in LANGUAGES:
        raise BadValue("--lang", lang, ", ".join(LANGUAGES))
    topic = registry.find(slug)
    given = [item.partition("=") for item in set_]
    params = topic.params.build({name: value for name, _, value in given})
    first = check_seed(topic.seed if seed is None else seed)
    score = Score(
        topic=slug, params=params.values(), seed=first, steps=topic.tempo(params).steps if steps is None else max(0, steps)
    )
    plan = Plan.checked(score, *over(topic, over_))
    if out is not None:
        runfiles.check_writable(out)
    names = show.split(",") if show else [output.name for output in topic.outputs_for(params) if output.scalar][:SHOWN]
    known = [output.name for output in topic.outputs if output.scalar]
    for name in names:
        if name not in known:
            raise BadValue("--show", name, ", ".join(known))
    pool = Pool()
    pool.start()
    work = Sweep(pool, plan, device)
    try:
        _train(work)
    finally:
        work.close()
        pool.close()
    _print(work, names)
    failed = all(arm.problem is not None for arm in work.arms)
    if out is not None:
        _write(work, out / "table.csv")
        if not failed:
            (out / "sweep.html").write_text(page_of(work, lang), encoding="utf-8")
    if failed:
        raise typer.Exit(1)


def _train(work: Sweep) -> None:
    work.start()
    with Progress(transient=True) as bar:
        task = bar.add_task(work.topic.slug, total=work.total)
        while not (progress := work.poll()).finished:
            bar.update(task, completed=progress.steps)
            time.sleep(0.02)


def _print(work: Sweep, names: list[str]) -> None:
    table, verdicts = work.table(), work.verdicts()
    sheet = Table(work.plan.name, *names, "agreeing claims", box=None)
    for number, arm in enumerate(work.arms):
        said = [one[number] for one in verdicts.values()]
        judged = [verdict for verdict in said if verdict is not None]
        claims = f"{sum(verdict.agrees for verdict in judged)} of {len(judged)}" if judged else ""
        values = [f"{table[name][number]:.5g}" for name in names] if arm.problem is None else [arm.problem["message"]]
        sheet.add_row(str(arm.value), *values, *[""] * (len(names) - len(values)), claims)
    Console().print(sheet)


def _write(work: Sweep, file: Path) -> None:
    """Every scalar of every arm as CSV, beside the swept value."""
    table = work.table()
    with file.open("w", newline="", encoding="utf-8") as sink:
        writer = csv.writer(sink)
        writer.writerow([work.plan.name, *(name for name in table if name != "value")])
        for number, arm in enumerate(work.arms):
            writer.writerow([arm.value, *(repr(float(column[number])) for name, column in table.items() if name != "value")])
