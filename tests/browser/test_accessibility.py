"""Nobody is kept out: axe-core on every page, the keyboard alone, and what a screen reader hears."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.core import registry
from engine.core.language import translator
from tests.bench.server import until
from tests.browser.audit import barriers
from tests.browser.walk import FOCUSED, LOOKS, SEEN, TALL, Visit, lowest

SLUGS = list(registry.topics())
LAB = "vae-geometry"  # what does not depend on the topic is tried on one whose every step takes a while
BARRIERS = ("serious", "critical")
NONSENSE = re.compile(r"(?<![A-Za-z])nan(?![A-Za-z])|undefined|\[object|[{}]")
ALTS = f"() => ({SEEN})('.figure .plot').map((node) => node.getAttribute('aria-label'))"

# Where the keyboard is, and whether that is to be seen there or on the label or box around it.
WHO = f"""() => {{ {FOCUSED}
  if (!node || node === document.body) return null;
  const ring = (s) => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
  const thumb = node.type === 'range';  // its ring is on the thumb, which no script can read
  let around = node, shown = thumb || Boolean(node.nextElementSibling && ring(getComputedStyle(node.nextElementSibling)));
  for (let up = 0; around && up < 4; up += 1, around = around.parentElement ?? around.getRootNode().host) {{
    shown ||= ring(getComputedStyle(around));
  }}
  const role = node.getAttribute('role') || node.type || '';
  return {{ tag: node.tagName, role, name: (node.ariaLabel || node.innerText || '').trim(), shown, html: node.outerHTML.slice(0, 200) }};
}}"""


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_gallery_and_the_runs_have_no_barriers(visit: Any, language: str, theme: str) -> None:
    one = visit("", language, theme)
    found = barriers(one, "gallery")
    one.go(f"runs?lang={language}")
    one.page.locator("[class*=st-key-open-]").first.wait_for()
    assert found + barriers(one, "runs") == []


@pytest.mark.parametrize(("slug", "language", "theme"), [(slug, *look) for slug, look in zip(SLUGS, LOOKS, strict=False)])
def test_a_lab_beside_a_twin_and_in_the_other_theme_has_no_barriers(visit: Any, slug: str, language: str, theme: str) -> None:
    """Of one lab in each language: the twin's frame is the same everywhere."""
    one = visit(slug, language, theme, viewport=TALL)
    one.open_all()
    one.page.emulate_media(color_scheme=next(look for _, look in LOOKS if look != theme))
    one.page.locator(".lab-player button.compare").click()
    one.page.locator(".plot.second, .twins").first.wait_for()
    one.wait("s.twins && s.state !== 'opening'")
    assert barriers(one, "beside a twin") == []


def test_what_opens_over_a_page_has_no_barriers(visit: Any) -> None:
    language, theme = LOOKS[1]
    t = translator(language)
    one = visit(LAB, language, theme)
    found = []
    for name in ("Share this run", "Take it home"):
        one.page.get_by_role("button", name=t(name)).click()
        dialog = one.page.get_by_role("dialog")
        dialog.wait_for()
        found += barriers(one, name)
        one.page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
    for opener in (".lab-figure .more", ".lab-controls .help"):
        one.page.locator(opener).first.click()
        found += barriers(one, opener)
        one.page.keyboard.press("Escape")
    assert found == []


def test_the_keyboard_alone_reaches_everything_shows_where_it_is_and_plays(visit: Any) -> None:
    one = visit(LAB)
    one.page.keyboard.press("Tab")
    one.page.keyboard.press("Enter")  # the link that passes by the navigation, which has as many stops as groups
    for _ in range(9):
        one.page.keyboard.press("Tab")
        if (one.page.evaluate(WHO) or {}).get("name") == "Play":
            break
    else:
        pytest.fail("Play is further than ten tabs away")
    one.page.evaluate("() => document.activeElement?.blur()")
    one.page.get_by_role("button", name="Free play").click()  # every control lies open
    one.wait("s.chapter.name === null")
    one.quiet()
    seen: list[dict[str, Any]] = []
    for _ in range(400):
        one.page.keyboard.press("Tab")
        who = one.page.evaluate(WHO)
        if who is None or (seen and who == seen[0]):
            break
        seen.append(who)
    names = {who["name"] for who in seen}
    buttons = [b for b in one.page.locator(".lab-player").get_by_role("button").all() if b.is_enabled()]
    wanted = {button.get_attribute("aria-label") or button.inner_text().strip() for button in buttons}
    assert {"Play", "Step", "Reset", "Compare"} <= wanted <= names, "a button of the player is not reached"
    controls = registry.topics()[LAB].params.controls().values()
    sliders = {c.title for c in controls if c.type == "number" and not c.hidden and not c.section}
    assert sliders <= {who["name"] for who in seen if who["role"] == "range"}, "a slider is not reached"
    assert any(who["role"] == "radio" for who in seen), "the further views are not reached"
    assert any(who["tag"] == "SUMMARY" for who in seen), "what unfolds is not reached"
    assert [who for who in seen if not who["shown"]] == [], "the focus is not to be seen"
    one.page.evaluate("() => document.activeElement?.blur()")
    keys_play_step_go_back_reset_and_move_a_slider(one)


def keys_play_step_go_back_reset_and_move_a_slider(one: Visit) -> None:
    page = one.page
    page.keyboard.press("Space")
    one.wait("s.step > 0")
    page.keyboard.press("Space")
    one.wait("s.state === 'paused'")
    page.wait_for_timeout(300)
    step = one.status["step"]
    page.keyboard.press("ArrowRight")
    one.wait("s.step === arg", step + 1)
    page.keyboard.press("ArrowLeft")
    one.wait("s.shown !== null")
    page.keyboard.press("r")
    one.wait("s.step === 0 && s.shown === null && s.state === 'paused'")
    controls = registry.topics()[LAB].params.controls().items()
    name, control = next((n, c) for n, c in controls if c.type == "number" and c.hot and not c.hidden)
    page.get_by_role("slider", name=control.title, exact=True).focus()
    for key, value in (("Home", lowest(control)), ("End", control.high)):
        page.keyboard.press(key)
        one.wait(f"s.params['{name}'] === arg", value)
    page.keyboard.press("ArrowLeft")
    one.wait(f"s.params['{name}'] < arg", control.high)
    assert one.status["shown"] is None, "an arrow on a slider does not go back in the run"


def test_a_handle_is_announced_and_its_place_said_as_the_keys_move_it(visit: Any) -> None:
    """A figure with handles takes the arrow keys itself, whatever topic it belongs to."""
    one = visit(LAB)
    figure = one.page.locator(".figure:has(.plot[data-arrows])").first
    plot, said = figure.locator(".plot"), figure.locator(".said")
    assert plot.get_attribute("role") == "application"
    assert "arrow keys" in one.page.locator(f"[id='{plot.get_attribute('aria-describedby')}']").inner_text()
    plot.focus()
    changes = "([node, old]) => node.textContent !== old && /\\d/.test(node.textContent)"
    for key in ("h", "ArrowRight"):
        before, params = said.inner_text(), one.status["params"]
        one.page.keyboard.press(key)
        until(one.page, changes, arg=[said.element_handle(), before])
    one.wait("JSON.stringify(s.params) !== JSON.stringify(arg)", params)
    assert one.status["step"] == 0, "the arrow moved the handle, not the run"
    one.page.keyboard.press("Space")
    one.wait("s.step > 0")
