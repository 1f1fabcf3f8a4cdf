"""The page of the lab of extracting triples."""

from pages.kit.ui.page import topic_page

topic_page(
    "dgcnn-extraction",
    hero=("tape", "map"),
    tabs={"Reading": ("objects", "patterns", "links"), "Tags": ("calibration", "sandbox"), "Learning": ("learning",)},
)
