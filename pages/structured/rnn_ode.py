"""The page of the RNN and ODE lab."""

from pages.kit.ui.page import topic_page

topic_page("rnn-ode", hero=("curves", "phase|bifurcation"), tabs={"Cells": ("orders|strip",), "Weights": ("weights", "sloppy")})
