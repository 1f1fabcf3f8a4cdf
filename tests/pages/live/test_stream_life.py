"""The stream of a live page over time: back-pressure, pages that come and go, faults and the way back, links."""

from __future__ import annotations

import json
import os
import re
import signal
import time

import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from pages.kit.live.own_data import use
from pages.kit.live.runs import desk
from tests.pages.tab import PAYLOADS, Tab, at_rest_at, client, close, new_run, tab

pytestmark = pytest.mark.usefixtures("workers")


# ---- frames and back-pressure


def settle(page: Tab) -> None:
    """Answer until nothing more comes."""
    page.drawn()
    while not page.silent(0.2):
        page.drawn()


def test_no_second_frame_is_sent_before_the_first_was_drawn():
    run = new_run()
    run.stop_rule(None, None)
    with tab(run, answer=False) as page:
        settle(page)
        page.ask("play", lambda status: status["state"] == "playing")
        assert page.silent(0.7)
        page.drawn()
        assert not page.silent(1.0)
    run.close()


def test_a_change_that_comes_while_a_frame_is_drawn_is_not_lost():
    run = new_run()
    with tab(run, answer=False) as page:
        settle(page)
        count = len(page.frames)
        page.ask("theme", lambda status: len(page.frames) > count, value="light")
        page.send("step", count=1)
        time.sleep(0.1)
        assert len(page.frames) == count + 1  # the one that is being drawn
        page.drawn()
        page.wait(at_rest_at(1), 3)
    run.close()


def test_of_two_commands_that_come_at_once_both_are_shown(page):
    for step in range(1, 41):
        page.send("set", values={})
        page.ask("step", at_rest_at(step), count=1)


def test_views_are_drawn_as_long_as_they_are_seen(page):
    page.ask("view", lambda status: "place" in page.frames[-1][0]["figures"], name="place", on=True)
    page.ask("view", lambda status: set(page.frames[-1][0]["figures"]) == {"place"}, name="distance", on=False)


def test_the_first_view_that_the_settings_allow_is_drawn(page):
    page.ask("view", lambda status: "place|distance" in page.frames[-1][0]["figures"], name="place|distance", on=True)
    assert page.figure("place|distance")["data"][0]["mode"] == "markers"
    page.ask("set", lambda status: status["params"]["shape"] == "valley", values={"shape": "valley"})
    page.wait(lambda status: page.figure("place|distance")["layout"]["meta"].get("view") == "distance")


def test_a_view_that_does_not_exist_says_so(page):
    page.ask("view", lambda status: "nothing" in page.frames[-1][0]["figures"], name="nothing", on=True)
    assert "does not exist" in page.figure("nothing")["layout"]["meta"]["alt"] and page.figure("nothing")["data"] == []


def test_the_theme_changes_the_colours(page):
    page.ask("theme", lambda status: page.figure("distance")["layout"]["paper_bgcolor"] == "#14171d", value="dark")


# ---- coming and going


def test_a_closed_tab_rests_within_a_second_and_is_freed_after_the_grace_time():
    run = new_run()
    with tab(run) as page:
        page.send("stop", steps=None, seconds=None)
        page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 5)
        begin = time.monotonic()
        close(page, run)
    while run.state == "playing" and time.monotonic() - begin < 5:
        time.sleep(0.01)
    assert run.state == "paused" and time.monotonic() - begin < 1.0
    step = run.session.look().step
    time.sleep(0.2)
    assert run.session.look().step == step
    desk().sweep()
    assert desk().get(run.token) is run
    desk().grace, grace = 0.0, desk().grace
    try:
        time.sleep(0.01)
        assert desk().sweep() >= 1 and desk().get(run.token) is None and run.session is None
    finally:
        desk().grace = grace


def test_a_page_that_comes_back_finds_its_run_resting_with_its_history():
    run = new_run()
    with tab(run) as page:
        for step in (1, 2, 3):
            page.ask("step", at_rest_at(step), count=1)
        page.ask("set", lambda status: status["params"]["rate"] == 0.4, values={"rate": 0.4})
        page.ask("play", lambda status: status["state"] in ("playing", "finished") and status["step"] > 3)
    with tab(run) as page:
        assert page.status["state"] in ("paused", "finished") and page.status["keptSteps"][:4] == [0, 1, 2, 3]
        assert page.status["params"]["rate"] == 0.4 and page.status["marks"] == [3]
    run.close()


