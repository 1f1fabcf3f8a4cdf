"""A class on one server: places and a queue, runs that are frozen and come back, one computation for equal runs, a lesson."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engine.core.frame import difference
from engine.core.session import Session
from engine.runs.history import History
from pages.kit.live.places import PATIENCE, Places
from pages.kit.live.runs import DRAWING, LOOKING, desk
from pages.kit.live.settings import BadSettings, read, settings
from pages.kit.live.stage.sources.lesson import Lesson
from pages.kit.web.stream import Stream
from tests.pages.tab import at_rest_at, new_run, tab


@pytest.fixture(scope="module")
def workers(workers_know_descent):
    """The desk of a class with two places."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_LAB_MODE", "class")
        patch.setenv("LATENT_LAB_PLACES", "2")
        patch.setenv("LATENT_LAB_WORKERS", "2")
        patch.setenv("LATENT_LAB_MAX_STEPS", "400")
        patch.setenv("LATENT_LAB_IDLE_SECONDS", "1")
        settings.cache_clear()
        desk.cache_clear()
        desk().pool.start()
        for worker in desk().pool.workers:
            assert worker.ready.wait(60)
        yield desk()
        desk().close()
    desk.cache_clear()
    settings.cache_clear()


pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture(autouse=True)
def empty():
    yield
    for run in desk().runs:
        run.close()
        desk()._runs.pop(run.token, None)
    assert desk().places.taken == 0 and not desk().pool.lanes


# ---- places


def test_places_are_given_in_the_order_of_arrival():
    now = [0.0]
    places = Places(2, clock=lambda: now[0])
    assert [places.ask(name) for name in "abcd"] == [0, 0, 1, 2]
    places.leave("a")
    assert places.ask("d") == 2 and places.ask("c") == 0 and places.ask("d") == 1
    places.leave("b")
    assert places.ask("e") == 2 and places.ask("d") == 0
    now[0] = PATIENCE + 1
    assert places.ask("f") == 1, "e has not asked for long and is no longer before f"
    assert places.taken == 2 and places.waiting == 1


def test_a_full_class_says_who_is_next_and_lets_in_when_somebody_leaves():
    with tab(new_run(seed=1)) as _, tab(new_run(seed=2)):
        third = new_run(seed=3)
        third.open()
        assert third.state == "waiting" and "number 1" in third.message
        fourth = new_run(seed=4)
        fourth.open()
        assert "number 2" in fourth.message
        fourth.close()
    for run in desk().runs:
        if run is not third:
            run.close()
    third.tick()
    assert third.state == "paused" and third.session is not None and third.message is None


def test_who_presses_play_while_waiting_plays_when_let_in():
    one, two, three = (new_run(seed=seed) for seed in (1, 2, 3))
    for run in (one, two, three):
        run.open()
    three.play()
    assert three.state == "waiting"
    one.close()
    three.tick()
    assert three.state in ("playing", "finished") and three.session.step > 0


def test_what_is_dragged_while_waiting_is_what_the_run_begins_with():
    one, two, three = (new_run(seed=seed) for seed in (1, 2, 3))
    for run in (one, two, three):
        run.open()
    three.drag({"rate": 0.3})
    assert three.state == "waiting" and not three.goes_on and three.session is None
    one.close()
    three.tick()
    assert three.state == "paused" and three.score.settings().rate == 0.3 and three.step_now == 0


def test_a_twin_needs_a_place_too():
    one, two = new_run(seed=1), new_run(seed=2)
    two.open()
    with tab(one) as page:
        page.send("compare", index=None)
        assert "no place" in page.wait(lambda status: status["message"])["message"] and one.twins is None
    assert desk().places.taken == 2


# ---- frozen and back


def test_an_idle_run_gives_its_model_back_and_goes_on_where_it_was():
    run = new_run(seed=5)
    with tab(run) as page:
        page.ask("step", lambda status: status["step"] == 4, count=4)
        page.ask("set", lambda status: status["params"]["pull"] == 0.5, values={"pull": 0.5})
        step = page.forward(5)["step"]
        time.sleep(1.1)
        assert desk().rest_idle() == 1 and run.session is None and desk().places.taken == 0
        assert sum(len(worker.sessions) for worker in desk().pool.workers) == 0
        assert page.ask("seek", lambda status: status["shown"] == 1, index=1)["state"] == "paused"
        page.ask("step", lambda status: status["step"] == step + 1, count=1)
    alone = Session.start("descent", seed=5)
    alone.run(steps=4)
    alone.set(pull=0.5)
    assert difference(alone.advance(steps=step - 3), run.recording.newest) is None and run.recording.history.steps[0] == 0


