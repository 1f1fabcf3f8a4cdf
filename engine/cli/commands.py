"""The command line: list topics, run one without a page, replay a run, write it as code, record a first picture.

Exit status: 0 done; 1 the run failed (what was computed is still written) or a replay differs; 2 bad usage, said in
one line that names the value, what is allowed, and the nearest name.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from engine.cli.book import book
from engine.cli.check import check
from engine.cli.page import page
from engine.cli.sweep import sweep
from engine.core import registry
from engine.core.language import LANGUAGES, translate
from engine.core.params import BadValue, describe
from engine.core.score import Change, Score, check_seed, digest
from engine.core.session import DEVICES, Session
from engine.core.topic import Topic
from engine.runs import files as runfiles
from engine.runs.history import History

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Latent Lab without a page.", pretty_exceptions_enable=False)
MAX_STEPS = 10_000_000
USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]  # typer exports no name for the base of all its usage errors
KEEP_EVERY = 0.1  # seconds of computing between kept frames of a headless run


@app.command("list")
def list_topics(
    slug: Annotated[str | None, typer.Argument(help="the topic; all where none is named")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="everything, as JSON")] = False,
) -> None:
    """Topics with their parameters; one that is named with its outputs, too."""
    topics = list(registry.topics().values()) if slug is None else [registry.find(slug)]
    found = [describe_topic(topic) for topic in topics]
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    console = Console()
    for topic in found:
        console.print(f"\n[bold]{topic['slug']}[/bold]  {topic['title']}  ({topic['group']})")
        table = Table("parameter", "symbol", "default", "allowed", "kind", box=None)
        for control in topic["parameters"]:
            kind = "cold" if control["kind"] == "cold" else "hot"
            table.add_row(control["name"], control["symbol"], str(control["default"]), control["allowed"], kind)
        console.print(table)
        if slug is not None:
            outputs = Table("output", "shape", "unit", "meaning", box=None)
            for output in topic["outputs"]:
                outputs.add_row(output["name"], " × ".join(output["shape"]) or "a number", output["unit"], output["meaning"])
            console.print("", outputs)


def describe_topic(topic: Topic) -> dict[str, Any]:
    """A topic's declaration as JSON-ready data."""

    return {
        "slug": topic.slug,
        "group": topic.group,
        "title": topic.title,
        "titles": {language: translate(topic.title, language, topic.slug) for language in LANGUAGES},
        "question": topic.question,
        "steps": topic.steps,
        "parts": list(topic.parts),
        "parameters": [describe(control) for control in topic.params.controls().values()],
        "outputs": [{"name": o.name, "shape": o.shape.split(), "unit": o.unit, "meaning": o.meaning} for o in topic.outputs],
        "views": [{"name": view.name, "title": view.title} for view in topic.views],
    }


