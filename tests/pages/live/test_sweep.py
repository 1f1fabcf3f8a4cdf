"""The sweep of a page through its websocket: plans, training, pictures of all models, the summary, and what may go wrong."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator

import numpy as np
import pytest

from engine.core.picture import Style
from engine.core.session import Session
from pages.kit.live.places import Places
from pages.kit.live.runs import desk, sweep_of
from pages.kit.live.sweep import MOST, SEED, sweepable
from tests.pages.sweep_tab import PATIENCE, PLAN, Page, opened
from tests.pages.tab import new_run
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture
def page() -> Iterator[Page]:
    run = new_run(seed=3, noise=False)
    run.open()
    with opened(run) as one:
        yield one
    sweep_of(run).close()
    run.close()


# ---- plans


def test_everything_set_by_hand_can_be_swept_and_nothing_else():
    names = [control.name for control in sweepable(new_run())]
    assert names == [
        "rate",
        "pull",
        "size",
        "noise",
        "shape",
        "length",
        "kinds",
        "warm",
        SEED,
    ]  # no list, nothing that only changes the view


def test_before_anything_is_trained_the_page_is_told_so(page):
    assert page.status["state"] == "empty" and page.status["plan"] is None and page.status["views"] == []
    assert page.headers == []


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"low": "abc"}, "low", "abc"),
        ({"high": "1e9"}, "high", "0.001 to 10"),
        ({"low": "nan"}, "low", "nan"),
        ({"low": "1", "high": "0.1"}, "high", "larger than 1"),
        ({"count": "1"}, "count", f"from 2 to {MOST}"),
        ({"count": str(MOST + 1)}, "count", f"from 2 to {MOST}"),
        ({"count": "2.5"}, "count", "2.5"),
        ({"count": None}, "count", "null"),
        ({"steps": "0"}, "steps", "from 1"),
        ({"steps": "-3"}, "steps", "-3"),
        ({"steps": [1]}, "steps", "[1]"),
        ({"name": "nonsense"}, "name", "rate"),
        ({"name": {"a": 1}}, "name", "rate"),
        ({"name": "look_at"}, "name", "rate"),
        ({"name": "shape", "low": "bowl", "high": "bowl"}, "high", "another"),
        ({"name": "shape", "low": "cube", "high": "bowl"}, "low", "valley"),
        ({"name": SEED, "low": "-1", "high": "3"}, "low", "-1"),
    ],
)
def test_an_impossible_plan_is_told_beside_its_field_and_changes_nothing(page, wrong, field, said):
    page.send("plan", **{**PLAN, **wrong})
    page.wait(lambda: page.status["problems"])
    assert list(page.status["problems"]) == [field]
    assert said in page.status["problems"][field]
    assert page.status["state"] == "empty"


def test_a_rule_between_parameters_is_told_too(page):
    page.run.set({"shape": "valley"})
    page.send("plan", **{**PLAN, "name": "size", "low": "50", "high": "200"})
    page.wait(lambda: page.status["problems"])
    assert "at most 100" in page.status["problems"]["name"]


def test_a_refused_plan_leaves_the_sweep_there_is(page):
    done = page.train()
    page.send("plan", **{**PLAN, "count": "99"})
    page.wait(lambda: page.status["problems"])
    assert page.status["plan"] == done["plan"] and page.status["state"] == "done"


# ---- training


def test_every_model_is_the_run_it_says_it_is(page):
    page.run.set({"pull": 0.5})
    status = page.train()
    values = status["plan"]["values"]
    assert values[0] == 0.01 and values[-1] == 1.0 and len(values) == 3
    for arm, value in enumerate(values):
        alone = Session.start("descent", {"rate": value, "noise": False, "pull": 0.5}, seed=3)
        point = alone.advance(steps=20).arrays["point"]
        page.send("view", name="place")
        page.wait(lambda: page.headers[-1]["view"] == "place")
        assert page.pictures[str(arm)]["data"][0]["y"] == pytest.approx(point.tolist())


def test_pictures_of_all_models_come_with_the_view_that_is_asked_for(page):
    page.train()
    assert {"0", "1", "2", "summary"} <= page.pictures.keys()
    assert [view["name"] for view in page.status["views"]] == ["distance", "place"]
    assert page.status["view"] == "distance"
    page.send("view", name="nonsense")
    page.wait(lambda: page.status["view"] == "distance")
    page.send("view", name="place")
    page.wait(lambda: page.status["view"] == "place" and page.headers[-1]["view"] == "place")


def test_training_shows_how_far_it_is_and_can_be_stopped(page):
    page.send("plan", **{**PLAN, "steps": "1000000"})
    page.wait(lambda: page.status["state"] == "training" and page.status["step"] > 0 and "1" in page.pictures)
    assert page.status["total"] == 1_000_000 and page.status["models"] == 3
    page.send("cancel")
    page.wait(lambda: page.status["state"] == "stopped")
    stopped = page.status["step"]
    time.sleep(0.7)
    page.send("csv")
    page.wait(lambda: page.files)
    assert page.status["step"] == stopped and page.status["plan"]["name"] == "rate"


def test_a_second_plan_takes_the_place_of_the_first(page):
    first = page.train()
    second = page.train(name="pull", low="-1", high="1")
    assert second["sweep"] == first["sweep"] + 1
    assert second["plan"]["values"] == [-1.0, 0.0, 1.0] and not second["plan"]["log"]
    assert page.headers[-1]["sweep"] == second["sweep"]


def test_a_line_at_rest_hears_of_the_sweep_that_a_chapter_begins_and_of_the_one_it_clears_away():
    run = desk().new_run("descent", {}, "en")[0]
    run.open()
    mine = sweep_of(run)
    with opened(run) as page:
        page.train()  # the reader's own, in the fold
        run.chapters.open("rates", play=False)
        page.wait(lambda: page.status["state"] == "empty" and page.status["plan"] is None)
        run.play()
        page.wait(lambda: page.status["state"] == "done")
        assert mine.number == page.status["sweep"] == 2
        assert page.status["plan"]["values"] == [0.1, 0.2, 0.4]
        mine.prepare(mine.planned, beside="seen", view="place")
        mine.cancel()
        assert mine.status()["quantity"] == "seen" and mine.status()["view"] == "place"
        assert mine.status(view="path", quantity="distance")["quantity"] == "distance"
        mine.planned = None  # a sweep of the reader's own is shown as before
        assert mine.status()["quantity"] != "seen"
    mine.close()
    run.close()


def test_nobody_looks_nothing_is_trained_and_it_goes_on_when_somebody_comes_back():
    run = new_run(seed=3)
    run.open()
    with opened(run) as page:
        page.send("plan", **{**PLAN, "steps": "1000000"})
        page.wait(lambda: page.status["state"] == "training" and page.status["step"] > 0)
    mine = sweep_of(run)
    time.sleep(1.0)
    steps = [arm.frame.step for arm in mine.sweep.arms]
    time.sleep(0.5)
    assert [arm.frame.step for arm in mine.sweep.arms] == steps
    with opened(run) as page:
        page.wait(lambda: page.status.get("step", 0) > max(steps))
        assert page.status["plan"]["name"] == "rate"
    mine.close()
    run.close()


def test_a_model_that_fails_says_so_and_the_others_go_on(page):
    status = page.train(name="shape", low="bowl", high="hungry")
    assert status["plan"]["texts"] == ["bowl", "valley", "broken", "hungry"] and not status["plan"]["blend"]
    assert status["failed"].keys() == {"2", "3"}
    assert "gave way" in status["failed"]["2"] and "memory" in status["failed"]["3"]
    assert page.pictures["0"]["data"] and not page.pictures["2"]["data"]
    assert "gave way" in page.pictures["2"]["layout"]["meta"]["alt"]


def test_a_diverging_model_names_the_quantity_and_the_step(page):
    status = page.train(low="1", high="10", count="2", steps="1000")
    assert status["failed"].keys() == {"1"}
    assert "squared distance" in status["failed"]["1"]


@pytest.mark.parametrize(
    ("name", "low", "high", "texts"), [("noise", "", "", ["off", "on"]), (SEED, "0", "2", ["0", "1", "2"])]
)
def test_switches_and_seeds_have_a_model_for_each_value(page, name, low, high, texts):
    status = page.train(name=name, low=low, high=high)
    assert status["plan"]["texts"] == texts and status["plan"]["places"] == [float(i) for i in range(len(texts))]


def test_a_zero_stands_beside_a_logarithmic_scale(page):
    plan = page.train(low="0", high="1", count="4")["plan"]
    assert plan["values"][0] == 0 and plan["log"]
    gaps = np.diff(plan["places"])
    assert gaps[0] == pytest.approx(np.mean(gaps[1:]))
    ticks = page.pictures["summary"]["layout"]["xaxis"]
    assert ticks["ticktext"][0] == "0" and ticks["tickvals"][0] > 0


# ---- the summary, the surprise, the table


def test_a_chosen_quantity_stays_even_where_nothing_can_be_said_of_it(page):
    page.send("scalar", name="claim:pushed")  # a claim about two arms
    status = page.train()
    assert status["quantity"] == "claim:pushed" and "claim:pushed" in {q["name"] for q in status["quantities"]}
    assert all(
        one["quantity"] == "claim:pushed" for one in page.statuses if one.get("plan") and one["sweep"] == status["sweep"]
    )
    page.send("scalar", name="no such quantity")
    page.wait(lambda: page.status["quantity"] == "claim:bottom")


def test_the_summary_shows_the_models_numbers_and_what_theory_says(page):
    status = page.train()
    assert {q["name"] for q in status["quantities"]} == {"claim:bottom", "distance", "seen"}
    assert status["quantity"] == "claim:bottom"
    meanwhile = {one["quantity"] for one in page.statuses if one["state"] == "training" and one.get("quantity")}
    assert len(meanwhile) <= 1, "what stands beside the glide changes by itself"
    distances = [Session.start("descent", {"rate": v, "noise": False}, seed=3).advance(steps=20).scalars["distance"]
                 for v in status["plan"]["values"]]  # fmt: skip
    page.send("scalar", name="distance")
    page.wait(
        lambda: page.status["quantity"] == "distance" and page.pictures["summary"]["data"][-1]["name"] != "does not agree"
    )
    points = page.pictures["summary"]["data"][-1]
    assert points["y"] == pytest.approx(distances) and points["x"] == pytest.approx(status["plan"]["values"])
    page.send("scalar", name="claim:bottom")
    page.wait(lambda: page.pictures["summary"]["data"][-1]["name"] == "does not agree")
    predicted, agree, differ = page.pictures["summary"]["data"]
    assert predicted["y"] == [0.0, 0.0, 0.0] and predicted["line"]["dash"] == "dash"
    right = [distance <= 1e-3 for distance in distances]
    assert [value is not None for value in agree["y"]] == right
    assert [value is not None for value in differ["y"]] == [not good for good in right]
    assert any(right) and not all(right)


def test_the_surprise_is_the_model_furthest_from_theory_in_words(page):
    surprise = page.train()["surprise"]
    assert surprise["arm"] == 0 and surprise["claim"] == "claim:bottom"  # the smallest rate is the slowest
    assert "η = 0.01" in surprise["text"] and "does not agree" in surprise["text"] and "bottom is reached" in surprise["text"]


def test_the_table_holds_every_number(page):
    status = page.train()
    page.send("csv")
    page.wait(lambda: page.files)
    rows = list(csv.DictReader(io.StringIO(page.files[0]["text"])))
    assert page.files[0]["name"] == "descent-sweep.csv"
    assert [float(row["rate"]) for row in rows] == status["plan"]["values"]
    assert float(rows[0]["distance"]) == pytest.approx(float(rows[0]["bottom.measured"]))
    assert rows[0]["bottom.agrees"] == "False"


def test_a_theme_redraws_everything(page):
    page.train()
    before = page.pictures["0"]["layout"]["paper_bgcolor"]
    page.send("theme", value="dark")
    page.wait(lambda: page.pictures["0"]["layout"]["paper_bgcolor"] == Style("dark").background != before)


def test_the_page_reads_in_its_own_language():
    run = new_run(language="zh")
    run.open()
    with opened(run) as page:
        page.send("plan", **{**PLAN, "count": "77"})
        page.wait(lambda: page.status["problems"])
        assert "需要 2 到 16 之间的整数" in page.status["problems"]["count"]
        assert "不吻合" in page.train()["surprise"]["text"]
    sweep_of(run).close()
    run.close()


# ---- one model on the page


def test_opening_a_model_trains_it_on_the_page(page):
    status = page.train(name=SEED, low="5", high="7")
    page.send("open", arm=1)
    end = time.monotonic() + PATIENCE
    while page.run.state != "finished" and time.monotonic() < end:
        page.run.tick()
        time.sleep(0.02)
    assert page.run.seed == status["plan"]["values"][1] == 6
    assert page.run.recording.newest.step == 20
    assert page.run.recording.newest.scalars["distance"] == pytest.approx(
        sweep_of(page.run).sweep.arms[1].frame.scalars["distance"]
    )


@pytest.mark.parametrize("arm", [-1, 99, "1", None, 1.5, True])
def test_a_model_that_is_not_there_cannot_be_opened(page, arm):
    page.train()
    before = page.run.params
    page.send("open", arm=arm)
    page.send("csv")  # answered after it
    page.wait(lambda: page.files)
    assert page.run.params == before and page.run.state == "paused"


# ---- who may ask, and how


def test_a_page_that_leaves_its_sweep_lets_it_rest_and_finds_it_again(page):
    page.send("plan", **{**PLAN, "steps": "400000"})
    page.wait(lambda: page.status["state"] == "training" and page.status["step"] > 0)
    page.send("leave")
    sweep = sweep_of(page.run)
    wait_until(lambda: sweep.state == "waiting", "it trains on")
    step = sweep.step
    time.sleep(0.5)
    assert sweep.step == step
    page.send("look")
    page.wait(lambda: page.status["state"] == "training" and page.status["step"] > step)


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "[]",
        "{",
        '{"to": "sweep", "type": 3}',
        '{"to": "sweep", "type": "view", "name": 7}',
        '{"to": "sweep", "type": "scalar"}',
        '{"to": "sweep"}',
        '{"to": ["sweep"], "type": "plan"}',
        "[" * 5000,
        "x" * 70_000,
    ],
)
def test_garbage_is_ignored(page, garbage):
    page.socket.send_text(garbage)
    page.send("csv")
    page.wait(lambda: page.files)
    assert page.status["state"] == "empty"


def test_the_sweep_is_freed_with_its_run():
    run = new_run()
    run.open()
    with opened(run) as page:
        page.train()
        mine = sweep_of(run)
    grace, desk().grace = desk().grace, 0.0
    try:
        end = time.monotonic() + 10
        while desk().get(run.token) is not None and time.monotonic() < end:
            desk().sweep()
            time.sleep(0.02)
    finally:
        desk().grace = grace
    assert mine.sweep is None and run.token not in desk().sweeps


def test_in_a_full_class_a_sweep_waits_for_its_place(page):
    places = page.run.places = Places(1)
    assert places.ask("somebody") == 0
    page.send("plan", **PLAN)
    page.wait(lambda: page.status["state"] == "waiting" and page.status["message"])
    assert "number 1" in page.status["message"] and page.status["step"] == 0
    places.leave("somebody")
    page.wait(lambda: page.status["state"] == "done")
    assert places.taken == 0 and page.status["message"] is None
    page.run.places = None
