"""The book: its files, that they lead to each other and nowhere else, that nothing in them but ours runs, and what it is told of."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from engine.book.lab import BUDGET, COMMANDS, FRAMES, Build, Shown, make, weight
from engine.book.site import files_of
from engine.cli.chapters import Runs
from engine.cli.page import part
from engine.core import registry
from engine.core.chapter import Chapter
from engine.core.language import LANGUAGES, story, translator
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline, View
from engine.plot import Axis, Plot
from engine.runs.recorded import HANDS

ROOT = registry.ROOT.parent
BUILD = Build("2026-11-29", "Linux & <b>Sons</b>", 2, {"Python": "3.11", "torch": "2"})


class Html(HTMLParser):
    """What a page links to, what it loads, the ids in it, and its policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.inline: list[str] = []
        self.policy = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids |= {values["id"]} if "id" in values else set()
        if tag == "a":
            self.links.append(values["href"])
        else:
            self.loaded += [values[name] for name in ("src", "href", "data", "srcset", "action") if name in values]
        if tag == "script" and "src" not in values:
            self.inline.append(values.get("type", ""))
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        assert not [name for name in values if name.startswith("on")]


@pytest.fixture(scope="module")
def folder(descent, tmp_path_factory) -> Path:
    """The toy's book as the command writes it."""
    from engine.cli.book import book

    out = tmp_path_factory.mktemp("book") / "site"
    book(out, ["descent"], "cpu")
    return out


def pages(folder: Path) -> dict[str, Html]:
    return {str(file.relative_to(folder)): Html(file.read_text(encoding="utf-8")) for file in folder.rglob("*.html")}


