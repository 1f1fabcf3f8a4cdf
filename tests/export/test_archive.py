"""Runs that are taken home: every topic's ZIP, played where the app is not installed, gives the run's own last scalars."""

from __future__ import annotations

import ast
import io
import json
import math
import random
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from packaging.requirements import Requirement
from safetensors.numpy import load

from engine.core import registry
from engine.core.language import KIT, catalogue, translator
from engine.core.params import BadValue, UnknownName
from engine.core.score import Change, Score, digest
from engine.core.session import Session
from engine.core.topic import Topic
from engine.export import archive as archive_module
from engine.export import program
from engine.export.archive import archive, imports, modules
from engine.runs.link import from_file
from tests import toy
from tests.contract.runs import inside, own_data
from tests.export.elsewhere import ALONE, COMMON, REPOSITORY, Play, bare, player

NEVER = (
    "streamlit",
    "starlette",
    "pages",
    "app",
    "engine.workers",
    "engine.cli",
    "engine.runs",
    "engine.sweeps",
    "engine.export",
)
FIRST = {"README.txt", "LICENSE", "__main__.py", "main.py", "notebook.ipynb", "requirements.txt", "run.json"}
SENSITIVE = "crf"  # its sums end in other digits with two threads: here main.py itself must see to it


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "slug" in metafunc.fixturenames:
        metafunc.parametrize("slug", list(registry.topics()))


@cache
def sellers() -> Mapping[str, list[str]]:
    """Package -> the distributions that bring it, on this machine."""
    return packages_distributions()


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """A player that has the large libraries in memory: each of the many runs would wait for them."""
    pins = [line.partition("#")[0] for line in (REPOSITORY / "requirements.txt").read_text().splitlines()]
    common = bare(tmp_path_factory.mktemp("common") / "packages", [pin for pin in pins if pin.startswith(COMMON)])
    libraries = ("torch", "torch._dynamo", "plotly.graph_objects", "pydantic")  # the second comes with the first optimiser
    with player(common, libraries, ALONE) as play:
        yield play


def printed(heard: dict[str, Any]) -> dict[str, float]:
    """The scalars that a main.py printed."""
    return json.JSONDecoder().raw_decode(heard["said"])[0]


def assert_same(topic: Topic, got: dict[str, float], wanted: dict[str, float]) -> None:
    """Every scalar is the other's, to the last bit; measured times only have to be there."""
    assert got.keys() == wanted.keys()
    clocks = {output.name for output in topic.outputs if output.kind == "clock"}
    for name, value in wanted.items():
        assert name in clocks or got[name] == value or (math.isnan(value) and math.isnan(got[name])), (name, got[name], value)


