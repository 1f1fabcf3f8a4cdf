"""The page of the MEMM lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "memm",
    hero=("memm", "crf"),
    tabs={"Evidence": ("reach", "tables"), "Learning": ("losses", "errors", "standing"), "Both directions": ("bi", "gamma")},
)
