"""The data folder, and what is kept there because it is computed once: arrays, under a key of all that they hang on. No torch.

A cache: whatever is wrong with it, who asks computes anew what it held.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from platformdirs import user_data_path
from safetensors.numpy import load, save

ROOM, MOST, BYTES = "computed", 16, 20 * 2**20  # its folder; files and bytes that are kept
SEAL = hashlib.sha256().digest_size  # bytes before those of the arrays
FAULTS = (OSError, RuntimeError)  # a full disk, a folder that is none or not ours, a home that nobody has


def data_folder() -> Path:
    """Where the app keeps what it writes: LATENT_LAB_DATA, or the user's data folder. Raises RuntimeError for a `~name` without a home."""
    given = os.environ.get("LATENT_LAB_DATA")
    return Path(given).expanduser() if given else user_data_path("latent-lab", appauthor=False)


def fingerprint(modules: Iterable[ModuleType]) -> str:
    """A hash of their sources, to be taken while they are imported: later another text may lie there than runs. "" where one has none."""
    state = hashlib.sha256()
    for module in modules:
        try:
            state.update(f"{module.__name__}\n{inspect.getsource(module)}\n".encode())
        except (OSError, TypeError):
            return ""
    return state.hexdigest()


def recall(key: Mapping[str, Any]) -> dict[str, np.ndarray] | None:
    """The arrays that were kept under this key (of what JSON can say), bit for bit; None where there are none.

    A file that is damaged, cut short or of another key is removed.
    """
    text = json.dumps(key, sort_keys=True)
    try:
        file = data_folder() / ROOM / _name(text)
        raw = file.read_bytes()
        if raw[:SEAL] != _seal(text, raw[SEAL:]):
            file.unlink()
            return None
        with suppress(OSError):  # the folder may be read-only
            os.utime(file)  # what is used stays longest
    except FAULTS:
        return None
    return {name: array.copy() for name, array in load(raw[SEAL:]).items()}


def keep(key: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Keep arrays under a key for other processes and later ones, if that is possible; what was used least lately makes room.

    A file's name exists only with all of its bytes: two processes that keep the same do not meet.
    """
    text = json.dumps(key, sort_keys=True)
    body = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    try:
        folder = data_folder() / ROOM
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "wb") as sink:
                sink.write(_seal(text, body) + body)
            Path(temporary).replace(folder / _name(text))
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        _make_room(folder)
    except FAULTS:
        return


def _name(text: str) -> str:
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.kept"


def _seal(text: str, body: bytes) -> bytes:
    return hashlib.sha256(text.encode() + b"\n" + body).digest()


def _make_room(folder: Path) -> None:
    """Remove what was used least lately, and what a killed process has left; the newest file stays."""
    found = [(status.st_mtime_ns, status.st_size, file) for file in folder.iterdir() if (status := file.stat())]
    held = 0
    for place, (_, size, file) in enumerate(sorted(found, reverse=True)):
        held += size
        if place and (place >= MOST or held > BYTES):
            file.unlink(missing_ok=True)
