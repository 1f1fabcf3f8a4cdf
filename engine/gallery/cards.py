"""What the gallery says of each lab: read from the index and the texts, without importing a topic."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from functools import cache
from typing import Any

from engine.core import registry
from engine.core.language import story, translator
from engine.core.registry import Card

READING = 200  # words a minute
PLAYING = 0.5  # minutes a chapter's run is watched
ARTICLE = re.compile(r"https://(?:kexue\.fm|spaces\.ac\.cn)/archives/\d+")
FOLDER = re.compile(r"[^\s$]+")


@cache
def minutes(slug: str, chapters: tuple[str, ...]) -> int:
    """How long a lab takes, in whole minutes: its English chapters and explanation read, each chapter's run watched."""
    text = story("en", slug)
    words = sum(len(FOLDER.findall(text.get(name, ""))) for name in ("summary", "guess", "explanation", *chapters))
    return max(1, math.ceil(words / READING + PLAYING * len(chapters)))


@cache
def article(slug: str) -> str:
    """The address of the article that a lab grew from, the first among its sources; "" where none is named."""
    found = ARTICLE.search(story("en", slug).get("sources", ""))
    return found[0] if found else ""


def chapter_titles(language: str, card: Card) -> list[dict[str, str]]:
    """The chapters of a lab in order: their names and titles."""
    text = story(language, card.slug)
    return [{"name": name, "title": text.get(name, "").partition("\n")[0].strip() or name} for name in card.chapters]


@cache
def picture_of(language: str) -> list[dict[str, Any]]:
    """All labs as the browser's gallery takes them, in the order of the groups and, within one, of the path."""
    return cards_of(list(registry.cards()), language)


def cards_of(slugs: Collection[str], language: str) -> list[dict[str, Any]]:
    """Some labs as the browser's gallery takes them, in the same order; of what they build on, those among them."""
    t = translator(language)
    rank = {slug: number for number, slug in enumerate(path_order())}
    groups = list(dict.fromkeys(card.group for card in registry.cards().values()))
    known = [card for slug, card in registry.cards().items() if slug in slugs]
    return [
        {
            "slug": card.slug,
            "group": card.group,
            "groupTitle": t(card.group.capitalize()),
            "color": groups.index(card.group),
            "title": story(language, card.slug)["title"],
            "short": card.words[language]["short"],
            "question": card.words[language]["question"],
            "minutes": minutes(card.slug, card.chapters),
            "chapters": chapter_titles(language, card),
            "uploads": list(card.uploads),
            "article": article(card.slug),
            "after": [slug for slug in card.after if slug in slugs],
        }
        for card in sorted(known, key=lambda card: (groups.index(card.group), rank[card.slug]))
    ]


def path_order() -> list[str]:
    """All labs, each behind those it builds on; else in their own order."""
    cards = registry.cards()
    done: dict[str, None] = {}

    def add(slug: str, under: tuple[str, ...]) -> None:
        if slug in done or slug in under or slug not in cards:
            return
        for before in cards[slug].after:
            add(before, (*under, slug))
        done[slug] = None

    for slug in cards:
        add(slug, ())
    return list(done)


def before(slug: str) -> list[Card]:
    """The labs that this one builds on."""
    cards = registry.cards()
    return [cards[name] for name in cards[slug].after if name in cards]


def after(slug: str) -> list[Card]:
    """The labs that build on this one."""
    return [card for card in registry.cards().values() if slug in card.after]
