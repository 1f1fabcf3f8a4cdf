"""Looks at a model that are worth keeping: how often somebody looks then costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Looks:
    """Results by what was looked at and all that they depend on, computed when they are first wanted.

    Of every kind of look the newest are kept, `most` of them: what a slider is dragged back to is there still.
    """

    def __init__(self, most: int = 1) -> None:
        self.most = most
        self._known: dict[Hashable, dict[Hashable, Any]] = {}

    def once(self, what: Hashable, key: Hashable, compute: Callable[[], T]) -> T:
        """The look of this kind under this key; `compute` must depend on nothing that the key does not name."""
        kept = self._known.setdefault(what, {})
        if key not in kept:
            found = compute()
            while len(kept) >= self.most:
                del kept[next(iter(kept))]
            kept[key] = found
        return kept[key]
