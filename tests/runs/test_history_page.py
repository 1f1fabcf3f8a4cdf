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

from engine.cli import commands as cli
from engine.core import wire
from engine.core.language import KIT, catalogue
from engine.core.params import BadValue
from engine.core.picture import Style
from engine.core.score import marks
from engine.core.session import Session
from engine.core.topic import Timeline
from engine.plot.packing import encode
from engine.runs import files as runfiles
from engine.runs.browser_bundle import bundle, inline
from engine.runs.history import History
from engine.runs.history_page import LAB, WORDS, history_page, spread, thin
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


def contents(text: str):
    page = Page(text)
    return json.loads(page.scripts["page"]), json.loads(page.scripts["pictures"])


def test_every_kept_step_is_in_it_with_every_view_in_both_themes_as_the_views_draw_it(made):
    topic, history, score = made
    page, pictures = contents(history_page(topic, history, score, Style("dark")))
    assert page["steps"] == history.steps and len(history) == 9
    assert [view["name"] for view in page["views"]] == list(pictures) == [view.name for view in topic.views]
    for view in topic.views:
        for frame, packed in zip(history.frames, pictures[view.name], strict=True):
            params = topic.params.build(frame.settings)
            line = Timeline(frame, params, history.scalars(frame.step), marks(topic, score.changes), 5)
            figures = {theme: view.draw(line, Style(theme)) for theme in ("light", "dark")}
            assert zlib.decompress(base64.b64decode(packed)) == encode({}, figures)
    # What tells the steps apart is really told: the rate was changed at step 3, and the distance falls.
    assert page["marks"] == [3] and page["seed"] == 5 and page["theme"] == "dark" and page["thinned"] == ""
    assert [settings["rate"] for settings in page["settings"]] == ["0.1"] * 3 + ["0.25"] * 6
    place = [output["name"] for output in page["outputs"]].index("distance")
    assert [row[place] for row in page["scalars"]] == [frame.scalars["distance"] for frame in history.frames]


def test_it_opens_without_any_request_and_runs_no_script_but_its_own(made):
    page = Page(history_page(*made))
    assert page.fetched == []
    assert page.policy.startswith("default-src 'none'; script-src 'sha256-") and "http" not in page.policy
    assert set(page.scripts) == {"page", "pictures", "module"}
    assert "fetch(" not in page.scripts["module"].replace("sheet ||= fetch(", "")  # the app's own style sheet, never asked for


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
    assert page["steps"][0] == 0 and page["steps"][-1] == 8 and 2 < len(page["steps"]) <= 5
    assert sum(len(packed) for some in pictures.values() for packed in some) <= size // 2
    assert page["thinned"].startswith(f"{len(page['steps'])} of 9 kept steps")
    assert all(len(some) == len(page["steps"]) == len(page["settings"]) == len(page["scalars"]) for some in pictures.values())


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
    cli.page(tmp_path, tmp_path / "page.html", "en", "cpu")
    page, pictures = contents((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert (page, pictures) == contents(history_page(topic, history, score))
    with pytest.raises(BadValue, match=r"en, zh"):
        cli.page(tmp_path, tmp_path / "page.html", "fr", "cpu")
    with pytest.raises(BadValue, match=r"--out .* a file that can be written"):
        cli.page(tmp_path, tmp_path, "en", "cpu")


# ---- modules as one script


def test_a_bundle_has_every_module_once_and_no_import_left(tmp_path):
    script = bundle(LAB / "history" / "page.js")
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
