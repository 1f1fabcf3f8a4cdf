"""Own data on a page: a file, a drawing, a formula, typed text; what is refused stays beside the field, the run goes on."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.core import registry
from engine.core.frame import difference
from engine.core.language import KIT, browser_words, catalogue
from engine.data import columns, formula, images, table, text, uploads
from engine.data.errors import UploadError
from engine.data.formula import formula_data, formula_random, signs
from engine.data.formula import text as formula_text
from engine.data.uploads import LEAST_POINTS, MOST_POINTS
from engine.runs.link import from_link, to_link
from pages.kit.live.own_data import ADDRESS, THOUSANDTHS, begin_with_formula, drawn, in_use, leave, say, use, ways
from pages.kit.live.runs import desk
from pages.kit.live.stage.sources.reopened import reopened
from pages.kit.ui import keep, own_data, page
from pages.kit.ui.own_data import WAYS
from pages.kit.ui.take_home import moment
from pages.kit.web.stream import MAX_MESSAGE
from tests.pages.tab import new_run, tab

ROOT = Path(__file__).resolve().parents[3]
RING = [int(THOUSANDTHS * side) for k in range(60) for side in (0.7 * np.cos(k / 9.5), 0.7 * np.sin(k / 9.5))]
TEXT = "n = 40; x = 5 + u; y = e"


@pytest.fixture
def run(workers):
    opened = new_run(seed=3)
    opened.open()
    assert opened.state == "paused"
    yield opened
    opened.close()


def points(flat: list[int]) -> np.ndarray:
    return np.array(flat, np.float64).reshape(-1, 2) / THOUSANDTHS


# ---- a run on own data


def test_the_ways_follow_from_what_the_topic_takes(run, monkeypatch):
    for kinds, offered in ((("table", "images"), "file draw formula"), (("images",), "file"), (("text",), "file text")):
        monkeypatch.setitem(run.topic.__dict__, "uploads", kinds)
        assert ways(run) == offered.split() and set(ways(run)) <= set(WAYS)


def test_a_drawing_becomes_the_runs_data_and_the_built_in_ones_come_back(run):
    before = run.params
    run.step(3)
    assert not in_use(run)
    drawn(run, RING)
    assert in_use(run) and np.array_equal(run.data["x"], points(RING)) and run.data_name == "a drawing of 60 points"
    assert run.problems == {} and run.session.step == 0 and run.score.data is not None
    assert np.allclose(run.recording.newest.arrays["point"], points(RING).mean())  # the toy begins at the mean of its data
    run.step(2)
    assert leave(run) and not in_use(run) and run.data is None and run.data_name == ""
    assert run.params == before and run.session.step == 0 and run.score.data is None


def test_a_run_that_left_its_own_data_by_the_control_is_a_run_like_any_other(run):
    name, own = run.topic.data_param, run.topic.data_value
    built_in = getattr(run.params, name)
    drawn(run, RING)
    used = run.score.data
    assert used is not None
    run.set({name: built_in})
    assert not in_use(run) and run.score.data is None and run.session.step == 0
    run.step(2)
    assert from_link(to_link(run.score)).model_dump(mode="json") == run.score.model_dump(mode="json")  # it can be shared
    assert moment(run).data is None
    run.set({name: own})
    assert in_use(run) and run.score.data == used and moment(run).data is run.data


def test_data_that_the_model_refuses_change_nothing(run):
    drawn(run, RING)
    run.step(4)
    refusal = use(run, {"wrong": np.ones((3, 2), np.float32)}, "x.csv")
    assert (
        refusal
        and run.session.step == 4
        and run.data_name == "a drawing of 60 points"
        and np.array_equal(run.data["x"], points(RING))
    )
    assert run.problems == {} and run.message is None  # it stands where the data were given, and there alone
    run.step(1)
    assert run.session.step == 5 and use(run, formula_data(TEXT, formula_random(0)), "y") == ""


NO_DRAWING = {
    "nothing": (None, "not a list of points"),
    "a word": ("[1, 2]", "not a list of points"),
    "half a point": (RING[:-1], "not a list of points"),
    "fractions": ([0.5] * 40, "not a list of points"),
    "truths": ([True] * 40, "not a list of points"),
    "pairs": ([[1, 2]] * 40, "not a list of points"),
    "few": (RING[: 2 * LEAST_POINTS - 2], f"has {LEAST_POINTS - 1} points; {LEAST_POINTS} to {MOST_POINTS:,} are taken"),
    "many": ([1, 2] * (MOST_POINTS + 1), f"has {MOST_POINTS + 1:,} points"),
    "outside": ([*RING, 1001, 0], "point 61 lies outside"),
    "huge": ([*RING, 10**400, 0], "not a list of points"),
    "one place": ([5, 5] * 20, "all samples are the same"),
}


@pytest.mark.parametrize("name", NO_DRAWING)
def test_what_is_no_drawing_is_told_and_changes_nothing(run, name):
    raw, says = NO_DRAWING[name]
    run.step(2)
    drawn(run, raw)
    assert says in run.problems["drawing"] and "The drawing" in run.problems["drawing"]
    assert run.data is None and run.session.step == 2
    drawn(run, RING)
    assert "drawing" not in run.problems


def test_a_drawing_comes_over_the_pages_websocket(workers):
    run = new_run(language="zh")
    with tab(run) as front:
        told = front.ask("own", lambda status: "drawing" in status["problems"], points=RING[:10])
        assert told["problems"]["drawing"] == "所画的图有 5 个点；需要 12 到 5,000 个。"
        status = front.ask("own", lambda status: status["params"]["shape"] == "own", points=RING)
        assert "drawing" not in status["problems"] and status["step"] == 0 and run.data_name == "所画的 60 个点"
        assert parse_qs(status["query"])["shape"] == ["own"]
        front.ask("step", lambda status: status["step"] == 2, count=2)
    run.close()


def test_the_largest_drawing_fits_into_one_message():
    """A longer message would be ignored without a word."""
    most = {"type": "own", "points": [-THOUSANDTHS] * (2 * MOST_POINTS)}
    assert len(json.dumps(most, separators=(",", ":"))) <= MAX_MESSAGE


def test_a_comparison_ends_with_the_data_it_was_made_on(run):
    with tab(run) as front:
        front.ask("compare", lambda status: "twins" in status and status["state"] == "paused", index=None)
        assert use(run, {"wrong": np.ones((3, 2), np.float32)}, "x") and run.twins is not None
        assert use(run, {"x": points(RING)}, "ring") == "" and run.twins is None
        front.ask("step", lambda status: status["step"] == 2 and "twins" not in status, count=2)


def test_who_follows_a_lesson_goes_on_alone_with_data_of_their_own(run):
    drawn(run, RING)
    follower = desk().new_run("descent", {"follow": desk().teach(run)}, "en")[0]
    assert in_use(follower)
    own = formula_data(TEXT, formula_random(0))
    assert use(follower, own, TEXT) == "" and np.array_equal(follower.data["x"], own["x"]) and follower.source.teacher is None
    assert np.allclose(follower.recording.newest.arrays["point"], own["x"].mean()) and np.array_equal(
        run.data["x"], points(RING)
    )
    follower.close()


def test_a_saved_run_on_a_drawing_opens_again_with_its_data(run, tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_LAB_DATA", str(tmp_path))
    monkeypatch.delenv("LATENT_LAB_DATABASE", raising=False)
    drawn(run, RING)
    run.step(7)
    title, step = keep.keep(run)
    assert step == 7
    kept = keep.store().load(keep.store().search().runs[0].id)
    assert np.array_equal(kept.data["x"], points(RING)) and kept.score == run.score
    again = reopened(kept, desk().pool)
    again.open()
    assert (
        again.message is None and again.session.step == 7 and difference(again.recording.newest, run.recording.newest) is None
    )
    assert in_use(again) and again.data_name == title
    assert leave(again) and again.data is None
    again.close()


# ---- a formula in the address


def test_an_address_with_a_formula_begins_on_its_data(workers):
    run = new_run(shape="own", seed=9)
    assert begin_with_formula(run, TEXT) == []
    run.open()
    assert run.state == "paused" and in_use(run) and run.data_name == TEXT
    assert np.array_equal(run.data["x"], formula_data(TEXT, formula_random(9))["x"])
    run.close()


def test_an_address_with_a_wrong_formula_says_so_and_begins_on_built_in_data(workers):
    run = new_run(shape="own")
    problems = begin_with_formula(run, "x = coz(t)")
    assert [run.say(problem) for problem in problems] == [
        f"{ADDRESS}: Position 5: coz is not known. Did you mean cos? Allowed: {', '.join(formula.FUNCTIONS)}. "
        "In an address + stands for a blank: where a + was lost, write %2B, or copy the formula itself."
    ]
    run.open()
    assert run.state == "paused" and not in_use(run)
    run.close()


def test_a_formula_is_left_alone_where_the_address_asks_for_other_data(workers, monkeypatch):
    run = new_run()
    assert begin_with_formula(run, "nonsense") == [] and run.data is None
    monkeypatch.setitem(run.topic.__dict__, "uploads", ("images",))
    other = new_run(shape="own")
    assert begin_with_formula(other, TEXT) == [] and other.data is None
    run.close()
    other.close()


def test_addresses_keep_the_formula():
    """The browser's part rewrites the address; what it must keep is listed there."""
    kept = (ROOT / "assets" / "lab" / "base" / "address.js").read_text(encoding="utf-8")
    assert f"'{ADDRESS}'" in kept and ADDRESS in page.FOREIGN


