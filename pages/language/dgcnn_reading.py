"""The page of the lab of reading with gated dilated convolutions."""

from pages.kit.ui.page import topic_page

topic_page(
    "dgcnn-reading",
    hero=("gaps", "passage"),
    tabs={"Layers": ("field", "gates"), "Tests": ("learning", "threshold"), "Voting": ("bench", "ballot")},
)
