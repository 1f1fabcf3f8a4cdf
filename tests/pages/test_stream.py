"""The stream of a live page: commands in, frames out, back-pressure, faults and the way back from them."""

from __future__ import annotations

import json
import os
import re
import signal
import time

import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from pages.kit.desk import desk
from pages.kit.own_data import use
from tests.pages.tab import Tab, client, close, new_run, tab

pytestmark = pytest.mark.usefixtures("workers")
PAYLOADS = ["<img src=x onerror=alert(1)>", "javascript:alert(1)", "</script><script>alert(1)</script>", "{0.__class__}", "$x$"]


@pytest.fixture
def page():
    run = new_run()
    with tab(run) as opened:
        yield opened
    run.close()


@pytest.fixture
def endless():
    """A page whose run has no stop rule (the toy takes tens of thousands of steps in a second)."""
    run = new_run()
    run.stop_rule(None, None)
    with tab(run) as opened:
        opened.run = run
        yield opened
    run.close()


def at_rest_at(step: int):
    return lambda status: status["step"] == step and status["state"] in ("paused", "finished")


# ---- the player


def test_a_page_shows_the_run_at_rest_before_anything_is_pressed(page):
    assert page.status["state"] == "paused" and page.status["step"] == 0 and page.status["seed"] == 0
    assert page.figure("distance")["data"][0]["x"] == [0.0]
    assert any(page.silent(0.5) for _ in range(10))  # and then nothing is sent


def test_play_runs_and_pause_rests(endless):
    page = endless
    page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 3)
    rested = page.ask("pause", lambda status: status["state"] == "paused")["step"]
    time.sleep(0.2)
    assert page.ask("theme", lambda status: True, value="light")["step"] == rested
    assert page.status["step"] == rested > 3


def test_a_run_stops_by_itself_after_its_default_length_and_goes_on_when_asked(page):
    page.ask("play", lambda status: status["state"] == "finished" and status["step"] == 50)
    page.ask("play", lambda status: status["state"] == "finished" and status["step"] == 100)


def test_step_and_part_go_exactly_as_far_as_they_say(page):
    page.ask("step", at_rest_at(1), count=1)
    page.ask("step", at_rest_at(6), count=5)
    page.ask("part", lambda status: status["part"] == "gradient" and status["step"] == 6)
    page.ask("part", lambda status: status["part"] == "" and status["step"] == 7)
    assert page.status["parts"] == ["gradient", "move"]


def test_a_kept_frame_can_be_looked_at_without_stopping_the_run(endless):
    page = endless
    for step in (1, 2, 3):
        page.ask("step", at_rest_at(step), count=1)
    early = page.ask("seek", lambda status: status["shown"] == 1, index=1)
    assert early["keptSteps"] == [0, 1, 2, 3] and early["shownStep"] == 1 and early["step"] == 3
    assert page.figure("distance")["data"][0]["x"] == [0.0, 1.0]
    page.ask("play", lambda status: status["state"] == "playing")
    page.ask("seek", lambda status: status["shownStep"] == 2 and status["step"] > 20, index=2)
    page.ask("seek", lambda status: status["shown"] is None and status["shownStep"] == status["step"], index=None)
    page.ask("pause", lambda status: status["state"] == "paused")
    page.ask("seek", lambda status: status["shown"] == status["kept"] - 1, index=10**9)
    page.ask("seek", lambda status: status["shown"] == 0, index=-5)


def test_a_kept_frame_stays_on_screen_while_the_history_is_thinned(endless):
    page = endless
    for step in range(1, 10):
        page.ask("step", at_rest_at(step), count=1)
    page.ask("play", lambda status: status["state"] == "playing")
    page.ask("seek", lambda status: status["shownStep"] == 4, index=4)
    page.run.film.history.max_bytes = 12 * len(page.run.film.newest.to_bytes())
    status = page.wait(lambda status: status["kept"] <= 12 and 4 not in status["keptSteps"])
    assert status["shownStep"] == 4 and status["state"] == "playing"
    assert status["keptSteps"][status["shown"]] == min(step for step in status["keptSteps"] if step >= 4)
    page.ask("seek", lambda status: status["shownStep"] == status["step"] > 4, index=None)


def test_stop_rules_hold(page):
    page.ask("stop", lambda status: status["stop"] == {"steps": 17, "seconds": None}, steps=17, seconds=None)
    page.ask("play", lambda status: status["state"] == "finished" and status["step"] == 17)
    page.ask("stop", lambda status: status["stop"]["seconds"] == 0.2, steps=None, seconds=0.2)
    done = page.ask("play", lambda status: status["state"] == "finished")
    assert 0.2 <= done["elapsed"] < 1.5 and done["step"] > 17


