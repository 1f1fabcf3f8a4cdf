"""A run's curves and weights as files: they are the run's own numbers, whichever way they are written."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load

import engine
from engine.core import registry
from engine.core.model import portable
from engine.core.score import Score
from engine.core.session import Session
from engine.runs import files as runfiles
from engine.runs.history import History
from engine.runs.store import RunStore
from tests.runs.test_store import a_run, save

pytestmark = pytest.mark.usefixtures("descent")


# ---- curves


def same_curves(folder) -> int:
    """Hold scalars.parquet against scalars.csv, bit for bit; the number of rows."""
    table = pyarrow.parquet.read_table(folder / "scalars.parquet")
    with (folder / "scalars.csv").open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    assert table.column_names == list(rows[0])
    assert {str(field.type) for field in table.schema if field.name != "step"} == {"double"}
    assert str(table.schema.field("step").type) == "int64"
    for name in table.column_names:
        column = np.array([float(row[name]) for row in rows])
        assert np.array_equal(table[name].to_numpy(), column, equal_nan=True), name
    return len(rows)


def test_parquet_has_the_numbers_of_the_csv_in_a_run_folder_and_in_an_export(tmp_path):
    session, history = a_run(steps=7)
    history._curves._columns["seen"][2] = float("nan")  # a quantity that did not exist yet
    (tmp_path / "run").mkdir()
    runfiles.write(tmp_path / "run", session, history, [], None)
    assert same_curves(tmp_path / "run") == 8
    store = RunStore(tmp_path / "data", "")
    store.export(save(store, steps=5), tmp_path / "export")
    store.close()
    assert same_curves(tmp_path / "export") == 6


def test_a_run_without_frames_has_curves_without_rows(tmp_path):
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(runfiles.curves_parquet(History())))
    assert table.column_names == ["step"] and table.num_rows == 0


# ---- weights


class Thing:
    def __init__(self) -> None:
        self.gain = torch.ones(2, requires_grad=True)
        self.back = None


def model(**attributes) -> object:
    """A model of the toy with more attributes."""
    session = engine.start("descent", device="cpu")
    for name, value in attributes.items():
        setattr(session._model, name, value)
    return session._model


def test_weights_are_found_wherever_they_are_by_the_path_to_them():
    thing = Thing()
    thing.back = thing  # a circle is walked once
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    loose = torch.zeros(4, requires_grad=True)
    found = model(
        net=net,
        nets={"a": torch.nn.Linear(1, 1)},
        pairs=[(loose, torch.ones(5)), (loose * 2, loose)],
        thing=thing,
        again=net,
        optimiser=torch.optim.SGD([loose, *net.parameters()], 0.1),
    ).weights()
    assert list(found) == [
        *(f"net.{name}" for name in net.state_dict()),
        "nets.a.weight",
        "nets.a.bias",
        "pairs.0.0",
        "thing.gain",
    ]
    assert found["net.0.weight"] is net[0].weight and found["pairs.0.0"] is loose and "net.1.running_mean" in found


def test_portable_weights_are_copies_in_types_that_files_know():
    half = torch.arange(3, dtype=torch.bfloat16)
    own = torch.arange(6.0, dtype=torch.float64).reshape(2, 3)
    arrays = portable({"half": half, "own": own.T, "count": torch.tensor(3)})
    assert {name: (array.dtype.name, array.shape) for name, array in arrays.items()} == {
        "half": ("float32", (3,)),
        "own": ("float64", (3, 2)),
        "count": ("int64", ()),
    }
    own.zero_()
    assert arrays["own"].tolist() == [[0, 3], [1, 4], [2, 5]] and arrays["own"].flags.c_contiguous


AT_REST = {("em", "saddle")}  # where the lesson is that nothing moves


@pytest.mark.parametrize("slug", sorted(registry.topics()))
def test_every_topic_that_trains_gives_its_weights(slug, tmp_path):
    """Under its default settings or one of its chapters: finite, learning, of steady shapes, and the same when read back."""
    topic = registry.find(slug)
    tried = 0
    for chapter, values in (("", {}), *((made.name, made.values) for made in topic.chapters)):
        session = Session.start(slug, values, device="cpu")
        session.run(steps=1)
        before = session.weights()
        if not before:
            continue
        tried += 1
        frame = session.advance(steps=2)
        after = session.weights()
        assert list(after) == list(before) and all(after[name].shape == before[name].shape for name in before)
        assert all(np.isfinite(array).all() for array in after.values())
        resting = all(np.array_equal(after[name], before[name]) for name in before)
        assert resting == ((slug, chapter) in AT_REST), f"nothing was learned: {resting}, {chapter}"
        history = History()
        history.add(frame)
        runfiles.write(tmp_path, session, history, [], None, after)
        read = load((tmp_path / "weights.safetensors").read_bytes())
        assert read.keys() == after.keys()
        assert all(read[name].dtype == array.dtype and np.array_equal(read[name], array) for name, array in after.items())
        with safe_open(tmp_path / "weights.safetensors", "numpy") as file:
            assert file.metadata() == {"step": "3"}
        again = Session.from_score(session.score, "cpu").weights()
        assert all(np.array_equal(again[name], after[name]) for name in after), "a replay learns something else"
        if tried == 2:
            break
    trains = "backward()" in "".join(file.read_text() for file in source_files(topic))
    assert tried or not trains


def source_files(topic):
    return (registry.ROOT / topic.group / topic.slug.replace("-", "_")).rglob("*.py")


def test_a_worker_gives_the_weights_of_its_session_at_its_step(descent):
    from engine.workers.pool import Pool

    slug = next(name for name in sorted(registry.topics()) if engine.start(name, device="cpu").weights())
    workers = Pool(size=1)
    workers.start()
    remote = workers.open(Score(topic=slug), "cpu")
    try:
        remote.advance(steps=3)
        local = engine.start(slug, device="cpu")
        local.run(steps=3)
        first = remote.weights()
        assert list(first) == list(local.weights()) and remote.step == 3
        assert all(np.array_equal(first[name], array) for name, array in local.weights().items())
        os.kill(remote.pid, signal.SIGKILL)  # the next worker replays the score, and has learned the same
        again = remote.weights()
        assert remote.recoveries == 1 and all(np.array_equal(again[name], first[name]) for name in first)
        local.run(steps=1)
        assert remote.advance(steps=1).step == 4
        assert all(np.array_equal(remote.weights()[name], array) for name, array in local.weights().items())
    finally:
        remote.close()
        workers.close()


def test_weights_and_data_of_an_earlier_run_do_not_stay_in_its_folder(tmp_path):
    own = {"x": np.ones(3, np.float32)}
    session, history = a_run(steps=3, data=own, shape="own")
    runfiles.write(tmp_path, session, history, [], own, {"w": np.ones(2, np.float32)})
    assert {"weights.safetensors", "data.safetensors"} <= {file.name for file in tmp_path.iterdir()}
    session, history = a_run(steps=4)
    runfiles.write(tmp_path, session, history, [], None, {})
    assert not {"weights.safetensors", "data.safetensors"} & {file.name for file in tmp_path.iterdir()}
    assert runfiles.read(tmp_path).score.steps == 4


# ---- a kill in the middle of an export

EXPORT = """
import sys, uuid
from pathlib import Path
from engine.runs.store import RunStore
store = RunStore(Path(sys.argv[1]), "")
print("ready", flush=True)
while True:
    store.export(uuid.UUID(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_a_kill_during_an_export_loses_nothing_and_leaves_whole_files(tmp_path, toy_repository):
    store = RunStore(tmp_path / "data", "")
    key = save(store, title="before")
    raw = {file.name: file.read_bytes() for file in store.files.iterdir()}
    for round_ in range(4):
        target = tmp_path / f"out{round_}"
        process = subprocess.Popen(
            [sys.executable, "-c", EXPORT, str(store.folder), str(key), str(target)],
            cwd=toy_repository,
            env={"PYTHONPATH": str(toy_repository)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "ready\n"
        deadline = time.monotonic() + 60
        while not (target / "scalars.csv").exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.013 * round_)
        process.kill()
        process.wait(30)
        process.stdout.close()
        whole = {file.name: file for file in target.iterdir() if not file.name.startswith(".")}
        assert "run.json" in whole and "scalars.csv" in whole
        if "last.safetensors" in whole:
            load(whole["last.safetensors"].read_bytes())
            assert runfiles.read(target).score.steps == 6
        if "scalars.parquet" in whole:
            assert same_curves(target) == 7
        if "report.html" in whole:
            assert whole["report.html"].read_text(encoding="utf-8").endswith("</html>")
    assert {file.name: file.read_bytes() for file in store.files.iterdir()} == raw
    assert [run.title for run in store.search().runs] == ["before"] and store.load(key).last.step == 6
    store.close()
