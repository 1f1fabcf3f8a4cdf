"""The page of the adversarial training lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "adversarial-training",
    hero=("plane|gallery|accuracy", "robustness"),
    tabs={"Pits": ("pit", "slopes"), "Attack and penalty": ("equivalence",), "On the way": ("accuracy", "cost")},
)
