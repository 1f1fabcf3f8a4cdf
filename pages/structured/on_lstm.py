"""The page of the ON-LSTM lab."""

from pages.kit.ui.page import topic_page

topic_page("on-lstm", hero=("sentence", "learning"), tabs={"Distances": ("spread", "heights"), "Neurons": ("kept", "cells")})
