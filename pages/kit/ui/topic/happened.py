"""What happened, in words: the explanation with the run's own numbers, and the topic's claims held against them.

Nothing is claimed before it happened: until the run has numbers of its own, those of a finished default run are shown, in grey.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from engine.core.language import chapter_words, counted, fill, printed, separated
from engine.core.topic import Claim, Timeline, Verdict
from pages.kit.live.stage.recording import recorded
from pages.kit.live.stage.run import LiveRun

GREY = ":gray[{said}]"
SIGNS = {"equal": "", "least": "≥ ", "most": "≤ ", "between": ""}
FIGURES = 4  # significant ones of the larger of two numbers that stand beside each other


def own_timeline(run: LiveRun) -> Timeline | None:
    """The course of the page's run, with its twin's beside it; None while nothing has happened yet."""
    one, two = run.lead.timelines()
    waits = run.source.teacher is None and run.recording.newest is None
    if one is None or waits or (one.frame.step == 0 and not one.frame.part):
        return None
    return one if two is None else replace(one, other=two)


def told(run: LiveRun, text: str, own: Mapping[str, Any], spare: Mapping[str, Any]) -> str:
    """A text with the run's numbers; a number that it has not stands in grey, from elsewhere or as words, never as a dash.

    Args:
        own: names and values of the run: its parameters, and what it has measured.
        spare: what is taken where it has none.
    """
    return fill(text, own, spare, mark=lambda said: GREY.format(said=said), missing=run.t("not measured"))


@st.fragment(run_every=5.0)  # its formulas are dear to typeset: seldom, so that the pictures stay fast
def numbers(run: LiveRun, explanation: str) -> None:
    """The explanation with the run's own numbers, and the claims held against them; follows the run."""
    timeline = own_timeline(run)
    values: dict[str, Any] = {**run.params.values(), "seed": run.seed}
    if timeline is not None:
        values |= {**timeline.params.values(), **timeline.frame.scalars, "step": timeline.frame.step}
    frame = recorded(run.topic.slug)
    said = told(run, explanation, values, {} if frame is None else {**frame.scalars, "step": frame.step})
    st.markdown(said)
    if GREY.split("[")[0] + "[" in said:
        st.caption(run.t("Grey: from a finished default run."))
    judged, waiting = judge(run, timeline)
    if judged:
        st.markdown(f"#### {run.t('Theory, measured')}")
        st.markdown("\n".join(claim_rows(run, judged)))
    if waiting:
        _elsewhere(run, waiting)


def judge(run: LiveRun, timeline: Timeline | None) -> tuple[list[tuple[Claim, Verdict]], list[Claim]]:
    """The topic's claims that this course can be held against, with their verdicts, and the others."""
    verdicts = [(claim, None if timeline is None else claim.judge(timeline)) for claim in run.topic.claims]
    judged = [(claim, verdict) for claim, verdict in verdicts if verdict is not None and math.isfinite(verdict.measured)]
    known = {claim.name for claim, _ in judged}
    return judged, [claim for claim in run.topic.claims if claim.name not in known]


def claim_rows(run: LiveRun, judged: list[tuple[Claim, Verdict]]) -> list[str]:
    """The table of judged claims as Markdown lines, numbers under each other at the right."""
    t = run.t
    rows = [f"| {t('claim')} | {t('predicted')} | {t('measured')} | ± | |", "|---|--:|--:|--:|---|"]
    for claim, verdict in judged:
        says = f":green[{unbroken(t('agrees'))}]" if verdict.agrees else f":orange[{unbroken(t('does not agree'))}]"
        unit = f"\N{NO-BREAK SPACE}{t(verdict.unit)}" if verdict.unit else ""
        predicted, measured, tolerance = aligned(verdict)
        rows.append(f"| {t(claim.statement)} | {unbroken(predicted)}{unit} | {measured}{unit} | {tolerance} | {says} |")
    return rows


def aligned(verdict: Verdict) -> tuple[str, str, str]:
    """What was predicted and measured, with as many decimals as each other and thousands separated, and the tolerance."""
    if verdict.side == "between":
        ends = (verdict.predicted - verdict.tolerance, verdict.predicted + verdict.tolerance)
        *bounds, measured = _alike(*ends, verdict.measured)
        return " … ".join(bounds), measured, ""
    predicted, measured = _alike(verdict.predicted, verdict.measured)
    return SIGNS[verdict.side] + predicted, measured, printed(f"{verdict.tolerance:.2g}") if verdict.tolerance else "0"


def _alike(*values: float) -> list[str]:
    """Numbers with equally many decimals: FIGURES significant ones for the largest; very small ones as powers of ten."""
    largest = max(abs(value) for value in values)
    if 0 < largest < 10.0 ** (1 - FIGURES):
        return [printed(f"{value:.2e}") for value in values]
    if all(value == round(value) for value in values):
        return [separated(f"{value:.0f}") for value in values]
    decimals = max(0, FIGURES - 1 - math.floor(math.log10(largest))) if largest else 0
    return [separated(f"{value:.{decimals}f}") for value in values]


def _elsewhere(run: LiveRun, waiting: list[Claim]) -> None:
    """One line: how many claims are not judged yet, and the chapters that do it, each a button that opens one."""
    t, slug, names = run.t, run.topic.slug, {claim.name for claim in waiting}
    here = run.topic.chapter(run.chapters.name).shows if run.chapters.name else ()
    later = names & {claim.name for claim in here}
    if later:
        words = "1 claim is judged at the end of this chapter.", "{count} claims are judged at the end of this chapter."
        st.caption(counted(t, len(later), *words))
    names -= later
    if not names:
        return
    words = "1 claim is judged in the chapter", "{count} claims are judged in the chapters"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"elsewhere-{slug}"):
        st.caption(counted(t, len(names), *words), width="content")
        for chapter in run.topic.chapters:
            shown = [claim for claim in chapter.shows if claim.name in names]
            names -= {claim.name for claim in shown}
            title = chapter_words(run.language, slug, chapter.name).title
            tip = "\n\n".join(t(claim.statement) for claim in shown)
            if shown and st.button(title, key=f"judged:{slug}:{chapter.name}", help=tip, type="tertiary", width="content"):
                run.chapters.ask(chapter.name)
                st.rerun()


def unbroken(text: str) -> str:
    """The text as one line wherever it stands; Chinese would break between any two characters."""
    return re.sub(r"(?<=[^ -~])(?=[^ -~])", "\N{WORD JOINER}", text).replace(" ", "\N{NO-BREAK SPACE}")
