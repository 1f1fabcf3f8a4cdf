"""A run as a short WebM for slides, recorded in a real Chromium: that it plays, how long, how large, and that something moves in it."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from engine.runs.history_page import WORDS
from tests.bench.server import open_page, until, wait_live
from tests.browser.test_history_page import opened, run  # noqa: F401
from tests.browser.test_take_home import SLUG

LONGEST = 10.5  # seconds; half of one more than is said, for a machine that is busy
PLAYED = """async (packed) => {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const video = Object.assign(document.createElement('video'), { muted: true, src: URL.createObjectURL(new Blob([bytes], { type: 'video/webm' })) });
  const event = (name) => new Promise((done, failed) => {
    video.addEventListener(name, done, { once: true });
    video.addEventListener('error', () => failed(new Error(video.error.message)), { once: true });
  });
  const shown = () => new Promise((done) => { video.requestVideoFrameCallback(done); }); // "seeked" may come before its picture
  const begun = shown();
  await event('loadeddata');
  await begun;
  const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const pixels = () => { context.drawImage(video, 0, 0); return context.getImageData(0, 0, canvas.width, canvas.height).data; };
  const first = pixels();
  const { duration } = video;
  const sought = shown();
  video.currentTime = Number.isFinite(duration) ? duration - 0.05 : 1e6;
  await sought;
  const last = pixels();
  let moved = 0;
  for (let i = 0; i < first.length; i += 4) if (Math.abs(first[i] - last[i]) + Math.abs(first[i + 1] - last[i + 1]) + Math.abs(first[i + 2] - last[i + 2]) > 90) moved += 1;
  return { duration, width: video.videoWidth, height: video.videoHeight, moved, ground: [...first.slice(0, 3)] };
}"""


def played(page: Any, file: Path) -> dict[str, Any]:
    """What a <video> element makes of a file: seconds, size, how many pixels differ between its first and its last picture."""
    return page.evaluate(PLAYED, base64.b64encode(file.read_bytes()).decode())


def recorded(page: Any, button: Any, target: Path) -> str:
    """Press a button, and wait for the video; its name."""
    with page.expect_download(timeout=90_000) as download:
        button.click()
    download.value.save_as(target)
    return download.value.suggested_filename


def plausible(page: Any, file: Path, *, least: float) -> dict[str, Any]:
    found = played(page, file)
    assert (found["width"], found["height"]) == (1280, 720)
    assert least <= found["duration"] <= LONGEST and 10_000 < file.stat().st_size < 10_000_000
    assert found["moved"] > 300, "the last picture is the first one"
    return found


def test_a_page_from_a_disk_becomes_a_video_in_its_theme(opened: Any, chromium: Any, tmp_path: Path) -> None:  # noqa: F811
    page = opened(theme="dark")
    name = recorded(page, page.get_by_role("button", name=WORDS["saveVideo"]), tmp_path / "run.webm")
    assert re.fullmatch(r"vae-geometry\.webm", name)
    assert (
        page.locator(".video-told").is_hidden() and page.evaluate("() => document.querySelectorAll('body > div').length") == 0
    )
    other = chromium.new_page()
    found = plausible(other, tmp_path / "run.webm", least=2.0)
    other.close()
    assert max(found["ground"]) < 60, "the ground is not dark"


def test_a_browser_that_cannot_record_says_so(opened: Any) -> None:  # noqa: F811
    page = opened()
    page.evaluate("() => { delete globalThis.MediaRecorder; }")
    page.get_by_role("button", name=WORDS["saveVideo"]).click()
    assert page.locator(".video-told").inner_text() == WORDS["videoCannot"]


def test_the_app_gives_a_figure_and_several_views_as_videos(server: Any, chromium: Any, tmp_path: Path) -> None:
    page = open_page(chromium, f"{server.url}/{SLUG}?seed=3", accept_downloads=True)
    wait_live(page)
    for step in range(1, 5):
        page.keyboard.press("ArrowRight")
        until(page, "(step) => latentLab.lastStatus.step === step", arg=step)
    page.get_by_role("button", name="More for this figure").first.click()
    name = recorded(page, page.get_by_role("menuitem", name="Save video").first, tmp_path / "figure.webm")
    assert re.fullmatch(rf"{SLUG}-[a-z]+-step4\.webm", name)
    page.get_by_role("button", name="Take it home").click()
    dialog = page.get_by_role("dialog")
    name = recorded(page, dialog.get_by_role("button", name="Video (WebM)"), tmp_path / "views.webm")
    assert name == f"{SLUG}-seed3-step4.webm"
    other = chromium.new_page()
    for file in ("figure.webm", "views.webm"):
        plausible(other, tmp_path / file, least=1.0)
    other.close()
    page.context.close()
