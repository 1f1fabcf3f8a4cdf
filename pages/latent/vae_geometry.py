"""The page of the VAE geometry lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "vae-geometry",
    hero=("plane|ladder", "twin|strips|gallery"),
    tabs={
        "Which way is short?": ("strips", "probe"),
        "Each ellipse and the union": ("surgery", "ellipse_law"),
        "Too much β": ("ladder", "losses"),
        "What the prior draws": ("gallery", "bounds"),
        "The ruler": ("metric_field",),
    },
)
