"""Memory that was freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

HOLES = """
import psutil
from engine.workers.memory import Trimmer
resident = lambda: psutil.Process().memory_info().rss / 2**20
blocks = [bytes([1]) * (5000 + 37 * (i % 700)) for i in range(10_000)]
full = resident()
blocks = blocks[::100]  # what stays, spread over all of it
early, late = Trimmer(3600.0), Trimmer(0.0)
assert not early() and len(blocks) == 100
print(full, resident(), late() and resident())
"""


@pytest.mark.skipif(sys.platform != "linux" or not hasattr(__import__("psutil"), "heap_trim"), reason="needs glibc")
def test_holes_between_what_is_kept_are_given_back_when_it_is_time():
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, timeout=60, check=True)
    full, before, after = (float(word) for word in done.stdout.split())
    assert before > full - 20 and after < full - 120  # of some 170 MB
