"""The sweep's fold on a topic's page."""

from __future__ import annotations

import streamlit as st

from pages.kit.live.stage.run import LiveRun
from pages.kit.live.sweep import MOST, sweepable
from pages.kit.ui.components import live, specification

SEEDS = 8  # how many seeds are offered at first


def sweep_part(run: LiveRun) -> None:
    """The sweep's fold on a topic's page."""
    specs = [specification(control, run) for control in sweepable(run)]
    specs[-1]["high"] = SEEDS - 1  # of all the seeds there are, the first few
    with st.expander(run.t("Sweep: many values at once"), key="fold-sweep", icon=":material/tune:"):
        live("sweep", run, f"{run.topic.slug}:sweep", specs=specs, steps=run.topic.steps, most=MOST)
