"""A run as files: run.json, its curves as scalars.csv and scalars.parquet, last.safetensors, weights.safetensors, report.html.

JSON, CSV, Parquet and safetensors only, never a pickle.
"""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from engine.core import registry
from engine.core.frame import Frame
from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.score import Change, Score, digest, marks
from engine.core.session import Session
from engine.core.topic import Timeline, Topic
from engine.guess.crowd import Crowd, as_json, from_json
from engine.guess.crowd_views import with_crowds
from engine.runs.history import History

FORMAT = 1


class RunFileError(ValueError):
    """A folder that is not a run, or not one that this version can read."""


@dataclass
class SavedRun:
    """A run read back: its score, the kept scalar rows, the last frame's arrays, the user's own data, and what a class guessed of it."""

    score: Score
    rows: list[tuple[int, dict[str, float]]]
    arrays: dict[str, np.ndarray]
    data: dict[str, np.ndarray] | None
    guesses: tuple[Crowd, ...] = ()


def check_writable(folder: Path) -> None:
    """Make the folder; raises BadValue when that or writing there is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadValue("--out", str(folder), f"a folder that can be written ({error.strerror})") from None


def write(
    folder: Path,
    session: Session,
    history: History,
    changes: list[Change],
    data: dict[str, np.ndarray] | None,
    weights: dict[str, np.ndarray] | None = None,
    guesses: Sequence[Crowd] = (),
) -> None:
    """Write a run's files; each appears whole or not at all. `weights` are those of the last frame, where there are any, `guesses`
    what a class guessed of the run."""
    last = history.frames[-1] if history.frames else None
    step = last.step if last is not None else 0
    score = session.score.prefix(step) if session.step != step else session.score
    manifest = {
        "format": FORMAT,
        "topic": score.topic,
        "params": score.params,
        "seed": score.seed,
        "changes": [change.model_dump() for change in score.changes],
        "planned_changes": [change.model_dump() for change in changes],
        "steps": step,
        "seconds": round(session.seconds, 4),
        "device": str(session.device),
        "data": score.data,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "numpy", "plotly", "pydantic")},
        },
    }
    if guesses:
        manifest["guesses"] = [as_json(crowd) for crowd in guesses]
    files = {
        "run.json": json.dumps(manifest, indent=1).encode(),
        "scalars.csv": curves_csv(history),
        "scalars.parquet": curves_parquet(history),
    }
    if last is not None:
        timeline = Timeline(last, session.params, history.scalars(), marks(session.topic, score.changes), score.seed)
        files["last.safetensors"] = tensors(last.arrays, step)
        files["report.html"] = report(with_crowds(session.topic, guesses), timeline).encode()
    files |= {f"{name}.safetensors": tensors(more, step) for name, more in (("weights", weights), ("data", data)) if more}
    for name, content in files.items():
        _replace(folder / name, content)
    for name in {"weights.safetensors", "data.safetensors"} - files.keys():  # those of an earlier run in this folder
        (folder / name).unlink(missing_ok=True)


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def curves_csv(history: History) -> bytes:
    """The kept scalars as a table, one row a step; every number reads back to the same bits."""
    table, sink = history.scalars(), io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(table)
    for row in zip(*table.values(), strict=True):
        writer.writerow([int(row[0]), *(repr(float(value)) for value in row[1:])])
    return sink.getvalue().encode()


def curves_parquet(history: History) -> bytes:
    """The same table as Parquet: `step` int64, every scalar float64 (NaN where a quantity did not exist yet)."""
    import pyarrow
    import pyarrow.parquet

    table = history.scalars()
    columns = {name: column.astype(np.int64) if name == "step" else column for name, column in table.items()}
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), sink)
    return sink.getvalue()


def tensors(arrays: Mapping[str, np.ndarray], step: int) -> bytes:
    """Named arrays as a safetensors file that says at which step they were."""
    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return save(whole, metadata={"step": str(step)})


def read(folder: Path) -> SavedRun:
    """A saved run. Raises RunFileError with a sentence for anything that is missing, damaged or impossible."""
    try:
        manifest = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT:
            raise RunFileError(f"{folder}/run.json has format {manifest.get('format')}; this version reads {FORMAT}")
        score = Score.model_validate({name: manifest[name] for name in ("topic", "params", "seed", "changes", "steps", "data")})
        params = score.settings()
        for change in score.changes:
            params = params.change(change.values)
        guesses = from_json(registry.find(score.topic), manifest.get("guesses", []))
        with (folder / "scalars.csv").open(newline="", encoding="utf-8") as source:
            rows = [(int(row.pop("step")), {k: float(v) for k, v in row.items()}) for row in csv.DictReader(source)]
        arrays = load_file(folder / "last.safetensors")
        own = folder / "data.safetensors"
        data = load_file(own) if own.exists() else None
    except FileNotFoundError as error:
        raise RunFileError(f"{folder} is not a run: {Path(error.filename or 'last.safetensors').name} is missing") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunFileError(f"{folder}/run.json: {where}: {first['msg']}") from None
    except BadValue as error:
        raise RunFileError(f"{folder}/run.json: {error}") from None
    except (RecursionError, KeyError, AttributeError, TypeError, ValueError, SafetensorError) as error:
        if isinstance(error, RunFileError):
            raise
        raise RunFileError(f"{folder} is a damaged run: {type(error).__name__}: {error}") from None
    except OSError as error:
        raise RunFileError(f"{folder} cannot be read: {error.strerror}") from None
    if score.data != digest(data):
        raise RunFileError(f"{folder}: the run's own data are missing or were changed")
    end = rows[-1][0] if rows else None
    if end != score.steps:
        raise RunFileError(f"{folder} is a damaged run: run.json has steps = {score.steps}, but scalars.csv ends at step {end}")
    steps = [change.step for change in score.changes]
    if steps != sorted(set(steps)):
        raise RunFileError(f"{folder}/run.json: changes: their steps must ascend")
    return SavedRun(score, rows, arrays, data, guesses)


def compare_row(frame: Frame, scalars: dict[str, float]) -> str | None:
    """None when a frame's scalars are exactly the saved ones (but for measured times)."""
    for name, value in scalars.items():
        if name in frame.clocks:
            continue
        now = frame.scalars.get(name, float("inf"))
        if now != value and not (now != now and value != value):
            return f"step {frame.step}: {name} is {now!r}, was {value!r}"
    return None


