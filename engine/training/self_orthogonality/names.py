"""Who is who in the pictures of this lab."""

from __future__ import annotations

from engine.plot import Cast

SENSES = Cast({"euclid": ("Euclid", 1), "sigma": ("Σ", 0)})
SIGNS = Cast({"same": ("same sign", 0), "other": ("opposite signs", 1)})
PENALTIES = Cast(
    {"theta": ("ϑ of the outputs", 0), "off": ("WᵀW off the diagonal", 1), "F": ("‖WᵀW − I‖²", 2), "none": ("no penalty", 4)}
)
