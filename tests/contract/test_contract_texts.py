"""Every topic: the story in both languages, every word translated, and a page that shows only what exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

import pytest

from engine.core import registry
from engine.core.language import ASSETS, KIT, catalogue, fields, fill, story, translator
from engine.core.picture import Style
from engine.export.loop import source
from tests.contract.runs import run_of, variants_of
from tests.contract.written import literals, written

PAGES = ASSETS.parent / "pages"
REQUIRED = ("title", "summary", "explanation", "sources")
PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
TAG = re.compile(r"<[^>]+>|%\{[^}]*\}")
WORD = re.compile(r"[A-Za-z]{2}")


def page_file(topic):
    return PAGES / topic.group / f"{topic.slug.replace('-', '_')}.py"


def page_call(topic) -> dict:
    """The arguments of the page's `topic_page(...)`, read without running it."""
    tree = ast.parse(page_file(topic).read_text(encoding="utf-8"))
    names = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "topic_page")

    def value(node):
        return ast.literal_eval(names[node.id] if isinstance(node, ast.Name) else node)

    return {"slug": value(call.args[0]), **{keyword.arg: value(keyword.value) for keyword in call.keywords}}


@cache
def spoken(slug: str) -> tuple[str, ...]:
    """Every text that the topic's views give to the translator, whatever the run shows."""
    topic = registry.find(slug)
    said: set[str] = set()
    real = translator("zh", slug)

    def listen(text: str) -> str:
        said.add(text)
        return real(text)

    look = Style("light", "zh", listen)
    several = (v.timelines for v in variants_of(slug))  # of each its beginning, its end, and as a recorded frame
    for timeline in [*run_of(slug).timelines, *(line for lines in several if lines for line in (lines[0], *lines[-2:]))]:
        for view in topic.views_for(timeline.params):
            view.draw(timeline, look)
    for made in topic.chapters:
        params = topic.params.build(made.values)
        for view in topic.views_for(params):
            said.add(view.title)
    return tuple(sorted(said))


def declared(topic) -> list[str]:
    """Every text that the topic declares."""
    said = [topic.title, topic.question, *topic.parts]
    for control in topic.params.controls().values():
        said += [control.title, control.help, control.unit, control.section, *control.options]
    for output in topic.outputs:
        said += [output.meaning, output.unit]
    said += [text for view in topic.views for text in (*view.titles, view.help)]
    said += [claim.statement for claim in topic.claims]
    for guess in topic.guesses:
        said += [guess.question, guess.because, *(text for _, text in guess.options)]
    said += page_call(topic).get("tabs", {}) if page_file(topic).exists() else []
    return said


def chinese(text: str, slug: str) -> str | None:
    for name in (slug, KIT):
        message = catalogue("zh", name).get(text)
        if message is not None and message.string:
            return str(message.string)
    return None


def placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # no format string, e.g. set notation
        return set()


def needs_words(text: str) -> bool:
    """Whether a template says something beside its values and marks."""
    return bool(WORD.search(TAG.sub(" ", PLACEHOLDER.sub(" ", text))))


def test_everything_declared_is_translated(topic):
    missing = [text for text in declared(topic) if needs_words(text) and chinese(text, topic.slug) is None]
    assert missing == [], f"{len(missing)} texts are not in assets/translations/zh/{topic.slug}.po"


def test_everything_a_view_says_is_translated(topic):
    missing = [text for text in spoken(topic.slug) if needs_words(text) and chinese(text, topic.slug) is None]
    assert missing == [], f"{len(missing)} texts are not in assets/translations/zh/{topic.slug}.po"


def test_everything_that_a_view_could_say_is_translated(topic):
    """Also what no run of the tests has drawn: the literals handed to the vocabulary of pictures."""
    missing = [text for text in sorted(written(topic)) if needs_words(text) and chinese(text, topic.slug) is None]
    assert missing == [], f"{len(missing)} texts are not in assets/translations/zh/{topic.slug}.po"


SHOWN = {
    "text",
    "name",
    "hovertext",
    "hovertemplate",
    "ticktext",
    "alt",
    "x",
    "y",
    "labels",
    "title",
}  # where a figure holds words


def without_letters(text: str) -> str:
    """A translator into no language: whatever goes through it has no Latin letters left."""
    return "".join(piece if piece.startswith("{") else re.sub("[A-Za-z]", "", piece) for piece in PLACEHOLDER.split(text))


def words_in(node, key: str = "") -> Iterator[str]:
    """Every text of a figure that a person reads."""
    if isinstance(node, dict):
        tokens = bool((node.get("meta") or {}).get("tokens")) if isinstance(node.get("meta"), dict) else False
        for name, item in node.items():
            if tokens and name == "text":
                continue  # a text that is shown is data, not words of ours
            yield from words_in(item, name)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from words_in(item, key)
    elif isinstance(node, str) and key in SHOWN:
        yield TAG.sub(" ", node)
    elif getattr(getattr(node, "dtype", None), "kind", "") in ("O", "U"):
        yield from words_in(node.tolist(), key)