def test_a_playing_run_is_never_frozen():
    run = new_run(seed=6)
    with tab(run) as page:
        page.ask("stop", lambda status: True, steps=None, seconds=None)
        page.ask("speed", lambda status: status["speed"] == 20.0, value=20)
        page.ask("play", lambda status: status["step"] > 30)
        assert desk().rest_idle() == 0 and run.session is not None


def test_a_frozen_run_can_be_reset_and_changed():
    for act in (lambda run: run.reset(), lambda run: run.set({"size": 5}), lambda run: run.set({"pull": 0.5})):
        run = new_run(seed=7)
        run.open()
        run.step(3)
        assert run.freeze()
        act(run)
        assert run.session is not None and run.state == "paused" and run.frozen is None
        assert run.freeze()
        run.drag({"rate": 0.25})
        assert run.goes_on and run.params.rate == 0.25
        run.close()


def test_a_third_page_of_one_visitor_freezes_the_one_left_longest():
    runs = [desk().new_run("descent", {"seed": str(n)}, "en", "me")[0] for n in range(2)]
    for run in runs:
        run.open()
    desk().new_run("descent", {"seed": "9"}, "en", "me")
    assert runs[0].session is None and runs[1].session is not None


def test_a_run_has_a_limit_of_steps():
    run = new_run(seed=8)
    with tab(run) as page:
        page.ask("stop", lambda status: status["stop"]["steps"] is None, steps=None, seconds=None)
        page.ask("play", lambda status: status["state"] == "finished" and status["step"] == 400)
        assert "400 steps" in page.ask("play", lambda status: status["message"])["message"]


def test_what_a_run_keeps_is_limited_and_a_reset_keeps_the_limits():
    run = new_run(seed=8)
    limits = int(desk().settings.history_mb * 2**20), desk().settings.history_rows
    with tab(run) as page:
        page.ask("play", at_rest_at(50))  # one that plays leaves step 0 at once
        page.ask("reset", at_rest_at(0))
        assert (
            (run.recording.history.max_bytes, run.recording.history.max_rows)
            == limits
            != (History().max_bytes, History().max_rows)
        )


# ---- computed once


def test_equal_runs_are_computed_once():
    one, two = new_run(seed=11), new_run(seed=11)
    with tab(one) as first, tab(two) as second:
        for page in (first, second):
            page.ask("play", lambda status: status["state"] == "finished" and status["step"] == 50)
        assert len(desk().pool.lanes) == 1 and sum(len(worker.sessions) for worker in desk().pool.workers) == 1
        assert (
            difference(one.recording.newest, two.recording.newest) is None
            and one.recording.history.steps == two.recording.history.steps
        )


def test_equal_frames_are_kept_and_equal_pictures_packed_once():
    one, two = new_run(seed=11), new_run(seed=11)

    def packed(run, theme="light"):
        page = Stream(None, run)
        page.theme, page.views = theme, {"distance": True}
        return page.pictures(run.timelines()[0], None, run.style(theme))

    for run in (one, two):
        run.open()
    assert one.recording.newest.to_bytes() is two.recording.newest.to_bytes()
    assert packed(one) is packed(two) is not packed(two, "dark")
    two.step()
    assert two.recording.newest.step == 1 and packed(two) is not packed(two)  # nobody else is there
    assert packed(two).text != packed(one).text


@pytest.mark.parametrize(("seeds", "models"), [((12, 12), 1), ((12, 13), 2)])
def test_the_more_models_play_the_seldomer_each_is_looked_at(seeds, models):
    """Of the workers' time a third goes into looking at most; pages that share a model share the look."""
    runs = [new_run(seed=seed) for seed in seeds]
    for run in runs:
        run.open()
        run.play()
    assert desk().pool.looking > 0, "a worker tells what a look has cost it"
    desk().pool.looking, desk()._cost = 0.3, 0.0
    assert desk().pace(0.0) == pytest.approx(models * 0.3 / (LOOKING * 2))
    desk()._cost = 2.0
    assert desk().pace(2.0) == pytest.approx(2 * 2.0 / DRAWING)
    runs[0].pause()
    assert desk().pace(2.0) == pytest.approx(2.0 / DRAWING)