def contents(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        return {name: file.read(name) for name in file.namelist() if not name.endswith("/")}


def unpack(packed: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(folder)
    return folder


def cells(files: dict[str, bytes]) -> list[Any]:
    found = nbformat.reads(files["notebook.ipynb"].decode(), 4)
    nbformat.validate(found)
    return found.cells


def somewhere(topic: Topic, seed: int) -> Score:
    """A run of few steps with random choices and toggles, and two hot changes on its way (one where only one value is hot)."""
    draw = random.Random(seed)
    controls = topic.params.controls().values()
    params = topic.params()
    for control in controls:
        if control.kind != "cold" or control.type in ("number", "integer"):
            continue
        options = [value for value in inside(control) if (control.name, value) != (topic.data_param, topic.data_value)]
        try:
            params = params.change({control.name: draw.choice(options)})
        except BadValue:  # not possible beside the others
            continue
    first, changes = params, []
    hot = [control for control in controls if control.kind == "hot"]
    for step, control in zip((2, 4), draw.sample(hot, min(2, len(hot))), strict=False):
        for value in inside(control):
            try:
                then = params.change({control.name: value})
            except BadValue:
                continue
            if then != params:
                changes.append(Change(step=step, values={control.name: value}))
                params = then
                break
    assert len(changes) == min(2, len(hot))
    return Score(topic=topic.slug, params=first.values(), seed=seed, steps=5, changes=tuple(changes))


def test_the_code_plays_the_run_again_where_the_app_is_not(slug, tmp_path, play):
    """A run with choices and changes, packed and as the notebook's cells; one with the person's own data."""
    topic = registry.find(slug)
    wild, own = somewhere(topic, 11), own_data(topic)
    packed = archive(wild, device="cpu")
    folder = unpack(packed, tmp_path / "wild")
    (folder / "cells.py").write_text("\n".join(c.source for c in cells(contents(packed)) if c.cell_type == "code"))
    (tmp_path / "wild.zip").write_bytes(packed)
    files, wanted = [tmp_path / "wild.zip", folder / "cells.py"], [Session.from_score(wild, "cpu").look().scalars] * 2
    if own is not None:
        score = Score(topic=slug, params={topic.data_param: topic.data_value}, seed=11, steps=2, data=digest(own))
        packed = archive(score, own, device="cpu")
        (tmp_path / "own.zip").write_bytes(packed)
        files.append(tmp_path / "own.zip")
        wanted.append(Session.from_score(score, "cpu", own).look().scalars)
    packages = bare(tmp_path / "packages", contents(packed)["requirements.txt"].decode().splitlines())
    if slug == SENSITIVE:
        with player(packages, (), {}) as bare_player:
            heard = bare_player(packages, *files)
    else:
        heard = play(packages, *files)
    for one, scalars in zip(heard, wanted, strict=True):
        assert_same(topic, printed(one), scalars)
    page = (tmp_path / "wild.html").read_text(encoding="utf-8")
    assert heard[0]["said"].splitlines()[-1] == str(tmp_path / "wild.html")
    assert 1 <= page.count("Plotly.newPlot") <= 2 and not re.search(r"<script[^>]*src=|<link", page)


def test_it_holds_the_code_as_it_is_and_nothing_of_the_app(slug):
    topic = registry.find(slug)
    packed = archive(Score(topic=slug, steps=3))
    files = contents(packed)
    assert packed == archive(Score(topic=slug, steps=3)), "the same run gives other bytes"
    engine = {name for name in files if name.startswith("engine/")}
    assert set(files) - engine == FIRST
    assert all(files[name] == (REPOSITORY / name).read_bytes() for name in engine)
    package = registry.ROOT / topic.group / slug.replace("-", "_")
    assert {str(file.relative_to(REPOSITORY)) for file in package.rglob("*.py")} <= engine
    for name in engine:
        for imported in imports(files[name].decode(), "x"):
            assert not any(imported == never or imported.startswith(f"{never}.") for never in NEVER), (name, imported)
    assert not [name for name in engine if name.split("/")[1] in ("cli", "workers", "runs", "sweeps", "export", "guess")]
    here = {str(REPOSITORY), str(Path.home()), str(Path(sys.prefix))} - {"/"}
    assert not [name for name, content in files.items() if any(place.encode() in content for place in here if len(place) > 5)]
    assert len(packed) < 300_000


def test_the_requirements_are_exactly_what_is_imported(slug):
    files = contents(archive(Score(topic=slug, steps=3)))
    found = set()
    for name, content in files.items():
        for node in ast.walk(ast.parse(content)) if name.endswith(".py") else ():
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module).split(".")[0])
    sold = sellers()
    wanted = {sold[name][0].lower() for name in found - set(sys.stdlib_module_names) - {"engine", "main"}}
    pins = files["requirements.txt"].decode().splitlines()
    assert {Requirement(pin).name.lower() for pin in pins} == wanted >= {"torch", "numpy", "plotly", "pydantic"}
    all_pins = {line.split("#")[0].strip() for line in (REPOSITORY / "requirements.txt").read_text().splitlines()}
    assert set(pins) <= all_pins and all("==" in pin for pin in pins)


