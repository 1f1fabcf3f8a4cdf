"""The page of the EM lab."""

from pages.kit.ui.page import topic_page

topic_page("em", hero=("plane", "bound|entropy"), tabs={"Why it never falls": ("ledger", "landscape"), "How fast": ("rate",)})
