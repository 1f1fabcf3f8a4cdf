"""Every lab in a real Chromium, in both languages: it stands, plays, is steered, keeps nobody out, and ends without a complaint.

The tests of a lab in one language look at one page one after the other: `lab` gives each the tab as the one before has left it, and a
new one where there is none or where a test failed. A new one does for each.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.core import registry
from engine.core.language import translator
from tests.bench.server import until, wait_live
from tests.browser.audit import barriers, unnamed
from tests.browser.hands import SMALL, keys_answer, press_buttons, turn_controls
from tests.browser.tab import LAPTOP, PROJECTOR
from tests.browser.walk import BOXES, LOOKS, SEEN, TALL, Visit

SLUGS = list(registry.topics())
ENGLISH, CHINESE = ([(slug, *look) for slug in SLUGS] for look in LOOKS)
AUDITED = [(slug, *LOOKS[place % 2]) for place, slug in enumerate(SLUGS)]  # in both languages in turn, and so in both themes
WALKED = [(slug, *LOOKS[(place + 1) % 2]) for place, slug in enumerate(SLUGS)]  # in the look in which it is not audited
NONSENSE = re.compile(r"(?<![A-Za-z])nan(?![A-Za-z])|undefined|\[object|[{}]")
ALTS = f"() => ({SEEN})('.figure .plot').map((node) => node.getAttribute('aria-label'))"


@pytest.fixture(scope="session")
def pressed() -> dict[str, list[str]]:
    """The names of the buttons that were pressed, by language: what two labs share is pressed in one of them."""
    return {}


@pytest.mark.parametrize(("slug", "language", "theme"), CHINESE)
def test_the_chinese_page_stands_on_a_dark_projector_and_walks_through_the_parts(
    lab: Any, slug: str, language: str, theme: str
) -> None:
    one = lab(slug, language, theme, fresh=True, viewport=PROJECTOR)
    slow_motion, parts = one.page.get_by_role("button", name="拆步", exact=True), one.status["parts"]
    assert parts
    for part in [*parts[:-1], ""]:
        slow_motion.click()
        one.wait(f"s.part === '{part}' && s.step === {0 if part else 1}")
    assert one.page.locator("button:visible", has_text="单步").count() > 0
    stands_above_the_fold(one)


@pytest.mark.parametrize(("slug", "language", "theme"), ENGLISH)
def test_page_stands_draws_plays_pauses_steps_and_resets(lab: Any, slug: str, language: str, theme: str) -> None:
    one = lab(slug, language, theme, fresh=True)
    one.wait("s.state !== 'opening'")  # a first chapter may open a twin
    assert one.status["state"] == "paused"
    stands_above_the_fold(one)
    one.page.set_viewport_size(LAPTOP)
    one.page.keyboard.press("Space")
    one.wait("s.step > 0")
    one.page.keyboard.press("Space")
    one.wait("s.state === 'paused' || s.state === 'finished'")
    before = one.status["step"]
    one.page.keyboard.press("ArrowRight")
    one.wait(f"s.step === {before + 1}")
    one.page.keyboard.press("ArrowLeft")
    one.wait("s.shown !== null")
    one.page.keyboard.press("r")
    one.wait("s.step === 0 && s.shown === null")


@pytest.mark.parametrize(("slug", "language", "theme"), AUDITED)
def test_a_lab_has_no_barriers_and_tells_a_screen_reader_names_values_and_pictures(
    lab: Any, slug: str, language: str, theme: str
) -> None:
    """Everything is unfolded."""
    one = lab(slug, language, theme)
    one.page.set_viewport_size(TALL)
    one.open_all()
    assert unnamed(one.page.locator("body").aria_snapshot()) == []
    ranges = one.page.locator(".lab-controls input[type=range]:visible")
    ranges.first.wait_for()  # what is sent when something unfolds may have the controls drawn anew
    told = ranges.evaluate_all("(all) => all.map((node) => [node.ariaLabel, node.getAttribute('aria-valuetext')])")
    assert told and all(name and value for name, value in told), told
    before = one.page.evaluate(ALTS)
    one.page.evaluate("() => document.activeElement?.blur()")
    one.page.keyboard.press("Space")
    until(one.page, f"(old) => JSON.stringify(({ALTS})()) !== JSON.stringify(old)", arg=before)
    one.page.keyboard.press("Space")
    one.wait("s.state !== 'playing'")
    after = one.page.evaluate(ALTS)
    assert len(after) >= 2 and all(after)
    assert [alt for alt in before + after if NONSENSE.search(alt)] == []
    assert barriers(one, theme) == []


@pytest.mark.parametrize(("slug", "language", "theme"), ENGLISH)
def test_the_hero_follows_a_drag_and_a_reload_shows_where_it_was_left(lab: Any, slug: str, language: str, theme: str) -> None:
    one = lab(slug, language, theme)
    one.page.set_viewport_size(LAPTOP)
    one.page.evaluate("() => document.activeElement?.blur()")
    one.page.keyboard.press("r")
    one.wait("s.step === 0 && s.state === 'paused'")
    drag_the_hero(one, slug)


@pytest.mark.parametrize(("slug", "language", "theme"), WALKED)
def test_every_control_reaches_both_ends_and_every_button_does_what_it_does(
    lab: Any, pressed: dict[str, list[str]], slug: str, language: str, theme: str
) -> None:
    """The page lives on."""
    one = lab(slug, language, theme)
    one.page.set_viewport_size(SMALL)
    one.pause()  # what plays on beside the hands costs time and shows nothing more
    one.page.get_by_role("button", name=translator(language)("Free play")).click()
    one.wait("s.chapter.name === null")
    one.quiet()
    one.open_all()
    turn_controls(one, slug)
    press_buttons(one, slug, language, pressed.setdefault(language, []))
    one.quiet()
    one.page.locator("[role=dialog][aria-modal=true]").first.wait_for(
        state="detached"
    )  # the keys are its own as long as it is there
    one.page.evaluate("() => document.activeElement?.blur()")
    keys_answer(one)


def drag_the_hero(one: Visit, slug: str) -> None:
    """The hero slider, dragged while the loop runs, changes it and the address; a reload shows the same value."""
    hero = registry.topics()[slug].params.controls()[one.status["hero"]]
    stood = one.status["step"]
    one.page.keyboard.press("Space")
    one.wait(f"s.step > {stood}")
    slider = one.page.locator(".control.hero input[type=range]")
    slider.scroll_into_view_if_needed()  # what is unfolded may have moved it out of sight
    box, share = slider.bounding_box(), slider.evaluate("(e) => (e.value - e.min) / (e.max - e.min)")
    y = box["y"] + box["height"] / 2
    one.page.mouse.move(box["x"] + box["width"] * 0.5, y)
    one.page.mouse.down()
    values = set()
    for i in range(300):  # on a busy machine they come late
        one.page.mouse.move(box["x"] + box["width"] * (0.5 + 0.04 * (i % 12)), y)
        one.page.wait_for_timeout(50)
        values.add(one.status["params"][hero.name])
        if len(values) >= 4:
            break
    # Away from where it began: what a chapter begins with is not written into the address.
    one.page.mouse.move(box["x"] + box["width"] * (0.25 if share > 0.5 else 0.75), y)
    one.page.mouse.up()
    assert len(values) >= 4, f"values must arrive while the mouse is still down: {values}, {box}, {slider.bounding_box()}"
    if hero.kind == "hot":
        one.wait("s.marks.length > 0")
    entry = one.page.locator(f".control[data-name='{hero.name}'] .entry")
    for _ in range(1000):
        shown = float(entry.text_content() if hero.type == "choice" else entry.input_value())  # a short form of it
        here, written = float(one.status["params"][hero.name]), float(asked(one, hero.name) or "nan")
        if here == written and abs(here - shown) <= 0.01 * abs(shown):
            break
        one.page.wait_for_timeout(50)
    else:
        raise AssertionError(f"{hero.name} stands at {shown}, in the run at {here}, in the address at {written}")
    text, before = asked(one, hero.name), one.status["params"][hero.name]
    one.page.goto(one.page.url)
    wait_live(one.page)
    assert one.status["params"][hero.name] == before and float(before) == float(text)


def asked(one: Visit, name: str) -> str:
    """What the address says of a parameter of the run in hand: of the twin where the first chapter compares."""
    query = one.query()
    return query.get(name, query.get(f"twin.{name}", [""]))[0]


def settled(one: Visit) -> dict[str, list[int]]:
    """Where the parts of the page are once they stay there: what is sized anew moves them for a few frames."""
    return one.page.evaluate(f"""async () => {{
      const boxes = {BOXES}, frames = async (count) => {{
        for (let i = 0; i < count; i += 1) await new Promise(requestAnimationFrame);
      }};
      for (let i = 0; i < 600; i += 1) {{
        const before = JSON.stringify(boxes());
        await frames(8);
        if (JSON.stringify(boxes()) === before) return boxes();
      }}
      return boxes();
    }}""")


ABOVE_THE_FOLD = ((1366, 768), (1280, 720), (1093, 614), (390, 844))


def stands_above_the_fold(one: Visit) -> None:
    """The first chapter's sentence, Play, the slider and the whole picture; on a phone all but the sentence.

    Nothing scrolls sideways, every formula is set, and the question that is still closed takes one line.
    """
    assert one.page.locator(".katex-error").count() == 0
    for width, height in ABOVE_THE_FOLD:
        one.page.set_viewport_size({"width": width, "height": height})
        boxes = settled(one)
        for name in ("play", "hero", "picture", *(["sentence"] if width > 640 else [])):
            left, top, right, bottom = boxes[name]
            assert 0 <= left < right <= width and 0 <= top < bottom <= height, f"{name}, {width} x {height}: {boxes}"
        if width <= 640:
            assert boxes["picture"][3] <= boxes["play"][1], "the bar lies on the picture"
        elif height >= LAPTOP["height"]:
            for bar in one.page.locator(".guess-bar:visible").all():  # where the first chapter asks
                assert bar.bounding_box()["height"] <= 48
            wide = one.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, "the page scrolls sideways"
