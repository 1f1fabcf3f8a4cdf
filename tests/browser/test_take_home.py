"""Files to take home, in a real Chromium: figures as SVG, the whole run as one page, and the buttons that give them."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image
from safetensors.numpy import load

from engine.cli.chapters import Runs
from engine.cli.page import part
from engine.core import registry
from engine.core.language import translator
from engine.core.picture import Style
from engine.core.score import marks
from engine.core.session import Session
from engine.core.topic import Timeline
from engine.plot.packing import encode
from engine.runs import files as runfiles
from engine.runs.history import History
from engine.runs.history_page import history_page, parts_page
from pages.kit.live.stage.recording import recorded
from tests.bench.server import ROOT, open_page, wait_live

SLUG = next(iter(registry.topics()))
LAB = ROOT / "assets" / "lab"
RENDERER = [file for file in sorted((LAB / "figure").rglob("*.js")) if file.stem not in ("svg", "pointer")]

# The figure on the page as an SVG: whether it is well-formed, its texts, and how far it is from the canvas when drawn again.
AS_SVG = """async () => {
  const { toSvg } = await import('./lab/figure/svg.js');
  const text = toSvg(figure, { title: 'a < b & "c"', ground: '#ffffff' });
  const xml = new DOMParser().parseFromString(text, 'image/svg+xml');
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  await image.decode();
  const canvas = box.querySelector('canvas');
  const again = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
  const ctx = again.getContext('2d');
  ctx.drawImage(image, 0, 0, canvas.width, canvas.height);
  const [one, two] = [canvas.getContext('2d'), ctx].map((c) => c.getImageData(0, 0, canvas.width, canvas.height).data);
  let [sum, far] = [0, 0];
  for (let i = 0; i < one.length; i += 4) {
    const gap = Math.max(...[0, 1, 2].map((k) => Math.abs(one[i + k] - two[i + k])));
    sum += gap;
    if (gap > 96) far += 1;
  }
  return {
    broken: xml.querySelector('parsererror')?.textContent ?? null, title: xml.querySelector('title')?.textContent,
    texts: [...xml.querySelectorAll('text')].map((t) => t.textContent), size: [image.width, image.height],
    fonts: [...xml.querySelectorAll('text')].every((t) => t.getAttribute('font-family') && t.getAttribute('font-size')),
    tags: [...new Set([...xml.querySelectorAll('*')].map((e) => e.tagName))], outside: /href="(?!data:image\\/png)/.test(text),
    mean: sum / (one.length / 4), far: far / (one.length / 4), bytes: text.length,
  };
}"""


def as_svg(page: Any, spec: dict[str, Any], theme: str = "light") -> dict[str, Any]:
    page.evaluate("([spec, theme]) => draw(spec, { theme })", [spec, theme])
    told = page.evaluate(AS_SVG)
    assert told["broken"] is None and not told["outside"] and told["title"] == 'a < b & "c"' and told["size"] == [800, 500]
    return told


def test_an_svg_has_the_texts_as_text_the_shapes_as_shapes_and_looks_like_the_canvas(sheet: Any) -> None:
    spec = {
        "data": [
            {"type": "heatmap", "z": [[0, 1, 2], [3, 4, 5]], "x": [0, 1, 2], "y": [0, 1], "colorbar": {"title": {"text": "heat"}}},
            {"type": "scatter", "mode": "lines+markers", "x": [0, 1, 2], "y": [0, 1, 0.5], "name": "a < b & c", "fill": "tozeroy",
             "line": {"dash": "dash", "color": "rgba(200,30,30,0.7)"}, "error_y": {"array": [0.1, 0.2, 0.1]}},
            {"type": "bar", "x": [0, 1, 2], "y": [0.3, 0.4, 0.2], "text": ["p", "q", "r"], "opacity": 0.6, "name": "bars"},
        ],
        "layout": {
            "showlegend": True,
            "title": {"text": "One <b>bold</b> &amp; x<sub>1</sub>"},
            "xaxis": {"title": {"text": "time \u0007(s)"}},
            "yaxis": {"title": {"text": "value y"}},
            "shapes": [{"type": "circle", "x0": 0.5, "x1": 1.5, "y0": 0.2, "y1": 0.8}, {"type": "line", "x0": 1, "x1": 1, "y0": 0, "y1": 1}],
            "annotations": [{"x": 1, "y": 0.9, "text": "here", "showarrow": True, "ax": 30, "ay": -30, "bgcolor": "#ffe"}],
        },
    }  # fmt: skip
    told = as_svg(sheet, spec)
    assert {"time (s)", "value y", "One ", "bold", " & x", "1", "heat", "here", "a < b & c", "q"} <= set(told["texts"])
    assert "0.5" in told["texts"] and told["fonts"]
    assert {"path", "rect", "text", "image", "clipPath", "linearGradient"} <= set(told["tags"])
    assert told["mean"] < 2 and told["far"] < 0.004, told


def test_a_cloud_is_shapes_up_to_a_point_and_an_image_beyond(sheet: Any) -> None:
    for count, tag in ((3000, "path"), (30_000, "image")):
        sheet.evaluate("(n) => draw({ data: [{ ...cloud(n), marker: { size: 4 } }], layout: {} })", count)
        told = sheet.evaluate(AS_SVG)
        assert told["broken"] is None and (("image" in told["tags"]) == (tag == "image"))
        assert told["mean"] < 6, told


def test_a_dark_figure_stands_on_its_own_ground(sheet: Any) -> None:
    spec = {
        "data": [{"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1]}],
        "layout": {"xaxis": {"title": {"text": "x"}}},
    }
    assert as_svg(sheet, spec, "dark")["mean"] < 1
    sheet.evaluate("(spec) => draw(spec, { theme: 'dark' })", {**spec, "layout": {"paper_bgcolor": "rgba(0,0,0,0)"}})
    text = sheet.evaluate("async () => (await import('./lab/figure/svg.js')).toSvg(figure, { ground: '#14171d' })")
    assert re.search(r'<rect x="0" y="0" width="800" height="500" fill="#14171d"/>', text)


@pytest.mark.parametrize("slug", sorted(registry.topics()))
def test_every_view_of_a_topic_can_be_saved_as_svg(sheet: Any, slug: str) -> None:
    topic, frame = registry.find(slug), recorded(slug)
    if frame is None:
        pytest.skip(f"{slug} has no recorded run")
    line = Timeline(frame, topic.params.build(frame.settings))
    for view in topic.views_for(line.params):
        packed = encode({}, {"one": view.draw(line, Style("light"))})
        sheet.evaluate(
            """async (text) => {
              const { header, arrays } = decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
              await draw(resolve(header.figures.one, arrays), { theme: 'light' });
            }""",
            base64.b64encode(packed).decode(),
        )
        told = sheet.evaluate(AS_SVG)
        assert told["broken"] is None and told["fonts"] and told["texts"], view.name
        assert told["mean"] < 4 and told["far"] < 0.03 and told["bytes"] < 6e6, (view.name, told)


def test_the_recorder_knows_every_word_of_the_renderer() -> None:
    words = {word for file in RENDERER for word in re.findall(r"\bctx\.(\w+)", file.read_text(encoding="utf-8"))}
    known = (LAB / "figure" / "svg.js").read_text(encoding="utf-8")
    own = {"createImageData", "putImageData", "getImageData", "clearRect", "setTransform"}  # on surfaces of the renderer's own
    missing = [word for word in words - own if not re.search(rf"\b{word}\b\s*[(:=]", known)]
    assert len(words) > 25 and missing == []


# ---- the whole run in one page


@pytest.fixture(scope="module")
def run() -> tuple[Any, History, Any]:
    topic = registry.find(SLUG)
    session, history = Session(topic, topic.params(), 4, "cpu"), History()
    hot = next(c for c in topic.params.controls().values() if c.kind == "hot" and c.type == "number")
    history.add(session.look())
    for index in range(9):
        if index == 5:
            session.set(**{hot.name: hot.high})
            history.add(session.look())
        history.add(session.advance(steps=3))
    return topic, history, session.score


@pytest.fixture
def opened(chromium: Any, run: Any, tmp_path: Path) -> Any:
    """Opens a page of the run from a file; checks at the end that nothing was asked for and nothing complained."""
    topic, history, score = run
    said: list[str] = []
    pages = []

    def open_(language: str = "en", theme: str = "light", **more: Any) -> Any:
        file = tmp_path / "history.html"
        look = Style("dark" if theme == "dark" else "light", language, translator(language, topic.slug))
        file.write_text(history_page(topic, history, score, look, **more), encoding="utf-8")
        page = chromium.new_page(viewport={"width": 1200, "height": 800}, accept_downloads=True)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request", lambda request: said.append(request.url) if not request.url.startswith((file.as_uri(), "blob:")) else 0
        )
        page.goto(file.as_uri())
        settled(page)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert said == []


def settled(page: Any) -> None:
    """Until the frame that was asked for is on every open figure's canvas."""
    page.wait_for_function("() => !historyPage.busy && historyPage.shown === historyPage.place")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def slide(page: Any, place: int) -> None:
    page.locator("input.scrub").fill(str(place))
    settled(page)


