"""Runs you keep, in a real Chromium: saved with one click, there after a closed tab and a killed app, opened at their end."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.core import registry
from tests.bench.server import App, app, open_page, until, wait_live

SLUG = next(iter(registry.topics()))
AT = "([step, seed]) => window.latentLab && latentLab.lastStatus && latentLab.lastStatus.step === step && latentLab.lastStatus.seed === seed && latentLab.lastStatus.state === 'paused'"


def saved(running: App, chromium: Any, steps: int) -> None:
    """Open a page, make some steps, press the button, and close the tab."""
    page = open_page(chromium, f"{running.url}/{SLUG}?seed=2")
    wait_live(page)
    for step in range(steps):
        until(page, AT, arg=[step, 2])
        page.keyboard.press("ArrowRight")
    until(page, AT, arg=[steps, 2])
    page.get_by_role("button", name="Save this run").click()
    page.get_by_text(f"up to step {steps}").wait_for()
    page.context.close()


def kill(running: App) -> None:
    children = psutil.Process(running.pid).children(recursive=True)
    running.process.kill()
    running.process.wait()
    psutil.wait_procs(children, timeout=10)


@pytest.fixture(scope="module")
def kept(chromium: Any, tmp_path_factory: pytest.TempPathFactory):
    """An app over a folder in which a killed app before it saved two runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_LAB_DATA", str(tmp_path_factory.mktemp("data")))
        with app() as first:
            for steps in (2, 3):
                saved(first, chromium, steps)
            kill(first)
        with app() as second:
            yield second


def listed(running: App, chromium: Any) -> Any:
    page = open_page(chromium, f"{running.url}/runs")
    page.get_by_text("2 runs").wait_for()
    return page


def test_a_saved_run_opens_at_its_end_on_its_topics_page(kept, chromium):
    page = listed(kept, chromium)
    until(page, "() => latentLab.stills === 2")  # each with the small picture of its end
    page.get_by_test_id("stButton").filter(has_text="Open").first.click()
    page.wait_for_url(f"**/{SLUG}**")
    until(page, AT, arg=[3, 2])
    assert page.evaluate("() => latentLab.lastStatus.keptSteps") == [0, 1, 2, 3]
    page.keyboard.press("ArrowRight")
    until(page, AT, arg=[4, 2])
    page.wait_for_url("**seed=2**")  # written after a moment of quiet
    page.context.close()


def test_two_runs_are_compared_and_taken_along(kept, chromium):
    page = listed(kept, chromium)
    for index in range(2):
        page.get_by_test_id("stCheckbox").filter(has_text="Compare").nth(index).click()
        until(page, "count => document.querySelectorAll('.js-plotly-plot').length === count", arg=index + 1)
    page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first.wait_for()
    page.get_by_role("button", name="More").first.click()
    with page.expect_download(timeout=30_000) as waiting:
        page.get_by_role("button", name="Files (ZIP)").click()
    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
        assert "run.json" in archive.namelist()
    page.context.close()


def test_a_deleted_run_comes_back(kept, chromium):
    page = listed(kept, chromium)
    page.get_by_role("button", name="More").first.click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("1 run", exact=True).wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("2 runs").wait_for()
    page.context.close()
