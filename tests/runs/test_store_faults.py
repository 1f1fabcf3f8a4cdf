"""Faults around saved runs: each is named in words, nothing saved before is lost, and the rest stays usable."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load
from safetensors.numpy import save as to_bytes
from sqlalchemy import text

from engine.runs.store import RunStore
from engine.runs.store import files as store_files
from engine.runs.store import tables as store_tables
from engine.runs.store.errors import (
    BadSetting,
    DatabaseBusy,
    DatabaseDamaged,
    DiskFull,
    FileDamaged,
    FileMissing,
    ImpossibleScore,
    NewerDatabase,
    NotWritable,
    OlderDatabase,
    StoreError,
    Unreachable,
)
from engine.runs.store.tables import Run
from tests.runs.test_store import save, titles

pytestmark = pytest.mark.usefixtures("descent")


# ---- the place

CHILD = """
import os, resource, sys, uuid
from pathlib import Path
from engine.runs.store import RunStore
from engine.runs.store.errors import StoreError
folder, key, fault = Path(sys.argv[1]), uuid.UUID(sys.argv[2]), sys.argv[3]
store = RunStore(folder, "")
kept = store.load(key)
def try_(name, act):
    try:
        print(name, "ok", act())
    except StoreError as error:
        print(name, type(error).__name__, error)
if fault == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, resource.RLIM_INFINITY))
elif fault == "read-only":
    store.close()
    if os.geteuid() == 0:
        os.seteuid(65534)  # root may write everywhere
    store = RunStore(folder, "")
try_("save", lambda: store.save(kept.score, kept.history, title="lost"))
try_("rename", lambda: store.rename(key, "n" * 150))
try_("search", lambda: [run.title for run in store.search().runs])
try_("load", lambda: store.load(key).last.step)
if fault == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    try_("again", lambda: bool(store.save(kept.score, kept.history, title="kept")))
    try_("search", lambda: [run.title for run in store.search().runs])