# ---- the part of the page


SCRIPT = """
import streamlit as st
from pages.kit.live.runs import desk
from pages.kit.ui.own_data import own_data

own_data(desk().get(st.session_state["token"]))
"""


def part(run, way: str = "file") -> AppTest:
    opened = AppTest.from_string(SCRIPT, default_timeout=30)
    opened.session_state["token"] = run.token
    opened.session_state[f"own:{run.topic.slug}"] = way
    return again(opened)


def again(opened: AppTest) -> AppTest:
    opened.run()
    assert not opened.exception, opened.exception
    return opened


def said(opened: AppTest, kind: str = "error") -> list[str]:
    return [element.value.replace("\\", "") for element in opened.get(kind)]


def press(opened: AppTest, start: str) -> AppTest:
    next(button for button in opened.button if button.label.startswith(start)).click()
    return again(opened)


def test_a_formula_is_used_refused_and_used_again(run):
    opened = part(run, "formula")
    assert opened.text_area[0].value == formula_text.EXAMPLE.replace("; ", "\n") and said(opened) == []
    press(opened, "Use it")
    assert (
        in_use(run)
        and len(run.data["x"]) == formula.SAMPLES
        and said(again(opened), "caption") == ["In use: " + formula_text.EXAMPLE]
    )
    assert opened.query_params[ADDRESS] == formula_text.EXAMPLE.replace("; ", "\n") + "; seed = 3"
    opened.text_area[0].set_value("x = coz(t)")
    press(opened, "Use it")
    assert "Did you mean cos" in said(opened)[0] and said(again(opened)) == said(opened)  # it stays
    assert run.data_name == formula_text.EXAMPLE and "seed = 3" in opened.query_params[ADDRESS]
    opened.text_area[0].set_value(TEXT)
    press(opened, "Use it")
    assert said(opened) == [] and run.data_name == TEXT and run.data["x"].shape == (40, 2)
    press(opened, "Back to the built-in data")
    assert not in_use(run) and ADDRESS not in opened.query_params and said(opened, "caption") == []
    assert opened.text_area[0].value == TEXT


