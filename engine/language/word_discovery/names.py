"""Who is who in every picture of the word discovery lab."""

from __future__ import annotations

from engine.plot import Cast

LENGTHS = Cast({str(n): (f"{n}", ink) for n, ink in zip(range(2, 7), (0, 1, 2, 4, 6), strict=True)})
SCORES = Cast(
    {
        "candidate_precision": ("precision before", "second", "dot"),
        "precision": ("precision", "second"),
        "recall": ("recall", "good"),
        "type_f1": ("F1", "measured"),
        "token_f1": ("token F1", "theory"),
    }
)
