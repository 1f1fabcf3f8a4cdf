"""The page of the word discovery lab."""

from pages.kit.ui.page import topic_page

topic_page("word-discovery", hero=("gaps", "found"), tabs={"Growth": ("growth", "along"), "Solidity": ("joints", "points")})
