"""The page of the masking lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "masking",
    hero=("sentence|digit", "test|digits"),
    tabs={"Inside": ("tensors", "vectors", "attention", "reach"), "Five numbers": ("desk", "empty"), "Learning": ("learning",)},
)
