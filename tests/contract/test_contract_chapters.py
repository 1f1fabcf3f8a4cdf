"""Every topic's chapters: what they say exists in both languages, what they show can be seen, and their claims are borne out.

The last is what `python -m engine check` prints. A chapter's run is trained once: `tests.contract.runs.played`.
"""

from __future__ import annotations

import re

import pytest

from engine.cli.check import judged
from engine.core import registry
from engine.core.language import LANGUAGES, chapter_words, fields, fill, translator
from engine.core.picture import Style
from engine.guess.figures import choice_words
from engine.guess.score import score_choice
from tests.contract.runs import played
from tests.contract.test_contract_views import check

FORMULA = re.compile(r"\$[^$]*\$")


def test_a_story_has_five_to_ten_chapters(topic):
    """Fewer only where there are fewer things to look at."""
    assert not topic.chapters or min(5, len(topic.views)) <= len(topic.chapters) <= 10


def test_the_topics_that_it_builds_on_exist(topic):
    assert [slug for slug in topic.after if slug not in registry.topics()] == []
    assert topic.slug not in topic.after


def test_what_a_chapter_names_is_there_under_its_settings(slug, chapter):
    topic = registry.find(slug)
    told, params = topic.chapter(chapter), topic.params.build(topic.chapter(chapter).values)
    seen = {view.name for view in topic.views_for(params)}
    assert told.views and [view for view in told.views if view not in seen] == []
    assert topic.steps_of(told) >= 1 and all(step < topic.steps_of(told) for step, _ in told.changes)
    assert told.shows, "a chapter shows something that can be judged"
    hero = topic.hero_for(params, told)
    assert hero in {control.name for control in topic.controls_for(params)}, f"its hero “{hero}” does nothing here"
    assert not told.guess or told.guess in {guess.name for guess in topic.guesses_for(params)}
    assert not told.section or told.section in {control.section for control in topic.controls_for(params)}


def test_a_chapter_has_its_words_in_both_languages_with_the_same_numbers(slug, chapter):
    words = {language: chapter_words(language, slug, chapter) for language in LANGUAGES}
    assert all(fields(said.title) | fields(said.before) == set() for said in words.values()), "numbers come after the run"
    assert len({frozenset(fields(said.after)) for said in words.values()}) == 1


def test_a_chapters_title_and_words_before_are_short(slug, chapter):
    """Read at a glance, beside the picture and without scrolling; formulas count as one word, spaces as none."""
    english, chinese = (chapter_words(language, slug, chapter) for language in ("en", "zh"))
    assert len(english.title.split()) <= 4 and len(re.findall("[\u4e00-\u9fff]", chinese.title)) <= 8
    assert len(FORMULA.sub("x", english.before).split()) <= 45
    assert len(re.sub(r"\s", "", FORMULA.sub("x", chinese.before))) <= 90


def test_what_a_chapter_asks_can_be_answered_before_its_run(slug, chapter):
    told = registry.find(slug).chapter(chapter)
    asks = [language for language in LANGUAGES if re.search("[?？]", chapter_words(language, slug, chapter).before)]
    assert told.guess or asks == []


@pytest.mark.slow
def test_a_chapters_claims_are_borne_out(slug, chapter):
    told = registry.find(slug).chapter(chapter)
    rows = judged(slug, told, played(slug, chapter), told.seed)
    assert [f"{row.claim}: {row.says} ({row.verdict})" for row in rows if not row.agrees] == []


@pytest.mark.slow
def test_a_chapters_question_is_answered_by_its_run_with_numbers_of_its_own(slug, chapter):
    topic = registry.find(slug)
    for guess in topic.guesses:
        if guess.name == topic.chapter(chapter).guess and guess.options:
            line = played(slug, chapter).timeline
            score = score_choice(guess, guess.options[0][0], line)
            assert score is not None and score.answer in dict(guess.options)
            for language in LANGUAGES:
                said = " ".join(choice_words(guess, score, line, Style("light", language, translator(language, slug))))
                assert fields(said) == set() and translator(language)("not measured") not in said


@pytest.mark.slow
def test_a_chapters_words_find_their_numbers_in_its_run(slug, chapter):
    numbers = registry.find(slug).chapter(chapter).numbers(played(slug, chapter).timeline)
    for language in LANGUAGES:
        after = chapter_words(language, slug, chapter).after
        assert {name.split(".")[0] for name in fields(after)} <= numbers.keys()
        filled = fill(after, numbers)
        assert "–" not in filled and fields(filled) == set(), filled


@pytest.mark.slow
def test_a_chapters_claims_say_something_or_nothing_of_a_run_alone(slug, chapter):
    """Claims that compare arms are also asked about single runs, on the page: they must then keep silent."""
    run = played(slug, chapter)
    for line in (run.timeline, *run.timeline.arms.values(), *filter(None, [run.timeline.other])):
        for claim in registry.find(slug).claims:
            verdict = claim(line)
            assert verdict is None or verdict.tolerance >= 0


@pytest.mark.slow
def test_a_chapters_pictures_at_its_end_are_pictures_of_this_house(slug, chapter):
    run = played(slug, chapter)
    topic, look = registry.find(slug), Style("light", "zh", translator("zh", slug))
    for view in topic.views_for(run.timeline.params):
        check(view.draw(run.timeline, look), f"{view.name}, {chapter}")
