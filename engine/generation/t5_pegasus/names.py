"""Who is who in every picture of the lab of pseudo-summaries."""

from __future__ import annotations

from engine.plot import Cast

TITLES = Cast(
    {
        "accuracy_method": ("M, pre-trained", 0),
        "accuracy_problem": ("P, pre-trained", 0, "dash"),
        "none_method": ("M, not pre-trained", 6),
        "none_problem": ("P, not pre-trained", 6, "dash"),
    }
)
RULES = {"lcs": "LCS", "rouge": "ROUGE-1", "lead": "first", "random": "random", "span": "spans"}
