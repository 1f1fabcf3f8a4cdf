"""The page of the position encoding lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "position-encodings",
    hero=("extrapolation", "score_map"),
    tabs={
        "The score": ("apart", "decay"),
        "Rotations": ("dials", "stretch"),
        "Attention": ("attention", "mass"),
        "Race": ("race", "scoreboard"),
        "T5 and shuffling": ("buckets", "shuffle"),
    },
)
