"""Who is who in every picture of the repetition lab."""

from __future__ import annotations

from engine.plot import Cast

WAYS = Cast({"greedy": ("greedy", 2), "top3": ("top-3", 6), "full": ("full", 0), "yours": ("yours", "mark")})
SUMS = Cast(
    {
        "risk": ("R", "measured"),
        "above": ("nρ/(1 − ρ)", "theory", "dash"),
        "below": ("Σ (Tr Pᵏ)²/N", 2, "dot"),
        "events": ("E", "second"),
    }
)
