"""The stream of a live page: what a person commands, the values they set, and what no page would send."""

from __future__ import annotations

import json
import re
import time

import numpy as np
import pytest

from tests.pages.tab import PAYLOADS, at_rest_at, new_run, tab

pytestmark = pytest.mark.usefixtures("workers")


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
    page.run.recording.history.max_bytes = 12 * len(page.run.recording.newest.to_bytes())
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
