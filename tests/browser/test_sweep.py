"""A sweep in a real Chromium: chosen, trained, glided through without the server, compared with theory, translated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import TimeoutError

from engine.core import registry, wire
from tests import toy
from tests.bench.server import App, app, until, wait_drawn, wait_live

SLUGS = list(registry.topics())
CANVAS = """() => {
  const c = latentLab.glide.plot.querySelector('canvas');
  const words = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
  let hash = 0;
  for (const w of words) hash = (hash * 31 + w) | 0;
  return hash;
}"""
RANGES = "() => JSON.stringify(Object.entries(latentLab.glide.figure.state).map(([name, a]) => [name, a.range]))"
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))"


@pytest.fixture(scope="module")
def toy_app(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with the toy topic alone: its models are trained in a moment."""
    repository = toy.copy(tmp_path_factory.mktemp("swept"))
    toy.add_descent(repository)
    toy.add_descent_page(repository, 'hero=("distance",), tabs={"Place": ("place",)}')
    with app(repository) as running:
        yield running


class Swept:
    """A page whose fold is open, and what it said and heard of its sweep."""

    def __init__(self, chromium: Any, url: str, *, home: Any = None, **context: Any) -> None:
        self.context = home or chromium.new_context(viewport={"width": 1366, "height": 768}, **context)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.received = 0
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("websocket", self._listen)
        self.page.goto(url)
        wait_live(self.page)
        wait_drawn(self.page)
        self.fold().click()
        self.page.wait_for_selector(".glide-train:enabled")
        until(self.page, "() => latentLab.sweepStatus")

    def _listen(self, socket: Any) -> None:
        if urlsplit(socket.url).path == "/lab/stream":
            socket.on("framesent", lambda data: self._sent(json.loads(data)))
            socket.on("framereceived", self._received)

    def _received(self, data: str | bytes) -> None:
        message = json.loads(data) if isinstance(data, str) else wire.unpack(data)[0]
        self.received += message["type"] in ("sweep", "figures", "file")

    def _sent(self, message: dict[str, Any]) -> None:
        if message.get("to") == "sweep":
            self.sent.append(message)

    def fold(self) -> Any:
        return self.page.locator("summary").filter(has_text="Sweep").or_(self.page.locator("summary").filter(has_text="扫描"))

    def train(self, *, name: str = "", count: int = 4, steps: int = 30, low: str = "", high: str = "") -> dict[str, Any]:
        page = self.page
        before = page.evaluate("() => latentLab.sweepStatus.sweep")
        if name:
            page.select_option("#sweep-name", name)
        for field, value in (("low", low), ("high", high), ("count", str(count)), ("steps", str(steps))):
            if value and page.locator(f"#sweep-{field}").is_visible():
                page.fill(f"#sweep-{field}", value)
        page.click(".glide-train")
        self.until(f"latentLab.sweepStatus.sweep > {before}")
        self.until("!['waiting', 'training'].includes(latentLab.sweepStatus.state)", 120_000)
        assert page.evaluate("() => latentLab.sweepStatus.state") == "done"
        self.until("latentLab.glide.figures.some(Boolean)")
        page.wait_for_timeout(700)  # the last pictures
        return page.evaluate("() => latentLab.sweepStatus")

    def until(self, condition: str, timeout: int = 30_000) -> None:
        """Until a JavaScript expression holds; if it never does, all that is known of the line is told."""
        try:
            until(self.page, f"() => {condition}", timeout=timeout)
        except TimeoutError:
            known = self.page.evaluate("() => JSON.stringify([latentLab.sweepStatus, latentLab.lastStatus])")
            pytest.fail(f"not {condition}: {known}; sent {self.sent}, received {self.received}; {self.errors}")

    def begin(self) -> None:
        """Back to where a page stands after training: the first model, first view and number, free to glide."""
        page = self.page
        page.evaluate("() => latentLab.glide.stop()")
        page.locator("#sweep-snap").set_checked(False)
        for choice in ("#sweep-view", "#sweep-scalar"):
            if page.locator(choice).evaluate("(list) => list.selectedIndex"):
                page.select_option(choice, index=0)
                page.wait_for_timeout(500)  # its pictures
        self.press("Home")

    def value(self) -> str:
        self.page.evaluate(SETTLED)
        return self.page.locator(".glide-value").inner_text()

    def canvas(self) -> int:
        self.page.evaluate(SETTLED)
        return self.page.evaluate(CANVAS)

    def press(self, key: str, times: int = 1) -> None:
        self.page.locator(".glide-range").focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def index(self) -> float:
        return self.page.evaluate("() => latentLab.glide.track.index")


@pytest.fixture
def swept(chromium: Any, toy_app: App) -> Iterator[Any]:
    pages: list[Swept] = []

    def open_page(**context: Any) -> Swept:
        language = "zh" if context.get("locale") == "zh-CN" else "en"
        pages.append(Swept(chromium, f"{toy_app.url}/descent?lang={language}", **context))
        return pages[-1]

    yield open_page
    for one in pages:
        errors = one.errors
        one.context.close()
        assert errors == []


