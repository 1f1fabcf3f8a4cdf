"""What happened, in words: the explanation with the run's own numbers, and the topic's claims held against them."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from engine.core.language import fill
from engine.core.topic import Timeline
from pages.kit.live.stage.run import LiveRun


@st.fragment(run_every=5.0)  # its formulas are dear to typeset: seldom, so that the pictures stay fast
def numbers(run: LiveRun, explanation: str) -> None:
    """The explanation with the run's own numbers, and the claims held against them; follows the run."""
    timeline = run.timeline()
    if timeline is None:
        st.markdown(fill(explanation, {}))
        return
    values: dict[str, Any] = {
        **timeline.params.values(),
        **timeline.frame.scalars,
        "step": timeline.frame.step,
        "seed": run.seed,
    }
    st.markdown(fill(explanation, values))
    rows = claim_rows(run, timeline)
    if rows:
        st.markdown(f"#### {run.t('Theory, measured')}")
        st.markdown("\n".join(rows))


def claim_rows(run: LiveRun, timeline: Timeline) -> list[str]:
    """The table of claims as Markdown lines; empty for a topic without claims."""
    t = run.t
    if not run.topic.claims:
        return []
    rows = [f"| {t('claim')} | {t('predicted')} | {t('measured')} | ± | |", "|---|---|---|---|---|"]
    for claim in run.topic.claims:
        verdict = claim.judge(timeline)
        if verdict is None:
            rows.append(f"| {t(claim.statement)} | | | | {unbroken(t('not yet'))} |")
            continue
        says = f":green[{unbroken(t('agrees'))}]" if verdict.agrees else f":orange[{t('does not agree')}]"
        unit = f"\N{NO-BREAK SPACE}{t(verdict.unit)}" if verdict.unit else ""
        rows.append(
            f"| {t(claim.statement)} | {verdict.expected}{unit} | {verdict.measured:.4g}{unit} | {verdict.tolerance:.2g} | {says} |"
        )
    return rows


def unbroken(text: str) -> str:
    """The text as one line wherever it stands; Chinese would break between any two characters."""
    return re.sub(r"(?<=[^ -~])(?=[^ -~])", "\N{WORD JOINER}", text).replace(" ", "\N{NO-BREAK SPACE}")
