"""Who is who in this lab's pictures."""

from engine.plot import Cast

TAGS = Cast({"start": ("begins", "measured"), "end": ("ends", "second")})
PRESETS = Cast({
    "1-1-1-1-1": ("1-1-1-1-1", 1, "dot"),
    "1-2-4-1-1": ("1-2-4-1-1", 3, "dash"),
    "1-2-4-8-1": ("1-2-4-8-1", "measured"),
    "custom": ("own rates", 4),
})  # fmt: skip
TESTS = Cast({"exact_match": ("answer found", "measured"), "no_answer_accuracy": ("none given where there is none", 3)})
RULES = Cast({"sum": ("sum", 4), "most": ("largest", 3), "squares": ("vote (7)", "measured")})
