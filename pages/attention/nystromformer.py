"""The page of the Nyströmformer lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "nystromformer",
    hero=("factors|swap", "errors|learning"),
    tabs={"The inverse": ("filters", "depth"), "A closer look": ("row", "variance"), "Cost": ("cost",)},
)