@pytest.mark.parametrize("bad", [0, -1, "many", 1e30, True, [], "<b>"])
def test_an_impossible_stop_rule_is_named_and_the_old_one_holds(page, bad):
    status = page.ask("stop", lambda status: "stop_steps" in status["problems"], steps=bad, seconds=None)
    assert status["stop"]["steps"] == 50


def test_speed_limits_the_steps(page):
    page.send("speed", value=20)
    page.ask("play", lambda status: status["state"] == "playing")
    begin = time.monotonic()
    time.sleep(1.0)
    step = page.ask("pause", lambda status: status["state"] == "paused")["step"]
    assert 5 <= step <= 20 * (time.monotonic() - begin) + 5
    for nonsense in ("fast", -1, 0, None, [], 1e300):
        page.send("speed", value=nonsense)
    assert page.ask("speed", lambda status: status["speed"] is None, value=None)["state"] == "paused"


def test_reset_gives_the_same_run_again(page):
    page.ask("step", at_rest_at(5), count=5)
    first = np.array(page.figure("distance")["data"][0]["y"])
    page.ask("reset", at_rest_at(0))
    assert page.status["kept"] == 1 and page.status["seed"] == 0
    page.ask("step", at_rest_at(5), count=5)
    assert np.array_equal(first, np.array(page.figure("distance")["data"][0]["y"]))


def test_another_seed_is_another_run_and_stands_in_the_address(page):
    status = page.ask("seed", lambda status: status["seed"] == 7, value="7")
    assert status["step"] == 0 and status["query"] == "seed=7"
    page.ask("seed", lambda status: status["seed"] != 7, value=None)
    assert 0 <= page.status["seed"] < 10_000


@pytest.mark.parametrize("bad", ["lucky", -1, 2**32, 1.5, [], {}, "<img src=x onerror=alert(1)>"])
def test_a_bad_seed_is_named_and_the_run_stays(page, bad):
    page.ask("step", at_rest_at(3), count=3)
    status = page.ask("seed", lambda status: "seed" in status["problems"], value=bad)
    assert status["step"] == 3 and status["seed"] == 0 and "4294967295" in status["problems"]["seed"]


# ---- parameters


def test_a_hot_value_takes_effect_in_the_running_loop_and_is_marked(endless):
    page = endless
    page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 5)
    status = page.ask("set", lambda status: status["params"]["rate"] == 0.5, values={"rate": 0.5})
    status = page.wait(lambda status: status["marks"] and status["state"] == "playing" and status["step"] > status["marks"][0])
    assert status["query"] == "rate=0.5" and len(status["marks"]) == 1
    assert any(shape["x0"] == status["marks"][0] for shape in page.figure("distance")["layout"]["shapes"])


def test_while_a_slider_is_dragged_the_last_value_counts(endless):
    page = endless
    page.ask("play", lambda status: status["state"] == "playing")
    for value in np.linspace(0.2, 0.9, 60):
        page.send("set", values={"rate": float(value)})
    assert page.wait(lambda status: status["params"]["rate"] == pytest.approx(0.9))["problems"] == {}


def test_a_cold_value_restarts_and_goes_on_playing(endless):
    page = endless
    page.send("speed", value=100)
    before = page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 50)
    status = page.ask("set", lambda status: status["params"]["size"] == 5, values={"size": 5})
    assert status["step"] < before["step"] and status["state"] == "playing" and status["query"] == "size=5"
    page.wait(lambda status: status["step"] > 10)


def test_a_lens_changes_the_picture_of_a_resting_run_and_leaves_no_mark(page):
    page.ask("step", at_rest_at(2), count=2)
    status = page.ask("set", lambda status: status["params"]["look_at"] == 1.5, values={"look_at": 1.5})
    assert status["marks"] == [] and status["step"] == 2 and status["kept"] == 2


BAD = [{"rate": value} for value in (99, -1, "abc", None, [], {}, True, "", "9" * 400, 10**400, *PAYLOADS)]
BAD += [{"size": 0}, {"size": 1.5}, {"shape": "cone"}, {"noise": 7}, {"look_at": "here"}]
BAD += [{"raet": 1}, {"": 1}, {"__class__": 1}, {PAYLOADS[0]: PAYLOADS[0]}, {"shape": "valley", "size": 500}, {"shown": []}]


