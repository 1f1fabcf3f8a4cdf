"""Pictures that several pages show at the same time, drawn once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

MOST = 128  # pictures kept: a few frames of a few shared runs


class Drawn:
    """The newest pictures by what they show. Who wants one that is just being drawn waits for it."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable | None, draw: Callable[[], Any]) -> Any:
        """The kept picture, or a new one; without a key nothing is kept. What `draw` raises reaches all who wait, and is not kept."""
        if key is None:
            return draw()
        with self._lock:
            picture = self._kept.get(key)
            if picture is not None:
                self._kept.move_to_end(key)
            else:
                mine = self._kept[key] = Future()
                while len(self._kept) > self.most:
                    self._kept.popitem(last=False)
        if picture is not None:
            return picture.result()
        try:
            mine.set_result(draw())
        except BaseException as error:
            mine.set_exception(error)
            with self._lock:
                if self._kept.get(key) is mine:
                    del self._kept[key]
        return mine.result()

    def __len__(self) -> int:
        return len(self._kept)
