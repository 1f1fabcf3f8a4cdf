"""The page of the sparse attention lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "sparse-attention",
    hero=("reach|seconds", "distances|bytes"),
    tabs={"Through the layers": ("ways", "masks"), "Learning": ("learning",), "What it buys": ("trade", "row_cost")},
)
