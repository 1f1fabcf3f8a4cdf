"""Who is who in the pictures of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast(
    {
        "none": ("plain", 1),
        "noise": ("random noise", 7),
        "fgm": ("FGM", 0),
        "fgsm": ("FGSM", 8),
        "pgd": ("PGD", 2),
        "raw": ("raw gradient", 3),
        "penalty1": ("penalty ε‖g‖", 4),
        "penalty2": ("penalty ε‖g‖²/2", 6),
    }
)
CLASSES = Cast({"0": ("class 0", 1), "1": ("class 1", 0)})
PAIRS = Cast({"raw": ("δ = εg, penalty ε‖g‖²/2", 2), "unit": ("δ = εg/‖g‖, penalty ε‖g‖", 0)})
ATTACKS = Cast({"pgd": ("PGD-20", "measured"), "step": ("one step", "measured", "dash"), "random": ("random", "quiet", "dot")})
