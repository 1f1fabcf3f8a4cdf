"""Chapters and verdicts: what agrees, what is refused, and the words with their numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.core import language
from engine.core.chapter import Chapter, Sweep, Verdict, claim
from engine.core.language import chapter_words, fields, fill
from engine.core.params import BadValue, UnknownName


@pytest.mark.parametrize(
    ("verdict", "agrees", "expected"),
    [
        (Verdict(1.0, 1.1, 0.1000001), True, "1"),
        (Verdict(1.0, 0.8, 0.1), False, "1"),
        (Verdict(1.0, math.nan, 0.1), False, "1"),
        (Verdict.at_least(0.9, 5.0), True, "≥ 0.9"),
        (Verdict.at_least(0.9, 0.85, 0.1), True, "≥ 0.9"),
        (Verdict.at_least(0.9, 0.85), False, "≥ 0.9"),
        (Verdict.at_most(3.0, -100.0), True, "≤ 3"),
        (Verdict.at_most(3.0, 3.2, 0.1), False, "≤ 3"),
        (Verdict.at_most(3.0, math.inf), False, "≤ 3"),
        (Verdict.at_least(3.0, math.inf), False, "≥ 3"),
        (Verdict.between(0.2, 0.4, 0.39), True, "0.2 … 0.4"),
        (Verdict.between(0.2, 0.4, 0.41), False, "0.2 … 0.4"),
    ],
)
def test_a_verdict_agrees_on_the_good_side_and_says_what_was_expected(verdict, agrees, expected):
    assert verdict.agrees is agrees and verdict.expected == expected


def test_a_claim_is_named_after_its_function():
    @claim("It falls.", "Newton")
    def falls(timeline):
        return Verdict(1.0, 1.0, 0.0)

    assert (falls.name, falls.statement, falls.source) == ("falls", "It falls.", "Newton")
    assert falls(None).agrees


def test_a_verdict_on_numpys_numbers_is_a_plain_one():
    assert type(Verdict(np.float32(1.0), np.float32(1.0), 0.0).agrees) is bool


@pytest.mark.parametrize(
    ("chapter", "problem"),
    [
        (Chapter("odd", views=("plan",)), "no view “plan”"),
        (Chapter("odd", hero="rat"), "no hero “rat”"),
        (Chapter("odd", guess="where"), "no guess “where”"),
        (Chapter("odd", section="Attic"), "no section “Attic”"),
        (Chapter("odd", changes=((5, {"size": 4}),)), "changes are hot values"),
        (Chapter("odd", values={"rat": 1.0}), "nearest is “rate”"),
        (Chapter("odd", values={"rate": 99.0}), "rate = 99"),
        (Chapter("odd", compare={"rate": 99.0}), "rate = 99"),
        (Chapter("odd", sweep=Sweep("rate", (0.1, 99.0))), "rate = 99"),
        (Chapter("odd", sweep=Sweep("rate", (0.1, 0.2), beside="lots")), "no scalar “lots”"),
        (Chapter("down"), "two chapters share a name"),
    ],
)
def test_a_chapter_that_is_not_possible_is_refused_where_the_topic_is_made(descent, chapter, problem):
    with pytest.raises((ValueError, BadValue), match=problem):
        replace(descent, chapters=(*descent.chapters, chapter))


def test_a_chapters_name_is_a_word_and_no_other_section():
    for name in ("summary", "two words", "", "a-b"):
        with pytest.raises(ValueError, match="a name is a word"):
            Chapter(name)
    with pytest.raises(ValueError, match="compare or sweep"):
        Chapter("both", compare={}, sweep=Sweep("rate", (1, 2)))


def test_the_topics_claims_are_those_of_its_chapters_each_once(descent):
    assert [claim.name for claim in descent.claims] == ["bottom", "pushed", "sooner"]
    with pytest.raises(UnknownName, match="nearest is “rates”"):
        descent.chapter("rate")


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Write the text of a topic named `toy`; gives what `chapter_words` makes of its chapter `one`."""
    monkeypatch.setattr(language, "ASSETS", tmp_path)
    (tmp_path / "text" / "en").mkdir(parents=True)

    def write(text: str):
        (tmp_path / "text" / "en" / "toy.md").write_text(text)
        language.story.cache_clear()
        return chapter_words("en", "toy", "one")

    yield write
    language.story.cache_clear()


def test_a_chapters_words_are_a_title_what_comes_before_and_what_comes_after(told):
    words = told("# Toy\n\n## one\nThe title\nFirst this.\n\n- a list\n\n---\n\nThen {x:.2f}.\n\n## two\nOther")
    assert (words.title, words.before, words.after) == ("The title", "First this.\n\n- a list", "Then {x:.2f}.")


@pytest.mark.parametrize("text", ["Title\nBefore.", "Title\n---\nAfter.", "Title\nBefore.\n---", "\nBefore.\n---\nAfter."])
def test_words_that_lack_a_part_are_named(told, text):
    with pytest.raises(ValueError, match="“one”: a title line"):
        told(f"# Toy\n\n## one\n{text}\n")


def test_words_after_hold_what_a_claim_measured_and_predicted():
    text = "{fit:.2f} for {fit.predicted:.1f}, {loss:.3f}; $x_{i}$, `{code}`; {nothing:.1f}"
    assert fields(text) == {"fit", "fit.predicted", "loss", "nothing"}
    assert fill(text, {"fit": Verdict(0.5, 0.4567, 0.1), "loss": 1.0}) == "0.46 for 0.5, 1.000; $x_{i}$, `{code}`; –"