"""


def child(repository: Path, folder: Path, key: uuid.UUID, fault: str) -> list[str]:
    command = [sys.executable, "-c", CHILD, str(folder), str(key), fault]
    done = subprocess.run(
        command, cwd=repository, env={"PYTHONPATH": str(repository)}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_named_and_what_was_saved_stays(tmp_path, toy_repository):
    store = RunStore(tmp_path, "")
    key = save(store, title="first")
    store.close()
    said = child(toy_repository, tmp_path, key, "full")
    assert said[0].startswith("save DiskFull There is no room left in")
    assert said[1].startswith("rename DiskFull")
    assert said[2:] == ["search ok ['first']", "load ok 6", "again ok True", "search ok ['kept', 'first']"]
    assert not [file for file in RunStore(tmp_path, "").files.iterdir() if file.name.startswith(".")]


def test_every_error_of_a_full_disk_is_told_so(tmp_path, monkeypatch):
    store = RunStore(tmp_path, "")
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):

        def refuse(_, code=code):
            raise OSError(code, os.strerror(code))

        with monkeypatch.context() as patch:
            patch.setattr(store_files.os, "fsync", refuse)
            with pytest.raises(DiskFull, match="no room left"):
                save(store)
        assert list(store.files.iterdir()) == []
    save(store)
    with store._open(writes=True) as session:
        pages = session.execute(text("PRAGMA page_count")).scalar()
    with store._engine.connect() as connection:  # a database that may not grow: what SQLite says of a full disk
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        connection.rollback()

    def until_full():
        for _ in range(200):
            save(store, steps=0, note="n" * 2000)

    with pytest.raises(DiskFull):
        until_full()
    count = store.search().total
    assert len(list(store.files.iterdir())) == count > 0  # the refused run left no file
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs rights of folders")
def test_a_read_only_folder_can_be_looked_at(toy_repository):
    above = Path(tempfile.mkdtemp())  # where another user may look (pytest's own folders are closed to them)
    above.chmod(0o755)
    folder = above / "data"
    store = RunStore(folder, "")
    key = save(store, title="first")
    store.close()
    for file in folder.rglob("*"):
        file.chmod(0o555 if file.is_dir() else 0o444)
    folder.chmod(0o555)
    try:
        said = child(toy_repository, folder, key, "read-only")
    finally:
        for file in [folder, *folder.rglob("*")]:
            file.chmod(0o755)
        shutil.rmtree(above)
    assert said[0].startswith(f"save NotWritable The folder {folder} cannot be written to")
    assert said[1].startswith("rename NotWritable")
    assert said[2:] == ["search ok ['first']", "load ok 6"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="Not a directory"):
        RunStore(tmp_path / "file" / "data", "")


@pytest.mark.parametrize("reason", [errno.EROFS, errno.EACCES])
def test_a_refused_write_is_told_as_such(store, monkeypatch, reason):
    def refuse(_):
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(store_files.os, "fsync", refuse)
    with pytest.raises(NotWritable, match="cannot be written to"):
        save(store)
    assert store.search().total == 0


# ---- the database


def test_a_newer_database_is_left_alone(store, make):
    save(store)
    with store._open(writes=True) as session:
        session.execute(text("UPDATE latent_lab SET version = 99"))
    with pytest.raises(NewerDatabase, match=f"version 99; this version of Latent Lab reads up to {store_tables.SCHEMA}\\."):
        make()
    with store._open(writes=True) as session:
        session.execute(text(f"UPDATE latent_lab SET version = {store_tables.SCHEMA}"))
    assert make().search().total == 1


def test_an_older_database_that_cannot_be_written_to_says_what_it_needs(store):
    with store._open(writes=True) as session:
        session.execute(text("UPDATE latent_lab SET version = 1"))
    with pytest.raises(OlderDatabase, match=f"has version 1 and cannot be written to.* version {store_tables.SCHEMA}"):
        store_tables.prepare(store._engine, read_only=True)


def test_a_locked_database_is_told_after_some_patience(make):
    store = make(patience=0.2)
    key = save(store, title="free")
    other = make()
    with other._open(writes=True) as session:
        if other._engine.dialect.name == "postgresql":
            session.execute(text("LOCK TABLE runs IN EXCLUSIVE MODE"))
        session.execute(text("SELECT 1"))  # a writer of SQLite holds its lock from here
        with pytest.raises(DatabaseBusy, match="in use by another program"):
            save(store, title="refused")
        assert titles(store.search()) == ["free"] and store.load(key).last.step == 6  # readers do not wait
    save(store, title="again")
    assert titles(store.search()) == ["again", "free"]


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "runs.sqlite3").write_bytes(b"not a database at all" * 100)
    with pytest.raises(DatabaseDamaged, match="cannot be read"):
        RunStore(tmp_path, "")


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(Unreachable) as caught:
        RunStore(tmp_path, "postgresql+psycopg://lab:secret@127.0.0.1:1/runs", patience=1)
    assert "secret" not in str(caught.value) and "127.0.0.1:1/runs" in str(caught.value)


@pytest.mark.parametrize(
    "setting", ["nonsense", "mysql://host/db", "postgresql+nodriver://host/db", "postgresql+psycopg://a:secret@"]
)
def test_a_setting_that_names_no_database_is_refused(tmp_path, setting):
    with pytest.raises(StoreError) as caught:
        RunStore(tmp_path, setting, patience=1)
    assert isinstance(caught.value, BadSetting | Unreachable) and "secret" not in str(caught.value)


# ---- one run's file


def damage(store: RunStore, key: uuid.UUID, change) -> None:
    """Change a run's bytes and give the file the name that belongs to them: only its content can tell."""
    old = next(file for file in store.files.iterdir() if file.name.startswith(key.hex))
    name = store_files.write(store.files, key, change(old.read_bytes()))
    with store._open(writes=True) as session:
        session.execute(text("UPDATE runs SET file = :new WHERE file = :old"), {"new": name, "old": old.name})


def retold(edit):
    """Bytes with edited tensors and frame headers."""

    def change(raw: bytes) -> bytes:
        tensors = dict(load(raw))
        length = int.from_bytes(raw[:8], "little")
        headers = json.loads(json.loads(raw[8 : 8 + length])["__metadata__"]["frames"])
        edit(tensors, headers)
        return to_bytes(tensors, metadata={"frames": json.dumps(headers)})

    return change


@pytest.mark.parametrize("cut", [0, 5, 100, -1])
def test_a_truncated_file_is_named_and_only_that_run_is_lost(store, cut):
    good, bad = save(store, title="good"), save(store, title="bad")
    file = next(file for file in store.files.iterdir() if file.name.startswith(bad.hex))
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    with pytest.raises(FileDamaged, match=r"“bad” cannot be opened: its file .* is cut off or was changed"):
        store.load(bad)
    file.write_bytes(whole)
    damage(store, bad, lambda raw: raw[:cut])
    with pytest.raises(FileDamaged):
        store.load(bad)
    assert store.load(good).last.step == 6 and store.search().total == 2
    store.delete(bad)
    store.purge(bad)
    assert titles(store.search()) == ["good"]


