"""Two arms side by side: same seed, same batches, step by step together; a branch; the way back to one."""

from __future__ import annotations

import os
import signal
import time
from urllib.parse import parse_qs

import numpy as np
import pytest

from engine.core.frame import difference
from engine.core.language import translator
from engine.core.session import Session
from pages.kit.live.runs import desk
from pages.kit.live.stage.twins import Twins
from pages.kit.live.stage.twins_status import describe_both
from tests.pages.tab import Tab, new_run, tab

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture
def page():
    run = new_run()
    with tab(run) as opened:
        opened.run = run
        yield opened
    run.close()


def together(page: Tab, index: int | None = None) -> dict:
    """Ask for a twin and wait until it is there."""
    return page.ask("compare", lambda status: "twins" in status and status["state"] == "paused", index=index)


def ended(status: dict) -> bool:
    return status["state"] == "finished"


def rows(run, name: str) -> dict[int, float]:
    history = run.recording.history.scalars()
    return dict(zip(history["step"].astype(int).tolist(), history[name].tolist(), strict=True))


def test_identical_arms_stay_identical_bit_for_bit_and_the_page_says_so(page):
    together(page)
    status = page.ask("play", ended)
    twins = status["twins"]
    assert twins["same"] and twins["compared"] == 50 and twins["parted"] is None and twins["different"] == []
    first, second = page.run, page.run.twins.second
    assert rows(first, "distance") == rows(second, "distance") and len(rows(first, "distance")) > 2
    assert difference(first.recording.newest, second.recording.newest) is None


def test_a_hot_change_of_one_arm_parts_them_there_and_leaves_the_other_as_it_was(page):
    together(page)
    page.ask("step", lambda status: status["step"] == 4, count=4)
    status = page.ask("set", lambda status: bool(status["twins"]["different"]), values={"pull": 0.5})
    assert [row["values"] for row in status["twins"]["different"]] == [[0.0, 0.5]] and status["params"]["pull"] == 0.5
    rests = page.forward(1)
    assert not rests["twins"]["same"] and 4 <= rests["twins"]["parted"] <= rests["step"]
    page.ask("play", ended)
    alone = Session.start("descent", {}, seed=0)
    assert difference(alone.advance(steps=50), page.run.recording.newest) is None
    changed = Session.start("descent", {}, seed=0)
    changed.run(steps=4)
    changed.set(pull=0.5)
    assert difference(changed.advance(steps=46), page.run.twins.second.recording.newest) is None


def test_numbers_of_both_arms_are_those_of_the_frames_on_screen(page):
    together(page)
    page.ask("set", lambda status: bool(status["twins"]["different"]), values={"pull": -1.0})
    numbers = page.forward(3)["twins"]["numbers"]
    frames = page.run.recording.newest, page.run.twins.second.recording.newest
    assert {row["name"]: row["values"] for row in numbers} == {
        name: [frame.scalars[name] for frame in frames] for name in ("distance", "seen")
    }
    two = page.ask("set", lambda status: len(status["twins"]["different"]) == 2, values={"noise": False})
    assert ["on", "off"] in [row["values"] for row in two["twins"]["different"]]


def test_a_value_that_does_not_act_in_one_arm_is_told_as_a_dash():
    """The variances' floor means nothing where covariances are fixed."""
    one, two = new_run("em", seed=0), new_run("em", seed=0, covariance="fixed", floor=0.1)
    rows = describe_both(one, two, one.status(), two.status(), "a")["twins"]["different"]
    for run in (one, two):
        run.close()
    told = {row["name"]: row["values"] for row in rows}
    assert told["floor"] == [1e-6, "–"] and len(set(told["covariance"])) == 2 and "–" not in told["covariance"]


def test_curves_are_drawn_over_each_other_and_other_pictures_beside_each_other(page):
    page.send("view", name="place", on=True)
    together(page)
    page.ask("set", lambda status: bool(status["twins"]["different"]), values={"pull": 0.5})
    page.forward(3)
    figures = page.frames[-1][0]["figures"]
    names = [trace.get("name", "") for trace in figures["distance"]["data"]]
    assert "distance@b" not in figures and [name[0] for name in names if name] == ["A", "B"]
    colors = {trace["line"]["color"] for trace in figures["distance"]["data"]}
    look = page.run.style("light")
    assert colors == {look.first, look.second}
    assert "place" in figures and "place@b" in figures
    assert np.any(np.asarray(page.figure("place")["data"][0]["y"]) != np.asarray(page.figure("place@b")["data"][0]["y"]))


