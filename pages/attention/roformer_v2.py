"""The page of the RoFormerV2 lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "roformer-v2", hero=("loss|few|kernels", "ledger|cosines"), tabs={"Alone": ("race",), "Through the layers": ("path",)}
)
