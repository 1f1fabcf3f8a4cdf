"""The page of the lab of text matching."""

from pages.kit.ui.page import topic_page

topic_page(
    "text-matching",
    hero=("curves", "ranks"),
    tabs={"Words": ("sentences", "recovery"), "Scores": ("roc", "answers"), "Inside": ("attention", "guesses")},
)