def test_a_cold_change_restarts_one_arm_which_catches_up(page):
    together(page)
    page.ask("step", lambda status: status["step"] == 10, count=10)
    status = page.ask("set", lambda status: status["twins"]["different"] != [], values={"size": 5})
    assert [arm["size"] for arm in status["twins"]["params"]] == [3, 5] and status["step"] == 0
    page.ask("play", ended)
    assert page.run.session.step == page.run.twins.second.session.step == 50
    alone = Session.start("descent", {"size": 5}, seed=0).advance(steps=50)
    assert difference(alone, page.run.twins.second.recording.newest) is None


def test_a_branch_leaves_the_run_at_the_step_on_screen(page):
    page.ask("step", lambda status: status["step"] == 4, count=4)
    page.ask("set", lambda status: status["params"]["pull"] == 0.5, values={"pull": 0.5})
    page.forward(5)
    page.ask("seek", lambda status: status["shownStep"] == 4, index=page.status["keptSteps"].index(4))
    status = together(page, index=page.status["keptSteps"].index(4))
    assert status["twins"]["leftAt"] == 4 and status["step"] == 4
    assert page.run.twins.second.recording.history.steps == [0, 4]
    page.ask("set", lambda status: len(status["twins"]["different"]) == 2, values={"pull": -0.5, "rate": 0.2})
    page.ask("play", ended)
    score = page.run.twins.second.session.score
    assert [(change.step, dict(change.values)) for change in score.changes] == [(4, {"pull": -0.5, "rate": 0.2})]
    assert page.run.session.score.changes[0].values == {"pull": 0.5}
    assert difference(Session.from_score(score).look(), page.run.twins.second.recording.newest) is None


def test_pausing_brings_both_arms_to_the_same_step(page):
    together(page)
    page.ask("stop", lambda status: status["stop"]["steps"] is None, steps=None, seconds=None)
    for _ in range(3):
        before = page.status["step"]
        page.ask("play", lambda status, before=before: status["step"] > before)
        page.ask("pause", lambda status: status["state"] == "paused")
        assert page.run.session.step == page.run.twins.second.session.step


def test_the_hand_says_whose_values_the_controls_show_and_change(page):
    together(page)
    page.ask("set", lambda status: status["params"]["pull"] == 0.5, values={"pull": 0.5})
    assert page.ask("hand", lambda status: status["twins"]["hand"] == "a", arm="a")["params"]["pull"] == 0.0
    page.ask("hand", lambda status: status["twins"]["hand"] == "both", arm="both")
    status = page.ask("set", lambda status: status["params"]["rate"] == 0.2, values={"rate": 0.2})
    assert [arm["rate"] for arm in status["twins"]["params"]] == [0.2, 0.2]
    refused = page.ask("set", lambda status: status["problems"], values={"rate": "wild"})
    assert "wild" in refused["problems"]["rate"]
    page.send("hand", arm="<b>")
    assert page.ask("theme", lambda status: True, value="light")["twins"]["hand"] == "both"


def test_ending_keeps_the_arm_that_was_chosen(page):
    together(page)
    page.ask("set", lambda status: status["params"]["pull"] == 0.5, values={"pull": 0.5})
    step = page.forward(5)["step"]
    kept = page.run.twins.second.recording.newest
    frames = [arm.recording.version for arm in page.run.twins.arms]
    status = page.ask("end", lambda status: "twins" not in status, keep="b")
    assert status["params"]["pull"] == 0.5 and difference(page.run.recording.newest, kept) is None
    assert page.run.recording.version == sum(frames)  # a lesson's pictures are known by it: never one that was there before
    page.ask("step", lambda status: status["step"] == step + 1, count=1)
    assert all(len(worker.sessions) <= 1 for worker in desk().pool.workers)


def test_one_arm_may_diverge_and_the_other_goes_on(page):
    together(page)
    page.ask("set", lambda status: bool(status["twins"]["different"]), values={"rate": 9.0})
    page.ask("stop", lambda status: status["stop"]["steps"] == 3000, steps=3000, seconds=None)
    status = page.ask("play", ended)
    assert status["twins"]["states"][1] == "diverged" and status["step"] == 3000 and "B: " in status["message"]


def test_a_killed_worker_costs_neither_arm_its_place(page):
    together(page)
    page.ask("stop", lambda status: status["stop"]["steps"] == 2000, steps=2000, seconds=None)
    page.ask("play", lambda status: status["step"] > 10)
    os.kill(page.run.twins.second.session.pid, signal.SIGKILL)
    status = page.ask("seek", ended, index=None)
    assert status["twins"]["same"] and status["step"] == 2000


