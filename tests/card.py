"""Everything about one topic: its tests, its chapters, its speed, its screenshots. `./test SLUG` runs this and ends with a report card.

Budgets are those of a lab: 900 to 1,300 lines of engine, 300 of tests, 1,200 words of text a language, 90 s of computing for all that CI
does with it (the first four labs may take twice as much), a moving picture 0.5 s after Play, the first chapter's verdict after 10 s.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from engine.core import registry
from engine.core.language import ASSETS, LANGUAGES
from engine.core.topic import Topic
from tests.bench.__main__ import bare_rate, press_play
from tests.bench.server import ROOT, app, browser, browser_path, wait_drawn, wait_live

LARGER = ("vae-geometry", "gumbel-softmax", "position-encodings", "exposure-bias")  # the first four: twice the budget
SIZES = {"laptop": (1366, 768), "projector": (1920, 1080)}
PARTS = {
    "contract": "contract and chapters",
    "export": "take home",
    "browser": "browser",
}  # folder of tests -> its row on the card


def tests(slug: str) -> tuple[list[tuple[str, str, str]], bool]:
    """Run all of the topic's tests; a row for each part with its computing time, and whether all passed.

    As in CI, where a run is trained once for all that share a process: what a test computes is what pytest's report says of it.
    """
    parts: dict[str, list[ElementTree.Element]] = {}
    good = True
    for chosen in ("not browser", "browser"):
        cases, passed = _pytest("tests", "-m", chosen, "--topic", slug)
        good = good and passed
        for case in cases:
            parts.setdefault(_part(case, registry.find(slug).group), []).append(case)
    spent = {
        part: sum(float(_said(case, "computing") or 0) for case in some if _said(case, "topic")) for part, some in parts.items()
    }
    rows = [
        (f"tests: {part}", f"{_outcomes(some)}; computing {spent[part]:.0f} s" if spent[part] else _outcomes(some), "")
        for part, some in parts.items()
    ]
    reach = 180 if slug in LARGER else 90
    whole = ("tests: computing in all", f"{sum(spent.values()):.0f} s", f"≤ {reach} s")
    return [*rows, whole], good


def _pytest(*chosen: str) -> tuple[list[ElementTree.Element], bool]:
    """The cases of a pytest process of its own, and whether all passed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *chosen, "-p", "no:cacheprovider", f"--junitxml={report}"]
        done = subprocess.run(command, cwd=ROOT, check=False)
        cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    return cases, done.returncode in (0, 5)  # 5: there is no such test


def _part(case: ElementTree.Element, group: str) -> str:
    """The row that a test stands in, by its folder."""
    folder = case.get("classname", "").split(".")[1]
    if not _said(case, "topic"):
        return "rules of the house"
    return "theory and model" if folder == group else PARTS.get(folder, "pages, pictures and files")


def _said(case: ElementTree.Element, name: str) -> str | None:
    """A property of a test in the report (tests/conftest.py writes them)."""
    return next((found.get("value") for found in case.iter("property") if found.get("name") == name), None)


def _outcomes(cases: list[ElementTree.Element]) -> str:
    """The numbers of passed, failed and skipped tests in words."""
    counts: Counter[str] = Counter()
    for case in cases:
        counts[next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")] += 1
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def size(topic: Topic) -> list[tuple[str, str, str]]:
    """Lines of engine and tests, words of text."""
    double = 2 if topic.slug in LARGER else 1
    name = topic.slug.replace("-", "_")
    engine = _lines((registry.ROOT / topic.group / name).rglob("*.py"))
    own = _lines((ROOT / "tests" / topic.group).glob(f"*{name}*.py"))
    rows = [("lines of engine", f"{engine:,}", f"≤ {1300 * double:,}"), ("lines of tests", f"{own:,}", f"≤ {300 * double:,}")]
    for language in LANGUAGES:
        text = (ASSETS / "text" / language / f"{topic.slug}.md").read_text(encoding="utf-8")
        count = len(text.split()) if language == "en" else sum(1 for sign in text if "\u4e00" <= sign <= "\u9fff")
        rows.append(
            (f"text ({language})", f"{count:,} {'words' if language == 'en' else 'characters'}", f"≤ {1200 * double:,} words")
        )
    return rows


def _lines(files: Any) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def chapters(slug: str) -> list[tuple[str, str, str]]:
    """A row for each chapter: its verdicts and the seconds of computing until they stood."""
    done = subprocess.run(
        [sys.executable, "-m", "engine", "check", slug, "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        return [("chapters", done.stderr.strip(), "")]
    found: dict[str, list[dict[str, Any]]] = {}
    for row in json.loads(done.stdout):
        found.setdefault(row["chapter"], []).append(row)
    rows = []
    for place, (name, judged) in enumerate(found.items()):
        said = ", ".join(f"{row['claim']}: {row['says']}" for row in judged)
        rows.append((f"chapter {name}", f"{said}; {judged[0]['seconds']:.1f} s", "≤ 10 s" if not place else ""))
    return rows


def on_screen(slug: str, folder: Path) -> list[tuple[str, str, str]]:
    """Speed in a browser, and the eight screenshots."""
    rows = [("steps/s, bare loop", f"{bare_rate(slug, 3.0):.0f}", "")]
    if browser_path() is None:
        return [*rows, ("browser", "none on this machine", "")]
    with app() as server, browser() as chromium:
        for size_name, (width, height) in SIZES.items():
            for theme in ("light", "dark"):
                for language in LANGUAGES:
                    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
                    page = context.new_page()
                    page.goto(f"{server.url}/{slug}?lang={language}")
                    wait_live(page)
                    wait_drawn(page)
                    if not any(name.startswith("Play") for name, _, _ in rows):
                        rows.append(("Play pressed → first training frame", f"{press_play(page) / 1000:.2f} s", "≤ 0.5 s"))
                        before = page.evaluate("() => [latentLab.framesReceived, performance.now()]")
                        page.wait_for_timeout(3000)
                        after = page.evaluate("() => [latentLab.framesReceived, performance.now()]")
                        frames = (after[0] - before[0]) / (after[1] - before[1]) * 1000
                        rows.append(("pictures a second while it plays", f"{frames:.1f}", "≥ 10"))
                    else:
                        press_play(page)
                        page.wait_for_timeout(2000)
                    page.screenshot(path=folder / f"{slug}-{size_name}-{theme}-{language}.png")
                    context.close()
    return [*rows, ("screenshots", str(folder), "look at them")]


def main() -> None:
    """Run everything and print the card; exit status 1 when a test failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("slug")
    parser.add_argument("--out", type=Path, help="folder of the screenshots")
    chosen = parser.parse_args()
    topic = registry.find(chosen.slug)
    folder = chosen.out or Path(tempfile.mkdtemp(prefix=f"{topic.slug}-"))
    folder.mkdir(parents=True, exist_ok=True)
    tested, good = tests(topic.slug)
    rows = [*size(topic), *tested, *chapters(topic.slug), *on_screen(topic.slug, folder)]
    print(f"\n# {topic.slug}\n| what | measured | budget |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
