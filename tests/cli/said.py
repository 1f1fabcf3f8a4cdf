"""What the command line says, and the files it makes."""

from __future__ import annotations

FILES = ["last.safetensors", "report.html", "run.json", "scalars.csv", "scalars.parquet"]


def one_line(error: str) -> str:
    assert error.startswith("error: ") and error.count("\n") == 1 and "Traceback" not in error, error
    return error
