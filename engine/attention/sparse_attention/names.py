"""Who is who in the pictures of the sparse attention lab: patterns of masks, and ways to compute attention."""

from __future__ import annotations

from engine.plot import Cast

PATTERNS = Cast(
    {
        "none": ("none", "quiet"),
        "dense": ("dense", "text"),
        "atrous": ("atrous", 0),
        "local": ("local", 2),
        "sparse": ("sparse", 1),
    }
)
WAYS = Cast(
    {
        "dense": ("dense", "text"),
        "masked": ("dense + mask", 1),
        "sdpa": ("SDPA of PyTorch", 7),
        "atrous": ("atrous, reshaped", 0),
        "unfold": ("local, unfolded", 5),
        "blocked": ("local, in blocks", 2),
        "sparse": ("sparse, joint", 4),
    }
)
