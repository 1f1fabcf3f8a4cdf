"""Finds topics: every package `engine/<group>/<topic>` whose `__init__` defines TOPIC. No list names them.

Nothing is imported before somebody asks for it: what the gallery, the navigation and the addresses need of all topics stands in a
small index (`assets/index.json`), which is made from the topics themselves (`python -m engine index`) and checked by a test. A topic
that the index does not know yet is found by its place and imported.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engine.core.language import ASSETS, LANGUAGES, translate
from engine.core.params import UnknownName
from engine.core.topic import GROUPS, Topic

ROOT = Path(__file__).resolve().parents[1]
INDEX = ASSETS / "index.json"


@dataclass(frozen=True)
class Card:
    """What is known of a topic without importing it.

    Attributes:
        slug, group, title, question, after, uploads: as the topic declares them.
        short: its name in the navigation.
        steps: of a default run.
        chapters: the names of its chapters, in order.
        words: language -> "title", "short" and "question" in that language.
    """

    slug: str
    group: str
    title: str
    short: str
    question: str
    after: tuple[str, ...]
    uploads: tuple[str, ...]
    steps: int
    chapters: tuple[str, ...]
    words: dict[str, dict[str, str]]

    @classmethod
    def of(cls, topic: Topic) -> Card:
        """The card of a topic, in all languages."""
        short = topic.short or topic.title
        texts = {"title": topic.title, "short": short, "question": topic.question}
        words = {
            language: {name: translate(text, language, topic.slug) for name, text in texts.items()} for language in LANGUAGES
        }
        chapters = tuple(chapter.name for chapter in topic.chapters)
        own = (topic.slug, topic.group, topic.title, short, topic.question, topic.after, topic.uploads, topic.steps)
        return cls(*own, chapters, words)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Card:
        """The card of an entry of the index; raises TypeError for one that is none."""
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
        return cls(**values)


_loaded: dict[str, Topic] = {}  # the topics that somebody has asked for, by slug


@cache
def _places() -> dict[str, str]:
    """slug -> module of every package that may be a topic, in the order of GROUPS, then by name."""
    files = [file for group in GROUPS for file in sorted((ROOT / group).glob("*/__init__.py"))]
    return {file.parent.name.replace("_", "-"): f"engine.{file.parents[1].name}.{file.parent.name}" for file in files}


@cache
def _index() -> dict[str, Card]:
    """The index as it stands on disk, less the topics that are no longer there."""
    if not INDEX.exists():
        return {}
    known = _places()
    cards = map(Card.read, json.loads(INDEX.read_text(encoding="utf-8")))
    return {card.slug: card for card in cards if card.slug in known}


def _load(slug: str) -> Topic | None:
    """Import the package that lies where this slug says; None for one that is no topic."""
    if slug not in _loaded:
        topic = getattr(importlib.import_module(_places()[slug]), "TOPIC", None)
        if topic is None:
            return None
        _loaded[slug] = topic
    return _loaded[slug]


def cards() -> dict[str, Card]:
    """What is known of all topics, by slug, in the order of GROUPS, then by slug. Imports only those that the index lacks."""
    index = _index()
    found = {slug: index.get(slug) or (Card.of(topic) if (topic := _load(slug)) else None) for slug in _places()}
    found |= {slug: Card.of(topic) for slug, topic in _loaded.items() if slug not in found}
    return {slug: card for slug, card in found.items() if card is not None}


def topics() -> dict[str, Topic]:
    """All topics by slug, in the order of GROUPS, then by slug: imports all of them (but no torch)."""
    places = _places()
    found = {slug: topic for slug in places if (topic := _load(slug)) is not None}
    rest = {slug: topic for slug, topic in _loaded.items() if slug not in places}
    _loaded.clear()
    _loaded.update(found | rest)
    return _loaded


def find(slug: str) -> Topic:
    """The topic of that slug, imported now if it has not been; raises UnknownName with the nearest one."""
    if slug in _loaded:
        return _loaded[slug]
    topic = _load(slug) if slug in _places() else None
    if topic is None:
        raise UnknownName(slug, list(cards()), what="topic")
    return topic


def write_index() -> Path:
    """Make the index anew from the topics; returns its file."""
    lines = [json.dumps(asdict(Card.of(topic)), ensure_ascii=False) for topic in topics().values()]
    INDEX.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    _index.cache_clear()
    return INDEX
