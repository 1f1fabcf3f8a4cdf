"""What keeps somebody out of a page: axe-core's barriers, and what can be operated and has no name."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe

from tests.bench.server import until
from tests.browser.walk import Visit

BARRIERS = ("serious", "critical")

# Nothing is on its way: pictures are there, and what fades in has come (a colour half way has little contrast).
STILL = """() => [...document.images].every((image) => image.complete)
  && document.getAnimations().every((one) => one.playState !== 'running' || one.effect.getComputedTiming().endTime === Infinity)"""


def barriers(visit: Visit, where: str) -> list[str]:
    """What axe-core calls serious or critical on the page as it stands, each with the element it means."""
    visit.quiet()
    visit.page.wait_for_timeout(350)  # what is about to fade in has begun to
    until(visit.page, STILL)
    return [
        f"{where}: {rule['id']} ({rule['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for rule in Axe().run(visit.page).response["violations"]
        if rule["impact"] in BARRIERS
        for node in rule["nodes"]
    ]


def unnamed(tree: str) -> list[str]:
    """The lines of an aria snapshot that are operable and have no name."""
    kinds = "button|slider|textbox|combobox|switch|checkbox|radio|link|spinbutton|img|figure|application|menuitem"
    return [line.strip() for line in tree.splitlines() if re.match(rf"\s*- '?({kinds})\b(?! [\"/])", line)]
