"""The page of the Apriori lab."""

from pages.kit.ui.page import topic_page

topic_page("apriori", hero=("lattice", "levels"), tabs={"Rules": ("scatter", "table"), "Bits and cost": ("bits", "cost")})
