"""How much memory an attention lab may take: its scores grow with the square of the length. No torch."""

from __future__ import annotations

import os
from pathlib import Path


def memory_limit() -> int:
    """Bytes a run may take: half of what this machine (or its container) has."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 * 2**30
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            installed = min(installed, int(Path(name).read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return installed // 2
