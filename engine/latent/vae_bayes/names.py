"""Who is who in all pictures of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast(
    {
        "run": ("this run", "measured"),
        "rate": ("KL", "second"),
        "nll": ("reconstruction", "measured", "dot"),
        "bound": ("−ln q(x)", "good"),
        "now": ("draws in force", 4),
        "sixteen": ("sixteen draws", 6),
    }
)