def frame_of_row(session: Session, score: Score, step: int, scalars: dict[str, float]) -> tuple[Frame, str | None]:
    """The frame that a saved row is of, and how it differs. Where a change came at its step, the look was before or after it.

    The session must not be beyond the step yet; raises what its loop raises.
    """
    session.reach(step)
    frame = session.look()
    difference = compare_row(frame, scalars)
    if difference is not None and any(change.step == step for change in score.changes):
        session.settle()
        frame = session.look()
        difference = compare_row(frame, scalars)
    return frame, difference


def compare_arrays(frame: Frame, arrays: dict[str, np.ndarray]) -> str | None:
    """None when a frame's arrays are exactly the saved ones (of measured times: as many)."""
    if frame.arrays.keys() != arrays.keys():
        return f"step {frame.step}: the arrays are {sorted(frame.arrays)}, were {sorted(arrays)}"
    for name, array in arrays.items():
        now = frame.arrays[name]
        if now.shape != array.shape or (
            name not in frame.clocks and not np.array_equal(now, array, equal_nan=array.dtype.kind == "f")
        ):
            return f"step {frame.step}: array {name} differs"
    return None


def report(topic: Topic, timeline: Timeline, look: Style | None = None) -> str:
    """One HTML page with all views, interactive, without any outside request."""
    import html

    look = look or Style()
    parts = []
    for index, view in enumerate(topic.views_for(timeline.params)):
        figure = view.draw(timeline, look).update(height=460, autosize=True).plotly()
        body = figure.to_html(full_html=False, include_plotlyjs=index == 0, config={"displaylogo": False, "responsive": True})
        parts.append(
            f"<section><h2>{html.escape(look.t(view.title_for(timeline.params)))}</h2><p>{html.escape(look.t(view.help))}</p>{body}</section>"
        )
    rows = "".join(
        f"<tr><td>{html.escape(n)}</td><td>{html.escape(str(v))}</td></tr>" for n, v in timeline.params.values().items()
    )
    title = html.escape(f"{topic.title} · step {timeline.frame.step} · seed {timeline.seed}")
    style = (
        "body{font:16px/1.5 sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1f2430}"
        "table{border-collapse:collapse}td{border-bottom:1px solid #ddd;padding:.2rem .8rem}section{margin:2rem 0}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>'
        f"<body><h1>{title}</h1><p>{html.escape(topic.question)}</p><table>{rows}</table>{''.join(parts)}</body></html>"
    )
