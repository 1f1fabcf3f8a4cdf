"""The page of the path lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "feynman-paths",
    hero=("arrows|necklace|convergence|walkers", "modes|correlator|discretisation|convergence|necklace"),
    tabs={
        "Real time": ("arrows", "modes"),
        "A closer look": ("correlator", "convergence", "discretisation"),
        "Walkers": ("walkers",),
    },
)
