"""Who is who in every picture of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast(
    {
        "sampled": ("sampled", "measured"),
        "lattice": ("this lattice", "theory", "dash"),
        "continuum": ("no lattice", "good", "dot"),
        "classical": ("classical", "quiet", "dot"),
        "tube": ("less than half a turn", "good"),
        "others": ("other chains", "quiet"),
    }
)
