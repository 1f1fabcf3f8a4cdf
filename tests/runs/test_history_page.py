"""A run as one HTML page: which frames are in it, that its pictures are the views' own, and that it is closed to the outside."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

import engine
from engine.cli.chapters import Runs
from engine.cli.page import page, part
from engine.core import registry, wire
from engine.core.language import KIT, LANGUAGES, catalogue, chapter_words, printed
from engine.core.params import BadValue, UnknownName
from engine.core.picture import Style
from engine.core.score import marks
from engine.core.session import Session
from engine.core.topic import Timeline
from engine.plot.packing import encode
from engine.runs import files as runfiles
from engine.runs.browser_bundle import bundle, inline
from engine.runs.history import History
from engine.runs.history_page import LAB, WORDS, Arm, history_page, parts_page, run_part, spread, thin
from engine.runs.told import chapter_of, plain, typeset
from tests.runs.test_store import a_run

pytestmark = pytest.mark.usefixtures("descent")


class Page(HTMLParser):
    """The elements of a page: the content of each script by its id, and every attribute that could fetch something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: dict[str, str] = {}
        self.fetched: list[str] = []
        self.policy = ""
        self.open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.fetched += [values[name] for name in ("src", "href", "data", "srcset", "action") if name in values]
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        self.open = values.get("id", values.get("type")) if tag == "script" else None

    def handle_data(self, data):
        if self.open is not None:
            self.scripts[self.open] = self.scripts.get(self.open, "") + data

    def handle_endtag(self, tag):
        self.open = None


@pytest.fixture(scope="module")
def made(descent):
    session, history = a_run(steps=8, seed=5)
    return session.topic, history, session.score


def everything(text: str):
    page = Page(text)
    return json.loads(page.scripts["page"]), json.loads(page.scripts["pictures"])


def contents(text: str):
    """What is said of the page's one run, with what is said of the page, and its pictures."""
    page, ((pictures,),) = everything(text)
    (part,) = page.pop("parts")
    return {**page, **part}, pictures


def test_every_kept_step_is_in_it_with_every_view_in_both_themes_as_the_views_draw_it(made):
    topic, history, score = made
    page, pictures = contents(history_page(topic, history, score, Style("dark")))
    arm = page["arms"][0]
    assert arm["steps"] == history.steps and len(history) == 9
    assert [view["name"] for view in page["views"]] == list(pictures) == [view.name for view in topic.views]
    for view in topic.views:
        for frame, packed in zip(history.frames, pictures[view.name], strict=True):
            params = topic.params.build(frame.settings)
            line = Timeline(frame, params, history.scalars(frame.step), marks(topic, score.changes), 5)
            figures = {theme: view.draw(line, Style(theme)) for theme in ("light", "dark")}
            assert zlib.decompress(base64.b64decode(packed)) == encode({}, figures)
    # What tells the steps apart is really told: the rate was changed at step 3, and the distance falls.
    assert arm["marks"] == [3] and arm["seed"] == 5 and page["theme"] == "dark" and page["thinned"] == ""
    assert [row.get("rate") for row in arm["settings"]] == ["0.1", None, None, "0.25", *[None] * 5]  # only where it differs
    assert arm["settings"][0].keys() == {control["name"] for control in page["parameters"]}
    place = [output["name"] for output in page["outputs"]].index("distance")
    assert [row[place] for row in arm["scalars"]] == [frame.scalars["distance"] for frame in history.frames]


def test_it_opens_without_any_request_and_runs_no_script_but_its_own(made):
    page = Page(history_page(*made))
    assert page.fetched == []
    assert page.policy.startswith("default-src 'none'; script-src 'sha256-") and "http" not in page.policy
    assert set(page.scripts) == {"page", "pictures", "module"}
    assert "fetch(" not in page.scripts["module"]


def test_words_that_look_like_markup_stay_words(made):
    evil = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>"
    text = history_page(*made, Style("light", "en", lambda _: evil))
    page = Page(text)
    assert set(page.scripts) == {"page", "pictures", "module"} and page.fetched == []
    assert json.loads(page.scripts["page"])["title"] == evil
    assert "<script>alert" not in text and "<img" not in text


