"""The page of the lab of two writing hands."""

from pages.kit.ui.page import topic_page

topic_page(
    "bidirectional-decoding",
    hero=("hands", "accuracy"),
    tabs={"Where they look": ("looks", "forced"), "The leak": ("losses", "forced"), "Both ends": ("ends", "accuracy")},
)
