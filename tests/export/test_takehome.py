"""Code that is taken home: every topic's score as a script and as a notebook, run where the app is not installed."""

from __future__ import annotations

import ast
import json
import math
import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from engine.core import registry
from engine.core.params import BadValue, UnknownName
from engine.core.score import Change, Score, digest
from engine.core.session import Session
from engine.export import export as takehome
from engine.export.text import WIDTH
from tests import toy
from tests.contract.runs import nudge, own_data, variants
from tests.export import takehome_bare

STEPS, CHANGED_AT = 24, 11


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return takehome_bare.make(tmp_path_factory.mktemp("bare"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "slug" in metafunc.fixturenames:
        metafunc.parametrize("slug", list(registry.topics()))


def played(
    slug: str, values: dict[str, Any], steps: int = STEPS, changed_at: int = CHANGED_AT, data: Any = None
) -> tuple[Score, dict[str, float]]:
    """A score with a hot change on its way, and the scalars at its end."""
    session = Session.start(slug, values, seed=5, device="cpu", data=data)
    session.run(steps=changed_at)
    nudge(session)
    session.run(steps=steps - changed_at)
    assert len(session.score.changes) == 1 and session.score.changes[0].step == changed_at
    return session.score, session.look().scalars


def assert_same(text: str, got: dict[str, float], wanted: dict[str, float]) -> None:
    """Every scalar is the session's own, to the last bit where the text does not say otherwise."""
    assert got.keys() == wanted.keys()
    rounded = "written anew" in text.split('"""')[1]
    for name, value in wanted.items():
        same = got[name] == value or (math.isnan(value) and math.isnan(got[name]))
        assert same or (rounded and math.isclose(got[name], value, rel_tol=1e-9, abs_tol=1e-12)), (name, got[name], value)


def code_of(notebook: str) -> str:
    return "\n\n".join(cell.source for cell in nbformat.reads(notebook, 4).cells if cell.cell_type == "code")


def test_what_the_scripts_do_without_is_not_there(python):
    for name in takehome_bare.ABSENT:
        done = takehome_bare.run(python, "-c", f"import {name}")
        assert "ModuleNotFoundError" in done.stderr, f"{name} can be imported in the bare environment"


def test_script_and_notebook_give_the_runs_own_scalars(slug, python, tmp_path):
    score, wanted = played(slug, {})
    script, notebook = takehome.script(score), takehome.notebook(score)
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    (tmp_path / "cells.py").write_text(code_of(notebook), encoding="utf-8")
    from_script, from_cells = takehome_bare.scalars(python, tmp_path / "script.py", tmp_path / "cells.py")
    assert_same(script, from_script, wanted)
    assert_same(script, from_cells, wanted)
    page = (tmp_path / "script.html").read_text(encoding="utf-8")
    (name, value), *_ = score.changes[0].values.items()
    assert "Plotly.newPlot" in page and '"scatter"' in page and f"{name} = {value}" in page


@pytest.mark.slow
def test_so_does_every_choice_that_a_topic_offers(slug, python, tmp_path):
    topic = registry.find(slug)
    files, texts, wanted = [], [], []
    for _, values in variants(topic):
        (name, value), *_ = values.items()
        if topic.params.controls()[name].type in ("number", "integer"):
            continue
        own = value == topic.data_value and name == topic.data_param
        data = own_data(topic) if own else None
        try:
            topic.params.build(values)
        except BadValue:  # not possible beside the other defaults
            continue
        score, scalars = played(slug, values, steps=5, changed_at=3, data=data)
        file = tmp_path / f"{len(files)}.py"
        texts.append(takehome.script(score, data))
        file.write_text(texts[-1], encoding="utf-8")
        files.append(file)
        wanted.append(scalars)
    assert files
    for text, got, expected in zip(texts, takehome_bare.scalars(python, *files), wanted, strict=True):
        assert_same(text, got, expected)


def test_a_script_is_one_readable_file(slug):
    score, _ = played(slug, {})
    text = takehome.script(score)
    tree = ast.parse(text)
    topic = registry.find(slug)
    head = ast.get_docstring(tree)
    assert head.startswith(topic.title) and f"seed {score.seed}" in head and "<https://" in head
    assert topic.question in " ".join(head.split())
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    imported = {
        (node.names[0].name if isinstance(node, ast.Import) else node.module).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported >= {"torch", "plotly", "json"}
    assert not imported & {"engine", "scipy", "sklearn", "pydantic", "streamlit", "pages"}
    assert topic.source().splitlines()[1] in text  # the loop as it stands in the lab
    change = score.changes[0]
    (name, value), *_ = change.values.items()
    assert f"({change.step}, {{{json.dumps(name)}: " in text and str(value) in text
    assert f"SEED = {score.seed}\nSTEPS = {score.steps}\n" in text


def test_a_script_holds_no_unreachable_function(slug):
    text = takehome.script(played(slug, {})[0])
    tree = ast.parse(text)
    mentioned = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    defined = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assert [name for name in defined if name not in mentioned] == []
    assert len(defined) == len(set(defined))


def test_a_notebook_is_valid_and_tells_before_it_computes(slug):
    score, _ = played(slug, {})
    notebook = nbformat.reads(takehome.notebook(score), as_version=4)
    nbformat.validate(notebook)
    first = notebook.cells[0]
    assert first.cell_type == "markdown" and first.source.startswith(f"# {registry.find(slug).title}")
    headings = [cell.source.splitlines()[0] for cell in notebook.cells if cell.cell_type == "markdown"]
    order = ["## The values of this run", "## The data", "## The model and its loop", "## The run", "## The curves"]
    assert [heading for heading in headings if heading in order] == order
    folded = [cell for cell in notebook.cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert all(re.search(r'"[^"\n]{100}', cell.source) for cell in folded)


def test_a_change_comes_into_force_at_exactly_its_step(descent, python, tmp_path):
    def made(step: int) -> tuple[Score, dict[str, float]]:
        changes = (Change(step=step, values={"rate": 0.5}), Change(step=30, values={"pull": 0.3}))
        score = Score(topic=descent.slug, seed=2, steps=30, changes=changes)
        return score, Session.from_score(score, "cpu").look().scalars

    files, wanted = [], []
    for step in (0, 19, 20, 21):
        score, scalars = made(step)
        files.append(tmp_path / f"at{step}.py")
        files[-1].write_text(takehome.script(score), encoding="utf-8")
        wanted.append(scalars)
    got = takehome_bare.scalars(python, *files)
    assert got == wanted
    assert len({row["distance"] for row in got}) == 4, "the step of a change makes no difference here"


def test_a_loop_that_ends_by_itself_and_one_that_diverges(descent, python, tmp_path):
    short = Score(topic=descent.slug, params={"length": 7}, steps=30, changes=(Change(step=9, values={"pull": 1.0}),))
    (tmp_path / "short.py").write_text(takehome.script(short), encoding="utf-8")
    assert takehome_bare.scalars(python, tmp_path / "short.py") == [Session.from_score(short, "cpu").look().scalars]

    wild = Score(topic=descent.slug, params={"rate": 10.0}, steps=200)
    (tmp_path / "wild.py").write_text(takehome.script(wild), encoding="utf-8")
    done = takehome_bare.run(python, tmp_path / "wild.py")
    with pytest.raises(ArithmeticError) as caught:
        Session.from_score(wild, "cpu")
    assert done.returncode == 1
    assert f"after step {caught.value.step}: squared distance became inf" in done.stderr.splitlines()[-1]


def test_own_data_travel_inside(descent, python, tmp_path):
    data = {"x": np.linspace(-1, 2, 500, dtype=np.float32).reshape(100, 5), "size": np.array([5, 1], np.int32)}
    score = Score(topic=descent.slug, params={"shape": "own"}, seed=1, steps=12, data=digest(data))
    text = takehome.script(score, data)
    (tmp_path / "own.py").write_text(text, encoding="utf-8")
    assert takehome_bare.scalars(python, tmp_path / "own.py") == [Session.from_score(score, "cpu", data).look().scalars]
    assert max(map(len, text.splitlines())) <= WIDTH

    with pytest.raises(ValueError, match="the user's own data, which are not here"):
        takehome.script(score)
    with pytest.raises(ValueError, match="the user's own data, which are not here"):
        takehome.notebook(score, {"x": data["x"] + 1})


def test_what_is_not_possible_is_refused_in_words(descent):
    with pytest.raises(UnknownName, match="descent"):
        takehome.script(Score(topic="descend", steps=3))
    with pytest.raises(BadValue, match=r"size restarts the run"):
        takehome.script(Score(topic=descent.slug, steps=3, changes=(Change(step=1, values={"size": 4}),)))
    with pytest.raises(BadValue, match=r"rate = 99.*0.001 to 10"):
        takehome.script(Score(topic=descent.slug, steps=3, changes=(Change(step=1, values={"rate": 99}),)))
    late = takehome.script(Score(topic=descent.slug, steps=3, changes=(Change(step=4, values={"rate": 1.0}),)))
    assert "CHANGES = []" in late, "a change after the last step never happens"


def test_a_topic_that_was_never_heard_of_is_taken_home(tmp_path, python):
    """The README's toy in a copy of the repository, through the command line: no topic needs code of its own for this."""
    repository = toy.copy(tmp_path / "repository")
    toy.add_coin(repository)
    options = ["--set", "batch=4", "--at", "10:bias=0.2", "--seed", "6", "--steps", "40"]
    done = toy.python(repository, "-m", "engine", "run", "coin", *options, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    files = ["--script", tmp_path / "a.py", "--notebook", tmp_path / "a.ipynb"]
    done = toy.python(repository, "-m", "engine", "export", "coin", *options, *files)
    assert done.returncode == 0, done.stderr
    done = toy.python(repository, "-m", "engine", "export", tmp_path / "run", "--script", tmp_path / "b.py")
    assert done.returncode == 0, done.stderr
    (tmp_path / "c.py").write_text(code_of((tmp_path / "a.ipynb").read_text(encoding="utf-8")), encoding="utf-8")
    wanted = (tmp_path / "run" / "scalars.csv").read_text(encoding="utf-8").splitlines()
    last = dict(zip(wanted[0].split(","), map(float, wanted[-1].split(",")), strict=True))
    last.pop("step")
    assert takehome_bare.scalars(python, tmp_path / "a.py", tmp_path / "b.py", tmp_path / "c.py") == [last] * 3
    text = (tmp_path / "a.py").read_text(encoding="utf-8")
    assert "class Coin(Model):" in text and "batch: int = 4" in text and len(text.splitlines()) < 250


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["descent"], "--script FILE.py"),
        (["descnt", "--script", "x.py"], "descent"),
        (["descent", "--script", "x.py", "--at", "3:size=4"], "takes hot parameters only"),
        (["descent", "--script", "x.py", "--steps", "0"], "--steps"),
        (["descent", "--script", "no/such/folder/x.py"], "--script"),
        (["./nothing", "--script", "x.py"], "is not a run"),
    ],
)
def test_the_command_line_says_what_is_wrong(toy_repository, arguments, said):
    done = toy.python(toy_repository, "-m", "engine", "export", *arguments)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert not (toy_repository / "x.py").exists()