def test_a_long_formula_is_named_by_its_beginning(run):
    long = "\n".join(["x = " + "+".join(["t"] * 30), "y = u"])
    opened = part(run, "formula")
    opened.text_area[0].set_value(long)
    press(opened, "Use it")
    assert run.data_name == long.replace("\n", "; ")[:59] + "…"


def test_typed_text_is_read_as_a_file_would_be(run, monkeypatch):
    monkeypatch.setitem(run.topic.__dict__, "uploads", ("text",))
    taken = []
    monkeypatch.setattr(own_data, "use", lambda run, data, name: taken.append((data, name)) or "")
    opened = part(run, "text")
    press(opened, "Use it")
    assert said(opened) == ["The text is empty."] and taken == []
    assert said(opened, "caption")[0] == "What is rolled down."  # what the topic takes a text for
    opened.text_area[0].set_value("aβ")
    press(opened, "Use it")
    assert said(opened) == [] and taken[0][0]["codes"].tolist() == [97, 0x3B2] and taken[0][1] == "typed text of 2 characters"


def test_a_file_is_taken_once_and_its_fault_stays(run):
    opened = part(run)
    opened.file_uploader[0].upload("bad.csv", b"1,2\n3,x\n", "text/csv")
    assert said(again(opened)) == ["bad.csv, line 2: “x” is not a number."] == said(again(opened))
    opened.file_uploader[0].upload("good.csv", b"a,b\n1,2\n3,4\n", "text/csv")
    assert said(again(opened)) == [] and run.data_name == "good.csv" and run.data["x"].tolist() == [[1, 2], [3, 4]]
    run.step(3)
    again(opened)
    assert run.session.step == 3  # the file that still lies there does not begin the run again


