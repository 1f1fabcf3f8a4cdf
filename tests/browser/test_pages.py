"""Every page in a real Chromium: it draws, plays, is steered, shared, translated, and survives what goes wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.core import registry
from engine.core.language import chapter_words
from tests.bench.server import until, wait_live
from tests.browser.tab import LAPTOP, PROJECTOR
from tests.browser.walk import BOXES

SLUGS = list(registry.topics())
LAB = "vae-geometry"  # what does not depend on the topic is tried on one whose every step takes a while
LISTEN = """() => {
    window.written = [];
    window.redrawn = new Set();
    const pen = CanvasRenderingContext2D.prototype;
    const { fillText, clearRect } = pen;
    pen.fillText = function (...what) { written.push(what[0]); return fillText.apply(this, what); };
    pen.clearRect = function (...box) { this.canvas.isConnected && redrawn.add(this.canvas); clearRect.apply(this, box); };
}"""
PAYLOAD = '<img src=x onerror="window.hacked=1">'


ROOT = "[...document.querySelectorAll('*')].find((e) => e.shadowRoot?.querySelector('.lab-gallery'))?.shadowRoot"


def test_the_gallery_draws_every_lab_finds_by_word_ticks_what_was_seen_and_leads_there(tab: Any) -> None:
    gallery = tab("", viewport=PROJECTOR)
    page = gallery.page
    until(page, f"(n) => {ROOT}?.querySelectorAll('.card').length === n", arg=len(SLUGS))
    drawn = f"""() => [...{ROOT}.querySelectorAll('.card')]
        .filter((e) => [...e.querySelectorAll('canvas')].some((c) => {{
            const p = c.getContext('2d').getImageData(0, 0, c.width || 1, c.height || 1).data;
            return p.some((v, i) => i % 4 !== 3 && v !== p[i % 4]);
        }})).length"""
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    for slug in SLUGS:
        page.locator(f".card[data-slug={slug}]").scroll_into_view_if_needed()
    until(page, f"(n) => ({drawn})() === n", arg=len(SLUGS))
    page.evaluate(LISTEN)
    page.set_viewport_size(LAPTOP)
    until(page, "(n) => redrawn.size === n", arg=len(SLUGS))
    assert page.evaluate("() => written") == [], "on a card words fall over each other"
    cards = page.locator(".card:visible")
    page.get_by_role("searchbox").fill("rope")
    until(page, f"() => {ROOT}.querySelectorAll('.card').length < {len(SLUGS)}")
    assert "position-encodings" in [card.get_attribute("data-slug") for card in cards.all()]
    assert "chapter=" in page.locator(".card[data-slug=position-encodings] .where a").get_attribute("href")
    page.get_by_role("searchbox").fill(PAYLOAD)
    page.get_by_text("No lab matches").wait_for()
    page.get_by_role("searchbox").fill("")
    until(page, f"(n) => {ROOT}.querySelectorAll('.card').length === n", arg=len(SLUGS))
    name = registry.cards()["gumbel-softmax"].chapters[0]
    page.evaluate(
        "([n]) => import('./lab/gallery/seen.js').then((m) => { m.mark('gumbel-softmax', n); m.mark('gumbel-softmax', n); })",
        [name],
    )
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    assert page.locator(".card[data-slug=gumbel-softmax] .ticks i.on").count() == 1
    page.locator(".card[data-slug=gumbel-softmax]").click(position={"x": 40, "y": 60})  # on the picture
    page.wait_for_url("**/gumbel-softmax**")
    page.locator("h2").get_by_text("roll of dice").wait_for()
    assert page.evaluate("() => Boolean(window.written)"), "the page was loaded anew"


def test_a_chapter_is_pressed_played_told_and_ticked_and_brackets_go_on(tab: Any) -> None:
    """From the gallery's first lab: its address, the words after with numbers, ✓, and the drag that goes on after the end."""
    lab = tab(f"{LAB}?chapter=2")
    wait_live(lab.page)
    first, second = registry.topics()[LAB].chapters[:2]
    assert lab.status["chapter"]["name"] == second.name and not lab.status["chapter"]["begun"]
    lab.page.keyboard.press("[")
    lab.wait(f"s.chapter.name === '{first.name}' && s.chapter.begun")
    assert lab.page.locator(".st-key-happened").count() == 0, "nothing is told before it has happened"
    lab.wait("s.chapter.reached", timeout=60_000)
    lab.page.locator(".st-key-happened").filter(has_text=re.compile(r"\d")).wait_for()
    chip = lab.page.locator(".chapter-chip.here")
    assert chip.get_attribute("data-seen") == lab.status["chapter"]["seen"][first.name] == "holds"
    assert chip.inner_text().startswith("✓")
    until(lab.page, "(name) => new URLSearchParams(location.search).get('chapter') === name", arg=first.name)
    end = lab.status["step"]
    box = lab.page.locator(".control.hero input[type=range]").bounding_box()
    y = box["y"] + box["height"] / 2
    lab.page.mouse.move(box["x"] + box["width"] * 0.5, y)
    lab.page.mouse.down()
    for i in range(60):
        lab.page.mouse.move(box["x"] + box["width"] * (0.5 + 0.01 * (i % 20)), y)
        lab.page.wait_for_timeout(50)
        if lab.status["step"] > end:
            break
    lab.wait(f"s.goesOn && s.step > {end}")
    lab.page.locator(".control.hero .goes-on:not(:empty)").wait_for()
    told = lab.page.locator(".numbers").inner_text()
    moved = lab.page.locator(".control.hero input[type=range]").bounding_box()
    lab.page.mouse.up()
    assert lab.status["step"] > end, "a drag after the end moves nothing"
    assert moved == box, "the slider moves away from under the pointer"
    assert " of " not in told and "left" not in told, "after the end nothing is left"
    lab.page.keyboard.press("]")
    lab.wait(f"s.chapter.name === '{second.name}'")
    lab.page.locator(".st-key-words h3").filter(has_text=chapter_words("en", LAB, second.name).title).wait_for()
    slide = tab(f"{LAB}?embed=true&chapter=2")
    wait_live(slide.page)
    assert all(slide.page.evaluate(BOXES).values())


