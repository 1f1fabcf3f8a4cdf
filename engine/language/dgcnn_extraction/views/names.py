"""Who is who in this lab's pictures."""

from engine.plot import Cast

PREDICATE = Cast({
    "director": ("director", 0),
    "star": ("star", 2),
    "author": ("author", 3),
    "publisher": ("publisher", 4),
    "born": ("born in", 5),
})  # fmt: skip
TAGS = Cast({"start": ("start", "measured"), "end": ("end", "mark")})
MARKS = Cast({"precision": ("precision", 5), "recall": ("recall", 3), "f1": ("F1", "measured")})
LOSSES = Cast({"subject_loss": ("subjects", 5), "object_loss": ("objects", 3)})
KINDS = Cast({  # the patterns, in their order
    "many": ("three objects", 0),
    "two": ("two subjects", 1),
    "pair": ("two roles", 2),
    "inside": ("name in a title", 3),
    "chain": ("object is subject", 4),
    "beside": ("two facts", 5),
})  # fmt: skip
LINKS = Cast({
    "found": ("found", "good"),
    "tagged": ("subject not tagged", "second"),
    "paired": ("subject mispaired", "second", "dash"),
    "object": ("object not tagged", "second", "dot"),
    "ends": ("object mispaired", "second", "dashdot"),
})  # fmt: skip