@app.command()
def run(
    slug: Annotated[str, typer.Argument(help="the topic")],
    set_: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="a parameter's starting value")] = [],  # noqa: B006
    at: Annotated[list[str], typer.Option("--at", metavar="STEP:NAME=VALUE", help="a hot change at a step")] = [],  # noqa: B006
    seed: Annotated[str | None, typer.Option(help="the run's seed")] = None,
    steps: Annotated[str | None, typer.Option(metavar="N", help="stop after so many steps")] = None,
    seconds: Annotated[str | None, typer.Option(metavar="S", help="stop after so much computing time")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
    data: Annotated[Path | None, typer.Option(help="your own data: a file the topic takes")] = None,
    formula: Annotated[
        str | None, typer.Option(metavar="TEXT", help='your own data: "x = cos(t) + 0.05*e; y = sin(2*t); n = 500"')
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="folder for the run's score, curves, last arrays, weights and report")
    ] = None,
) -> None:
    """Run a topic and write what came out."""
    topic = registry.find(slug)
    values = dict(_assignment(topic, item, "--set") for item in set_)
    changes = _changes(topic, at)
    most_seconds = None if seconds is None else _limit("seconds", seconds, 0.001, 86_400)
    most_steps = None if steps is None else _limit("steps", steps, 1, MAX_STEPS)
    start = check_seed(topic.seed if seed is None else seed)
    arrays = _own_data(topic, data, formula, start)
    if arrays is not None:
        values.setdefault(topic.data_param, topic.data_value)
    params = topic.params.build(values)
    if most_steps is None:
        most_steps = topic.tempo(params).steps if seconds is None else MAX_STEPS
    for change in changes:
        params_then = params.change(change.values)
        assert params_then is not None
    if out is not None:
        runfiles.check_writable(out)
    session = Session(topic, params, start, device, arrays, changes)
    history, failure = _drive(session, [change.step for change in changes], int(most_steps), most_seconds)
    if out is not None:
        runfiles.write(out, session, history, changes, arrays, session.weights() if failure is None else None)
        print(f"{out}: {', '.join(sorted(file.name for file in out.iterdir() if not file.name.startswith('.')))}")
    if failure is not None:
        print(f"the run failed: {str(failure) or type(failure).__name__}", file=sys.stderr)
        raise typer.Exit(1)
    if history.frames:
        last = history.frames[-1]
        shown = ", ".join(f"{name} {value:.6g}" for name, value in list(last.scalars.items())[:8])
        print(f"{slug}: {last.step} steps in {session.seconds:.2f} s; {shown}")


def _drive(session: Session, stops: list[int], target: int, seconds: float | None) -> tuple[History, Exception | None]:
    """Advance to the target, keeping frames, those at `stops` among them; a failure comes back beside what was computed before it."""
    history = History()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
        transient=True,
    )
    try:
        with bar:
            total = target if seconds is None else None
            task = bar.add_task(session.topic.slug, total=total)
            history.add(session.look())
            while not session.finished and session.step < target and (seconds is None or session.seconds < seconds):
                goal = min([target, *(step for step in stops if step > session.step)])
                slice_ = KEEP_EVERY if seconds is None else min(KEEP_EVERY, seconds - session.seconds)
                history.add(session.advance(steps=goal - session.step, seconds=max(slice_, 1e-4)))
                bar.update(task, completed=session.step)
    except (ArithmeticError, MemoryError, RuntimeError) as error:
        return history, error
    return history, None