CANVAS = "(view) => document.querySelector(`[data-view='${view}'] canvas`).toDataURL()"


def test_scrubbing_shows_each_step_with_its_pictures_and_numbers(opened: Any, run: Any) -> None:
    topic, history, score = run
    page = opened()
    seen = set()
    names = [view.name for view in topic.views_for(topic.params())][:2]
    for place, frame in enumerate(history.frames):
        slide(page, place)
        assert page.locator(".scrub-text").inner_text() == f"step {frame.step}"
        params = topic.params.build(frame.settings)
        line = Timeline(frame, params, history.scalars(frame.step), marks(topic, score.changes), score.seed)
        for name in names:
            alt = topic.view(name).draw(line, Style("light")).meta["alt"]
            assert page.locator(f"[data-view='{name}'] .plot").get_attribute("aria-label") == alt
        seen.add(page.evaluate(CANVAS, names[0]))
    assert len(seen) == len(history), "two steps show the same picture"
    changed = page.locator("tr.changed")
    assert changed.count() >= 1
    slide(page, 0)
    assert changed.count() == 0
    assert [int(mark.get_attribute("data-step")) for mark in page.locator(".marks i").all()] == list(
        marks(topic, score.changes)
    )
    assert page.locator(".marks i").first.evaluate("(i) => parseFloat(i.style.left)") == pytest.approx(100 * 5 / 9, abs=0.1)


