"""A sweep taken home, in a real Chromium: trained in the app, opened from a disk without a connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.test_history_page import settled
from tests.browser.test_sweep import Swept, toy_app  # noqa: F401

DRAWN = "(place) => document.querySelectorAll('.figure canvas')[place].toDataURL()"
TIP = """() => [...document.querySelectorAll('.plot div')].some(
    ({ style, textContent }) => style.whiteSpace === 'pre-line' && style.display === 'block' && /[0-9]/.test(textContent))"""


def pointed(page: Any, box: dict[str, float], x: float, y: float) -> bool:
    """Whether something is told of what lies at a place of a box (0 to 1)."""
    page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    return page.evaluate(TIP)


def test_a_trained_sweep_is_taken_home_and_glides_without_a_connection(chromium: Any, toy_app: Any, tmp_path: Path) -> None:  # noqa: F811
    lab = Swept(chromium, f"{toy_app.url}/descent?lang=en&noise=off", accept_downloads=True)
    lab.train(name="rate", low="0.01", high="1", steps=30)
    page = lab.page
    page.get_by_role("button", name="Take it home").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("dialog").get_by_role("button", name="Sweep (HTML)").click()
    assert download.value.suggested_filename == "descent-sweep-rate.html"
    file = tmp_path / "sweep.html"
    download.value.save_as(file)
    lab.context.close()
    assert lab.errors == [] and file.stat().st_size < 8_000_000

    context = chromium.new_context(offline=True, viewport={"width": 1366, "height": 768}, color_scheme="light")
    alone = context.new_page()
    said: list[str] = []
    alone.on("console", lambda message: said.append(message.text))
    alone.on("pageerror", lambda error: said.append(str(error)))
    alone.on("request", lambda r: said.append(r.url) if not r.url.startswith((file.as_uri(), "blob:")) else None)
    alone.goto(file.as_uri())
    settled(alone)
    arms = alone.locator(".history-arms input")
    names, pictures = [], set()
    for place in range(4):
        arms.fill(str(place))
        settled(alone)
        names.append(alone.locator(".history-arms .scrub-text").inner_text())
        pictures.add(alone.evaluate(DRAWN, 0))
    assert names[0] == "η = 0.01" and names[3] == "η = 1" and len(pictures) == 4
    arms.evaluate("(node) => { node.value = 1.5; node.dispatchEvent(new Event('input')); }")
    settled(alone)
    assert alone.evaluate(DRAWN, 0) not in pictures and "between" in alone.locator(".history-arms .scrub-text").inner_text()

    quantity = alone.get_by_label("Quantity")
    theory = alone.evaluate("() => historyPage.against.summary.figure.state.xaxis !== undefined")
    assert theory and quantity.evaluate("(list) => list.selectedOptions[0].textContent") == "The bottom is reached."
    marks = set()
    for place in (0, 2.5, 3):
        alone.evaluate("(at) => historyPage.take(at)", place)
        settled(alone)
        alone.wait_for_timeout(100)
        marks.add(alone.locator(".glide-cursor").evaluate("(node) => node.style.transform"))
    assert len(marks) == 3, "the mark does not follow the slider"
    curve = alone.locator(".glide-curve canvas")
    before = curve.evaluate("(canvas) => canvas.toDataURL()")
    quantity.select_option(label="squared distance from the bottom")
    settled(alone)
    assert curve.evaluate("(canvas) => canvas.toDataURL()") != before
    alone.get_by_role("button", name="Dark", exact=True).click()
    settled(alone)
    assert curve.evaluate("(canvas) => canvas.getContext('2d').getImageData(1, 1, 1, 1).data[0]") < 60
    box = alone.locator(".glide-curve").bounding_box()
    spots = ((0.1 + 0.85 * x / 30, 0.05 + 0.9 * y / 15) for x in range(31) for y in range(16))
    found = any(pointed(alone, box, *spot) for spot in spots)
    assert found, "nothing is told of the point under the pointer"
    box = alone.locator(".glide-curve").bounding_box()
    alone.mouse.click(box["x"] + box["width"] - 30, box["y"] + box["height"] * 0.4)
    assert alone.evaluate("() => historyPage.armAt") == 3
    alone.set_viewport_size({"width": 390, "height": 844})
    settled(alone)
    assert alone.evaluate("() => document.documentElement.scrollWidth") == 390
    assert said == []
    context.close()
