"""Who is who in this lab's pictures."""

from engine.plot import Cast

WHO = Cast({
    "scratch": ("from scratch", "quiet"),
    "random": ("random rows", 5),
    "frequency": ("by frequency", "measured"),
    "oracle": ("true rows", "good"),
})  # fmt: skip
