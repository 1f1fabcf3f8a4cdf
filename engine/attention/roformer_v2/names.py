"""Who is who in the pictures of the RoFormerV2 lab."""

from __future__ import annotations

from engine.attention.roformer_v2.params import NORMS, TASKS
from engine.plot import Cast

NETS = Cast(
    {
        "ramp": ("with the ramp", "measured"),
        "learned": ("α learned", 2),
        "plain": ("α = 1 at once", "second"),
        "floor": ("best possible", "theory", "dash"),
    }
)
KERNELS = Cast(
    {name: (words, place) for place, (name, words) in enumerate(NORMS.items())}
    | {f"fused-{name}": (words, place, "dash") for place, (name, words) in enumerate(NORMS.items())}
    | {"linear-bias": ("linear + bias", 4), "linear": ("linear", 5)}
)
QUESTIONS = Cast({name: (words, place) for place, (name, words) in enumerate(TASKS.items())})
HEADS_OF = Cast({"scratch": ("from scratch", "second"), "pretrained": ("after school", "measured")})
