"""Who is who in this lab's pictures."""

from engine.plot import Cast

ANSWERS = Cast({
    "linker": ("linker", "measured"),
    "chance": ("chance", "quiet", "dot"),
    "prior": ("habit alone", 4, "dash"),
    "context": ("exact context", "theory", "dash"),
    "bayes": ("exact, both", "good", "dash"),
})  # fmt: skip
MARKS = Cast(
    {"precision": ("precision", 5), "recall": ("recall", 3), "f1": ("F1", "measured"), "best": ("exact (2)", "theory", "dash")}
)
