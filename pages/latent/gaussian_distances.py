"""The page of the lab of distances between normal distributions."""

from pages.kit.ui.page import topic_page

topic_page(
    "gaussian-distances",
    hero=("plane", "own|dials"),
    tabs={
        "Carried or mixed": ("ways",),
        "Thinner and thinner": ("thin",),
        "Turn the pairing": ("coupling",),
        "A race of losses": ("race", "track"),
        "Two humps": ("humps", "hills"),
        "Two samples": ("same_law", "sizes"),
        "Your two samples": ("own",),
    },
)
