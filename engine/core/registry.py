"""Finds topics: every package `engine/<group>/<topic>` whose `__init__` defines TOPIC. No list names them."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from engine.core.params import UnknownName
from engine.core.topic import GROUPS, Topic

ROOT = Path(__file__).resolve().parents[1]


@cache
def topics() -> dict[str, Topic]:
    """All topics by slug, in the order of GROUPS, then by slug. Imports no torch."""
    found = []
    for group in GROUPS:
        for file in sorted((ROOT / group).glob("*/__init__.py")):
            topic = getattr(importlib.import_module(f"engine.{group}.{file.parent.name}"), "TOPIC", None)
            if topic is not None:
                found.append(topic)
    return {topic.slug: topic for topic in found}


def find(slug: str) -> Topic:
    """The topic of that slug; raises UnknownName with the nearest one."""
    known = topics()
    if slug not in known:
        raise UnknownName(slug, list(known), what="topic")
    return known[slug]
