"""Pictures that several pages show at the same time, drawn once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

MOST = 128  # pictures kept: a few frames of a few shared runs


class Drawn:
    """The newest pictures by what they show. Two threads that want the same one may both draw it: that costs, but harms not."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable | None, draw: Callable[[], Any]) -> Any:
        """The kept picture, or a new one; without a key nothing is kept."""
        if key is None:
            return draw()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        picture = draw()
        with self._lock:
            self._kept[key] = picture
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return picture

    def __len__(self) -> int:
        return len(self._kept)
