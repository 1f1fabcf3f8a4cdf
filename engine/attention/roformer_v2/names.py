"""Who is who in the pictures of the RoFormerV2 lab."""

from __future__ import annotations

from engine.plot import Cast

NETS = Cast(
    {"ramp": ("with the ramp", "measured"), "plain": ("α = 1 at once", "second"), "floor": ("best possible", "theory", "dash")}
)
PARTS = Cast({"biases": ("biases", 0), "gains": ("γ of the norms", 1), "shifts": ("β of the norms", 2)})
KERNELS = Cast(
    {
        "ln": ("LayerNorm, γ β", 0),
        "ln-plain": ("LayerNorm", 1),
        "rms-gain": ("RMS, γ", 2),
        "rms": ("RMS", 3),
        "fused-ln": ("LayerNorm, γ β", 0, "dash"),
        "fused-ln-plain": ("LayerNorm", 1, "dash"),
        "fused-rms-gain": ("RMS, γ", 2, "dash"),
        "fused-rms": ("RMS", 3, "dash"),
        "linear-bias": ("linear + bias", 4),
        "linear": ("linear", 5),
    }
)
QUESTIONS = Cast(
    {
        "parity": ("odd", 0),
        "large": ("5 or more", 1),
        "prime": ("prime", 2),
        "three": ("multiple of 3", 3),
        "hole": ("has a hole", 4),
    }
)
HEADS_OF = Cast({"scratch": ("from scratch", "second"), "pretrained": ("after school", "measured")})
