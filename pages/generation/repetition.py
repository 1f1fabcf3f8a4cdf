"""The page of the repetition lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "repetition",
    hero=("cells|valley", "texts|written"),
    tabs={
        "Count": ("counted|loss", "walks|loss"),
        "Bounds": ("bounds|loss", "eigenvalues|loss"),
        "The loudest cycle": ("cycle|loss",),
    },
)
