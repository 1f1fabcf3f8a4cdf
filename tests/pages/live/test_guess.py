"""Guesses over the websocket: kept on the run, shown and scored, refused with a reason, and without any effect on the run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine.core import registry, wire
from engine.core.frame import difference
from engine.core.score import Score
from engine.core.topic import Guess, Timeline
from engine.sweeps.sweep import Plan, Sweep
from engine.workers.shared import Commons
from pages.kit.live import drawing
from pages.kit.live.guess import MOST_TRIED
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from pages.kit.web.stream import Stream
from tests.pages.tab import Tab, new_run, tab

pytestmark = pytest.mark.usefixtures("workers")
DRAWN = [[0, 2.0], [25, 1.0], [50, 1.0]]
CURVE, PLACE, CHOICE = "guess:distance", "guess:rate", "guess:near"


def slow(timeline: Timeline) -> tuple[float, float]:
    """A rate that has come near the bottom is large enough."""
    rate = timeline.params.rate
    return (0.0, rate) if timeline.frame.scalars["distance"] < 0.5 else (rate, math.inf)


GUESSES = (
    Guess("distance", "How near?", 0.0, 10.0, scalar="distance"),
    Guess("rate", "How large a step is large enough?", 0.001, 1.0, log=True, parameter="rate", measured=slow, after=20),
    Guess("pull", "Which pull?", -1.0, 1.0, parameter="pull", theory=lambda _: 0.25, when=lambda p: p.shape == "valley"),
    Guess(
        "near",
        "Where does it end?",
        options=(("near", "Near the bottom"), ("far", "Far from it")),
        answer=lambda line: "near" if line.frame.scalars["distance"] < 1 else "far",
        because="It ends {distance:.3f} away.",
        after=20,
    ),
)


def guessing_run(**query):
    run = new_run(**query)
    run.topic = dataclasses.replace(run.topic, guesses=GUESSES)
    return run


@pytest.fixture
def page():
    run = guessing_run()
    with tab(run, views=("distance",)) as opened:
        opened.run = run
        yield opened
    run.close()


def guess(page: Tab, name: str, points: list | None) -> dict:
    """Send a guess and wait for the picture after it."""
    count = len(page.frames)
    page.send("guess", name=name, points=points)
    return page.wait(lambda status: len(page.frames) > count and (name in status["guesses"]["made"]) == (points is not None))


def panel(page: Tab, name: str) -> dict:
    """The newest picture of a panel; asks for it where it is not yet sent."""
    if name not in page.frames[-1][0]["figures"]:
        page.send("view", name=name, on=True)
        page.wait(lambda status: name in page.frames[-1][0]["figures"])
    return page.figure(name)


def said(page: Tab, name: str) -> str:
    return " ".join(panel(page, name)["layout"]["meta"]["said"])


def finish(page: Tab) -> None:
    page.ask("play", lambda status: status["state"] == "finished" and status["step"] == 50)
    page.wait(lambda status: page.frames[-1][0]["status"]["state"] == "finished")


def test_what_the_settings_allow_is_offered(page):
    told = {"offered": ["distance", "rate", "near"], "made": [], "chosen": {}, "problem": None, "asks": False}
    assert page.status["guesses"] == told
    status = page.ask("set", lambda status: status["params"]["shape"] == "valley", values={"shape": "valley"})
    assert status["guesses"]["offered"] == ["distance", "rate", "pull", "near"]


def test_a_choice_is_kept_told_and_judged_by_the_run(page):
    guess(page, "near", "far")
    assert page.status["guesses"]["chosen"] == {"near": "far"} and said(page, CHOICE) == "Play until step 20 to see."
    page.send("guess", name="near", points="sideways")
    told = page.wait(lambda status: status["guesses"]["problem"])["guesses"]
    assert "near, far" in told["problem"] and told["chosen"] == {"near": "far"}
    finish(page)
    distance = page.run.recording.newest.scalars["distance"]
    assert said(page, CHOICE) == f"The run says: “Near the bottom”. It ends {distance:.3f} away."
    guess(page, "near", "near")
    assert panel(page, CHOICE)["layout"]["meta"]["short"] == "right"
    assert len(page.figure("distance")["data"]) == 1, "a choice is no curve"
    assert guess(page, "near", None)["guesses"]["chosen"] == {}


def test_a_guess_comes_back_in_its_panel_and_in_the_view_of_its_scalar(page):
    guess(page, "distance", DRAWN)
    drawn = panel(page, CURVE)["data"][0]
    assert np.allclose(np.c_[drawn["x"], drawn["y"]], DRAWN) and drawn["line"]["dash"] == "dash"
    assert [trace["name"] for trace in panel(page, CURVE)["data"]] == ["your guess", "measured"]
    view = page.figure("distance")["data"]
    assert [trace["name"] for trace in view] == ["distance", "your guess"] and np.allclose(view[1]["y"], [2, 1, 1])
    guess(page, "distance", None)
    assert len(page.figure("distance")["data"]) == 1 and len(panel(page, CURVE)["data"][0]["x"]) == 0


def test_a_curve_is_scored_once_the_run_has_come_far_enough(page):
    guess(page, "distance", DRAWN)
    assert said(page, CURVE) == "Play until step 10 to see."
    page.ask("step", lambda status: status["step"] == 9, count=9)
    assert said(page, CURVE) == "Play until step 10 to see."
    finish(page)
    steps, values = (np.asarray(page.figure("distance")["data"][0][axis], float) for axis in "xy")
    miss = np.abs(np.interp(steps, *zip(*DRAWN, strict=True)) - values)
    share = np.trapezoid(miss, steps) / 50 / 10
    assert said(page, CURVE).startswith(f"Off by {share:.1%} of the range on average, up to step 50.")
    worst = int(np.argmax(miss))
    assert f"at step {steps[worst]:.0f}, it was {values[worst]:.3g}." in said(page, CURVE)


def test_two_runs_narrow_a_threshold_and_another_setting_begins_anew(page):
    guess(page, "rate", [[0.02]])
    assert said(page, PLACE) == "Play until step 20 to see."
    page.ask("set", lambda status: status["params"]["rate"] == 0.5, values={"rate": 0.5})
    finish(page)
    assert said(page, PLACE) == "Measured: below 0.5. Your guess fits that."
    page.ask("reset", lambda status: status["step"] == 0)
    page.ask("set", lambda status: status["params"]["rate"] == 0.002, values={"rate": 0.002})
    finish(page)
    assert said(page, PLACE) == "Measured: between 0.002 and 0.5. Your guess fits that."
    page.ask("set", lambda status: status["params"]["size"] == 4, values={"size": 4})
    assert said(page, PLACE) == "Play until step 20 to see."
    finish(page)
    assert said(page, PLACE) == "Measured: above 0.002. Your guess fits that."


@pytest.mark.parametrize(
    "bad", [7, "up", [], [[0, 1]], [[0, 1], [1, math.nan]], [[i, 1] for i in range(300)], [["0", 1], [1, 2]]]
)
def test_a_bad_guess_is_refused_with_a_reason_and_the_old_one_stays(page, bad):
    guess(page, "distance", DRAWN)
    page.send("guess", name="distance", points=bad)
    told = page.wait(lambda status: status["guesses"]["problem"])["guesses"]
    assert "2 to 256 points" in told["problem"] and told["made"] == ["distance"]
    assert np.allclose(panel(page, CURVE)["data"][0]["y"], [2, 1, 1])
    page.send("guess", name="distance", points=DRAWN)
    page.wait(lambda status: status["guesses"]["problem"] is None)


def test_messages_that_are_no_guess_are_ignored(page):
    page.send("guess", name="no such guess", points=DRAWN)
    page.send("guess", name=["distance"], points=DRAWN)
    page.send("guess", points=DRAWN)
    page.send("view", name="guess:no such guess", on=True)
    status = page.ask("step", lambda status: status["step"] == 1, count=1)
    assert status["guesses"]["made"] == [] and status["guesses"]["problem"] is None
    assert panel(page, "guess:no such guess")["layout"]["meta"]["alt"] == "This cannot be guessed with the present settings."


def test_a_guess_outlives_a_reset_another_seed_and_the_page_and_is_in_every_tab(page):
    guess(page, "distance", DRAWN)
    page.ask("step", lambda status: status["step"] == 5, count=5)
    page.ask("reset", lambda status: status["step"] == 0)
    assert page.ask("seed", lambda status: status["seed"] == 7, value="7")["guesses"]["made"] == ["distance"]
    with tab(page.run, views=(CURVE,)) as second:
        assert second.status["guesses"]["made"] == ["distance"]
        assert np.allclose(second.figure(CURVE)["data"][0]["y"], [2, 1, 1])


def test_with_a_twin_the_guess_is_drawn_once_and_scored_against_the_pages_own_run(page):
    guess(page, "distance", DRAWN)
    page.ask("compare", lambda status: "twins" in status and status["state"] == "paused", index=None)
    page.ask("set", lambda status: bool(status["twins"]["different"]), values={"rate": 0.5})
    finish(page)
    names = [trace["name"] for trace in page.figure("distance")["data"]]
    assert names == ["A · distance", "B · distance", "your guess"]
    measured = np.asarray(panel(page, CURVE)["data"][1]["y"], float)
    assert np.allclose(measured, page.run.recording.history.scalars()["distance"], rtol=1e-5)


def test_a_guess_never_reaches_the_run():
    """Two runs, one with guesses made before, between and after its steps: the same frames, score and address."""
    plain, guessed = guessing_run(seed=3), guessing_run(seed=3)
    frames = []
    for run in (plain, guessed):
        with tab(run) as page:
            page.run = run
            if run is guessed:
                guess(page, "distance", DRAWN)
                guess(page, "rate", [[0.9]])
            page.ask("step", lambda status: status["step"] == 5, count=5)
            if run is guessed:
                guess(page, "distance", [[0, 9], [5, 9]])
            page.ask("step", lambda status: status["step"] == 20, count=15)
            frames.append(run.recording.newest)
    assert difference(*frames) is None
    assert plain.score == guessed.score and plain.query() == guessed.query()
    assert guessed.params == plain.params and guessed.guesses.made
    plain.close()
    guessed.close()


def test_what_is_remembered_of_thresholds_is_bounded(page):
    page.ask("step", lambda status: status["step"] == 30, count=30)
    page.run.guesses.take(page.run, "rate", [[0.5]])
    for number in range(2 * MOST_TRIED):
        line = page.run.timeline()
        other = dataclasses.replace(line, params=line.params.change({"rate": 0.1 + number / 1000}))
        page.run.guesses.figure(page.run, "rate", other, page.run.style("light"))
    assert len(page.run.guesses.tried) == MOST_TRIED


def test_the_arms_of_a_sweep_narrow_a_threshold_too(page):
    guess(page, "rate", [[0.9]])
    page.ask("step", lambda status: status["step"] == 20, count=20)
    assert said(page, PLACE) == "Measured: below 0.1. Your guess does not fit that."
    plan = Plan.checked(Score(topic="descent", steps=20), "rate", (0.001, 0.004, 0.6))
    arms = Sweep(desk().pool, plan)
    arms.start()
    while not arms.poll().finished:
        pass
    page.run.guesses.learn(page.run, [arms.timeline(arm) for arm in range(3)])
    arms.close()
    page.ask("theme", lambda status: True, value="light")
    page.wait(lambda status: "between 0.004 and 0.1" in said(page, PLACE))


@pytest.fixture
def sharing() -> Iterator[list[LiveRun]]:
    """Two pages on the same run of a class."""
    commons = Commons(1)
    commons.start()
    assert commons.workers[0].ready.wait(60)
    topic = dataclasses.replace(registry.find("descent"), guesses=GUESSES)
    runs = [LiveRun(topic, topic.params(), 0, commons) for _ in range(2)]
    for run in runs:
        run.open()
    yield runs
    for run in runs:
        run.close()
    commons.close()


def drawn_for(run: LiveRun, *views: str) -> dict[str, Any]:
    """What a page with these views is sent."""
    page = Stream(None, run)
    page.views = dict.fromkeys(views, True)
    assert page.shared_picture(run.timeline()) is not None
    return wire.unpack(page.draw())[0]["figures"]


def test_pages_that_share_a_run_see_only_their_own_guess(sharing):
    sharing[0].guesses.take(sharing[0], "distance", DRAWN)
    seen = []
    for run in sharing:
        figures = drawn_for(run, "distance", CURVE)
        seen.append([len(figures["distance"]["data"]), len(figures[CURVE]["data"][0]["x"])])
    assert seen == [[2, 3], [1, 0]]


def test_a_guess_that_comes_while_a_picture_for_all_is_packed_is_not_in_it(sharing, monkeypatch):
    draw = drawing.draw_view

    def draw_slowly(run: LiveRun, *more: Any) -> Any:
        run.guesses.take(run, "distance", DRAWN)  # the reader's message arrives just now
        return draw(run, *more)

    monkeypatch.setattr(drawing, "draw_view", draw_slowly)
    first = drawn_for(sharing[0], "distance")
    monkeypatch.setattr(drawing, "draw_view", draw)
    assert sharing[0].guesses.made and not sharing[1].guesses.made
    assert len(first["distance"]["data"]) == len(drawn_for(sharing[1], "distance")["distance"]["data"]) == 1
    assert len(drawn_for(sharing[0], "distance")["distance"]["data"]) == 2, "the next picture shows it"


def test_the_score_is_told_in_the_readers_language():
    run = guessing_run(language="zh")
    with tab(run) as page:
        guess(page, "distance", DRAWN)
        assert said(page, CURVE) == "播放到第 10 步便见分晓。"
        finish(page)
        assert said(page, CURVE).startswith("截至第 50 步")
    run.close()
