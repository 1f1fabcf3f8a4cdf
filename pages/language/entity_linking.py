"""The page of the lab of entity linking."""

from pages.kit.ui.page import topic_page

topic_page(
    "entity-linking",
    hero=("habit", "mention"),
    tabs={
        "Linking": ("answers", "attention", "pruning"),
        "Mentions": ("sentence", "filter", "aliases"),
        "Learning": ("learning",),
    },
)
