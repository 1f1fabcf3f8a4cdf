"""Who is who in the pictures of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast(
    {
        "gd": ("gradient descent", 0),
        "heun": ("Heun", 1),
        "rk4": ("RK4", 2),
        "momentum": ("momentum", 3),
        "nesterov": ("Nesterov", 4),
        "adam": ("Adam", 5),
    }
)
RUNS = Cast({"small": ("small batches", 1), "accumulated": ("accumulated", 0), "big": ("one big batch", 2, "dash")})
