"""The pictures of the lab of two writing hands."""

from engine.core.topic import View
from engine.generation.bidirectional_decoding.params import READING
from engine.generation.bidirectional_decoding.views.curves import accuracy, ends, forced, losses
from engine.generation.bidirectional_decoding.views.hands import hands, looks

VIEWS = (
    View(
        "hands",
        "Four hands on one item",
        "Green is right, orange wrong; a line leads from the token being written to where its hand looks.",
        hands,
    ),
    View("accuracy", "How right at each place", "512 items that no hand has seen, each written alone. Dashed: in theory.", accuracy),
    View("looks", "Where they look", "Row: a hand's step; column: the other hand's state. The line: it has just read the answer.", looks, READING),
    View("losses", "Loss, and what leaks", "The dashed line is the entropy: no one-way writer stays below it.", losses),
    View("forced", "Taught and alone", "The same hands with all true tokens before them, and with what they wrote.", forced),
    View("ends", "The first four, the last four", "Share right at both ends, here and in the translations of the paper.", ends),
)  # fmt: skip