def test_what_the_way_in_says_is_in_the_readers_language(run):
    opened = part(run, "formula")
    opened.text_area[0].set_value("x = sin")
    press(opened, "Use it")
    assert said(opened) == ["Position 5: sin is a function; write sin(…)."]
    run.language = "zh"
    assert said(again(opened)) == ["第 5 个字符：sin 是函数；请写成 sin(…)。"]


def test_names_from_outside_are_shown_as_they_are(run):
    assert use(run, {"x": points(RING)}, "<img src=x>*a*") == ""
    shown = [element.value for element in part(run).get("caption") if "img" in element.value]
    assert shown == ["In use\\: \\<img src=x\\>\\*a\\*"]


# ---- words


def texts(module) -> set[str]:
    """Every text that a module gives to the translator or to an error."""
    found = set()
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and node.args
            and getattr(node.func, "id", getattr(node.func, "attr", ""))
            in ("t", "UploadError", "Ambiguous", "Unreadable", "FormulaError", "note")
        ):
            found |= {part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def test_everything_it_says_is_translated():
    all_texts = set().union(
        *(texts(module) for module in (own_data, uploads, columns, images, table, text, formula, formula_text, signs))
    )
    all_texts |= {"The drawing", "The text", formula.NAME, *WAYS.values()}
    all_texts |= {text for name, text in browser_words().items() if name.startswith("draw")}
    known = catalogue("zh", KIT)
    assert len(all_texts) > 70
    assert sorted(text for text in all_texts if not (known.get(text) and known.get(text).string)) == []


def test_a_refusal_keeps_every_number_in_chinese(run):
    run.language = "zh"
    with pytest.raises(UploadError) as refused:
        formula_data("x = where(t, 1)", formula_random(0))
    assert say(run, refused.value) == "第 5 个字符：where 需要 3 个值，而不是 2 个。"


@pytest.mark.parametrize("slug", [slug for slug, topic in registry.topics().items() if topic.uploads])
def test_every_topic_that_takes_data_can_be_given_them(slug):
    topic = registry.find(slug)
    assert set(topic.uploads) <= set(uploads.KINDS)
    assert topic.data_value in type(topic.params()).controls()[topic.data_param].options
