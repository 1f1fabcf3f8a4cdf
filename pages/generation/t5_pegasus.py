"""The page of the lab of pseudo-summaries."""

from pages.kit.ui.page import topic_page

topic_page(
    "t5-pegasus",
    hero=("cards|titles", "scores|accuracy"),
    tabs={"Cutting": ("table",), "Tokens": ("segments",), "Training": ("naming", "pair")},
)