@app.command()
def replay(
    folder: Annotated[Path, typer.Argument(help="a folder that `run --out` wrote")],
    check: Annotated[bool, typer.Option("--check", help="exit 1 and say where, if frames differ")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
) -> None:
    """Run the score of a folder again."""
    saved = runfiles.read(folder)
    session = Session.begin(saved.score, device, saved.data)
    difference = None
    try:
        for step, scalars in saved.rows:
            if check and difference is None:
                _, difference = runfiles.frame_of_row(session, saved.score, step, scalars)
            else:
                session.reach(step)
        session.settle()
        last = session.look()
    except (ArithmeticError, MemoryError, RuntimeError) as error:
        print(f"the run failed: {str(error) or type(error).__name__}", file=sys.stderr)
        raise typer.Exit(1) from None
    if check:
        difference = difference or runfiles.compare_arrays(last, saved.arrays)
        if difference is not None:
            print(f"{folder}: frames differ: {difference}", file=sys.stderr)
            raise typer.Exit(1)
        print(f"{folder}: {len(saved.rows)} kept steps and the last frame are the same, bit for bit")
    else:
        print(f"{saved.score.topic}: replayed to step {last.step}")


@app.command()
def export(
    target: Annotated[str, typer.Argument(help="a folder that `run --out` wrote, or a topic")],
    set_: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="a parameter's starting value")] = [],  # noqa: B006
    at: Annotated[list[str], typer.Option("--at", metavar="STEP:NAME=VALUE", help="a hot change at a step")] = [],  # noqa: B006
    seed: Annotated[str | None, typer.Option(help="the run's seed")] = None,
    steps: Annotated[str | None, typer.Option(metavar="N", help="how many steps")] = None,
    data: Annotated[Path | None, typer.Option(help="your own data: a file the topic takes")] = None,
    formula: Annotated[
        str | None, typer.Option(metavar="TEXT", help='your own data: "x = cos(t) + 0.05*e; y = sin(2*t); n = 500"')
    ] = None,
    file: Annotated[Path | None, typer.Option("--zip", metavar="FILE.zip", help="where to write the code")] = None,
    lang: Annotated[str, typer.Option(help=f"of the notebook and the README: {' or '.join(LANGUAGES)}")] = "en",
    device: Annotated[str, typer.Option(help="where the code computes: auto, cpu, cuda or mps")] = "auto",
    script: Annotated[str | None, typer.Option(hidden=True)] = None,
    notebook: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Write a run as a ZIP of the lab's own code, which plays it again: python FILE.zip."""
    from engine.export.archive import archive

    for option, given in (("--script", script), ("--notebook", notebook)):
        if given is not None:
            raise BadValue(option, given, "--zip FILE.zip", "{name} is no more: {allowed} writes both script and notebook.")
    if file is None:
        raise BadValue("export", target, "--zip FILE.zip", "Say where to write it: {allowed}.")
    if lang not in LANGUAGES:
        raise BadValue("--lang", lang, ", ".join(LANGUAGES))
    if device not in DEVICES:
        raise BadValue("--device", device, ", ".join(DEVICES))
    if (Path(target) / "run.json").exists() or os.sep in target:
        if set_ or at or any(option is not None for option in (seed, steps, data, formula)):
            raise BadValue(
                "export", target, "a topic", "{value} is a saved run and has its values; --set and others need {allowed}."
            )
        saved = runfiles.read(Path(target))
        score, arrays = saved.score, saved.data
    else:
        topic = registry.find(target)
        start = check_seed(topic.seed if seed is None else seed)
        arrays = _own_data(topic, data, formula, start)
        score = _planned(topic, set_, at, start, steps, arrays)
    content = archive(score, arrays, device=device, language=lang)
    try:
        file.write_bytes(content)
    except OSError as error:
        raise BadValue("--zip", str(file), f"a file that can be written ({error.strerror})") from None
    print(f"{file}: {score.topic}, {score.steps} steps with seed {score.seed}, {len(content) / 1e3:.0f} kB")


def _planned(
    topic: Topic, values: list[str], at: list[str], seed: int, steps: str | None, arrays: dict[str, Any] | None
) -> Score:
    """The score that `run` with these options and the user's own data would play."""
    start = dict(_assignment(topic, item, "--set") for item in values)
    if arrays is not None:
        start.setdefault(topic.data_param, topic.data_value)
    params = topic.params.build(start)
    count = topic.tempo(params).steps if steps is None else int(_limit("steps", steps, 1, MAX_STEPS))
    score = Score(topic=topic.slug, params=params.values(), seed=seed, steps=count, data=digest(arrays))
    return score.model_copy(update={"changes": tuple(change for change in _changes(topic, at) if change.step <= count)})


@app.command()
def record(slug: Annotated[str, typer.Argument(help="the topic")]) -> None:
    """Record the default run's last frame as the topic's first picture (assets/recorded)."""
    topic = registry.find(slug)
    session = Session(topic, topic.params(), topic.seed, "cpu")
    frame = session.advance(steps=topic.steps)
    file = registry.ROOT.parent / "assets" / "recorded" / f"{slug}.frame"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(frame.to_bytes())
    registry.write_index()
    print(f"{file.name}: step {frame.step}, {file.stat().st_size // 1024} kB")


@app.command()
def index() -> None:
    """Make the index anew from which the gallery and the navigation know the topics (assets/index.json)."""
    file = registry.write_index()
    print(f"{file.name}: {len(registry.cards())} topics")