def test_a_missing_file_is_named(store):
    key = save(store, title="gone")
    shutil.rmtree(store.files)
    with pytest.raises(FileMissing, match=r"“gone” cannot be opened: its file .* is missing"):
        store.load(key)
    assert store.search().total == 1


EDITS = {
    "another shape": lambda t, h: t.update({"frame/0/point": np.zeros((3, 3), np.float32)}),
    "an undeclared array": lambda t, h: t.update({"frame/0/other": np.zeros(3, np.float32)}),
    "a missing array": lambda t, h: t.pop("frame/1/point"),
    "a frame too many": lambda t, h: t.update({"frame/99/point": np.zeros(3, np.float32)}),
    "an unknown kind": lambda t, h: t.update({"weights/x": np.zeros(3, np.float32)}),
    "no steps": lambda t, h: t.pop("rows/step"),
    "uneven curves": lambda t, h: t.update({"rows/distance": np.zeros(2)}),
    "an undeclared curve": lambda t, h: t.update({"rows/other": np.zeros_like(t["rows/step"])}),
    "steps that do not ascend": lambda t, h: t.update({"rows/step": t["rows/step"][::-1].copy()}),
    "steps that are none": lambda t, h: t.update({"rows/step": t["rows/step"] * np.nan}),
    "another end": lambda t, h: h[-1].update(step=7),
    "impossible settings": lambda t, h: h[0]["settings"].update(rate=-1.0),
    "other settings": lambda t, h: h[-1]["settings"].update(rate=0.5),
    "unknown settings": lambda t, h: h[0]["settings"].update(unknown=1),
    "a missing scalar": lambda t, h: h[0]["scalars"].pop("seen"),
    "a part of a step": lambda t, h: h[0].update(part="gradient"),
    "frames that are none": lambda t, h: h.__setitem__(0, 5),
    "data nobody gave": lambda t, h: t.update({"data/x": np.zeros((2, 2), np.float32)}),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_file_is_never_believed(tmp_path, name):
    store = RunStore(tmp_path, "")
    key = save(store)
    damage(store, key, retold(EDITS[name]))
    with pytest.raises(FileDamaged):
        store.load(key)
    store.close()


def test_a_file_name_cannot_lead_elsewhere(tmp_path):
    store = RunStore(tmp_path, "")
    key = save(store)
    with store._open(writes=True) as session:
        session.execute(text("UPDATE runs SET file = '../../../../etc/hostname'"))
    with pytest.raises(FileDamaged, match="not a file name"):
        store.load(key)
    store.close()


SCORES = {
    "rate = 99": lambda s: s["params"].update(rate=99),
    "size = 1e9": lambda s: s["params"].update(size=10**9),
    "rate = nan": lambda s: s["params"].update(rate="nan"),
    "an unknown name": lambda s: s["params"].update(wrong=1),
    "another topic": lambda s: s.update(topic="nowhere"),
    "a negative seed": lambda s: s.update(seed=-1),
    "a seed that is text": lambda s: s.update(seed="x"),
    "too many steps": lambda s: s.update(steps=10**12),
    "steps that are not the list's": lambda s: s.update(steps=5),
    "a cold change": lambda s: s["changes"][0]["values"].update(size=5),
    "an impossible change": lambda s: s["changes"][0]["values"].update(rate=-5),
    "a change after the end": lambda s: s["changes"][0].update(step=50),
    "two changes at one step": lambda s: s["changes"].append(s["changes"][0]),
    "no object": lambda s: s.clear(),
    "a further field": lambda s: s.update(code="print()"),
}


@pytest.mark.parametrize("name", SCORES)
def test_an_edited_score_is_never_believed(store, name):
    good, bad = save(store, title="good"), save(store, title="bad")
    with store._open(writes=True) as session:
        row = session.get(Run, bad)
        score = json.loads(json.dumps(row.score))
        SCORES[name](score)
        row.score = score
    with pytest.raises(ImpossibleScore, match="“bad” cannot be opened: its saved settings are not possible"):
        store.load(bad)
    assert store.load(good).last.step == 6 and store.search().total == 2