def test_arrow_keys_home_end_and_play(opened: Any, run: Any) -> None:
    last = len(run[1]) - 1
    page = opened()
    where = "() => historyPage.place"
    for key, place in (("ArrowLeft", last - 1), ("Home", 0), ("ArrowRight", 1), ("End", last), ("ArrowRight", last)):
        page.keyboard.press(key)
        assert page.evaluate(where) == place
    page.locator("input.scrub").focus()
    page.keyboard.press("ArrowLeft")  # one step, not one by the slider and one by the page
    assert page.evaluate(where) == last - 1
    page.keyboard.press("End")
    page.keyboard.press("Space")  # from the end it begins again
    page.wait_for_function("() => historyPage.place > 0 && historyPage.place < 5")
    assert page.get_by_role("button", name="Pause").count() == 1
    page.wait_for_function(f"() => historyPage.place === {last} && !historyPage.timer")
    assert page.get_by_role("button", name="Play").count() == 1


def test_views_are_chosen_and_both_themes_are_inside(opened: Any, run: Any) -> None:
    topic = run[0]
    page = opened(theme="dark")
    dark = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    titles = [view.title for view in topic.views_for(topic.params())]
    assert page.locator("section.figure .figure-title").all_inner_texts() == titles[:2]
    first = topic.views[0].name
    before = page.evaluate(CANVAS, first)
    page.get_by_role("button", name="Light", exact=True).click()
    settled(page)
    assert page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)" != dark
    assert page.evaluate(CANVAS, first) != before
    page.get_by_label(titles[2], exact=True).check()
    page.get_by_label(titles[0], exact=True).uncheck()
    settled(page)
    assert page.locator("section.figure .figure-title").all_inner_texts() == titles[1:3]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save SVG").first.click()
    assert download.value.suggested_filename == f"{topic.slug}-{topic.views[1].name}-step{run[1].steps[-1]}.svg"
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("<?xml")


def test_the_page_in_chinese_and_thinned(opened: Any, run: Any) -> None:
    page = opened("zh", views=[run[0].views[0].name], most=4)
    assert page.evaluate("() => document.documentElement.lang") == "zh"
    text = page.locator("main").inner_text()
    assert "参数" in text and "第 27 步" in text and f"保留的 {len(run[1])} 步中均匀选取了 4 步" in text
    assert not re.search(r"\b(step|Parameters|Numbers|Dark|Seed)\b", text)
    slide(page, 0)
    assert page.locator(".scrub-text").inner_text() == "第 0 步"


