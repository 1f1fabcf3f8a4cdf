"""Many threads of the app read source text at the same time: pages, files to take home, formulas."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.data import parsing


@pytest.fixture
def threads_change_during_a_parse() -> Iterator[None]:
    """Collections happen while a tree is built; what they call may let another thread go on."""

    def rest(*_: object) -> None:
        time.sleep(0)

    gc.callbacks.append(rest)
    yield
    gc.callbacks.remove(rest)


@pytest.mark.usefixtures("threads_change_during_a_parse")
def test_threads_that_parse_at_once_do_not_disturb_each_other() -> None:
    text = Path(parsing.__file__).with_name("table.py").read_text(encoding="utf-8")
    sums = " + ".join(f"x_{i} * {i}" for i in range(60))
    with ThreadPoolExecutor(6) as pool:
        modules = [pool.submit(parsing.module, text) for _ in range(40)]
        expressions = [pool.submit(parsing.expression, sums) for _ in range(200)]
    assert {len(one.result().body) for one in modules} == {len(parsing.module(text).body)}
    assert len({one.result().end_col_offset for one in expressions}) == 1