def test_a_run_looked_at_by_a_second_connection_outlives_the_first():
    """A page that reconnects is there before the server has noticed that its old connection is gone."""
    run = new_run()
    with tab(run) as old, tab(run) as fresh:
        page_step = fresh.ask("step", at_rest_at(1), count=1)["step"]
        old.closed = 1001
        old.socket.close(1001)
        time.sleep(0.2)
        desk().grace, grace = 0.0, desk().grace
        try:
            time.sleep(0.01)
            desk().sweep()
        finally:
            desk().grace = grace
        assert desk().get(run.token) is run and page_step == 1
        fresh.ask("step", at_rest_at(2), count=1)
    run.close()


def test_two_tabs_are_independent():
    one, two = new_run(), new_run(rate=0.5)
    assert one.token != two.token
    with tab(one) as first, tab(two) as second:
        first.ask("step", at_rest_at(4), count=4)
        first.ask("set", lambda status: status["params"]["rate"] == 0.9, values={"rate": 0.9})
        step = first.forward(1)["step"]
        assert second.ask("theme", lambda status: True, value="dark")["step"] == 0
        second.ask("step", at_rest_at(1), count=1)
        assert second.status["params"]["rate"] == 0.5 and first.status["step"] == step
    one.close()
    two.close()


def test_an_unknown_run_is_told_that_it_is_gone():
    for hello in ({"type": "hello", "run": "nobody"}, {"type": "hello"}, {"run": ["x"]}, [], 5):
        with client().websocket_connect("/lab/stream") as socket:
            page = Tab(socket)
            socket.send_text(json.dumps(hello))
            end = time.monotonic() + 5
            while page.closed is None and time.monotonic() < end:
                time.sleep(0.005)
            assert page.gone and page.closed is not None


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://testserver.evil.example", "null", "http://testserver:81", "file://", "x"]
)
def test_a_page_of_another_server_is_refused(origin):
    with pytest.raises(WebSocketDisconnect) as caught, client().websocket_connect("/lab/stream", headers={"origin": origin}):
        pass
    assert caught.value.code == 1008


# ---- faults


def test_divergence_is_told_with_quantity_and_step_and_there_is_a_way_back():
    run = new_run()
    with tab(run) as page:
        page.send("stop", steps=None, seconds=None)
        page.ask("step", at_rest_at(3), count=3)
        page.ask("set", lambda status: status["params"]["rate"] == 10.0, values={"rate": 10.0})
        told = page.ask("play", lambda status: status["state"] == "diverged")
        assert re.search(r"squared distance became inf at step \d+", told["message"])
        assert int(re.search(r"step (\d+)", told["message"])[1]) > 3
        assert told["kept"] >= 2 and told["keptSteps"][0] == 0 and page.figure("distance")["data"]
        page.ask("seek", lambda status: status["shownStep"] == 0, index=0)  # the history can still be looked at
        page.ask("play", lambda status: status["state"] == "diverged")  # and playing on is not offered
        back = page.ask("back", lambda status: status["state"] == "paused")
        assert back["step"] == 3 and back["params"]["rate"] == 0.1 and back["keptSteps"][-1] == 3
        page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 20)
    run.close()


def test_a_run_that_diverges_from_its_start_goes_back_to_the_start():
    run = new_run(rate=10)
    with tab(run) as page:
        page.send("stop", steps=None, seconds=None)
        page.ask("play", lambda status: status["state"] == "diverged")
        back = page.ask("back", lambda status: status["state"] == "paused")
        assert back["step"] == 0
        page.ask("set", lambda status: status["params"]["rate"] == 0.1, values={"rate": 0.1})
        page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 20)
    run.close()


