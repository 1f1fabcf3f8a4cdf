"""Nobody is kept out: axe-core on every page in many states, the keyboard alone, and what a screen reader hears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from engine.core import registry
from tests.bench.server import App
from tests.browser.walk import FOCUSED, SEEN, Visit

SLUGS = list(registry.topics())
BARRIERS = ("serious", "critical")
LOOKS = [("en", "light"), ("zh", "dark")]
POINTED = next(
    (slug for slug, topic in registry.topics().items() if any(c.hidden for c in topic.params.controls().values())), None
)

WHO = f"""() => {{ {FOCUSED}
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node);
  const ring = (s) => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
  // Some show it on the label or the box around them.
  let around = node, shown = false;
  for (let up = 0; around && up < 4; up += 1, around = around.parentElement ?? around.getRootNode().host) shown ||= ring(getComputedStyle(around));
  return {{ tag: node.tagName, type: node.type || '', role: node.getAttribute('role') || '', name: node.ariaLabel || node.innerText || '', shown, test: node.closest('[data-testid]')?.dataset.testid }};
}}"""
ALTS = f"""() => ({SEEN})('.figure .plot').map((node) => node.getAttribute('aria-label'))"""


@pytest.fixture(scope="module")
def axe() -> Axe:
    return Axe()


@pytest.fixture
def visit(chromium: Any, server: App) -> Iterator[Any]:
    opened: list[Visit] = []

    def open_(path: str, language: str = "en", theme: str = "light") -> Visit:
        opened.append(Visit(chromium, server, f"{path}?lang={language}", color_scheme=theme))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


def barriers(axe: Axe, visit: Visit) -> list[str]:
    """What axe-core calls serious or critical on the page as it stands, each with the elements it means."""
    visit.quiet()
    visit.page.wait_for_timeout(350)  # what fades in has come: a colour half way has little contrast
    found = axe.run(visit.page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in BARRIERS
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_gallery_and_the_runs_have_no_barriers(visit: Any, axe: Axe, language: str, theme: str) -> None:
    one = visit("", language, theme)
    assert barriers(axe, one) == []
    one.go(f"runs?lang={language}")
    assert barriers(axe, one) == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_lab_has_no_barriers_with_everything_unfolded_and_beside_a_twin(
    visit: Any, axe: Axe, slug: str, language: str, theme: str
) -> None:
    one = visit(slug, language, theme)
    one.open_all()
    assert barriers(axe, one) == []
    one.page.locator(".lab-player button.compare").click()
    one.wait("s.twins && s.state !== 'opening'")
    one.page.locator(".plot.second").first.wait_for(timeout=20_000)
    assert barriers(axe, one) == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_what_opens_over_a_page_has_no_barriers(visit: Any, axe: Axe, language: str, theme: str) -> None:
    one = visit(SLUGS[0], language, theme)
    buttons = one.page.locator("[data-testid=stMain] [data-testid=stButton] button")
    dialogs = 0
    for place in range(min(4, buttons.count())):
        buttons.nth(place).click()
        one.quiet()
        dialog = one.page.get_by_role("dialog")
        if not dialog.count():
            continue
        dialogs += 1
        assert barriers(axe, one) == []
        one.page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
    assert dialogs >= 2, "sharing and taking home are dialogs"
    for opener in (".lab-figure .more", ".lab-controls .help", ".guess-open"):
        found = one.page.locator(opener)
        if found.count():
            found.first.click()
            assert barriers(axe, one) == []
            one.page.keyboard.press("Escape")
