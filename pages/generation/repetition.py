"""The page of the repetition lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "repetition",
    hero=("cells|valley", "texts|written"),
    tabs={"Count": ("counted", "walks"), "Bounds": ("bounds", "eigenvalues")},
)