def test_frames_beyond_the_budget_are_left_out_evenly_and_it_is_told(made):
    topic, history, score = made
    whole = contents(history_page(topic, history, score))[1]
    size = sum(len(packed) for pictures in whole.values() for packed in pictures)
    page, pictures = contents(history_page(topic, history, score, budget=size // 2))
    arm = page["arms"][0]
    assert arm["steps"][0] == 0 and arm["steps"][-1] == 8 and 2 < len(arm["steps"]) <= 5
    assert sum(len(packed) for some in pictures.values() for packed in some) <= size // 2
    assert page["thinned"].startswith(f"{len(arm['steps'])} of 9 kept steps")
    assert all(len(some) == len(arm["steps"]) == len(arm["settings"]) == len(arm["scalars"]) for some in pictures.values())


def test_thinning_keeps_both_ends_and_never_more_than_fits():
    assert spread(1, 200) == [0] and spread(5, 200) == [0, 1, 2, 3, 4] and spread(9, 5) == [0, 2, 4, 6, 8]
    for count in (1, 2, 3, 17, 400):
        for budget in (1, 50, 1000, 10**6):
            asked: list[int] = []

            def size(place, asked=asked):
                asked.append(place)
                return 10 + place  # later frames take more

            places = thin(count, 200, size, budget)
            assert places[0] == 0 and places[-1] == count - 1 and places == sorted(set(places)) and len(places) <= 200
            assert sum(10 + place for place in places) <= budget or len(places) <= 2
            gaps = {b - a for a, b in pairwise(places)}
            assert not gaps or max(gaps) - min(gaps) <= 1
            if sum(10 + place for place in range(count)) <= budget and count <= 200:
                assert len(places) == count


def test_chosen_views_only_and_a_view_that_settings_lack_is_empty_there(made):
    topic, history, score = made
    name = topic.views[0].name
    page, pictures = contents(history_page(topic, history, score, views=[name]))
    assert [view["name"] for view in page["views"]] == [name] == list(pictures)
    with pytest.raises(KeyError):
        history_page(topic, history, score, views=["no such view"])
    with pytest.raises(ValueError, match="no frames"):
        history_page(topic, History(), score)
    some = replace(topic, views=(replace(topic.views[0], when=lambda params: params.rate < 0.2), *topic.views[1:]))
    _, pictures = contents(history_page(some, history, score))
    assert [packed is None for packed in pictures[name]] == [False] * 3 + [True] * 6  # the rate is raised at step 3
    none = replace(topic, views=(replace(topic.views[0], when=lambda params: params.rate > 9), *topic.views[1:]))
    page, pictures = contents(history_page(none, history, score))
    assert name not in pictures and name not in [view["name"] for view in page["views"]]


def test_equal_arrays_travel_once_and_different_ones_all(made):
    topic, history, _ = made
    line = Timeline(history.frames[-1], topic.params.build(history.frames[-1].settings), history.scalars(), (), 0)
    figures = {theme: topic.views[0].draw(line, Style(theme)) for theme in ("light", "dark")}
    header, arrays = wire.unpack(encode({}, figures))
    alone, own = wire.unpack(encode({}, {"light": figures["light"]}))
    assert arrays.keys() == own.keys() and all((arrays[key] == own[key]).all() for key in own)
    assert header["figures"]["light"] == alone["figures"]["light"] and header["figures"]["dark"] != header["figures"]["light"]


def test_the_page_speaks_chinese(made):
    assert [text for text in WORDS.values() if not catalogue("zh", KIT).get(text)] == []
    text = history_page(*made, Style("light", "zh", lambda text: f"中{text}"))
    assert '<html lang="zh">' in text and json.loads(Page(text).scripts["page"])["words"]["play"] == "中Play"


def test_the_command_line_makes_the_page_of_a_run_folder(made, tmp_path):
    topic, history, score = made
    session = Session.from_score(score, "cpu")
    runfiles.write(tmp_path, session, history, [], None)
    page(str(tmp_path), tmp_path / "page.html", None, "en", "cpu")
    assert everything((tmp_path / "page.html").read_text(encoding="utf-8")) == everything(history_page(topic, history, score))
    with pytest.raises(BadValue, match=r"en, zh"):
        page(str(tmp_path), tmp_path / "page.html", None, "fr", "cpu")
    with pytest.raises(BadValue, match=r"--out .* a file that can be written"):
        page(str(tmp_path), tmp_path, None, "en", "cpu")


# ---- chapters


@pytest.fixture(scope="module")
def story(descent, tmp_path_factory):
    """The file of all chapters of the toy, as the command line makes it: what is said, and the pictures."""
    file = tmp_path_factory.mktemp("story") / "story.html"
    page("descent", file, "all", "en", "cpu")
    return everything(file.read_text(encoding="utf-8"))


def test_every_chapter_has_its_words_its_numbers_and_its_verdicts(story, descent):
    parts = {chapter.name: part for chapter, part in zip(descent.chapters, story[0]["parts"], strict=True)}
    runs = Runs(descent)
    for chapter in descent.chapters:
        played, part = runs.play(chapter), parts[chapter.name]
        said, verdict = part["told"], chapter.shows[0](played.timeline)
        assert (said["title"], said["before"]) == (f"Chapter {chapter.name}", "<p>Roll.</p>\n")
        assert said["after"] == f"<p>At {played.timeline.frame.scalars['distance']:.2f}.</p>\n"
        (row,) = said["verdicts"]
        assert row["measured"].startswith(printed(f"{verdict.measured:.4g}")) and row["agrees"] is verdict.agrees is True
        assert row["expected"].startswith(printed(verdict.expected)) and row["says"] == "agrees"
        assert [view["name"] for view in part["views"]] == list(chapter.views) and part["opened"] == len(chapter.views)
        assert part["arms"][part["shown"]]["steps"][-1] == played.score.steps
    assert parts["longer"]["arms"][0]["marks"] == [120]


def test_twins_stand_side_by_side_at_the_same_steps_and_a_sweep_has_all_its_arms(story, descent):
    parts = {
        chapter.name: (part, own) for chapter, part, own in zip(descent.chapters, story[0]["parts"], story[1], strict=True)
    }
    twins, pictures = parts["aside"]
    assert twins["kind"] == "twins" and [arm["name"] for arm in twins["arms"]] == ["Pull: 0", "Pull: 0.5"]
    first, second = twins["arms"]
    assert first["steps"] == second["steps"] and len(first["steps"]) > 20
    assert pictures[0]["place"][0] == pictures[1]["place"][0] and pictures[0]["place"][-1] != pictures[1]["place"][-1]
    swept, pictures = parts["rates"]
    assert swept["kind"] == "sweep" and [arm["settings"][0]["rate"] for arm in swept["arms"]] == ["0.1", "0.2", "0.4"]
    assert swept["shown"] == 0 and len({own["distance"][-1] for own in pictures}) == 3
    assert all(part["kind"] == "run" for part, _ in (parts[name] for name in ("down", "shaken", "longer")))


def test_the_pictures_of_all_chapters_keep_to_one_budget(story, descent):
    runs = Runs(descent)
    made = [part(descent, runs.play(chapter), Style()) for chapter in descent.chapters]

    def taken(text: str) -> int:
        pictures = everything(text)[1]
        return sum(len(packed) for arms in pictures for own in arms for some in own.values() for packed in some)

    whole = taken(parts_page(descent, made))
    assert taken(parts_page(descent, made, budget=whole // 3)) <= whole // 3
    for arms in (one["arms"] for one in everything(parts_page(descent, made, budget=whole // 3))[0]["parts"]):
        assert all(arm["steps"][0] == 0 and len(arm["steps"]) >= 2 for arm in arms)


def test_only_chosen_chapters_in_their_order_and_no_name_that_is_unknown(descent, tmp_path):
    page("descent", tmp_path / "some.html", "shaken,down", "zh", "cpu")
    said, _ = everything((tmp_path / "some.html").read_text(encoding="utf-8"))
    assert [one["told"]["title"] for one in said["parts"]] == ["Chapter shaken", "Chapter down"]
    assert said["words"]["next"] == "下一章" and said["parts"][0]["told"]["verdicts"][0]["says"] == "吻合"
    with pytest.raises(BadValue, match="all, or some of down, shaken"):
        page("descent", tmp_path / "some.html", None, "en", "cpu")
    with pytest.raises(UnknownName, match="nearest is “down”"):
        page("descent", tmp_path / "some.html", "dwn", "en", "cpu")


def test_a_run_begun_from_a_chapters_settings_carries_its_words_those_after_only_when_it_is_over(descent):
    chapter = descent.chapter("aside")
    for steps in (5, descent.steps):
        session, twin = (engine.start("descent", {**chapter.values, **more}, device="cpu") for more in ({}, chapter.compare))
        arms = []
        for one in (session, twin):
            history = History()
            history.add(one.look())
            history.add(one.advance(steps=steps))
            arms.append(Arm(history, one.score))
        both = run_part(descent, tuple(arms), chapter.views, Style())
        assert both.kind == "twins" and both.told.title == "Chapter aside"
        assert bool(both.told.after) == (steps == descent.steps)
        alone = run_part(descent, (arms[0],), chapter.views, Style())
        assert alone.told.title == "Chapter aside" and alone.told.after == "" and alone.told.verdicts[0]["says"] == "not yet"
    free = engine.start("descent", {"rate": 0.3}, device="cpu")
    assert chapter_of(descent, free.score) is None


def test_words_become_html_with_formulas_and_no_markup_of_their_own():
    made = typeset("**Bold** at $\\beta_c$, `a $b$`, <b>not</b>:\n\n$$\\frac{a_1}{b_2}$$\n\n- one")
    assert "<strong>Bold</strong>" in made and "<code>a $b$</code>" in made and "&lt;b&gt;not&lt;/b&gt;" in made
    assert (
        "<msub><mi>&#x003B2;</mi><mi>c</mi></msub>" in made
        and '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in made
    )
    assert "<mfrac>" in made and "<li>one</li>" in made and "$" not in made.replace("a $b$", "")
    assert (
        plain("A $\\tau$")
        == 'A <math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mi>&#x003C4;</mi></mrow></math>'
    )


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("slug", sorted(registry.topics()))
def test_every_formula_of_every_chapter_can_be_typeset(slug, language):
    for chapter in registry.find(slug).chapters:
        words = chapter_words(language, slug, chapter.name)
        for text in (words.title, words.before, words.after):
            made = typeset(text)
            assert "merror" not in made and not re.search(r"\\\\[a-zA-Z]", made), (
                made
            )  # a command that was not understood stays


# ---- modules as one script


def test_a_bundle_has_every_module_once_and_no_import_left(tmp_path):
    script = bundle(LAB / "history" / "file.js")
    assert len(re.findall(r"^const module\d+ = ", script, re.MULTILINE)) == len(
        re.findall(r"^\}\)\(\);$", script, re.MULTILINE)
    )
    assert script.count("class Figure {") == script.count("class SvgContext {") == 1
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    (tmp_path / "a.js").write_text(
        "import {\n  b as own, c,\n} from './b.js';\nimport { d } from './d.js';\nexport const a = own + c + d;\n"
    )
    (tmp_path / "b.js").write_text(
        "import { d } from './d.js';\nexport function b() {}\nexport async function c() { return d; }\n"
    )
    (tmp_path / "d.js").write_text("export class D {}\nexport const d = 1;\nexport { e as f } from './e.js';\n")
    (tmp_path / "e.js").write_text("export const e = '</script><!-- <script>';\n")
    script = bundle(tmp_path / "a.js")
    assert [line for line in script.splitlines() if line.startswith("const {")] == [
        "const { d } = module1;",
        "const { b: own, c } = module2;",
        "const { d } = module1;",
    ]
    assert "return { f: module0.e, D, d };" in script and "return { b, c };" in script
    assert "</script" not in inline(script) and "<!--" not in inline(script) and "\\x3c/script>" in inline(script)


@pytest.mark.parametrize(
    "line",
    [
        "import a from './b.js';",
        "import * as all from './b.js';",
        "import { a } from 'elsewhere';",
        "export default 1;",
        "export let a = 1;",
        "export { a };",
        "const later = () => import('./b.js');",
        "import { a } from './c.js';",
    ],
)
def test_what_a_bundle_cannot_hold_is_refused(tmp_path, line):
    (tmp_path / "a.js").write_text(f"{line}\n")
    (tmp_path / "b.js").write_text("export const a = 1;\n")
    (tmp_path / "c.js").write_text("import { a } from './a.js';\n")
    with pytest.raises(ValueError, match=r"cannot be bundled|imports itself"):
        bundle(tmp_path / "a.js")
