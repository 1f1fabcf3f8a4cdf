"""What a person does while a run's model is still being built takes effect once it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import engine
from engine.runs.history import History
from engine.runs.store import RunStore
from engine.runs.store.records import KeptRun
from engine.workers.pool import Pool, RemoteSession
from pages.kit.live.places import Places
from pages.kit.live.runs import Desk, desk
from pages.kit.live.stage.sources.reopened import reopened
from tests.pages.tab import new_run

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture
def saved(tmp_path: Path) -> KeptRun:
    """A run of six steps, as the store gives it back."""
    session, history = engine.start("descent", {}, device="cpu"), History()
    history.add(session.advance(steps=6))
    store = RunStore(tmp_path, "")
    kept = store.load(store.save(session.score, history))
    store.close()
    return kept


def sessions(pool: Pool) -> set[str]:
    return {session for worker in pool.workers for session in worker.sessions}


def meanwhile(monkeypatch: pytest.MonkeyPatch, does: Any) -> None:
    """Once, just before a new session's first frame is given back."""
    whole = RemoteSession.open
    todo = [does]

    def open_(session: RemoteSession) -> Any:
        frame = whole(session)
        if todo:
            todo.pop()()
        return frame

    monkeypatch.setattr(RemoteSession, "open", open_)


@pytest.mark.parametrize("values", [{"rate": 0.25}, {"size": 5}, {"rate": 0.25, "size": 5}], ids=["hot", "cold", "both"])
def test_a_control_that_is_moved_while_the_model_is_built_stays_where_it_was_put(monkeypatch, values):
    run = new_run()
    meanwhile(monkeypatch, lambda: run.set(values))
    run.open()
    assert {name: getattr(run.params, name) for name in values} == values
    assert run.session is not None and run.session.step == 0
    assert {name: run.score.params[name] for name in values} == values and run.first == run.params
    run.close()


def test_a_seed_that_is_chosen_while_the_model_is_built_is_the_runs(monkeypatch):
    run = new_run()
    meanwhile(monkeypatch, lambda: run.reseed(7))
    run.open()
    assert run.session is not None and (run.seed, run.score.seed, run.state) == (7, 7, "paused")
    run.close()


def test_a_second_tab_that_asks_for_the_model_at_the_same_time_gets_the_same_one(monkeypatch, workers: Desk):
    run, before = new_run(), len(sessions(workers.pool))
    meanwhile(monkeypatch, run.open)
    run.open()
    assert run.session is not None and run.state == "paused" and len(sessions(workers.pool)) == before + 1
    run.close()


def test_a_saved_run_takes_what_is_asked_for_while_it_is_rebuilt(monkeypatch, saved):
    run = reopened(saved, desk().pool)
    meanwhile(monkeypatch, lambda: (run.set({"rate": 0.25}), run.set({"size": 4}), run.reseed(9)))
    run.open()
    assert (run.params.rate, run.params.size, run.seed, run.session.step) == (0.25, 4, 9, 0)
    run.close()


def test_a_saved_run_waits_for_its_place_like_any_other(saved):
    run = reopened(saved, desk().pool)
    run.places = Places(1)
    run.places.ask("somebody")
    run.open()
    assert run.state == "waiting" and run.session is None
    run.drag({"rate": 0.25})
    assert not run.goes_on
    run.places.leave("somebody")
    run.tick()
    assert (run.state, run.session.step, run.params.rate) == ("paused", saved.score.steps, 0.25)
    run.close()