@pytest.fixture(scope="module")
def trained(chromium: Any, toy_app: App) -> Iterator[Swept]:
    """One page with four models of different rates, for all tests that only look at them; `lab` brings it back to its start."""
    lab = Swept(chromium, f"{toy_app.url}/descent?lang=en")
    lab.train(name="rate", low="0.01", high="1")
    yield lab
    lab.context.close()


@pytest.fixture
def lab(trained: Swept) -> Iterator[Swept]:
    trained.begin()
    yield trained
    assert trained.errors == []


def test_gliding_asks_nothing_of_the_server_and_every_position_has_its_own_picture(lab: Swept) -> None:
    sent, received = len(lab.sent), lab.received
    assert lab.value() == "η = 0.01"
    pictures = [lab.canvas()]
    for _ in range(15):
        lab.press("ArrowRight")
        pictures.append(lab.canvas())
    assert len(set(pictures)) == len(pictures)
    assert lab.index() == pytest.approx(1.5)
    assert lab.value().startswith("between η = ")
    lab.press("PageDown")
    assert lab.index() == 1
    assert lab.canvas() == pictures[10], "the way back shows the same picture"
    lab.press("End")
    assert lab.value() == "η = 1"
    lab.press("Home")
    assert lab.canvas() == pictures[0]
    assert (len(lab.sent), lab.received) == (sent, received)


def test_between_two_models_numbers_are_blended(lab: Swept) -> None:
    lab.page.select_option("#sweep-view", "place")
    until(lab.page, "() => latentLab.glide.view === 'place'")
    y = """(at) => { const g = latentLab.glide; g.show(at); const k = Math.min(Math.floor(at), g.figures.length - 2);
        return Array.from((at === Math.round(at) ? g.figures[at] : g.way(k)(at - k)).data[0].y); }"""
    one, two, between = (lab.page.evaluate(y, at) for at in (1, 2, 1.25))
    assert one != two
    assert between == pytest.approx([0.75 * a + 0.25 * b for a, b in zip(one, two, strict=True)])


def test_axes_stand_still_on_the_way_and_a_zoom_is_kept(lab: Swept) -> None:
    lab.page.evaluate(SETTLED)
    ranges = set()
    for _ in range(12):
        lab.press("ArrowRight", 3)
        lab.page.evaluate(SETTLED)
        ranges.add(lab.page.evaluate(RANGES))
    assert len(ranges) == 1
    lab.page.locator(".glide-plot").focus()
    lab.page.keyboard.press("+")
    lab.page.evaluate(SETTLED)
    zoomed = lab.page.evaluate(RANGES)
    assert zoomed not in ranges
    lab.press("Home")
    lab.page.evaluate(SETTLED)
    assert lab.page.evaluate(RANGES) == zoomed
    lab.page.locator(".glide-plot").focus()
    lab.page.keyboard.press("0")
    lab.page.evaluate(SETTLED)
    assert {lab.page.evaluate(RANGES)} == ranges


def test_the_pointer_drags_through_the_models(lab: Swept) -> None:
    track = lab.page.locator(".glide-range")
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    y = box["y"] + box["height"] / 2
    lab.page.mouse.move(box["x"] + 15, y)
    lab.page.mouse.down()
    seen = []
    for i in range(8):
        lab.page.mouse.move(box["x"] + 15 + (box["width"] - 30) * i / 7, y)
        seen.append(lab.index())
    lab.page.mouse.up()
    assert seen == sorted(seen) and len(set(seen)) == 8
    assert lab.index() == pytest.approx(3)


def test_it_plays_by_itself_back_and_forth_and_stops(lab: Swept) -> None:
    button = lab.page.get_by_role("button", name="Glide", exact=True)
    button.click()
    until(lab.page, "() => latentLab.glide.track.index > 2.5")
    until(lab.page, "() => latentLab.glide.track.index < 1")
    button.click()
    rest = lab.index()
    lab.page.wait_for_timeout(200)
    assert lab.index() == rest
    button.click()
    lab.press("End")  # a hand on the slider takes over
    lab.page.wait_for_timeout(200)
    assert lab.index() == 3


def test_only_trained_models_when_that_is_wanted(lab: Swept) -> None:
    lab.press("ArrowRight", 14)
    lab.page.get_by_text("only trained models").click()
    assert lab.index() == 1 and not lab.value().startswith("between")
    lab.press("ArrowRight")
    assert lab.index() == 2


def test_names_have_nothing_between_them_and_are_said_in_the_readers_language(swept: Any) -> None:
    lab = swept()
    status = lab.train(name="noise")
    assert status["plan"]["texts"] == ["off", "on"]
    assert lab.value() == "Noise = off"
    lab.press("ArrowRight")
    assert lab.index() == 1 and lab.value() == "Noise = on"
    assert not lab.page.get_by_text("only trained models").is_visible()
    lab.page.get_by_role("radio", name="中文").or_(lab.page.get_by_role("button", name="中文")).first.click()
    lab.page.locator("summary").filter(has_text="扫描").click()
    until(lab.page, "() => latentLab.sweepStatus.plan.texts[0] === '关'")
    told = lab.page.locator(".glide-value").filter(
        has_text="Noise = 关"
    )  # the page is built anew: it begins at the first model
    told.wait_for()