def test_a_program_says_what_the_run_was(slug):
    topic = registry.find(slug)
    score = somewhere(topic, 4)
    files = contents(archive(score, language="zh"))
    assert from_file(files["run.json"]).model_dump_json() == score.model_dump_json()  # which the app's Share gives and takes
    names = {
        node.targets[0].id: node.value
        for node in ast.parse(files["main.py"]).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert topic.params.build(ast.literal_eval(names["VALUES"])) == score.settings()
    changes = ast.literal_eval(names["CHANGES"])
    assert changes == {change.step: change.values for change in score.changes}
    first, *rest = cells(files)
    assert first.cell_type == "markdown" and {cell.cell_type for cell in rest} == {"code"} and len(rest) == 4
    t = translator("zh", slug)
    for text in (first.source, files["README.txt"].decode()):
        assert t(topic.title) in text and t(topic.question) in text and f"种子 {score.seed}，途中 {len(changes)} 处改动" in text


def test_own_data_travel_inside_and_a_run_without_them_is_refused(descent):
    data = {"x": np.linspace(-1, 2, 500, dtype=np.float32).reshape(100, 5).T, "size": np.array([5, 1], np.int32)}
    score = Score(topic=descent.slug, params={"shape": "own"}, seed=1, steps=12, data=digest(data))
    inside = load(contents(archive(score, data))["data.safetensors"])
    assert digest(inside) == score.data
    for other in (None, {"x": data["x"] + 1}):
        with pytest.raises(ValueError, match="the user's own data, which are not here"):
            archive(score, other)


def test_a_change_at_its_step_a_loop_that_ends_and_one_that_diverges(descent, tmp_path, play):
    def at(step: int) -> Score:
        changes = (Change(step=step, values={"rate": 0.5}), Change(step=30, values={"pull": 0.3}))
        return Score(topic=descent.slug, seed=2, steps=30, changes=changes)

    short = Score(topic=descent.slug, params={"length": 7}, steps=30, changes=(Change(step=9, values={"pull": 1.0}),))
    scores = [*map(at, (0, 19, 20, 21)), short]
    for index, score in enumerate(scores):
        (tmp_path / f"{index}.zip").write_bytes(archive(score, device="cpu"))
    pins = contents((tmp_path / "0.zip").read_bytes())["requirements.txt"].decode().splitlines()
    packages = bare(tmp_path / "packages", pins)
    got = [printed(heard) for heard in play(packages, *(tmp_path / f"{index}.zip" for index in range(len(scores))))]
    assert got == [Session.from_score(score, "cpu").look().scalars for score in scores]
    assert len({row["distance"] for row in got[:4]}) == 4, "the step of a change makes no difference here"

    (tmp_path / "wild.zip").write_bytes(archive(Score(topic=descent.slug, params={"rate": 10.0}, steps=200)))
    with pytest.raises(AssertionError, match=r"Diverged: squared distance became inf at step \d+"):
        play(packages, tmp_path / "wild.zip")


def test_what_is_not_possible_is_refused_in_words(descent, tmp_path, monkeypatch):
    with pytest.raises(UnknownName, match="descent"):
        archive(Score(topic="descend", steps=3))
    with pytest.raises(BadValue, match=r"size.*restarts the run"):
        archive(Score(topic=descent.slug, steps=3, changes=(Change(step=1, values={"size": 4}),)))
    with pytest.raises(BadValue, match=r"rate = 99.*0.001 to 10"):
        archive(Score(topic=descent.slug, steps=3, changes=(Change(step=1, values={"rate": 99}),)))
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6  # no more\n")
    monkeypatch.setattr(archive_module, "REQUIREMENTS", tmp_path / "requirements.txt")
    with pytest.raises(ValueError, match=r"torch is imported, but requirements.txt does not pin it"):
        archive(Score(topic=descent.slug, steps=3))


def test_modules_are_found_wherever_they_are_imported(tmp_path, monkeypatch):
    """In functions, under conditions, relative, as names of a package; a name that is no module is none."""
    import engine

    sources = {
        "a.py": "def f():\n    from engine.house import b\n\nif False:\n    import engine.house.rooms.d\n",
        "b.py": "from .rooms import c as other, NAME\nfrom engine.house.b import nothing\nimport json, numpy.linalg\n",
        "__init__.py": "", "rooms/__init__.py": "NAME = 1\n", "rooms/c.py": "from ..e import x\n", "rooms/d.py": "", "e.py": "", "f.py": "",
    }  # fmt: skip
    for name, text in sources.items():
        (tmp_path / "house" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "house" / name).write_text(text)
    monkeypatch.setattr(engine, "__path__", [*engine.__path__, str(tmp_path)])
    found = {name.removeprefix("engine.house") for name in modules(["engine.house.a"]) if name.startswith("engine.house")}
    assert found == {"", ".a", ".b", ".e", ".rooms", ".rooms.c", ".rooms.d"}


def test_a_topic_that_was_never_heard_of_is_taken_home(tmp_path, play):
    """The README's toy in a copy of the repository, through the command line: no topic needs code of its own for this."""
    repository = toy.copy(tmp_path / "repository")
    toy.add_coin(repository)
    options = ["--set", "batch=4", "--at", "10:bias=0.2", "--at", "90:bias=0.9", "--seed", "6", "--steps", "40"]
    for command in (
        ("run", "coin", *options, "--out", tmp_path / "run"),
        ("export", "coin", *options, "--zip", tmp_path / "a.zip", "--device", "cpu"),
        ("export", tmp_path / "run", "--zip", tmp_path / "b.zip", "--device", "cpu"),
    ):
        done = toy.python(repository, "-m", "engine", *command)
        assert done.returncode == 0, done.stderr
    wanted = (tmp_path / "run" / "scalars.csv").read_text(encoding="utf-8").splitlines()
    last = dict(zip(wanted[0].split(","), map(float, wanted[-1].split(",")), strict=True))
    last.pop("step")
    files = contents((tmp_path / "a.zip").read_bytes())
    packages = bare(tmp_path / "packages", files["requirements.txt"].decode().splitlines())
    unpacked = unpack((tmp_path / "a.zip").read_bytes(), tmp_path / "a") / "main.py"
    heard = play(packages, tmp_path / "a.zip", tmp_path / "b.zip", unpacked)
    assert [printed(one) for one in heard] == [last, last, last]
    assert len(files["main.py"].decode().splitlines()) < 60 and b"scikit" not in files["requirements.txt"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["descent"], "Say where to write it: --zip FILE.zip."),
        (["descent", "--script", "x.py"], "--zip FILE.zip writes both script and notebook"),
        (["descent", "--notebook", "x.ipynb"], "--zip FILE.zip writes both script and notebook"),
        (["descnt", "--zip", "x.zip"], "descent"),
        (["descent", "--zip", "x.zip", "--at", "3:size=4"], "takes hot parameters only"),
        (["descent", "--zip", "x.zip", "--steps", "0"], "--steps"),
        (["descent", "--zip", "x.zip", "--lang", "fr"], "en, zh"),
        (["descent", "--zip", "x.zip", "--device", "tpu"], "auto, cpu, cuda, mps"),
        (["descent", "--zip", "no/such/folder/x.zip"], "--zip"),
        (["./nothing", "--zip", "x.zip"], "is not a run"),
    ],
)
def test_the_command_line_says_what_is_wrong(engine, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    status, _, error = engine("export", *arguments)
    assert status == 2 and said in error and error.count("\n") == 1, error
    assert list(tmp_path.iterdir()) == []


def test_everything_it_says_is_translated():
    said = {
        node.args[0].value
        for node in ast.walk(ast.parse(Path(program.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "t" and isinstance(node.args[0], ast.Constant)
    }
    known = catalogue("zh", KIT)
    assert len(said) > 12 and sorted(text for text in said if not (known.get(text) and known.get(text).string)) == []
