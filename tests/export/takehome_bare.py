"""A virtual environment with torch, numpy, plotly and what these need, and nothing else: a stranger's machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

LIBRARIES = ("torch", "numpy", "plotly")
ABSENT = ("scipy", "sklearn", "pydantic", "streamlit", "engine", "pandas", "safetensors")
PLAY = "import runpy, sys\nfor file in sys.argv[1:]:\n    runpy.run_path(file, run_name='__main__')"


def make(folder: Path) -> Path:
    """The Python of such an environment in `folder`: the installed packages are linked, not copied."""
    venv.create(folder, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    for name in sorted(needed(LIBRARIES)):
        found = distribution(name)
        for top in {Path(file).parts[0] for file in found.files or []} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(found.locate_file(top))))
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def needed(names: tuple[str, ...]) -> set[str]:
    """Names of the installed distributions that these ask for on this machine, themselves included."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            asked = distribution(name).requires or []
        except PackageNotFoundError:  # asked for by an extra, or for another machine
            continue
        found.add(name)
        requirements = [Requirement(line) for line in asked]
        waiting += [r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


def run(python: Path, *arguments: str | Path, timeout: float = 250) -> subprocess.CompletedProcess[str]:
    """That Python on some arguments, away from this repository and from everything this process was told."""
    hidden = ("PYTHON", "VIRTUAL_ENV", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    command = [str(python), "-I", *map(str, arguments)]
    folder = python.parent.parent
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False)


def scalars(python: Path, *files: Path) -> list[dict[str, float]]:
    """What each of these scripts prints last, all played by one process."""
    done = run(python, "-c", PLAY, *files)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
