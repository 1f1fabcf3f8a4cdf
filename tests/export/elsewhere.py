"""A Python that knows the standard library, some packages and nothing of the app: what is taken home is played there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from engine.core import registry

REPOSITORY = registry.ROOT.parent
# Plays files one after the other, each line of its input in a process of its own: a branch of one that has imported what it was
# told to. Says what each printed and imported.
PLAY = """
import contextlib, importlib, io, json, os, runpy, sys
library = [place for place in sys.path if "-packages" not in place]
sys.path[:] = library + [sys.argv[1]]
for name in sys.argv[2:]:
    importlib.import_module(name)
def played(packages, files, homes):
    sys.path[:] = library + [packages]
    for file, home in zip(files, homes):
        said, before = io.StringIO(), set(sys.modules)
        sys.argv, sys.path = [file], [home, *sys.path]
        with contextlib.redirect_stdout(said):
            runpy.run_path(file, run_name="__main__")
        sys.path.remove(home)
        ours = [name for name in sys.modules if name.partition(".")[0] in ("engine", "main")]
        places = [sys.modules[name].__file__ or list(sys.modules[name].__path__)[0] for name in ours]
        for name in ours:
            del sys.modules[name]
        others = [m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None)]
        print(json.dumps({"said": said.getvalue(), "ours": places, "others": others}), flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            played(*json.loads(line))
        except BaseException as problem:
            print(json.dumps(f"{type(problem).__name__}: {problem}"), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
COMMON = ("torch", "numpy", "plotly", "pydantic")  # what every topic's run imports (a test says so)
ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # main.py says it before torch comes
Play = Callable[..., list[dict[str, Any]]]


def bare(folder: Path, pins: list[str]) -> Path:
    """A folder of packages with these libraries and what they ask for, and nothing else: links to those installed here."""
    folder.mkdir()
    waiting, done = [Requirement(pin).name for pin in pins], set()
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in done:
            done.add(name)
            asked, places = installed(name)
            waiting += asked
            for place in places:
                if not (folder / place.name).exists():
                    (folder / place.name).symlink_to(place)
    return folder


@cache
def installed(name: str) -> tuple[list[str], list[Path]]:
    """What a library asks for on this machine, and what of it lies in the folder of packages."""
    try:
        found = distribution(name)
    except PackageNotFoundError:  # asked for on other machines
        return [], []
    asked = [Requirement(line) for line in found.requires or []]
    tops = {Path(file).parts[0] for file in found.files or []} - {"..", "__pycache__"}
    names = [each.name for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})]
    return names, [Path(str(found.locate_file(top))) for top in sorted(tops)]


@contextmanager
def player(common: Path, first: Iterable[str], env: Mapping[str, str]) -> Iterator[Play]:
    """What files say, in a Python that knows the standard library, the given packages and the files' own folders.

    It has imported `first`, out of the packages in `common`, before it plays anything.
    """
    command = [sys.executable, "-I", "-S", "-c", PLAY, str(common), *first]
    with subprocess.Popen(
        command, cwd=common, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"HOME": str(common), **env}
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        asked, answers = process.stdin, process.stdout

        def play(packages: Path, *files: Path) -> list[dict[str, Any]]:
            homes = [file if file.suffix == ".zip" else file.parent for file in files]
            print(json.dumps([str(packages), [*map(str, files)], [*map(str, homes)]]), file=asked, flush=True)
            heard = []
            for home in homes:
                one = json.loads(answers.readline())
                assert not isinstance(one, str), one
                assert one["ours"] and all(Path(place).is_relative_to(home) for place in one["ours"])
                assert not [place for place in one["others"] if Path(place).is_relative_to(REPOSITORY)]
                heard.append(one)
            return heard

        yield play
        asked.close()
