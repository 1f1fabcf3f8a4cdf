"""The page of the Gumbel-softmax lab: one pair of large pictures and four smaller ones, by bench."""

from pages.kit.ui.page import topic_page

topic_page(
    "gumbel-softmax",
    hero=(
        "cloud|bias_and_noise|paths|bounds|variances|dimension",
        "winners|directions|lottery|values|code_book|needles|relative_noise",
    ),
    tabs={
        "A closer look": (
            "race|lottery|usage|schedule|needles|relative_noise",
            "mean_curve|budget|members|values|variances|dimension",
        ),
        "And further": (
            "orders|budget|gradients_now|schedule|needles|relative_noise",
            "cloud|bias_and_noise|schedule|variances|dimension",
        ),
    },
)
