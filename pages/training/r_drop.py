"""The page of the R-Drop lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "r-drop",
    hero=("crowd|weights", "scores|ridge"),
    tabs={
        "How far apart": ("apart|losses", "unseen"),
        "Rows": ("every_row", "plane|confidence"),
        "Training": ("losses", "confidence"),
    },
)