def test_a_bug_in_the_loop_is_told_as_text_and_reset_or_other_settings_go_on():
    run = new_run(shape="broken")
    with tab(run) as page:
        told = page.ask("play", lambda status: status["state"] == "diverged")
        assert "the floor <b>gave way</b>" in told["message"]
        page.ask("set", lambda status: status["state"] == "paused", values={"shape": "bowl"})
        page.ask("step", at_rest_at(9), count=9)
    run.close()


def test_too_little_memory_is_told_as_that():
    run = new_run(shape="hungry")
    with tab(run) as page:
        assert "memory" in page.ask("play", lambda status: status["state"] == "diverged")["message"]
    run.close()


def test_after_kill_9_while_playing_the_page_says_so_and_the_run_goes_on_from_where_it_was():
    run = new_run()
    with tab(run) as page:
        page.send("stop", steps=None, seconds=None)
        page.send("speed", value=200)
        page.ask("set", lambda status: status["params"]["rate"] == 0.3, values={"rate": 0.3})
        before = page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 20)
        first = page.status["keptSteps"][:3]
        begin, since = time.monotonic(), len(page.statuses)
        os.kill(run.session.pid, signal.SIGKILL)
        told = page.wait(lambda status: status["state"] == "recovering", since=since)
        assert "rebuilt" in told["message"]
        after = page.wait(lambda status: status["state"] == "playing" and status["step"] >= before["step"])
        assert time.monotonic() - begin < 3.0
        assert after["keptSteps"][:3] == first and after["params"]["rate"] == 0.3
        page.wait(lambda status: status["step"] > after["step"] + 5)
        assert run.session.recoveries == 1
    run.close()


def test_after_kill_9_at_rest_the_next_step_is_the_next_step():
    run = new_run()
    with tab(run) as page:
        page.ask("step", at_rest_at(10), count=10)
        os.kill(run.session.pid, signal.SIGKILL)
        page.ask("step", at_rest_at(11), count=1)
        assert page.status["keptSteps"] == [0, 10, 11]
    run.close()


# ---- links and own data


def test_a_runs_token_can_stand_in_a_component_key():
    """Streamlit refuses keys with "__" in them; url-safe tokens have one in every two hundred."""
    runs = [new_run() for _ in range(60)]
    for run in runs:
        assert re.fullmatch("[0-9A-Za-z]{24,}", run.token)
        run.close()
    assert len({run.token for run in runs}) == 60


def test_a_link_full_of_nonsense_gives_a_run_and_names_every_problem():
    query = {"rate": "99", "size": "abc", "speed": "1", "seed": "-4", "pull": "0.5", PAYLOADS[0]: "1"}
    run, problems = desk().new_run("descent", query, "en")
    assert (run.params.rate, run.params.size, run.params.pull, run.seed) == (0.1, 3, 0.5, 0)
    assert [problem.name for problem in problems] == ["rate", "size", "speed", PAYLOADS[0], "seed"]
    with tab(run) as page:
        assert page.status["query"] == "pull=0.5"
    run.close()


def test_the_address_of_a_page_gives_the_same_run_elsewhere():
    from urllib.parse import parse_qsl

    one = new_run(rate=0.25, size=4, shown="pair", noise="false", seed=9)
    two = desk().new_run("descent", dict(parse_qsl(one.status()["query"])), "zh")[0]
    assert two.params == one.params and two.seed == one.seed == 9
    one.close()
    two.close()


def test_own_data_start_a_run_and_data_that_cannot_be_used_leave_the_old_one():
    run = new_run()
    with tab(run) as page:
        page.ask("step", at_rest_at(3), count=3)
        assert use(run, {"wrong": np.ones((3, 2), np.float32)}, "<img src=x>.csv")
        assert page.ask("theme", lambda status: True, value="light")["step"] == 3 and run.data is None
        page.ask("step", at_rest_at(4), count=1)
        assert not use(run, {"x": np.full((3, 2), 5, np.float32)}, "mine.csv")
        page.ask("theme", lambda status: status["step"] == 0 and status["params"]["shape"] == "own", value="light")
        page.ask("step", at_rest_at(2), count=2)
    run.close()
