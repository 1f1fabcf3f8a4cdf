"""The gallery's words: what a card says, the order of the path, and what a search finds where."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from engine.core import registry
from engine.core.language import LANGUAGES, story
from engine.gallery import cards, search
from pages.kit.gallery.search import answer


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_card_says_what_a_lab_takes(language):
    shown = {card["slug"]: card for card in cards.picture_of(language)}
    assert set(shown) == set(registry.cards())
    for slug, topic in registry.topics().items():
        card = shown[slug]
        assert [chapter["name"] for chapter in card["chapters"]] == [chapter.name for chapter in topic.chapters]
        assert all(story(language, slug)[c["name"]].startswith(c["title"]) for c in card["chapters"])
        assert card["title"] == story(language, slug)["title"] and card["uploads"] == list(topic.uploads)
        assert card["article"] in story("en", slug)["sources"] and card["article"]
        assert card["minutes"] > len(topic.chapters) * cards.PLAYING


def test_the_path_goes_from_what_is_built_on_to_what_builds_on_it_and_survives_a_circle(monkeypatch):
    first, second, *rest = registry.cards().values()
    known = {first.slug: replace(first, after=(second.slug,)), second.slug: replace(second, after=(first.slug, "nowhere"))}
    monkeypatch.setattr(registry, "cards", lambda: known | {card.slug: replace(card, after=()) for card in rest})
    assert cards.path_order()[:2] == [second.slug, first.slug]
    known[second.slug] = replace(second, after=())
    assert [card.slug for card in cards.before(first.slug)] == [second.slug]
    assert [card.slug for card in cards.after(second.slug)] == [first.slug]


@pytest.mark.parametrize(
    ("asked", "slug"),
    [
        ("rope", "position-encodings"),
        ("collapse", "vae-geometry"),
        ("REINFORCE", "gumbel-softmax"),
        ("teacher forcing", "exposure-bias"),
        ("KL 散度", "vae-geometry"),
        ("KL散度", "vae-geometry"),
        ("ＲＯＰＥ", "position-encodings"),
        ("方差", "gumbel-softmax"),
    ],
)
def test_a_search_finds_what_a_lab_is_about_in_either_language(asked, slug):
    for language in LANGUAGES:
        assert slug in [hit["slug"] for hit in search.find(asked, language)], (asked, language)


def test_a_search_wants_every_word_and_says_where_they_stand():
    assert search.find("", "en") == search.find("rope nosuchword", "en") == []
    assert not any(hit["slug"] == "vae-geometry" for hit in search.find("perty", "en"))  # the middle of a word
    title = story("en", "vae-geometry")["too_much"].partition("\n")[0]
    (hit,) = [hit for hit in search.find(title, "zh") if hit["slug"] == "vae-geometry"]
    assert hit["chapter"] == "too_much" and story("zh", "vae-geometry")["too_much"].partition("\n")[0] in hit["text"]
    best = search.find(registry.cards()["gumbel-softmax"].short, "en")
    assert best[0]["slug"] == "gumbel-softmax"


def test_the_route_answers_in_the_languages_there_are():
    client = TestClient(Starlette(routes=[Route("/lab/search", answer)]))
    assert client.get("/lab/search", params={"q": "rope", "lang": "zh"}).json()[0]["slug"] == "position-encodings"
    assert client.get("/lab/search", params={"q": "<b> [ ( \\ {", "lang": "en"}).json() == []
    assert client.get("/lab/search", params={"q": "rope", "lang": "xx"}).status_code == 404


def test_a_formula_is_found_as_a_line_of_text():
    assert search.readable(r"\|\mu\|^2+\tfrac12\log(\lambda_i/s)") == "‖μ‖²+1/2log (λi/s)"
    assert search.readable(r"\frac{a}{b}\sim\mathcal N(0,\sigma_x)") == "a/b∼N(0,σx)"


@pytest.mark.parametrize("slug", registry.topics())
def test_no_markup_stands_in_what_is_found(slug):
    for entry in search.entries()[slug]:
        if entry.kind in ("chapter", "story"):
            assert not [sign for text in entry.texts.values() for sign in "\\$^{}`" if sign in text]