def _assignment(topic: Topic, text: str, option: str) -> tuple[str, Any]:
    name, sign, raw = text.partition("=")
    if not sign:
        raise BadValue(option, text, "NAME=VALUE")
    return name.strip(), topic.params.read(name.strip(), raw.strip())


def _limit(name: str, raw: str, low: float, high: float) -> float:
    """A positive limit from text; whole where `low` is."""
    try:
        value = int(raw) if isinstance(low, int) else float(raw)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise BadValue(f"--{name}", raw, f"{'a whole number, ' if isinstance(low, int) else ''}{low} to {high}")
    return value


def _changes(topic: Topic, items: list[str]) -> list[Change]:
    """The --at options in order of their steps; raises BadValue for a cold parameter or a step that is no number."""
    merged: dict[int, dict[str, Any]] = {}
    for item in items:
        first, sign, rest = item.partition(":")
        step = first.strip()  # more counts as blank here than where int() reads
        if not sign or not step.isdecimal() or len(step) > 12:
            raise BadValue("--at", item, "STEP:NAME=VALUE with a whole number STEP")
        name, value = _assignment(topic, rest, "--at")
        if not topic.params.controls()[name].hot:
            raise BadValue(
                "--at",
                item,
                ", ".join(n for n, c in topic.params.controls().items() if c.hot),
                "{value}: {name} takes hot parameters only; these are: {allowed}.",
            )
        merged.setdefault(int(step), {})[name] = value
    return [Change(step=step, values=merged[step]) for step in sorted(merged)]


def _own_data(topic: Topic, file: Path | None, formula: str | None, seed: int) -> dict[str, Any] | None:
    """The user's own data from a file or a formula; raises BadValue."""
    from engine.data.errors import UploadError
    from engine.data.formula import formula_data, formula_random
    from engine.data.uploads import read_upload

    if formula is not None:
        if file is not None:
            raise BadValue("--formula", formula, "either --data or --formula")
        if "table" not in topic.uploads:
            raise BadValue("--formula", formula, "nothing: this topic takes no table of numbers")
        try:
            return formula_data(formula, formula_random(seed))
        except UploadError as error:
            raise BadValue("--formula", formula, str(error), template="{name}: {allowed}") from None
    if file is None:
        return None
    if not topic.uploads:
        raise BadValue("--data", str(file), "nothing: this topic takes no data of your own")
    try:
        data = read_upload(file.name, file.read_bytes(), topic.uploads)
    except OSError as error:
        raise BadValue("--data", str(file), f"a file that can be read ({error.strerror})") from None
    except UploadError as error:
        raise BadValue("--data", str(file), str(error), template="{name}: {allowed}") from None
    typer.echo(f"{file.name}: {'; '.join(map(str, data.notes))}", err=True)  # standard output may be read by a program
    return data


app.command("sweep")(sweep)
app.command("check")(check)
app.command("page")(page)
app.command("book")(book)


def limit_threads() -> None:
    """As in the workers, so that both compute the same bits (and small networks are fastest on one thread)."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, os.environ.get("LATENT_LAB_THREADS", "1"))


def _one_line(sentence: str) -> str:
    """The sentence without line breaks and other signs that steer a terminal: arguments may hold any."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in sentence).split())


def _where_values_go(error: Exception) -> str:
    """For a parameter written as an option of its own: how values are set; "" for any other error."""
    name = str(getattr(error, "option_name", "")).lstrip("-").replace("-", "_")
    known = name and any(name in topic.params.controls() for topic in registry.topics().values() if topic.slug in sys.argv)
    return f"; a parameter is set by --set {name}=VALUE" if known else ""


def main() -> None:
    """Entry point: turns every usage error into one line and exit status 2."""
    limit_threads()
    try:
        status = app(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except (BadValue, runfiles.RunFileError, USAGE_ERROR) as error:
        print(f"error: {_one_line(str(error)) or 'name a command'}{_where_values_go(error)}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        print("stopped", file=sys.stderr)
        sys.exit(1)
