"""The page of the VAE clustering lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "vae-clustering",
    hero=("plane", "drawn|centres"),
    tabs={
        "Against the labels": ("table", "members"),
        "The loss in parts": ("ledger", "centres"),
        "One step against two": ("race",),
    },
)
