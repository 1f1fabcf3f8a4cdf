"""The page of the reading lab."""

from pages.kit.ui.page import topic_page

topic_page("seq2seq-reading", hero=("reading", "grid"), tabs={"Learning": ("curves", "doubt"), "Voting": ("ballot", "fusions")})
