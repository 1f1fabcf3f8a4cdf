"""The command line, called in the test's own process."""

from __future__ import annotations

import csv
import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.cli.commands import main


def command(*arguments: str) -> int:
    """The exit status of `python -m engine` with these arguments."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["engine", *arguments])
        try:
            main()
        except SystemExit as left:
            return int(left.code or 0)
    return 0


@dataclass(frozen=True)
class Said:
    """What a command line has said, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


def said(*arguments: str) -> Said:
    """`python -m engine` with these arguments, and what it prints."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as error:
        status = command(*arguments)
    return Said(status, out.getvalue(), error.getvalue())


def written(slug: str, folder: Path, steps: int, *options: str) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The last scalars and arrays that `run` writes for seed 0."""
    done = command("run", slug, "--seed", "0", "--steps", str(steps), "--device", "cpu", "--out", str(folder), *options)
    assert done == 0
    with (folder / "scalars.csv").open(encoding="utf-8") as file:
        last = list(csv.DictReader(file))[-1]
    return {name: float(value) for name, value in last.items() if value}, load_file(folder / "last.safetensors")
