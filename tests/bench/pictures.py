"""Takes the README's pictures of the running app: `python -m tests.bench.pictures`."""

from __future__ import annotations

from engine.core import registry
from tests.bench.server import ROOT, app, browser, wait_live

FOLDER = ROOT / "assets" / "screenshots"
LAPTOP, PROJECTOR = {"width": 1366, "height": 768}, {"width": 1920, "height": 1080}


def shots() -> list[tuple[str, str, dict[str, int], str, str]]:
    """(file name, topic, window, colour scheme, language): every lab on a laptop, the first one on a dark projector too."""
    slugs = list(registry.topics())
    return [(slug, slug, LAPTOP, "light", "en-US") for slug in slugs] + [("projector", slugs[0], PROJECTOR, "dark", "zh-CN")]


def main() -> None:
    """Every page after its default run, and the gallery."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with app() as server, browser() as chromium:
        for name, slug, size, scheme, locale in shots():
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