def test_a_chapter_that_takes_long_to_build_covers_what_is_still_on_screen(tab: Any) -> None:
    """Five networks may take seconds: meanwhile the pictures of the chapter before are not passed off as its own."""
    lab = tab("gumbel-softmax")
    wait_live(lab.page)
    last = registry.find("gumbel-softmax").chapters[-1].name
    cover = lab.page.locator(".ahead").first
    assert not cover.is_visible()
    cover.evaluate(
        "(node) => { window.covered = []; new MutationObserver(() => window.covered.push(!node.hidden)).observe(node, { attributes: true }); }"
    )
    lab.page.locator(".chapter-chip").nth(-2).click()  # the last one is free play
    lab.wait(f"s.chapter.name === '{last}'", timeout=60_000)
    lab.page.locator(".ahead:not([hidden])").first.wait_for(state="detached")
    assert lab.page.evaluate("() => window.covered[0]")  # however fast the machine builds it


def test_a_link_with_wrong_values_says_what_was_wrong_and_what_is_used(tab: Any) -> None:
    hero = next(iter(registry.topics()[LAB].params.controls()))
    lab = tab(f"{LAB}?{hero}=abc&nonsense=1&seed=-4")
    wait_live(lab.page)
    warning = lab.page.get_by_test_id("stAlertContentWarning").inner_text()
    assert "abc" in warning
    assert "nonsense" in warning
    assert "seed = -4" in warning
    assert "default is used" in warning
    assert lab.status["seed"] == 0


def test_text_from_outside_is_shown_as_text(tab: Any) -> None:
    lab = tab(f"{LAB}?{PAYLOAD.replace(' ', '%20')}=javascript:alert(1)&seed={PAYLOAD.replace(' ', '%20')}")
    wait_live(lab.page)
    lab.page.wait_for_timeout(500)
    assert lab.page.evaluate("() => window.hacked") is None
    assert "onerror" in lab.page.get_by_test_id("stAlertContentWarning").inner_text()
    assert lab.page.locator("img[onerror]").count() == 0


def test_language_switch_stands_in_the_address_and_a_link_brings_it_back(tab: Any) -> None:
    lab = tab(LAB)
    wait_live(lab.page)
    folds = lab.page.locator("[data-testid=stExpander] details")
    loop = lab.page.locator("[class*=st-key-fold-loop]")
    sweep = lab.page.locator(".st-key-fold-sweep")
    sweep.locator("summary").click()
    loop.locator("summary").click()
    loop.get_by_text("yield").first.wait_for()  # it is sent now
    lab.page.get_by_text("中文").click()
    until(lab.page, "() => location.search.includes('lang=zh')")
    sweep.get_by_text("扫描").first.wait_for()
    loop.get_by_text("yield").first.wait_for()
    assert folds.evaluate_all("(all) => all.filter((one) => one.open).length") == 2
    assert all(one.locator("details[open]").count() == 1 for one in (sweep, loop))
    again = tab(lab.page.url.split("/", 3)[3])
    wait_live(again.page)
    assert again.page.locator("button:visible", has_text="单步").count() > 0


