"""The page of the exposure bias lab."""

from pages.kit.page import topic_page

topic_page(
    "exposure-bias",
    hero=("accuracy",),
    tabs={
        "How much corruption": ("sweep", "fluency"),
        "Put an error in": ("injection", "walk"),
        "Compounding": ("bounds", "horizon"),
        "Local or global": ("search", "losses"),
        "Two tokens": ("tree", "plane"),
        "Inside the example": ("push", "training", "length"),
        "Own text": ("writing",),
    },
)
