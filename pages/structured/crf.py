"""The page of the CRF lab."""

from pages.kit.ui.page import topic_page

topic_page("crf", hero=("paths", "race"), tabs={"Paths": ("frames", "spectrum"), "Sums": ("halves", "transitions")})