@pytest.fixture(scope="module")
def story() -> Any:
    """A chapter of one run, one of twins and one of a sweep, played short: the topic, its parts, and what the first says."""
    topic = registry.find("exposure-bias")
    kinds = {"twins": lambda c: c.compare is not None, "sweep": lambda c: c.sweep is not None, "run": lambda c: True}
    chapters = [next(c for c in topic.chapters if fits(c)) for fits in kinds.values()]
    runs, look = Runs(topic), Style("light", "en", translator("en", topic.slug))
    return topic, [part(topic, runs.play(replace(chapter, steps=12)), look) for chapter in chapters], look


def test_chapters_in_one_file_are_gone_through_by_keys_with_twins_and_arms(chromium: Any, story: Any, tmp_path: Path) -> None:
    topic, parts, look = story
    file = tmp_path / "chapters.html"
    file.write_text(parts_page(topic, parts, look), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1366, "height": 768}, color_scheme="light")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith((file.as_uri(), "blob:")) else 0)
    page.goto(file.as_uri())
    settled(page)
    drawn = "(place) => document.querySelectorAll('.figure canvas')[place].toDataURL()"
    assert page.locator(".stage.two .plot").count() == 2 * len(parts[0].views)
    assert page.locator(".history-twins span").all_inner_texts() == [
        f"{letter} · {arm.name}" for letter, arm in zip("AB", parts[0].arms, strict=True)
    ]
    assert page.evaluate(drawn, 0) != page.evaluate(drawn, 1)
    assert page.get_by_role("button", name="Previous").is_disabled()
    page.keyboard.press("]")
    settled(page)
    title = re.sub(r"<math.*?</math>", "", parts[1].told.title)
    assert page.locator("h2").inner_text().startswith(title[:12]) and page.locator(".stage.two").count() == 0
    seen = set()
    arms = page.get_by_label("Runs of this chapter")
    for place, arm in enumerate(parts[1].arms):
        arms.fill(str(place))
        settled(page)
        assert page.locator(".history-arms .scrub-text").inner_text() == arm.name
        seen.add(page.evaluate("() => [...document.querySelectorAll('.figure canvas')].map((c) => c.toDataURL()).join()"))
    held = "() => new Set(historyPage.pictures[1].map((arm) => Object.values(arm).map((views) => views.at(-1)).join())).size"
    assert len(seen) == page.evaluate(held)
    arms.focus()
    page.keyboard.press("ArrowLeft")  # the slider's own key: another arm, the same step
    settled(page)
    assert page.evaluate("() => [historyPage.armPlace, historyPage.step]") == [len(parts[1].arms) - 2, 12]
    page.get_by_role("button", name="Next").click()
    settled(page)
    fold = page.locator(".verdicts")
    assert not fold.locator("td").first.is_visible()
    fold.locator("summary").click()
    assert fold.locator("tbody tr").count() == len(parts[2].told.verdicts) and fold.locator("td").first.is_visible()
    assert page.evaluate("() => [...document.querySelectorAll('math')].every((m) => m.getBoundingClientRect().height > 8)")
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.keyboard.press("[")
    assert page.evaluate("() => historyPage.number") == 1
    assert said == []
    page.close()


# ---- on the page


def test_the_page_gives_a_run_as_files(server: Any, chromium: Any, tmp_path: Path) -> None:
    topic = registry.find(SLUG)
    page = open_page(chromium, f"{server.url}/{SLUG}?seed=3", accept_downloads=True)
    wait_live(page)
    for step in range(1, 5):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("(step) => latentLab.lastStatus.step === step", arg=step, timeout=30_000)
    page.get_by_role("button", name="Take it home").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The run up to step 4, with seed 3.").wait_for(timeout=15_000)
    files = {}
    for name in ("Curves (CSV)", "Curves (Parquet)", "Last arrays", "Weights", "Code (ZIP)", "History (HTML)"):
        with page.expect_download(timeout=60_000) as download:
            dialog.get_by_role("button", name=name).click()
        files[download.value.suggested_filename] = Path(download.value.path()).read_bytes()
    page.route("**/lab/file", lambda route: route.abort())
    dialog.get_by_role("button", name="Code (ZIP)").click()
    dialog.get_by_role("alert").filter(has_text="The file did not arrive.").wait_for()
    stem = f"{SLUG}-seed3-step4"
    endings = (".csv", ".parquet", "-arrays.safetensors", "-weights.safetensors", ".zip", "-history.html")
    assert list(files) == [stem + ending for ending in endings]
    rows = list(csv.DictReader(io.StringIO(files[f"{stem}.csv"].decode())))
    assert [int(row["step"]) for row in rows] == [0, 1, 2, 3, 4]
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(files[f"{stem}.parquet"]))
    assert table["step"].to_pylist() == [0, 1, 2, 3, 4] and table.column_names == list(rows[0])
    session = Session(topic, topic.params(), 3, "cpu")
    frame = session.advance(steps=4)
    arrays = load(files[f"{stem}-arrays.safetensors"])
    assert runfiles.compare_arrays(frame, arrays) is None
    learned, own = load(files[f"{stem}-weights.safetensors"]), session.weights()
    assert learned.keys() == own.keys() and all(np.array_equal(learned[name], own[name]) for name in own)
    with zipfile.ZipFile(io.BytesIO(files[f"{stem}.zip"])) as packed:
        compile(packed.read("main.py"), "main.py", "exec")
        assert json.loads(packed.read("notebook.ipynb"))["nbformat"] == 4
    target = tmp_path / "history.html"
    target.write_bytes(files[f"{stem}-history.html"])
    offline = chromium.new_page()
    offline.goto(target.as_uri())
    settled(offline)
    assert offline.evaluate("() => historyPage.arm.steps") == [0, 1, 2, 3, 4]
    offline.close()
    page.context.close()


