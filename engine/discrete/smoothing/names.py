"""Who is who in every picture of the smoothing lab: the four losses, the ways to choose k, and soft beside hard."""

from __future__ import annotations

from engine.plot import Cast

LOSSES = ("ce", "softacc", "softf1", "switch")
CAST = Cast(
    {"ce": ("cross-entropy", 0), "softacc": ("soft accuracy", 1), "softf1": ("soft F1", 2), "switch": ("CE, then soft F1", 6)}
)
TOPK = Cast(
    {
        "grad_topk": ("subsets (10)", 0),
        "threshold_topk_exp": ("threshold, exp (11)", 2),
        "threshold_topk_sigmoid": ("threshold, σ (11)", 6),
        "recursive_topk": ("recursion (8)", 1),
        "web_topk": ("from the web (9)", 4),
    }
)
PAIR = Cast({"hard": ("hard", "text"), "soft": ("soft", "measured"), "other": ("softmax mean", "second")})
