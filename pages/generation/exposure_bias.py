"""The page of the exposure bias lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "exposure-bias",
    hero=("accuracy|surprise",),
    tabs={
        "How much corruption": ("sweep|losses", "fluency"),
        "Put an error in": ("injection|walk",),
        "What they write": ("writing|walk",),
        "Compounding": ("bounds", "horizon|losses"),
        "Local or global": ("search|losses", "losses"),
        "Two tokens": ("tree", "plane"),
        "Inside the example": ("push", "training", "length"),
    },
)
