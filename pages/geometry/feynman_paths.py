"""The page of the path lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "feynman-paths",
    hero=("paths", "necklace"),
    tabs={
        "Real time": ("spiral", "modes"),
        "A closer look": ("correlator", "convergence", "discretisation"),
        "Walkers": ("walkers", "drift"),
    },
)
