"""The file of one saved run: its scalar rows, kept frames and own data as safetensors; written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine.core import wire
from engine.core.frame import Frame
from engine.core.params import BadValue, Params
from engine.core.score import Change, Score, digest
from engine.core.topic import Topic
from engine.guess.crowd import Crowd, as_json, from_json
from engine.runs.history import History

MAX_BYTES = 4 * 2**20  # of kept frames in a saved run; the curves are kept whole, and the score rebuilds every frame
MAX_FRAMES = 120
MAX_STEPS = 10_000_000
SUFFIX = ".safetensors"


def chosen(frames: Sequence[Frame]) -> list[Frame]:
    """The frames to keep: the last one, the first, and as many between as the limits allow, evenly."""
    count = min(len(frames), MAX_FRAMES)
    while True:
        places = np.unique(np.linspace(len(frames) - 1, 0, count).round().astype(int))
        kept = [frames[place] for place in places]
        constants = sum(kept[-1].arrays[name].nbytes for name in kept[-1].constants if name in kept[-1].arrays) if kept else 0
        if count <= 1 or sum(frame.nbytes - constants for frame in kept) + constants <= MAX_BYTES:
            return kept
        count = max(1, count // 2)


def pack(history: History, data: dict[str, np.ndarray] | None, guesses: Sequence[Crowd] = ()) -> bytes:
    """A history, the user's own data and what a class guessed as the bytes of a safetensors file."""
    frames = chosen(history.frames)
    tensors = {f"rows/{name}": np.asarray(column, np.float64) for name, column in history.scalars().items()}
    headers, constants = [], dict[str, np.ndarray]()
    for index, frame in enumerate(frames):
        constants |= {name: frame.arrays[name] for name in frame.constants if name in frame.arrays and name not in constants}
        own = frame.without(constants)
        tensors |= {f"frame/{index}/{name}": np.asarray(array, order="C") for name, array in own.items()}
        left_out = [name for name in frame.arrays if name not in own]
        headers.append(frame.header() | ({"left_out": left_out} if left_out else {}))
    tensors |= {f"constant/{name}": np.asarray(array, order="C") for name, array in constants.items()}
    tensors |= {f"data/{name}": np.asarray(array, order="C") for name, array in (data or {}).items()}
    for name, array in tensors.items():
        if array.dtype.name not in wire.DTYPES:
            raise TypeError(f"{name} has dtype {array.dtype}; use one of {', '.join(wire.DTYPES)}")
    more = {"guesses": json.dumps([as_json(crowd) for crowd in guesses], allow_nan=False)} if guesses else {}
    return save(tensors, metadata={"frames": json.dumps(headers, allow_nan=False), **more})


@dataclass
class Contents:
    """What a run's file holds."""

    frames: list[Frame]
    rows: list[tuple[int, dict[str, float]]]
    data: dict[str, np.ndarray] | None
    guesses: Any = ()  # as they stand in the file: `check_contents` reads them