def told(folder: Path, file: str) -> dict:
    text = (folder / file).read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="page">(.*?)</script>', text, re.DOTALL)[1])


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(folder, descent):
    found = pages(folder)
    assert set(found) == {"index.html", *(f"{lang}/{name}.html" for lang in LANGUAGES for name in ("index", "descent"))}
    names = {chapter.name for chapter in descent.chapters}
    for name, page in found.items():
        assert page.policy.startswith("default-src 'none'; script-src 'self' file:;") and "http" not in page.policy
        assert set(page.inline) <= {"application/json"}
        for link in [*page.links, *page.loaded]:
            if link == "data:,":
                continue
            assert "//" not in link, link
            path, _, place = link.partition("#")
            assert not path or (folder / name).parent.joinpath(path).resolve().is_file(), link
            assert not place or place in page.ids | names
    for file in (folder / "assets").iterdir():
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\bimport\.meta|^\s*(import|export)\b|@import|url\((?!#)", text, re.MULTILINE), file.name
    assert {file.stem for file in (folder / "data" / "descent").iterdir()} == names


def test_the_page_tells_every_chapter_with_this_builds_numbers_in_both_languages(folder, descent):
    runs = Runs(descent, chapters=descent.chapters)
    for language in LANGUAGES:
        said = told(folder, f"{language}/descent.html")
        assert [one["name"] for one in said["parts"]] == [chapter.name for chapter in descent.chapters]
        assert said["language"] == language and said["words"]["play"] == translator(language)("Play")
        for chapter, one in zip(descent.chapters, said["parts"], strict=True):
            played = runs.play(chapter)
            assert one["told"]["after"] == f"<p>At {played.timeline.frame.scalars['distance']:.2f}.</p>\n"
            arm = one["arms"][one["shown"]]
            assert arm["steps"][0] == 0 and arm["steps"][-1] == played.score.steps and len(arm["steps"]) == len(arm["scalars"])
            distance = [output["name"] for output in one["outputs"]].index("distance")
            assert arm["scalars"][-1][distance] == pytest.approx(played.timeline.frame.scalars["distance"], rel=1e-5)
    text = (folder / "en" / "descent.html").read_text(encoding="utf-8")
    assert text.count('class="agrees"') == 5 and "torch" in text and "def steps" in text
    assert told(folder, "en/index.html")["cards"][0]["held"] == [chapter.name for chapter in descent.chapters]


def test_the_command_says_sizes_and_times_and_refuses_what_it_does_not_know(folder, engine, tmp_path):
    foreign = [tmp_path / "site" / name for name in ("notes.txt", "en/own.html", "data/descent/mine.js")]
    for file in foreign:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x" * 10**6)
    code, out, error = engine("book", "--out", tmp_path / "site", "--topic", "descent")
    assert code == 0, (out, error)
    assert all(file.read_text() == "x" * 10**6 for file in foreign)  # what was there stays, and is not counted
    ours = sum(file.stat().st_size for file in (tmp_path / "site").rglob("*") if file.is_file() and file not in foreign)
    assert f"{ours / 1e6:.1f} MB" in out
    assert re.search(r"descent +5 of 5 +5 of 5", out) and "index.html: 1 lab, " in out
    code, _, error = engine("book", "--out", tmp_path / "site", "--topic", "decent")
    assert code == 2 and "nearest is “descent”" in error
    code, _, error = engine("book", "--out", folder / "index.html", "--topic", "descent")
    assert code == 2 and "a folder that can be written" in error
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "zh").write_text("a file where a folder should be")
    code, _, error = engine("book", "--out", tmp_path / "taken", "--topic", "descent")
    assert code == 2 and "a place that can be written" in error and (tmp_path / "taken" / "zh").is_file()


def shown(topic, names, change=lambda one: one) -> list[Shown]:
    runs = Runs(topic)
    made = []
    for name in names:
        played = runs.play(topic.chapter(name))
        looks = {language: Style("light", language, translator(language, topic.slug)) for language in LANGUAGES}
        made.append(change(Shown(name, {language: part(topic, played, look) for language, look in looks.items()})))
    return made


@pytest.mark.parametrize(
    "evil",
    [
        "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>",
        "\"'><img src=x onerror=alert(2)> `</code><img src=x onerror=alert(3)>` $\\text{<img src=x onerror=alert(4)>}$",
    ],
)
def test_words_that_look_like_markup_stay_words(descent, monkeypatch, evil):
    names = {chapter.name for chapter in descent.chapters}
    text = evil.replace("{", "{{").replace("}", "}}")
    said = {
        key: f"{evil}\n{text}\n---\n{text}" if key in names else f"{words} {text}"
        for key, words in story("en", "descent").items()
    }
    for module in ("engine.book.lab", "engine.core.language", "engine.gallery.cards", "engine.gallery.search"):
        monkeypatch.setattr(f"{module}.story", lambda language, slug: said, raising=False)
    topic = replace(descent, question=evil)
    chapters = [*shown(topic, ["down"]), Shown("shaken", problem=evil)]
    lab = make(topic, chapters, BUILD, ["descent"])
    for name, text in {**lab.files, **files_of([lab])}.items():
        assert "<script>alert" not in text and "<img" not in text, name
        if name.endswith(".html"):
            Html(text)  # no attribute that runs something
    page = lab.files["en/descent.html"]
    assert "Linux &amp; &lt;b&gt;Sons" in page and f"the run failed: {escape(evil)}" in page
    assert lab.held == ("down",)


def test_frames_are_left_out_until_the_lab_fits(descent):
    chapters = shown(descent, ["down", "rates", "aside"])
    whole = make(descent, chapters, BUILD, ["descent"])
    assert whole.sent <= BUDGET
    pictures = sum(weight(text) for name, text in whole.files.items() if name.startswith("data/"))
    less = make(descent, chapters, BUILD, ["descent"], budget=whole.sent - pictures // 2)
    assert whole.sent - pictures <= less.sent <= whole.sent - pictures // 2
    for name, text in less.files.items():
        if name.endswith(".html"):
            said = json.loads(re.search(r'id="page">(.*?)</script>', text, re.DOTALL)[1])
            assert all(arm["steps"][0] == 0 and arm["steps"][-1] > 0 for one in said["parts"] for arm in one["arms"])
            assert "kept steps" in said["parts"][0]["thinned"] or "保留" in said["parts"][0]["thinned"]


def cloud(timeline: Timeline, style: Style) -> Picture:
    """Points at random, others at every step: nothing of them can be packed."""
    plot = Plot(timeline, style, Axis("first", 0, 1), Axis("second", 0, 1))
    spots = np.random.default_rng(timeline.frame.step).random((2, 12_000))
    plot.dots(*spots, "measured")
    return plot.done("Points.")


def test_the_command_holds_a_heavy_lab_to_a_million_and_a_half_bytes(engine, descent, monkeypatch, tmp_path):
    chapter = replace(descent.chapters[0], views=("cloud",))
    heavy = replace(descent, views=(View("cloud", "Distance", "How far the bottom is.", cloud),), chapters=(chapter,))
    monkeypatch.setitem(registry.topics(), "descent", heavy)
    code, out, error = engine("book", "--out", tmp_path, "--topic", "descent")
    assert code == 0, error
    files = [*tmp_path.glob("*/descent.html"), *(tmp_path / "data" / "descent").iterdir()]
    sizes = {file.suffix: 0 for file in files}
    for file in files:
        sizes[file.suffix] += len(gzip.compress(file.read_bytes(), 9))
    assert len(files) == 3 and sum(sizes.values()) <= 1_500_000 and f"{sum(sizes.values()) / 1e6:.2f}" in out
    (one,) = told(tmp_path, "en/descent.html")["parts"]
    steps = one["arms"][0]["steps"]
    assert sizes[".js"] / len(steps) * FRAMES > 1_500_000, "without its limit it would have been no larger"
    assert 2 <= len(steps) < FRAMES and steps[0] == 0 and steps[-1] == chapter.steps and one["thinned"]


def test_below_words_that_speak_of_sliders_stand_the_recorded_values_and_the_way_to_run_it(folder):
    for language in LANGUAGES:
        page, html = told(folder, f"{language}/descent.html"), pages(folder)[f"{language}/descent.html"]
        assert page["live"] == translator(language)("Run it live") and "live" in html.ids
        text = (folder / language / "descent.html").read_text(encoding="utf-8")
        assert all(escape(command) in text for command in COMMANDS)
        for one in page["parts"]:
            assert translator(language)(HANDS) in one["recorded"] and str(one["arms"][one["shown"]]["seed"]) in one["recorded"]


def test_a_chapter_that_diverges_is_told_and_ends_with_status_one(engine, descent, monkeypatch, tmp_path):
    falling = Chapter("down", values={"rate": 9.0}, steps=500, views=("distance",), shows=(descent.claims[0],))
    monkeypatch.setitem(registry.topics(), "descent", replace(descent, chapters=(falling, *descent.chapters[1:])))
    code, out, _ = engine("book", "--out", tmp_path, "--topic", "descent")
    assert code == 1 and "4 of 5" in out
    assert "the run failed" in (tmp_path / "en" / "descent.html").read_text(encoding="utf-8")


def test_the_two_commands_are_the_readmes():
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Two commands")[2].partition("\n## ")[0]
    assert re.findall(r"^```\n(.*?)\n```$", readme, re.MULTILINE | re.DOTALL) == list(COMMANDS)
