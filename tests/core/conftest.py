"""What these tests share: the command line called in this process, one real run to look at, and stores on either database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.core.cli import main
from engine.core.store import RunStore
from tests import toy
from tests.core import postgres

FILES = ["last.safetensors", "report.html", "run.json", "scalars.csv", "scalars.parquet"]


@pytest.fixture
def engine(descent, monkeypatch, capsys):
    """`python -m engine ...` in this process: (exit status, standard output, standard error)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["python -m engine", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture(scope="session")
def run_folder(toy_repository, tmp_path_factory) -> Path:
    """The folder of a real run, made by a real process: a cold value, two hot changes, a seed."""
    out = tmp_path_factory.mktemp("runs") / "deep" / "run"
    arguments = ["--set", "size=4", "--set", "shown=point,pair", "--at", "20:rate=0.5", "--at", "30:noise=off"]
    done = toy.python(
        toy_repository, "-m", "engine", "run", "descent", *arguments, "--seed", "7", "--steps", "60", "--out", out
    )
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout and "60 steps" in done.stdout and done.stderr == ""
    return out


def one_line(error: str) -> str:
    assert error.startswith("error: ") and error.count("\n") == 1 and "Traceback" not in error, error
    return error


Make = Callable[..., RunStore]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def make(request, tmp_path) -> Iterator[Make]:
    """Opens stores on one new database (as often as it is called)."""
    address = "" if request.param == "sqlite" else postgres.new_database(request.getfixturevalue("server"))
    opened = []

    def open_(**more) -> RunStore:
        opened.append(RunStore(tmp_path / "data", address, **more))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(make) -> RunStore:
    return make()
