"""The page of the VAE-as-one-KL lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "vae-bayes",
    hero=("plane", "water|images"),
    tabs={"Images": ("images", "codes"), "The loss": ("ledger",), "One draw": ("noise",)},
)
