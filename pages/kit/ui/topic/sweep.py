"""The sweep on a topic's page: in a fold, or beside the pictures where a chapter is one."""

from __future__ import annotations

import streamlit as st

from pages.kit.live.stage.run import LiveRun
from pages.kit.live.sweep import MOST, sweepable
from pages.kit.ui.components import live, specification

SEEDS = 8  # how many seeds are offered at first


def sweep_fold(run: LiveRun) -> None:
    """The sweep's fold on a topic's page."""
    with st.expander(run.t("Sweep: many values at once"), key="fold-sweep", icon=":material/tune:"):
        sweep_panel(run)


def sweep_panel(run: LiveRun, *, planned: bool = False) -> None:
    """The sweep itself: beside the pictures where a chapter is one, and has planned it."""
    specs = [specification(control, run) for control in sweepable(run)]
    specs[-1]["high"] = SEEDS - 1  # of all the seeds there are, the first few
    live(
        "sweep",
        run,
        f"{run.topic.slug}:sweep",
        specs=specs,
        steps=run.topic.tempo(run.params).steps,
        most=MOST,
        planned=planned,
    )
