"""The page of the BERT-whitening lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "bert-whitening",
    hero=("cone", "dimensions"),
    tabs={"Directions": ("spectrum", "random_pairs"), "Pairs": ("pairs",), "Flow": ("flow",)},
)