def test_a_figure_is_saved_from_its_menu_and_of_a_comparison_both_arms(server: Any, chromium: Any) -> None:
    page = open_page(chromium, f"{server.url}/{SLUG}", accept_downloads=True)
    wait_live(page)
    page.get_by_role("button", name="More for this figure").first.click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Save SVG").first.click()
    assert re.fullmatch(rf"{SLUG}-[a-z]+-step0\.svg", download.value.suggested_filename)
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.startswith("<?xml") and "<text" in text and "<title>" in text

    page.locator(".lab-player button.compare").click()
    both = page.locator(".figure:has(.plot.second)").first
    both.wait_for()
    page.wait_for_function("() => latentLab.lastStatus.twins && latentLab.lastStatus.state === 'paused'")
    files = {}
    for kind in ("SVG", "PNG"):
        both.locator(".more").click()
        with page.expect_download() as download:
            both.get_by_role("menuitem", name=f"Save {kind}").click()
        files[kind] = Path(download.value.path()).read_bytes()
    drawing = ElementTree.fromstring(files["SVG"])
    arms = [element.text for element in drawing if element.tag.endswith("}text")]
    assert arms == both.locator(".arm-name").all_inner_texts() == ["A", "B"]  # nothing differs yet
    parts = [part for part in drawing if part.tag.endswith("}svg")]
    names = [element.get("id") for element in drawing.iter() if element.get("id")]
    assert len(parts) == 2 and all(len(part) > 3 for part in parts) and len(names) == len(set(names))
    assert float(drawing.get("width") or 0) == sum(float(part.get("width") or 0) for part in parts)
    size = both.locator(".plot").nth(0).bounding_box()
    with Image.open(io.BytesIO(files["PNG"])) as picture:
        assert picture.width > 1.9 * size["width"] and picture.height < 1.2 * size["height"]
    page.context.close()


def test_a_figure_opens_as_plotly_from_one_file_without_a_connection(server: Any, chromium: Any, tmp_path: Path) -> None:
    page = open_page(chromium, f"{server.url}/{SLUG}", accept_downloads=True, color_scheme="dark")
    wait_live(page)
    page.get_by_role("button", name="More for this figure").first.click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Open as Plotly").first.click()
    name = download.value.suggested_filename
    assert re.fullmatch(rf"{SLUG}-[a-z]+-step0-plotly\.html", name)
    file = tmp_path / "figure.html"
    download.value.save_as(file)
    traces = page.evaluate(
        "(name) => Object.values(latentLab.figures).find((figure) => name === `${figure.fileName}-plotly.html`).picture.data.length",
        name,
    )
    page.context.close()

    context = chromium.new_context(offline=True)
    alone = context.new_page()
    asked: list[str] = []
    alone.on(
        "request", lambda request: asked.append(request.url) if not request.url.startswith(("file:", "blob:", "data:")) else 0
    )
    alone.goto(file.as_uri())
    alone.wait_for_selector(".js-plotly-plot .main-svg")
    assert alone.evaluate("document.querySelector('.js-plotly-plot').data.length") == traces > 0
    assert alone.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 29)"  # Style's dark ground
    assert asked == []
    context.close()
