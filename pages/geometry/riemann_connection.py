"""The page of the connection lab."""

from pages.kit.ui.page import topic_page

topic_page(
    "riemann-connection",
    hero=("surface|chart|area|stones|pendulum", "chart|turn|field"),
    tabs={"How far it turned": ("turn", "area"), "What else a connection is": ("field", "stones", "pendulum")},
)
