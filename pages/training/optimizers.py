"""The page of the optimiser lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "optimizers", hero=("trails|net_loss|walkers", "loss|difference|spread"), tabs={"Solvers": ("stability|speed", "errors")}
)
