"""The page of the self-orthogonality lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "self-orthogonality",
    hero=("angles", "course|worth"),
    tabs={"All pairs": ("matrix", "responses"), "Signs and angles": ("lemma", "plane|filters")},
)
