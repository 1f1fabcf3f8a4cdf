"""The page of the smoothing lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "smoothing",
    hero=("operator", "vector"),
    tabs={
        "Choose k": ("chosen",),
        "Train on the metric": ("regions", "metrics"),
        "Who is heard": ("pull", "gradients"),
        "What a batch says": ("bias", "promise"),
    },
)