def test_reset_and_a_new_seed_hold_for_both(page):
    together(page)
    page.ask("step", lambda status: status["step"] == 5, count=5)
    page.ask("reset", lambda status: status["step"] == 0)
    page.ask("seed", lambda status: status["seed"] == 7, value="7")
    status = page.ask("step", lambda status: status["step"] == 3, count=3)
    assert status["twins"]["same"] and status["twins"]["compared"] == 3
    assert page.run.twins.second.session.score.seed == 7
    bad = page.ask("seed", lambda status: "seed" in status["problems"], value="-1")
    assert bad["seed"] == 7 and bad["twins"]["same"]


def test_looking_back_shows_both_arms_at_the_same_step(page):
    together(page)
    for step in (1, 2, 3):
        page.ask("step", lambda status, step=step: status["step"] == step, count=1)
    page.ask("seek", lambda status: status["shownStep"] == 2, index=2)
    first, second = page.run.twins.timelines()
    assert first.frame.step == second.frame.step == 2


def test_the_address_holds_the_comparison(page):
    together(page)
    assert parse_qs(page.status["query"]) == {"twin": ["1"]}
    query = page.ask("set", lambda status: bool(status["twins"]["different"]), values={"pull": 0.5})["query"]
    assert parse_qs(query) == {"twin.pull": ["0.5"]}
    run = new_run(**{"twin.pull": "0.5", "rate": "0.2"})
    with tab(run) as opened:
        twins = opened.wait(lambda status: "twins" in status and status["state"] == "paused" and status["twins"]["different"])[
            "twins"
        ]
    assert [arm["pull"] for arm in twins["params"]] == [0.0, 0.5] and [arm["rate"] for arm in twins["params"]] == [0.2, 0.2]
    run.close()
    _, problems = desk().new_run("descent", {"twin.pull": "up", "twin.nothing": "1"}, "en")
    assert {problem.name for problem in problems} == {"pull", "nothing"}


def test_a_closed_tab_stops_both_arms():
    run = new_run()
    run.stop_rule(None, None)
    with tab(run) as page:
        together(page)
        page.ask("play", lambda status: status["step"] > 3)
        second = run.twins.second
    time.sleep(0.8)  # longer than a lease
    rested = run.session.step, second.session.step
    assert rested[0] == rested[1]
    time.sleep(0.3)
    run.session.look(), second.session.look()
    assert (run.session.step, second.session.step) == rested
    run.close()
    assert second.session is None


def test_play_pressed_while_the_twin_is_brought_is_kept_until_it_is_there(page):
    page.run.twins = twins = Twins(page.run, page.run.sibling())
    assert twins.doing == "opening"
    twins.play()
    assert not twins.playing
    twins.open(None)
    assert twins.playing
    twins.pause()
    assert not twins.playing and not twins.wanted_play


def test_pause_pressed_while_a_chapters_twin_is_brought_is_kept_too(page):
    """The chapter shall play as soon as both are there; who has paused it meanwhile does not see it run off."""
    page.run.twins = twins = Twins(page.run, page.run.sibling())
    twins.wanted_play = True
    twins.pause()
    twins.open(None)
    assert twins.doing == "paused" and not twins.playing


def test_the_hand_is_at_the_arm_in_which_the_hero_acts():
    normal = {"bench": "normal", "chapter": "waves"}
    cosine, jump = new_run("gumbel-softmax", **normal), new_run("gumbel-softmax", **normal, wave="jump")
    assert Twins(cosine, cosine.sibling()).hand_of_the_hero() == "b"
    assert Twins(cosine, jump).hand_of_the_hero() == "a"  # a jump has no frequency ω
    assert Twins(jump, cosine).hand_of_the_hero() == "b"


def test_what_differs_is_said_in_the_words_of_the_controls():
    cosine, jump = (
        new_run("gumbel-softmax", "zh", bench="normal", wave=wave, infinite=wave == "jump", omega=2)
        for wave in ("cosine", "jump")
    )
    rows = {row["name"]: row["values"] for row in Twins(cosine, jump).status()["twins"]["different"]}
    t = translator("zh", "gumbel-softmax")
    assert rows == {"wave": [t("cosine"), t("jump")], "infinite": [t("off"), t("on")]}
    assert t("jump") != "jump"


def test_another_language_of_the_page_draws_both_arms_anew_at_rest(page):
    together(page)
    drawn = len(page.frames)
    page.run.speak("zh")
    page.wait(lambda status: len(page.frames) > drawn)
    assert [arm.language for arm in page.run.arms] == ["zh", "zh"]