def unpack(raw: bytes) -> Contents:
    """The inverse of `pack`; raises ValueError for bytes that are not of this form."""
    try:
        tensors = load(raw)  # checks every offset against the length
        (length,) = struct.unpack_from("<Q", raw)
        metadata = json.loads(raw[8 : 8 + length])["__metadata__"]
        headers = json.loads(metadata["frames"])
        arrays: list[dict[str, np.ndarray]] = [{} for _ in headers]
        columns: dict[str, np.ndarray] = {}
        data: dict[str, np.ndarray] = {}
        constants: dict[str, np.ndarray] = {}
        for key, tensor in tensors.items():
            kind, _, name = key.partition("/")
            if kind == "frame":
                index, _, name = name.partition("/")
                arrays[int(index)][name] = tensor
            else:
                {"rows": columns, "data": data, "constant": constants}[kind][name] = tensor
        for header, own in zip(headers, arrays, strict=True):
            own |= {name: constants[name] for name in header.get("left_out", ())}
        frames = [Frame.of(header, own) for header, own in zip(headers, arrays, strict=True)]
        steps = columns.pop("step")
        if any(column.shape != (len(steps),) for column in columns.values()):
            raise ValueError("its curves have different lengths")
        table = {name: column.astype(float).tolist() for name, column in columns.items()}
        rows = [(int(step), {name: table[name][row] for name in table}) for row, step in enumerate(steps.tolist())]
        return Contents(frames, rows, data or None, json.loads(metadata.get("guesses", "[]")))
    except (SafetensorError, struct.error, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def check_contents(contents: Contents, score: Score, topic: Topic, last: Params) -> tuple[Crowd, ...]:
    """Hold what a file says against the score and the topic's declaration; returns what a class guessed.

    Args:
        last: the parameters in force at the end of the score.

    Raises:
        ValueError: frames or rows out of order, other shapes than declared, another end or other data than the score has, or
            guesses that nobody can have made.
    """
    frames, rows = contents.frames, contents.rows
    for steps in ([frame.step for frame in frames], [row[0] for row in rows]):
        if not steps or steps[0] < 0 or steps[-1] != score.steps or any(a >= b for a, b in pairwise(steps)):
            raise ValueError(f"its steps do not ascend to {score.steps}")
    for frame in frames:
        try:
            params = topic.params.build(frame.settings)
        except BadValue as error:
            raise ValueError(f"step {frame.step}: {error}") from None
        problems = topic.check_frame(frame, params)
        if problems or frame.part:
            raise ValueError(f"step {frame.step}: {problems[0] if problems else 'not the end of a step'}")
    if frames[-1].settings != last.values():
        raise ValueError("its last frame has other settings than the score")
    known = {output.name for output in topic.outputs if output.scalar}
    strange = sorted(rows[-1][1].keys() - known)
    if strange:
        raise ValueError(f"undeclared output {strange[0]}")
    if digest(contents.data) != score.data:
        raise ValueError("the run's own data are missing or were changed")
    return from_json(topic, contents.guesses)


def check_score(raw: Any, slug: str, steps: int) -> tuple[Score, Params]:
    """A score from JSON with the parameters at its end.

    Raises:
        BadValue: a parameter, seed or topic that is not possible (UnknownName for one that does not exist).
        ValueError: anything else that is wrong with it.
    """
    try:
        score = Score.model_validate(raw)
    except ValidationError as error:
        problem = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None
    if score.topic != slug or score.steps != steps or steps > MAX_STEPS:
        raise ValueError(f"topic {score.topic}, {score.steps} steps, listed as {slug}, {steps} steps")
    params = score.settings()
    controls, before, changes = params.controls(), -1, []
    first = params.values()
    for change in score.changes:
        cold = [name for name in change.values if name in controls and not controls[name].hot]
        if cold:
            raise ValueError(f"step {change.step}: {cold[0]} cannot change during a run")
        if not before < change.step <= score.steps:
            raise ValueError(f"step {change.step}: the steps of changes must ascend and end by {score.steps}")
        params, before = params.change(change.values), change.step
        changes.append(Change(step=change.step, values={name: getattr(params, name) for name in change.values}))
    return score.model_copy(update={"params": first, "changes": tuple(changes)}), params


def write(folder: Path, run: uuid.UUID, raw: bytes) -> str:
    """Put a run's bytes into the folder; returns the file's name, which holds their digest.

    They are written under a temporary name, flushed to the disk, and renamed: the name exists only with all of them.
    Raises OSError; then nothing is left behind.
    """
    name = f"{run.hex}-{hashlib.sha256(raw).hexdigest()[:16]}{SUFFIX}"
    temporary = folder / f".{name}.{os.getpid()}"
    try:
        with temporary.open("wb") as sink:
            sink.write(raw)
            sink.flush()
            os.fsync(sink.fileno())
        temporary.replace(folder / name)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _flush(folder)
    return name


def read(folder: Path, name: str) -> bytes:
    """A file's bytes. Raises OSError, or ValueError when they are not those its name was made from."""
    if Path(name).name != name:
        raise ValueError("not a file name")
    raw = (folder / name).read_bytes()
    if hashlib.sha256(raw).hexdigest()[:16] != name.removesuffix(SUFFIX).rpartition("-")[2]:
        raise ValueError("its digest is another one")
    return raw


def _flush(folder: Path) -> None:
    """Make a rename last through a power cut (where the system lets a folder be opened)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
