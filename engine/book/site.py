"""The book as a folder of static pages: the gallery in each language, what all pages share, and the labs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from engine.book import packing
from engine.book.document import document, head, json_in_html, script_data
from engine.book.lab import Lab
from engine.core.language import ASSETS, LANGUAGES, labels, translator
from engine.core.topic import Topic
from engine.gallery.cards import cards_of
from engine.gallery.search import SECTIONS, WEIGHT, told
from engine.runs.browser_bundle import bundle
from engine.runs.history_page import WORDS

SCRIPTS = ("early", "start", "gallery", "lab")
SHEETS = ("base/lab.css", "history/page.css", "gallery/gallery.css", "book/book.css")


def files_of(labs: Sequence[Lab]) -> dict[str, str]:
    """All files of a book but those of the labs themselves, by their places in it."""
    files = {f"assets/{name}.js": script(name) for name in SCRIPTS}
    files["assets/book.css"] = "\n".join((ASSETS / "lab" / name).read_text(encoding="utf-8") for name in SHEETS)
    files["data/covers.js"] = script_data("covers", json_in_html(packing.pack({lab.topic.slug: [[lab.cover]] for lab in labs})))
    files["data/search.js"] = script_data("search", json_in_html(said([lab.topic for lab in labs])))
    files["index.html"] = start()
    return files | {f"{language}/index.html": gallery(labs, language) for language in LANGUAGES}


def write(out: Path, files: Mapping[str, str]) -> int:
    """Write files to their places in a folder, and say how many bytes they are; raises OSError."""
    size = 0
    for name, text in files.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        size += target.write_bytes(text.encode())
    return size


def script(name: str) -> str:
    """One of the shared scripts, with all modules it needs: a page from a disk may not load modules."""
    return f"(() => {{\n'use strict';\n{bundle(ASSETS / 'lab' / 'book' / f'{name}.js')}}})();\n"


def said(topics: Sequence[Topic]) -> dict[str, Any]:
    """What the browser searches: everything that these labs say, and what each kind of it weighs."""
    found = {
        topic.slug: [{"kind": e.kind, "chapter": e.chapter, "section": e.section, "texts": e.texts} for e in told(topic)]
        for topic in topics
    }
    return {"weights": WEIGHT, "labs": found}


def gallery(labs: Sequence[Lab], language: str) -> str:
    """The gallery's page."""
    t = translator(language)
    held = {lab.topic.slug: list(lab.held) for lab in labs}
    cards = [{**card, "uploads": [], "held": held[card["slug"]]} for card in cards_of(list(held), language)]
    data = {
        "language": language,
        "labels": labels(language),
        "cards": cards,
        "sections": {name: t(name) for name in SECTIONS.values() if name},
        "words": {key: t(WORDS[key]) for key in ("light", "dark")},
    }
    names = "".join(
        f'<li><a href="{escape(card["slug"])}.html">{escape(card["title"])}</a>: {escape(card["question"])}</li>'
        for card in cards
    )
    body = (
        f'<main class="lab book-gallery"><h1>{escape(t("Latent Lab"))}</h1>'
        f"<p>{escape(t('See how models behave: recorded runs of small models, with what theory says about them.'))}</p>"
        f'<div class="lab-gallery lab"><ul>{names}</ul></div></main>'
    )
    return document(t("Latent Lab"), language, t, file="index.html", script="gallery", data=data, body=body)


def start() -> str:
    """The first page: on to the reader's language, by links where nothing runs."""
    links = "".join(
        f'<li><a href="{language}/index.html" hreflang="{language}" lang="{language}">{escape(name)}</a></li>'
        for language, name in LANGUAGES.items()
    )
    body = f'<body><main class="lab"><h1>Latent Lab</h1><ul>{links}</ul></main><script src="assets/start.js"></script></body></html>\n'
    return head("Latent Lab", "en", "") + body
