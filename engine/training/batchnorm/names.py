"""Who is who in the pictures of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast(
    {
        "bn": ("batch norm", 0),
        "none": ("no normaliser", 1),
        "centre": ("− mean only", 2),
        "scale": ("÷ deviation only", 3),
        "rms": ("÷ root mean square", 4),
        "ln": ("layer norm", 5),
        "noisy_bn": ("batch norm + noise", 6),
    }
)
INPUTS = Cast({"raw": ("raw", 1), "centred": ("centred", 2), "standardised": ("standardised", 0)})
PARTS = Cast({"ones": ("along 1", 1), "hat": ("along ŷ", 3)})
