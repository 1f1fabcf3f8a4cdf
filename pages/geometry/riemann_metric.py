"""The page of the metric lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "riemann-metric",
    hero=("chart|ant|triangle", "surface|local_frame|lengths"),
    tabs={"The ant's laboratory": ("ant", "triangle"), "A closer look": ("lengths", "local_frame")},
)
