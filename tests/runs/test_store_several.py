"""Saved runs under several hands: processes that save, die or make the tables at once, and tables of an earlier version."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import uuid

import pytest
from sqlalchemy import inspect, text

from engine.runs.store import RunStore
from engine.runs.store import tables as store_tables
from tests.runs.test_store import save, titles

pytestmark = pytest.mark.usefixtures("descent")


# ---- several at once

AGAIN = """
import os, signal, sys, uuid
from pathlib import Path
from engine.runs.store import files as store_files
from engine.runs.store import tables as store_tables
from engine.runs.store import RunStore
folder, address, key, stage, count = sys.argv[1:]
store = RunStore(Path(folder), address)
kept = store.load(uuid.UUID(key))
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if stage == "file":
    store_files.os.fsync = die
elif stage == "rename":
    store_files._flush = die
elif stage == "row":
    from sqlalchemy import event
    event.listen(store._engine, "commit", die)
for index in range(int(count)):
    store.save(kept.score, kept.history, title=f"{stage} {index}")
if stage == "delete":
    from sqlalchemy import event
    event.listen(store._engine, "commit", die)
    store.delete(uuid.UUID(key))
"""


def again(repository, store: RunStore, key: uuid.UUID, stage: str, count: int) -> subprocess.Popen[str]:
    address = store._engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", AGAIN, str(store.folder), address, str(key), stage, str(count)]
    return subprocess.Popen(command, cwd=repository, env={"PYTHONPATH": str(repository)}, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("stage", ["file", "rename", "row", "delete"])
def test_a_kill_in_the_middle_leaves_the_old_state(make, toy_repository, stage):
    store = make()
    key = save(store, title="before")
    process = again(toy_repository, store, key, stage, int(stage != "delete"))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -9, errors
    assert titles(store.search()) == ["before"]
    assert len(list(store.files.iterdir())) == 1 + (stage != "delete")
    later = make(orphan_age=0)
    assert titles(later.search()) == ["before"] and later.load(key).last.step == 6
    assert len(list(store.files.iterdir())) == 1
    save(later, title="after")
    assert titles(store.search()) == ["after", "before"]


def test_a_file_that_another_process_takes_away_during_the_sweep_is_passed_over(make, monkeypatch):
    store = make()
    save(store)
    stray = store.files / ".new.safetensors.1"
    stray.write_bytes(b"half")
    entries = list(os.scandir(store.files))
    stray.unlink()
    monkeypatch.setattr(os, "scandir", lambda folder: iter(entries))
    assert store.sweep(age=-1.0) == 0 and store.search().total == 1


def test_two_processes_save_at_once(make, toy_repository):
    store = make()
    key = save(store)
    processes = [again(toy_repository, store, key, name, 15) for name in ("left", "right")]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    found = store.search(limit=100)
    assert found.total == 31 and {store.load(run.id).last.step for run in found.runs} == {6}


def test_two_processes_may_make_the_tables_at_once(tmp_path, toy_repository):
    code = "import sys; from pathlib import Path; from engine.runs.store import RunStore; print(RunStore(Path(sys.argv[1]), '').files)"
    command = [sys.executable, "-c", code, str(tmp_path)]
    environment = {"PYTHONPATH": str(toy_repository)}
    processes = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = {process.communicate(timeout=60)[0] for process in processes}
    assert len(answers) == 1 and answers != {""}
    with sqlite3.connect(tmp_path / "runs.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM latent_lab").fetchone() == (1,)


def test_the_tables_say_their_version(store):
    with store._engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM latent_lab")).scalar() == store_tables.SCHEMA


def test_tables_of_the_first_version_are_brought_up_to_date_with_all_that_is_in_them(make):
    store = make()
    fresh = shape(store)
    key = save(store, title="kept", tags=["old"])
    with store._open(writes=True) as session:  # as they were
        for name in ("runs_by_time", "runs_by_topic"):
            session.execute(text(f"DROP INDEX {name}"))
        session.execute(text("ALTER TABLE runs DROP COLUMN owner"))
        session.execute(text("CREATE INDEX runs_by_time ON runs (deleted_at, created, id)"))
        session.execute(text("CREATE INDEX runs_by_topic ON runs (topic, deleted_at, created)"))
        session.execute(text("UPDATE latent_lab SET version = 1"))
    store.close()
    newer = make()
    assert shape(newer) == fresh and newer.files == store.files
    assert [(run.title, run.tags) for run in newer.search().runs] == [("kept", ("old",))] and newer.load(key).last.step == 6
    with newer._engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM latent_lab")).scalar() == store_tables.SCHEMA
    save(make(), title="another")
    assert newer.search().total == 2


def shape(store: RunStore) -> tuple[set[tuple[str, bool]], dict[str | None, list[str | None]]]:
    """Columns of the runs (name, may be empty) and what is indexed."""
    seen = inspect(store._engine)
    columns = {(column["name"], column["nullable"]) for column in seen.get_columns("runs")}
    return columns, {index["name"]: index["column_names"] for index in seen.get_indexes("runs")}
