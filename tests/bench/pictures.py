"""Takes the README's pictures of the running app: `python -m tests.bench.pictures`."""

from __future__ import annotations

from tests.bench.server import ROOT, app, browser, wait_live

FOLDER = ROOT / "assets" / "screenshots"
LAPTOP, PROJECTOR = {"width": 1366, "height": 768}, {"width": 1920, "height": 1080}
SHOTS = [
    ("vae-light", "vae-geometry", LAPTOP, "light", "en-US"),
    ("vae-dark-zh", "vae-geometry", PROJECTOR, "dark", "zh-CN"),
    ("gumbel", "gumbel-softmax", LAPTOP, "light", "en-US"),
    ("positions", "position-encodings", LAPTOP, "light", "en-US"),
    ("exposure", "exposure-bias", LAPTOP, "dark", "en-US"),
]


def main() -> None:
    """Every page after its default run, and the gallery."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with app() as server, browser() as chromium:
        for name, slug, size, scheme, locale in SHOTS:
            page = chromium.new_context(viewport=size, color_scheme=scheme, locale=locale).new_page()
            page.goto(f"{server.url}/{slug}")
            wait_live(page)
            page.keyboard.press("Space")
            page.wait_for_function("() => latentLab.lastStatus.state === 'finished'", timeout=120_000)
            page.wait_for_timeout(600)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.context.close()
        page = chromium.new_context(viewport=LAPTOP, locale="en-US").new_page()
        page.goto(server.url)
        page.wait_for_timeout(4000)
        page.screenshot(path=FOLDER / "gallery.png")


if __name__ == "__main__":
    main()
