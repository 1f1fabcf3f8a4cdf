"""The gallery as one HTML file: the samples' pictures in both themes and languages, and the renderer's modules."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from engine.core.picture import Style
from engine.plot.packing import encode
from engine.runs.browser_bundle import bundle, inline
from tests.figures import schema, words  # noqa: F401  (their samples enter the list)
from tests.figures.sample import SAMPLES, chinese

STYLE = """
body { margin: 0; padding: 0 16px 40px; font-family: system-ui, 'Noto Sans CJK SC', sans-serif; background: #fff; color: #1f2430 }
body[data-theme=dark] { background: #14171d; color: #e8eaed }
nav { position: sticky; top: 0; z-index: 9; display: flex; gap: 6px; padding: 8px 0; background: inherit }
h2 { font-size: 15px; font-weight: 600; margin: 18px 0 4px }
.row { display: flex; gap: 24px } .wide { width: 760px } .narrow { width: 340px }
"""


def gallery() -> str:
    """The page."""
    styles = {
        f"{theme}-{language}": Style(theme, language, chinese if language == "zh" else str)  # type: ignore[arg-type]
        for theme in ("light", "dark")
        for language in ("en", "zh")
    }
    samples = [
        {
            "name": sample.name,
            "about": sample.about,
            "height": sample.height,
            "pictures": {
                key: base64.b64encode(encode({}, {"one": sample.draw(style)})).decode() for key, style in styles.items()
            },
        }
        for sample in SAMPLES
    ]
    data = json.dumps(samples, ensure_ascii=False).replace("<", "\\u003c")
    script = inline(bundle(Path(__file__).with_name("gallery.js")))
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><link rel="icon" href="data:,">'
        f"<title>Figures</title>\n<style>{STYLE}</style></head>\n<body>\n"
        f'<script type="application/json" id="samples">{data}</script>\n<script type="module">{script}</script>\n</body></html>\n'
    )