@pytest.mark.parametrize("values", BAD, ids=lambda values: ascii(values)[:40])
def test_a_bad_value_is_named_changes_nothing_and_the_page_lives(page, values):
    page.ask("step", at_rest_at(2), count=2)
    before = page.status["params"]
    status = page.ask("set", lambda status: status["problems"], values=values)
    assert set(status["problems"]) & set(values) and status["params"] == before and status["step"] == 2
    page.ask("set", lambda status: status["params"]["rate"] == 0.3, values={"rate": 0.3})


@pytest.mark.parametrize(("pointed", "taken"), [(1.0, 1.0), (77, 2.0), (-1e300, -2.0), (10**400, 2.0)])
def test_pointing_outside_a_picture_takes_the_nearest_value(page, pointed, taken):
    status = page.ask("set", lambda status: status["params"]["look_at"] != 0.5, values={"look_at": pointed})
    assert status["params"]["look_at"] == taken and status["problems"] == {}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_comes_back_as_text_in_its_message_and_nowhere_else(page, payload):
    status = page.ask("set", lambda status: status["problems"], values={"rate": payload})
    assert payload in status["problems"]["rate"]
    header = page.frames[-1][0]
    assert payload not in json.dumps({**header, "status": {**header["status"], "problems": {}}})


def test_a_value_that_was_bad_is_forgotten_when_a_good_one_comes(page):
    page.ask("set", lambda status: "rate" in status["problems"], values={"rate": 99})
    page.ask("set", lambda status: not status["problems"], values={"rate": 0.2})


def test_problems_are_told_in_the_readers_language(workers):
    run = new_run(language="zh")
    with tab(run) as page:
        status = page.ask("set", lambda status: status["problems"], values={"rate": 99})
        assert re.search("[\u4e00-\u9fff]", status["problems"]["rate"]) and "0.001" in status["problems"]["rate"]
    run.close()


def test_a_cold_value_that_the_model_cannot_take_leaves_the_run_that_is_there(page):
    page.ask("step", at_rest_at(4), count=4)
    status = page.ask("set", lambda status: status["message"], values={"shape": "own"})
    assert "needs data" in status["message"]
    assert status["step"] == 4 and status["params"]["shape"] == "bowl"
    page.ask("step", at_rest_at(5), count=1)


# ---- what no page would send

NONSENSE = [
    "",
    "hello",
    "null",
    "5",
    "[]",
    "[1, 2]",
    "{}",
    '{"type": null}',
    '{"type": 5}',
    '{"type": "fly"}',
    '{"type": "step"}',
    '{"type": "step", "count": "many"}',
    '{"type": "step", "count": null}',
    '{"type": "set"}',
    '{"type": "set", "values": null}',
    '{"type": "set", "values": [1]}',
    '{"type": "set", "values": {}}',
    '{"type": "seek", "index": "last"}',
    '{"type": "seek", "index": 1.5}',
    '{"type": "view", "name": 5, "on": true}',
    '{"type": "view", "name": "distance"}',
    '{"type": "stop"}',
    '{"type": "drawn"}',
    '{"type": "drawn", "id": "all"}',
    '{"type": "theme"}',
    '{"type": "done"}',
    '{"type": "opened"}',
    '{"type": "announce"}',
    '{"type": "back"}',
    '{"type": "hello", "run": "another"}',
    '{"type": "step", "count": 1',
    '{"a": NaN}',
    "[" * 60_000,
    '{"type": "set", "values": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}",
    "x" * 70_000,
    json.dumps({"type": "set", "values": {"rate": "x" * 70_000}}),
    '{"type": "set", "values": {"rate": "\\ud800"}}',
]


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: text[:40])
def test_nonsense_is_ignored_and_the_page_lives(page, text):
    page.socket.send_text(text)
    page.ask("step", at_rest_at(1), count=1)
    assert page.status["params"]["rate"] == 0.1 and page.closed is None


def test_binary_messages_are_ignored_and_the_page_lives(page):
    page.socket.send_bytes(b"\x00\x01\xff")
    page.ask("step", at_rest_at(1), count=1)


def test_a_hundred_views_are_not_drawn(page):
    for index in range(100):
        page.send("view", name=f"v{index}", on=True)
    page.ask("step", at_rest_at(1), count=1)
    assert len(page.frames[-1][0]["figures"]) <= 32


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
    page.wait(lambda status: page.figure("place|distance")["data"][0]["mode"] == "lines")


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
        assert second.ask("theme", lambda status: True, value="dark")["step"] == 0
        second.ask("step", at_rest_at(1), count=1)
        assert second.status["params"]["rate"] == 0.5 and first.status["step"] == 4
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
        begin = time.monotonic()
        os.kill(run.session.pid, signal.SIGKILL)
        told = page.wait(lambda status: status["state"] == "recovering")
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