def test_surprise_glides_to_the_model_and_says_why(lab: Swept) -> None:
    status = lab.page.evaluate("() => latentLab.sweepStatus")
    lab.press("End")
    lab.page.get_by_role("button", name="Surprise me").click()
    until(lab.page, f"() => latentLab.glide.track.index === {status['surprise']['arm']}")
    assert lab.page.locator(".glide-verdict").inner_text() == status["surprise"]["text"]
    assert lab.page.locator("#sweep-scalar").input_value() == "claim:bottom"


def test_the_summary_follows_and_leads_the_glide(lab: Swept) -> None:
    cursor = lab.page.locator(".glide-cursor")
    curve = lab.page.locator(".glide-curve")
    curve.scroll_into_view_if_needed()
    lab.page.wait_for_timeout(200)
    left = cursor.bounding_box()["x"]
    lab.press("End")
    right = cursor.bounding_box()["x"]
    box = curve.bounding_box()
    assert box["x"] < left < right < box["x"] + box["width"]
    at = left + (right - left) / 3  # the second of four, on a logarithmic scale
    lab.page.mouse.click(at, box["y"] + box["height"] / 2)
    until(lab.page, "() => latentLab.glide.track.index === 1")
    assert cursor.bounding_box()["x"] == pytest.approx(at, abs=3)


def test_what_is_wrong_stands_beside_the_field(lab: Swept) -> None:
    lab.page.fill("#sweep-count", "99")
    lab.page.fill("#sweep-low", "<img src=x onerror=window.hacked=1>")
    lab.page.click(".glide-train")
    lab.page.wait_for_selector("#sweep-count[aria-invalid]")
    assert "2 to 16" in lab.page.locator("#sweep-count-problem").inner_text()
    assert "<img" in lab.page.locator("#sweep-low-problem").inner_text()
    assert lab.page.evaluate("() => window.hacked") is None


def test_a_model_is_opened_on_the_page_and_the_table_saved(swept: Any) -> None:
    lab = swept()
    status = lab.train(name="rate", low="0.01", high="1")
    lab.press("PageUp")
    lab.page.get_by_role("button", name="Open this one").click()
    value = status["plan"]["values"][1]
    until(lab.page, f"() => latentLab.lastStatus.state === 'finished' && latentLab.lastStatus.params.rate === {value}")
    assert lab.page.evaluate("() => latentLab.lastStatus.step") == 30
    with lab.page.expect_download() as download:
        lab.page.get_by_role("button", name="Table (CSV)").click()
    assert Path(download.value.path()).read_text().startswith("rate,distance,")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_speaks_chinese_and_follows_the_theme(swept: Any, scheme: str) -> None:
    lab = swept(locale="zh-CN", color_scheme=scheme)
    assert lab.page.locator(".glide-train").inner_text() == "开始训练"
    first, second = lab.train(name="rate", low="0.01", high="1")["plan"]["texts"][:2]
    lab.press("ArrowRight")
    assert lab.value() == f"η 在 {first} 与 {second} 之间"
    corner = (
        """() => [...latentLab.glide.plot.querySelector('canvas').getContext('2d').getImageData(1, 1, 1, 1).data.slice(0, 3)]"""
    )
    brightness = sum(lab.page.evaluate(corner)) / 3
    assert brightness > 200 if scheme == "light" else brightness < 60
    page = lab.page.locator(".glide").inner_text()
    for word in ("Train", "Glide", "Surprise", "Steps", "Against"):
        assert word not in page


def test_the_models_are_still_there_after_a_look_at_another_page(swept: Any) -> None:
    lab = swept()
    status = lab.train(name="rate", low="0.01", high="1")
    lab.press("End")
    before = lab.canvas()
    lab.page.get_by_role("link", name="Gallery").first.click()
    until(lab.page, "() => location.pathname === '/'")
    lab.page.go_back()
    lab.fold().wait_for()
    wait_drawn(lab.page)
    lab.fold().click()
    until(lab.page, "() => latentLab.glide.plot.isConnected && latentLab.glide.figures.some(Boolean)")
    assert lab.page.evaluate("() => latentLab.sweepStatus.sweep") == status["sweep"]
    lab.press("End")
    assert lab.canvas() == before


# ---- every lab


@pytest.fixture(scope="module")
def home(chromium: Any) -> Iterator[Any]:
    """A context in which the second lab finds the app's files, as anybody's second page does."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    yield context
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_every_lab_can_be_swept(chromium: Any, home: Any, server: App, slug: str) -> None:
    lab = Swept(chromium, f"{server.url}/{slug}?lang=en", home=home)
    status = lab.train(count=2, steps=2)
    assert len(status["plan"]["values"]) >= 2 and status["views"]
    first = lab.canvas()
    lab.press("End")
    assert lab.canvas() != first
    errors = lab.errors
    lab.page.close()
    assert errors == []