def test_no_word_of_a_picture_goes_past_the_translator(topic):
    """Drawn by a translator that removes all letters, a picture has no English word left (symbols are shorter)."""
    run = run_of(topic.slug)
    own = [
        v for v in variants_of(topic.slug) if v.session and v.session.params.values().get(topic.data_param) == topic.data_value
    ]
    lines = [
        run.timelines[0],
        run.timelines[3],
        *(v.timelines[-1] for v in variants_of(topic.slug) if v.session and v not in own),
    ]
    past = set()
    for timeline in lines:
        for view in topic.views_for(timeline.params):
            picture = view.draw(timeline, Style("light", "zh", without_letters))
            for text in words_in({"data": picture.data, "layout": picture.layout}):
                past |= {f"{view.name}: {word} in {text[:60]!r}" for word in re.findall("[a-z]{3,}", text) if word != "nan"}
    assert sorted(past) == []


def test_what_a_divergence_names_is_translated(topic):
    """Quantities given to `finite("...")` are shown on the page."""
    folder = registry.ROOT / topic.group / topic.slug.replace("-", "_")
    said = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("finite", "Diverged") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    said.add(first.value)
    assert [text for text in sorted(said) if needs_words(text) and chinese(text, topic.slug) is None] == []


def test_what_is_said_of_a_refused_value_is_translated(topic):
    """The sentences that a lab's modules give to `refused`, or as the template of a BadValue."""
    folder = registry.ROOT / topic.group / topic.slug.replace("-", "_")
    said = set()
    for file in folder.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            match getattr(call.func, "id", ""):
                case "refused":
                    given = call.args[:1]
                case "BadValue":
                    given = [keyword.value for keyword in call.keywords if keyword.arg == "template"]
                case _:
                    continue
            for node in given:
                said |= {*literals(names.get(node.id, node) if isinstance(node, ast.Name) else node)}
    assert [text for text in sorted(said) if needs_words(text) and chinese(text, topic.slug) is None] == []
    assert [text for text in said if (zh := chinese(text, topic.slug)) and placeholders(zh) != placeholders(text)] == []


def test_translations_keep_every_placeholder(topic):
    for text in {*declared(topic), *spoken(topic.slug), *written(topic)}:
        translated = chinese(text, topic.slug)
        if translated is not None:
            assert placeholders(translated) == placeholders(text), text


def test_the_catalogue_holds_no_empty_or_doubtful_entry(topic):
    for message in catalogue("zh", topic.slug):
        if message.id:
            assert message.string, f"no Chinese for “{message.id}”"
            assert not message.fuzzy, f"“{message.id}” is marked fuzzy"


def test_the_story_has_the_same_sections_in_both_languages(topic):
    english, translated = story("en", topic.slug), story("zh", topic.slug)
    assert list(english) == list(translated)
    assert [key for key in REQUIRED if key not in english] == []
    chapters = [chapter.name for chapter in topic.chapters]
    told = ["guess"] if chapters else ["guess", "play"]  # until every topic has chapters
    assert [key for key in english if key not in (*REQUIRED, "notes", *told, *chapters)] == []
    assert [key for key in english if key in chapters] == chapters, "the chapters stand in their order"
    assert all(text.strip() for text in (*english.values(), *translated.values()))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_numbers_in_the_story_are_those_of_the_run(topic, language):
    text = story(language, topic.slug)
    known = {output.name for output in topic.outputs if output.scalar} | {*topic.params.controls(), "step", "seed"}
    assert fields(text["explanation"]) <= known
    for key in text:
        if key != "explanation" and key not in {chapter.name for chapter in topic.chapters}:
            assert fields(text[key]) == set(), f"{key}: only the explanation and chapters are filled in"
    lines = [*run_of(topic.slug).timelines, *(v.timelines[-1] for v in variants_of(topic.slug) if v.timelines)]
    for timeline in lines:
        values = {**timeline.params.values(), **timeline.frame.scalars, "step": timeline.frame.step, "seed": 0}
        assert fields(fill(text["explanation"], values)) == set()


def test_both_explanations_tell_the_same_numbers(topic):
    assert fields(story("en", topic.slug)["explanation"]) == fields(story("zh", topic.slug)["explanation"])


def test_the_stories_are_in_their_languages_and_sources_are_linked(topic):
    english, translated = story("en", topic.slug), story("zh", topic.slug)
    for key in english.keys() - {"sources", "notes"}:
        assert re.search("[\u4e00-\u9fff]", translated[key]), f"zh/{topic.slug}.md, {key}: no Chinese"
        assert not re.search("[\u4e00-\u9fff]{6}", english[key]), f"en/{topic.slug}.md, {key}: Chinese"
    for text in (english, translated):
        assert re.search(r"\]\(https://[^)]+\)", text["sources"])


def test_the_page_names_its_own_topic_and_views_that_exist(topic):
    call = page_call(topic)
    assert call["slug"] == topic.slug and 1 <= len(call["hero"]) <= 2
    shown = [*call["hero"], *(name for names in call.get("tabs", {}).values() for name in names)]
    options = [option for name in shown for option in name.split("|")]
    assert [name for name in options if not topic.has_view(name)] == []
    assert [view.name for view in topic.views if view.name not in options] == [], "views that no page shows"


def test_the_hero_always_shows_something(topic):
    hero = page_call(topic)["hero"]
    for timeline in [run_of(topic.slug).timelines[0], *(v.timelines[-1] for v in variants_of(topic.slug) if v.timelines)]:
        known = {view.name for view in topic.views_for(timeline.params)}
        assert known & set(hero[0].split("|")), f"nothing to see with {timeline.params.changed()}"


def test_the_source_that_is_shown_is_python_of_the_model(topic):
    text = source(topic)
    assert "yield" in text
    ast.parse(text)
    for name in topic.scripts:
        assert f"def {name}(" in text
