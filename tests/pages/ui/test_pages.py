"""Every page through Streamlit's own test harness: it opens in both languages, and says what was wrong in a link."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine.core import registry
from engine.core.language import LANGUAGES, chapter_words, story
from pages.kit.live.runs import desk
from pages.kit.ui.components import specifications

ROOT = Path(__file__).resolve().parents[3]
PAYLOAD = "<img src=x onerror=alert(1)>"
SLUGS = [
    topic.slug
    for topic in registry.topics().values()
    if (ROOT / "pages" / topic.group / f"{topic.slug.replace('-', '_')}.py").exists()
]


@pytest.fixture(scope="module", autouse=True)
def no_workers():
    """Pages are drawn before any worker is ready; a desk of its own is opened and none of its workers started."""
    desk.cache_clear()
    yield
    desk().close()
    desk.cache_clear()


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """A page that is drawn alone knows no others: where it leads stands there as words."""
    monkeypatch.setattr(st, "page_link", lambda page, label="", **more: st.markdown(label))


def open_page(slug: str, language: str = "en", **query: str) -> AppTest:
    topic = registry.find(slug)
    page = AppTest.from_file(str(ROOT / "pages" / topic.group / f"{slug.replace('-', '_')}.py"), default_timeout=30)
    page.session_state["language"] = language
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def words(page: AppTest) -> str:
    return "\n".join(
        element.value for kind in ("markdown", "info", "warning", "error", "caption") for element in page.get(kind)
    )


def parts(page: AppTest) -> list[Any]:
    return page.get("bidi_component")


def test_home_hands_the_browser_every_lab_in_both_languages():
    for language in LANGUAGES:
        page = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=60)
        page.query_params["lang"] = language
        page.run()
        assert not page.exception, page.exception
        assert page.session_state["language"] == language
        handed = "".join(str(part.proto) for part in page.get("bidi_component")).encode().decode("unicode_escape", "ignore")
        assert all(slug in handed for slug in registry.topics())


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_opens_without_an_exception_and_tells_its_story(slug, language):
    page = open_page(slug, language)
    assert not page.exception, page.exception
    text = story(language, slug)
    assert text["title"] in words(page) and not page.warning
    assert len(parts(page)) >= 3  # the controls, the player, a figure
    assert not page.get("code"), "the loop is sent when it is unfolded, not before"
    page.session_state[f"fold-loop-{slug}-{language}"] = True
    page.run()
    assert any("yield" in block.value for block in page.get("code"))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_that_is_drawn_again_keeps_its_run(slug):
    page = open_page(slug)
    token = page.session_state[f"run:{slug}"]
    page.run()
    assert not page.exception and page.session_state[f"run:{slug}"] == token


def first(slug: str, kind: str):
    """The first control of this kind; for "number" a whole one, where a lab has no other."""
    kinds = (kind, "integer") if kind == "number" else (kind,)
    shown = [c for c in registry.find(slug).params.controls().values() if not c.hidden]
    return next((c for wanted in kinds for c in shown if c.type == wanted), None)


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("slug", SLUGS)
def test_a_bad_link_is_named_and_what_is_used_instead(slug, language):
    number = first(slug, "number")
    for value in ("abc", "nan", "1e999", "", PAYLOAD, "99999999"):
        page = open_page(slug, language, **{number.name: value})
        assert not page.exception, page.exception
        (warning,) = page.warning
        plain = warning.value.replace("\\", "")
        assert number.name in plain and (value[:20] in plain or value == "")
        assert ("default" if language == "en" else "默认") in plain
        run = desk().get(page.session_state[f"run:{slug}"])
        assert getattr(run.params, number.name) == number.default


@pytest.mark.parametrize("slug", SLUGS)
def test_an_unknown_name_in_a_link_is_named_with_the_nearest_and_ignored(slug):
    number = first(slug, "number")
    page = open_page(slug, **{number.name + "x": "1"})
    plain = page.warning[0].value.replace("\\", "")
    assert f"“{number.name}x”" in plain and f"“{number.name}”" in plain and "ignored" in plain


@pytest.mark.parametrize(("values", "rows", "end"), [({}, None, 5), ({"data": "own"}, 13, 13), ({"data": "own"}, 3, 5)])
def test_a_slider_ends_where_the_values_and_the_data_let_it(values, rows, end):
    run = desk().new_run("smoothing", {"seed": "0"}, "en")[0]
    run.params, run.data = run.params.change(values), rows and {"x": np.zeros((rows, 1))}
    ends = {spec["name"]: spec for spec in specifications(run)}
    assert ends["k"]["high"] == ends["moving"]["high"] == end and str(end) in ends["k"]["allowed"]
    assert ends["sharpness"]["high"] == 100


@pytest.mark.parametrize("slug", SLUGS)
def test_a_payload_in_a_link_is_markdown_text(slug):
    page = open_page(slug, **{PAYLOAD: "1", "seed": f"[x](javascript:alert(1)) {PAYLOAD}"})
    assert not page.exception
    (warning,) = page.warning
    for sign in "<>[]()":
        assert all(warning.value[i - 1] == "\\" for i, letter in enumerate(warning.value) if letter == sign)


@pytest.mark.parametrize("slug", SLUGS)
def test_good_values_of_a_link_are_used_without_a_word(slug):
    number = first(slug, "number")
    page = open_page(slug, **{number.name: repr(number.high), "seed": "12", "hide": "player", "view": "nothing"})
    assert not page.exception and not page.warning
    run = desk().get(page.session_state[f"run:{slug}"])
    assert getattr(run.params, number.name) == number.high and run.seed == 12


@pytest.mark.parametrize("slug", SLUGS)
def test_a_lesson_can_hide_the_player(slug):
    """(That an embedded page is its pictures alone is a browser test: Streamlit keeps `embed` from its test harness.)"""
    assert len(parts(open_page(slug, hide="player"))) == len(parts(open_page(slug))) - 1


@pytest.mark.parametrize("slug", SLUGS)
def test_every_chapter_opens_without_an_exception(slug):
    """A view and another part of the page may have one name, as the sweep and the view of it have."""
    for number, chapter in enumerate(registry.find(slug).chapters, 1):
        page = open_page(slug, chapter=str(number))
        assert not page.exception, (chapter.name, page.exception)
        assert chapter_words("en", slug, chapter.name).title in words(page)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_chapter_is_in_the_row(slug):
    given = (part.proto.json for part in parts(open_page(slug)))
    handed = "".join(json.dumps(json.loads(text), ensure_ascii=False) for text in given if text)
    for chapter in registry.find(slug).chapters:
        assert chapter_words("en", slug, chapter.name).title in handed


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if registry.find(slug).uploads])
def test_a_page_that_takes_own_data_offers_it(slug):
    assert open_page(slug).get("file_uploader")


def test_a_followers_page_shows_the_further_view_that_the_teacher_chooses():
    slug = "vae-geometry"
    teacher = open_page(slug, seed="1")
    key = f"view:{slug}"
    first = teacher.session_state[key]
    run = desk().get(teacher.session_state[f"run:{slug}"])
    seat = open_page(slug, follow=desk().teach(run))
    assert seat.session_state[key] == first == run.further
    other = "The ruler"
    teacher.session_state[key] = other
    teacher.run()
    follower = desk().get(seat.session_state[f"run:{slug}"])
    assert run.further == other and follower.source.news, "its page hears of it"
    assert follower.status()["further"] == other and run.status()["further"] == ""
    seat.run()
    assert seat.session_state[key] == other
    seat.session_state[key] = first  # who follows may look elsewhere, until the teacher chooses again
    seat.run()
    assert seat.session_state[key] == first
