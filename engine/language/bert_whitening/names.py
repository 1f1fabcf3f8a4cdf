"""Who is who in the pictures of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast({
    "now": ("now", 0),
    "raw": ("raw", 1),
    "centred": ("centred", 3, "dot"),
    "flow": ("flow", 2),
    "rotated": ("γ = 0", 4),
    "noise": ("noise", "quiet"),
})  # fmt: skip
