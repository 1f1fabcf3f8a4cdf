"""The page of the batch normalisation lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "batchnorm",
    hero=("ribbon|spectrum", "smoothness|twin_loss"),
    tabs={"One step ahead": ("slice|directions", "smoothness|twin_loss"), "Backward": ("backward", "norms")},
)