def test_hide_leaves_controls_out_and_embed_shows_only_the_picture(tab: Any) -> None:
    controls = registry.topics()[LAB].params.controls()
    name, control = next(iter(controls.items()))
    lab = tab(f"{LAB}?hide={name},player")
    wait_live(lab.page)
    assert lab.page.get_by_role("slider", name=control.title).count() == 0
    assert lab.page.get_by_role("button", name="Play", exact=True).count() == 0
    slide = tab(f"{LAB}?embed=true")
    wait_live(slide.page)
    assert slide.page.locator("canvas").count() >= 1
    assert slide.page.get_by_role("heading", level=2).count() == 0


def test_the_slide_of_a_chapter_that_opens_a_sweep_shows_its_picture_and_then_the_sweep(tab: Any) -> None:
    chapters = {
        slug: [at for at, chapter in enumerate(topic.chapters, 1) if chapter.sweep] for slug, topic in registry.topics().items()
    }
    slug, number = next((slug, numbers[0]) for slug, numbers in chapters.items() if numbers)
    slide = tab(f"{slug}?embed=true&chapter={number}")
    wait_live(slide.page)
    assert slide.page.locator(".glide:visible").count() == 0 and slide.page.locator(".figure:visible").count() == 1
    slide.page.keyboard.press("Space")
    slide.page.locator(".glide-range").wait_for()
    until(slide.page, "() => !document.querySelector('[class*=st-key-stage]')")
    box = slide.page.get_by_role("button", name=re.compile("Pause|Continue")).bounding_box()
    assert box["y"] + box["height"] <= slide.page.viewport_size["height"], "the player lies below the slide"


def test_the_seed_can_be_typed_and_bad_ones_are_refused(tab: Any) -> None:
    lab = tab(LAB)
    wait_live(lab.page)
    lab.page.get_by_role("button", name="Speed, stop and seed").click()
    field = lab.page.get_by_label("Seed", exact=True)
    field.fill("12")
    field.press("Enter")
    lab.wait("s.seed === 12")
    field.fill("x")
    field.press("Enter")
    lab.page.wait_for_timeout(300)
    assert lab.status["seed"] == 12


def test_a_choice_among_growing_numbers_is_a_slider_that_rests_on_each_and_ends_where_they_may(tab: Any) -> None:
    lab = tab("nystromformer?bench=swap")
    wait_live(lab.page)
    control = lab.page.locator(".control[data-name='landmarks']")
    slider = control.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "32"
    for key, value in (("End", "64"), ("ArrowLeft", "32"), ("Home", "4")):
        slider.press(key)
        lab.wait(f"s.params.landmarks === '{value}'")
        assert slider.get_attribute("aria-valuetext") == control.locator(".entry").text_content() == value
    slider.click(position={"x": 6, "y": slider.bounding_box()["height"] / 2})  # where it is already
    until(lab.page, "(e) => !e.classList.contains('dragging')", arg=control.element_handle())


def test_two_tabs_do_not_disturb_each_other(tab: Any) -> None:
    one, two = tab(LAB), tab(LAB)
    wait_live(one.page)
    wait_live(two.page)
    one.page.bring_to_front()
    one.page.keyboard.press("Space")
    one.wait("s.step > 0")
    assert two.status["step"] == 0
    assert two.status["state"] == "paused"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_titles_of_ten_chapters_stand_whole_in_a_laptops_window_and_the_time_left_too(tab: Any, language: str) -> None:
    slug = next(slug for slug, topic in registry.topics().items() if len(topic.chapters) == 10)
    cut = "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
    lab = tab(f"{slug}?lang={language}")
    wait_live(lab.page)
    lab.page.locator(".chapter-chip .chip-title").first.wait_for()
    assert lab.page.locator(".chip-title").evaluate_all(cut) == []
    lab.page.set_viewport_size(PROJECTOR)
    lab.page.keyboard.press("Space")
    lab.wait("s.state === 'playing' && s.eta !== null")
    lab.page.wait_for_timeout(300)
    assert lab.page.locator(".eta-text:visible").evaluate_all(cut) == []


def test_the_chapter_in_force_stands_whole_in_a_phones_row(tab: Any) -> None:
    lab = tab(f"{LAB}?lang=zh&chapter={registry.topics()[LAB].chapters[-1].name}")
    wait_live(lab.page)
    lab.page.set_viewport_size({"width": 390, "height": 844})
    lab.page.wait_for_timeout(300)
    row, chip = (lab.page.locator(one).bounding_box() for one in (".chapter-list", ".chapter-chip.here"))
    assert row and chip
    assert row["x"] - 1 <= chip["x"] and chip["x"] + chip["width"] <= row["x"] + row["width"] + 1
