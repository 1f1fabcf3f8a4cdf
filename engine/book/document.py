"""The HTML of the book's pages: their frame, and the few pieces they are made of. Whatever is text comes in escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from engine.core.language import LANGUAGES
from engine.runs.told import typeset

# Scripts and styles from beside the page alone ("file:" is what a page that was opened from a disk calls that), and nothing else.
POLICY = "default-src 'none'; script-src 'self' file:; style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data: blob:"
Words = Callable[[str], str]
DISPLAYED = re.compile(r'(<math [^>]*display="block">.*?</math>)', re.DOTALL)


def document(title: str, language: str, t: Words, *, file: str, script: str, data: Any, body: str, home: str = "") -> str:
    """A page in the folder of its language.

    Args:
        file: its name, the same in every language.
        script: which of the shared scripts draws it.
        data: what that is told.
        body: HTML.
        home: the link back to the gallery, where this is another page: what it says.
    """
    others = "".join(
        f'<a class="book-language" href="../{other}/{escape(file)}" hreflang="{other}" lang="{other}">{escape(name)}</a>'
        for other, name in LANGUAGES.items()
        if other != language
    )
    back = f'<a href="index.html">{escape(home)}</a>' if home else ""
    needed = t("This page cannot be shown by this browser: {reason}").format(reason="JavaScript")
    return f"""{head(title, language, "../")}<body>
<header class="lab book-head"><nav>{back}<span class="gap"></span>{others}<button type="button" class="book-theme">{escape(t("Dark"))}</button></nav></header>
<noscript>{escape(needed)}</noscript>
{body}
<script type="application/json" id="page">{json_in_html(data)}</script>
<script src="../assets/{script}.js"></script>
</body></html>
"""


def head(title: str, language: str, up: str) -> str:
    """Everything before the body; `up` leads to the book's folder."""
    return f"""<!doctype html>
<html lang="{escape(language)}">
<head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{up}assets/book.css">
<script src="{up}assets/early.js"></script></head>
"""


def json_in_html(value: Any) -> str:
    """JSON that ends no script element in which it stands."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def script_data(name: str, content: str) -> str:
    """A script that puts JSON where the pages look for it: a page from a disk may read no other file."""
    return f"(globalThis.bookData ??= {{}})[{json.dumps(name)}] = {content};\n"


def fold(title: str, content: str, *, name: str, opened: bool = False) -> str:
    """A part of a page that can be folded; `content` is HTML."""
    return f'<details id="{name}"{" open" if opened else ""}><summary><h2>{escape(title)}</h2></summary>{content}</details>'


def written(text: str) -> str:
    """Words with formulas as HTML (`told.typeset`); a formula on a line of its own may be wider than the page, so the keyboard reaches it."""
    return DISPLAYED.sub(r'<span class="formula" role="group" tabindex="0">\1</span>', typeset(text))


def code(text: str) -> str:
    """Source text as it is; it can be reached by the keyboard, for it may be wider than the page."""
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'


def table(label: str, titles: Sequence[str], groups: Sequence[tuple[str, Sequence[tuple[str, Sequence[str]]]]]) -> str:
    """Groups of rows, each under one name, below a line of titles; it may be wider than the page.

    Args:
        label, titles: text.
        groups: a name as HTML, and its rows: what kind they are, and their cells as HTML.
    """
    top = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    bodies = []
    for name, rows in groups:
        lines = [f'<tr class="{kind}">{{}}{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for kind, cells in rows]
        first = f'<th scope="rowgroup" rowspan="{len(rows)}">{name}</th>'
        bodies.append(f"<tbody>{''.join(line.replace('{}', '' if i else first, 1) for i, line in enumerate(lines))}</tbody>")
    inner = f"<table><thead><tr>{top}</tr></thead>{''.join(bodies)}</table>"
    return f'<div class="book-table" role="region" aria-label="{escape(label)}" tabindex="0">{inner}</div>'
