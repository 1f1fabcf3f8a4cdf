"""The one browser component of live pages: a figure, the player or the controls, all fed by the page's websocket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from engine.core.language import labels
from engine.core.params import Control, describe
from pages.kit.live.stage.run import LiveRun

# The code lives in assets/lab and is fetched once; this only finds it, whatever the base path is.
MOUNT = """
export default function (args) {
  let stop = null, ended = false;
  import(new URL('lab/base/mount.js', document.baseURI).href).then((m) => { if (!ended) stop = m.mount(args); });
  return () => { ended = true; if (stop) stop(); };
}
"""


def live(kind: str, run: LiveRun, key: str, *, redraws: bool = False, **data: Any) -> None:
    """Place a live part on the page. `kind` is "figure", "player", "controls", …; some may ask for the page to be drawn again."""
    component = st.components.v2.component("latent_lab_live", js=MOUNT, html="<div></div>")
    asks: dict[str, Any] = {"on_redraw_change": _drawn_again} if redraws else {}
    component(key=f"{key}:{run.token}", data={"kind": kind, "run": run.token, "labels": labels(run.language), **data}, **asks)


def _drawn_again() -> None:
    """A part of the page asked for it; the script, or the fragment around that part, runs anyway."""


def specifications(run: LiveRun) -> list[dict[str, Any]]:
    """All controls of a run's topic as the browser takes them, in the reader's language."""
    return [specification(control, run) for control in type(run.params).controls().values()]


def specification(control: Control, run: LiveRun) -> dict[str, Any]:
    """One control with translated words; its slider ends where the run's values and data let it."""
    control = replace(control, high=run.params.upper_ends(run.data).get(control.name, control.high))
    words = {name: run.t(text) for name, text in (("title", control.title), ("help", control.help)) if text}
    section = run.t(control.section) if control.section else ""
    options = {option: run.t(control.labels.get(option, option)) for option in control.options}
    return {
        **describe(control),
        **words,
        "section": section,
        "optionLabels": options,
        "unit": run.t(control.unit) if control.unit else "",
    }


def page_language(language: str) -> None:
    """Tells the browser which language the page is in; shows nothing."""
    component = st.components.v2.component("latent_lab_live", js=MOUNT, html="<div></div>")
    component(key="page-language", data={"kind": "language", "run": "", "language": language})


def buttons(key: str, language: str, offer: str, files: list[dict[str, Any]]) -> None:
    """A button for each file of an offer (pages/kit/web/files.py)."""
    component = st.components.v2.component("latent_lab_live", js=MOUNT, html="<div></div>")
    component(key=key, data={"kind": "files", "run": "", "labels": labels(language), "offer": offer, "files": files})


def still(key: str, url: str, height: int) -> None:
    """A picture without a run, fetched from `url` when it comes into sight."""
    component = st.components.v2.component("latent_lab_live", js=MOUNT, html="<div></div>")
    component(key=key, data={"kind": "still", "run": "", "url": url, "height": height})


def gallery(language: str, cards: list[dict[str, Any]]) -> None:
    """All labs: their cards, a search over them, and the map of how they build on each other."""
    component = st.components.v2.component("latent_lab_live", js=MOUNT, html="<div></div>")
    data = {"kind": "gallery", "run": "", "labels": labels(language), "language": language, "cards": cards}
    component(key="gallery", data=data)