# ---- a lesson


def test_followers_see_what_the_teacher_does_and_may_go_on_alone():
    teacher = new_run(seed=20)
    with tab(teacher) as desk_in_front:
        code = desk().teach(teacher)
        assert desk().teach(teacher) == code
        follower, problems = desk().new_run("descent", {"follow": code}, "zh")
        assert problems == [] and isinstance(follower.source, Lesson) and follower.token != teacher.token
        with tab(follower) as seat:
            assert desk().followers(teacher) == 1
            desk_in_front.ask("set", lambda status: status["params"]["pull"] == 0.5, values={"pull": 0.5})
            step = desk_in_front.forward(6)["step"]
            seen = seat.wait(lambda status: status["step"] == step and status["params"]["pull"] == 0.5)
            assert seen["state"] == "following" and seen["query"] == f"follow={code}"
            theirs = desk_in_front.figure("distance")["data"][0]["y"]
            assert np.allclose(seat.figure("distance")["data"][0]["y"], theirs, rtol=1e-6), "at once what a screen can show"
            seat.wait(lambda status: seat.figure("distance")["data"][0]["y"] == theirs)  # and the very numbers when it stays
            assert seat.silent(0.4), "while the teacher rests nothing is sent"
            seat.ask("set", lambda status: status["params"]["pull"] == -0.5, values={"pull": -0.5})
            assert desk().followers(teacher) == 0 and follower.session.step == step
            seat.ask("step", lambda status: status["step"] == step + 2, count=2)
            desk_in_front.ask("step", lambda status: status["step"] == step + 1, count=1)
            assert teacher.params.pull == 0.5
    alone = Session.start("descent", seed=20)
    alone.set(pull=0.5)
    alone.run(steps=step)
    alone.set(pull=-0.5)
    assert difference(alone.advance(steps=2), follower.recording.newest) is None


def test_a_drag_at_a_followers_page_forks_and_rests():
    teacher = new_run(seed=22)
    teacher.open()
    teacher.step(5)
    follower, _ = desk().new_run("descent", {"follow": desk().teach(teacher)}, "en")
    told = []
    follower.listeners.append(lambda: told.append(follower.announcement()))
    follower.drag({"pull": 0.5})
    assert [(one["state"], "step 5" in one["message"]) for one in told] == [("recovering", True)], "a sign before it is built"
    assert (
        follower.state == "paused"
        and not follower.recovering
        and follower.message is None
        and not follower.goes_on
        and follower.params.pull == 0.5
        and teacher.params.pull == 0.0
    )
    follower.drag({"pull": 0.6})
    assert follower.goes_on, "now it is a run like any other"


def test_a_lesson_that_is_over_is_told_and_can_be_continued():
    teacher = new_run(seed=21)
    teacher.open()
    teacher.step(5)
    follower, _ = desk().new_run("descent", {"follow": desk().teach(teacher)}, "en")
    teacher.close()
    follower.tick()
    assert "over" in follower.message
    follower.step(1)
    assert follower.session is not None and follower.session.step == 6


def test_a_code_of_no_lesson_is_refused():
    run, problems = desk().new_run("descent", {"follow": "<b>", "seed": "3"}, "en")
    assert problems[0].name == "follow" and run.seed == 3


# ---- settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("MODE", "party"), ("PLACES", "0"), ("PLACES", "many"), ("CONFIG", "/nowhere.toml"), ("HISTORY_MB", "-1")],
)
def test_an_impossible_setting_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"LATENT_LAB_{name}", value)
    with pytest.raises(BadSettings, match=f"(?i){name}"):
        read()


def test_settings_come_from_a_file_too(monkeypatch, tmp_path):
    file = tmp_path / "latent-lab.toml"
    file.write_text('mode = "class"\nplaces = 7\nhosts = "lab.example, localhost"\n', encoding="utf-8")
    monkeypatch.setenv("LATENT_LAB_CONFIG", str(file))
    monkeypatch.delenv("LATENT_LAB_PLACES")
    chosen = read()
    assert chosen.classroom and chosen.places == 7 and chosen.allowed_hosts == ["lab.example", "localhost"]
    file.write_text("mode = ", encoding="utf-8")
    with pytest.raises(BadSettings, match="latent-lab"):
        read()
