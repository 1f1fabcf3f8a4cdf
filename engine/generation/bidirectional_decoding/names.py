"""Who is who in every picture of this lab."""

from __future__ import annotations

from engine.plot import Cast

CAST = Cast(
    {
        "one_l2r": ("alone →", 0, "dot"),
        "one_r2l": ("← alone", 6, "dot"),
        "bi_l2r": ("left hand →", 0),
        "bi_r2l": ("← right hand", 6),
        "chosen": ("the surer hand", "good"),
        "theory_l2r": ("(4) →", "theory", "dash"),
        "theory_r2l": ("← (4)", "theory", "dashdot"),
        "theory_best": ("best (5)", "theory", "dot"),
    }
)
DIGITS = "0123456789ABCDEF"  # one sign a symbol, however many there are
