"""Saved runs: what was saved comes back bit for bit, whatever happens in between, and faults are named."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from sqlalchemy import event

import engine
from engine.core.frame import difference
from engine.core.score import digest
from engine.core.session import Session
from engine.runs import files as runfiles
from engine.runs.history import History
from engine.runs.store import RunStore
from engine.runs.store import files as store_files
from engine.runs.store.errors import NoSuchRun, NothingToSave
from engine.runs.store.records import clean, clean_tags, score_of
from tests import toy
from tests.bench.store import fill

pytestmark = pytest.mark.usefixtures("descent")


def a_run(steps: int = 6, seed: int = 0, data=None, **values) -> tuple[Session, History]:
    """A run with a hot change at its third step, looked at before and after it."""
    session = engine.start("descent", values, seed=seed, device="cpu", data=data)
    history = History()
    history.add(session.look())
    for _ in range(steps):
        history.add(session.advance(steps=1))
        if session.step == 3:
            session.set(rate=0.25, look_at=1.0)
            history.add(session.look())
    return session, history


def save(store: RunStore, *, steps: int = 6, seed: int = 0, **more) -> uuid.UUID:
    session, history = a_run(steps, seed)
    return store.save(session.score, history, device="cpu", **more)


# ---- round trips


def test_a_saved_run_comes_back_and_replays_bit_for_bit(make):
    session, history = a_run(seed=5, size=4)
    key = make().save(session.score, history, title="Down", device="cpu", tags=["Bowl"], note="first")
    kept = make().load(key)  # by another store, as after a restart
    assert kept.score == session.score and kept.params == session.params and kept.data is None
    assert kept.history.steps == history.steps
    for one, two in zip(kept.history.frames, history.frames, strict=True):
        assert difference(one, two) is None and one.settings == two.settings
    for name, column in history.scalars().items():
        assert np.array_equal(kept.history.scalars()[name], column)
    assert difference(Session.from_score(kept.score, "cpu").look(), kept.last) is None
    info = kept.info
    assert (info.title, info.tags, info.note, info.steps, info.device) == ("Down", ("Bowl",), "first", 6, "cpu")
    assert info.settings == "rate=0.25, size=4, look_at=1.0, seed=5" and info.created.tzinfo is not None
    assert kept.timeline().marks == (3,) and kept.timeline().params.rate == 0.25


def test_the_users_own_data_travel_with_the_run(store):
    data = {"x": np.arange(12, dtype=np.float32).reshape(6, 2)}
    session, history = a_run(data=data, shape="own")
    kept = store.load(store.save(session.score, history, data=data))
    assert kept.data is not None and digest(kept.data) == session.score.data
    assert difference(Session.from_score(kept.score, "cpu", kept.data).look(), kept.last) is None


def test_a_run_is_saved_to_its_last_kept_frame(store):
    session, history = a_run(steps=3)
    session.advance(parts=1)  # in the middle of a step
    kept = store.load(store.save(session.score, history))
    assert kept.score.steps == 3 and kept.params.rate == 0.25
    early = History()
    early.add(history.frames[1])
    kept = store.load(store.save(session.score, early))  # the session is ahead of what was seen
    assert kept.score.steps == 1 and kept.score.changes == () and kept.params.rate == 0.1


def test_a_score_ends_with_what_its_frame_says():
    session, history = a_run(steps=3)
    frame = history.frames[-1]
    session.set(pull=0.5)  # at the same step, after the last look
    score = score_of(session.score, frame)
    assert score.changes[-1].values == {"rate": 0.25, "look_at": 1.0}
    assert difference(Session.from_score(score, "cpu").look(), frame) is None


def test_long_runs_keep_their_curves_whole_and_their_frames_bounded(store, monkeypatch):
    monkeypatch.setattr(store_files, "MAX_FRAMES", 10)
    session, history = a_run(steps=60)
    kept = store.load(store.save(session.score, history))
    assert len(kept.history) == 10 and kept.history.steps[0] == 0 and kept.history.steps[-1] == 60
    assert len(kept.history.scalars()["step"]) == 61
    monkeypatch.setattr(store_files, "MAX_BYTES", 1)
    assert store.load(store.save(session.score, history)).history.steps == [60]


def test_an_exported_run_is_what_the_command_line_replays(store, tmp_path, toy_repository):
    key = save(store, seed=2)
    store.export(key, tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "run.json",
        "scalars.csv",
        "scalars.parquet",
        "last.safetensors",
        "report.html",
    }
    read = runfiles.read(tmp_path / "out").score
    assert read.settings() == store.load(key).score.settings() and read.changes == store.load(key).score.changes
    done = toy.python(toy_repository, "-m", "engine", "replay", tmp_path / "out", "--check")
    assert done.returncode == 0, done.stderr


def test_there_must_be_something_to_save(store):
    session, _ = a_run()
    with pytest.raises(NothingToSave):
        store.save(session.score, History())
    assert store.search().total == 0 and list(store.files.iterdir()) == []


# ---- finding


def titles(found) -> list[str]:
    return [run.title for run in found.runs]


def test_search_takes_every_sign_as_it_is(store):
    names = ["100% sure", "100 percent", "under_score", "underXscore", 'it\'s "quoted"', "back\\slash", "隐空间 几何", "ÄRGER"]
    for name in names:
        save(store, title=name)
    for query, expected in {
        "100%": ["100% sure"],
        "r_s": ["under_score"],
        "'": ['it\'s "quoted"'],
        '"quo': ['it\'s "quoted"'],
        "\\": ["back\\slash"],
        "空间": ["隐空间 几何"],
        "几何 隐": ["隐空间 几何"],
        "ärger": ["ÄRGER"],
        "UNDER_": ["under_score"],
        "'; DROP TABLE runs; --": [],
        "\x00%\ud800": [],
        "%": ["100% sure"],
        "sure percent": [],
    }.items():
        assert titles(store.search(query)) == expected, query
    assert store.search("\x00 ").total == len(names)  # nothing is asked
    assert store.search("x" * 100_000).total == 0


def test_search_finds_parameters_topic_and_tags(store):
    session, history = a_run(seed=7, size=12)
    one = store.save(session.score, history, title="one", tags=["Slow down", "bowl"])
    save(store, title="two", tags=["bowl"])
    for query in ("size=12", "n=12", "seed=7", "rate=0.1 n=12 rate=0.25", "slow", "one descent"):
        assert titles(store.search(query)) == ["one"], query
    assert titles(store.search("η=0.25 rate=0.1")) == ["two", "one"]  # what it began with and what it ended with
    assert titles(store.search("rolling")) == ["two", "one"]  # the topic's title; newest first
    assert titles(store.search(tags=["BOWL"])) == ["two", "one"] and titles(store.search(tags=["bowl", "slow down"])) == ["one"]
    assert titles(store.search(tags=["bow"])) == []
    assert store.search(topic="descent").total == 2 and store.search(topic="other").total == 0
    assert store.tags() == {"Slow down": 1, "bowl": 2} and store.topics() == {"descent": 2}
    store.rename(one, "uno")
    store.tag(one, ["neu"])
    assert store.search("one slow").total == 0 and titles(store.search("uno neu size=12")) == ["uno"]
    assert store.tags() == {"bowl": 1, "neu": 1}


def test_pages_of_a_search_hold_every_run_once(store):
    for seed in range(7):
        save(store, steps=0, seed=seed)
    seen = [run.id for offset in (0, 3, 6) for run in store.search(limit=3, offset=offset).runs]
    assert len(set(seen)) == 7 and store.search(limit=3, offset=99).total == 7


def test_a_search_among_ten_thousand_takes_three_queries_and_reads_no_score(make):
    store = make()
    fill(store, 10_000)
    said: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *call: said.append(call[2]) if "SELECT" in call[2] else None)
    found = store.search("beta=4 run", tags=["even"], limit=20)
    assert found.total == 1667 and len(found.runs) == 20
    assert len(said) == 3 and not any("runs.score" in query for query in said)


def test_what_people_type_is_kept_clean():
    assert clean("  a\x00b\n\tc  ", 10) == "a b c" and clean("x" * 50, 10) == "x" * 10 and clean("\ud800", 10) == "?"
    assert clean_tags(["B", "b ", "a,c", "", " "]) == ("a c", "B") and len(clean_tags([str(n) for n in range(50)])) == 12


# ---- changing


def test_rename_tag_delete_undo_and_purge(store):
    key = save(store, title="old", tags=["a"])
    assert store.rename(key, "  new \n name ") == "new name" and store.tag(key, ["B", "a", "b"]) == ("a", "B")
    assert store.info(key).title == "new name" and store.info(key).tags == ("a", "B")
    assert store.rename(key, " ") == "Rolling down" and store.tag(key, []) == ()
    store.delete(key)
    assert store.search().total == 0 and store.search(deleted=True).total == 1 and store.tags() == {}
    assert store.load(key).info.deleted_at is not None
    store.restore(key)
    assert store.search().total == 1 and store.info(key).deleted_at is None
    store.purge(key)
    assert store.search().total == store.search(deleted=True).total == 0 and list(store.files.iterdir()) == []
    for act in (store.delete, store.restore, store.purge, store.info, store.load):
        with pytest.raises(NoSuchRun):
            act(key)


def test_the_sweep_removes_only_old_files_that_no_run_has(make):
    store = make()
    key = save(store)
    (store.files / "orphan.safetensors").write_bytes(b"x")
    (store.files / ".half").write_bytes(b"x")
    assert make().search().total == 1 and len(list(store.files.iterdir())) == 3  # young: a save may be under way
    make(orphan_age=0)
    assert [file.name.partition("-")[0] for file in store.files.iterdir()] == [key.hex]


def test_two_databases_in_one_folder_do_not_sweep_each_other(tmp_path):
    one, two = (RunStore(tmp_path, f"sqlite:///{tmp_path}/{name}.db", orphan_age=0) for name in "ab")
    key = save(one)
    RunStore(tmp_path, f"sqlite:///{tmp_path}/b.db", orphan_age=0).close()
    assert one.load(key).last.step == 6 and two.search().total == 0
    one.close()
    two.close()


# ---- owners


def test_everybody_sees_and_changes_only_what_is_theirs(store):
    ada, grace = store.of("ada"), store.of("grace")
    hers = save(ada, title="hers", tags=["one"])
    save(grace, title="other", tags=["two"], seed=3)
    for whose, title, tag in ((ada, "hers", "one"), (grace, "other", "two")):
        found = whose.search()
        assert [run.title for run in found.runs] == [title] and found.total == 1
        assert whose.tags() == {tag: 1} and whose.topics() == {"descent": 1}
    assert store.search().total == 0 and store.tags() == store.topics() == {}
    assert grace.search("hers").total == 0
    for act in (
        grace.info,
        grace.load,
        grace.delete,
        grace.restore,
        grace.purge,
        lambda key: grace.rename(key, "mine"),
        lambda key: grace.tag(key, ["mine"]),
        lambda key: grace.export(key, grace.folder / "out"),
    ):
        with pytest.raises(NoSuchRun):
            act(hers)
    store.sweep(age=-1)  # a sweep minds what belongs to anybody
    assert ada.load(hers).last.step == 6 and ada.info(hers).title == "hers"
    ada.delete(hers)
    assert grace.search(deleted=True).total == 0 and ada.search(deleted=True).total == 1
