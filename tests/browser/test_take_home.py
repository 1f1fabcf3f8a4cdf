"""Files to take home, in a real Chromium: the buttons that give them, and what is in them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow.parquet
from PIL import Image
from safetensors.numpy import load

from engine.core import registry
from engine.core.session import Session
from engine.runs import files as runfiles
from tests.bench.server import open_page, until, wait_live
from tests.browser.test_history_page import settled

SLUG = next(iter(registry.topics()))


def test_the_page_gives_a_run_as_files(server: Any, chromium: Any, tmp_path: Path) -> None:
    topic = registry.find(SLUG)
    page = open_page(chromium, f"{server.url}/{SLUG}?seed=3", accept_downloads=True)
    wait_live(page)
    for step in range(1, 5):
        page.keyboard.press("ArrowRight")
        until(page, "(step) => latentLab.lastStatus.step === step", arg=step)
    page.get_by_role("button", name="Take it home").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The run up to step 4, with seed 3.").wait_for()
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
    until(page, "() => latentLab.lastStatus.twins && latentLab.lastStatus.state === 'paused'")
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
