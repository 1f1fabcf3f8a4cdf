"""The one browser component of live pages: a figure, the player or the controls, all fed by the page's websocket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    asks: dict[str, Any] = {"on_redraw_change": _drawn_again} if redraws else {}
    _mount(f"{key}:{run.token}", asks, kind=kind, run=run.token, labels=labels(run.language), **data)


def _mount(key: str, asks: Mapping[str, Any] | None = None, **data: Any) -> None:
    """The component at its place. Streamlit looks at each value of a dict whether it is a table, which takes longer than all else
    that it does for one of these; what stands in a list it only writes down."""
    component = st.components.v2.component("latent_lab_live", js=MOUNT, html="<div></div>")
    component(key=key, data=[data], **(asks or {}))


def _drawn_again() -> None:
    """A part of the page asked for it; the script, or the fragment around that part, runs anyway."""


def specifications(run: LiveRun) -> list[dict[str, Any]]:
    """All controls of a run's topic as the browser takes them, in the reader's language."""
    return [specification(control, run) for control in type(run.params).controls().values()]


def specification(control: Control, run: LiveRun) -> dict[str, Any]:
    """One control with translated words; its slider ends where the run's values and data let it."""
    high = run.params.upper_ends(run.data).get(control.name, control.high)
    place = (run.topic.slug, control.name, high, run.language)
    made_of, made = _SPECIFICATIONS.get(place, (None, {}))
    if made_of is not control:
        made = _specified(replace(control, high=high), run.t)
        _SPECIFICATIONS[place] = control, made
    return dict(made)


_SPECIFICATIONS: dict[tuple[str, str, float | None, str], tuple[Control, dict[str, Any]]] = {}  # the same on every page


def _specified(control: Control, t: Callable[[str], str]) -> dict[str, Any]:
    words = {name: t(text) for name, text in (("title", control.title), ("help", control.help)) if text}
    return {
        **describe(control),
        **words,
        "section": t(control.section) if control.section else "",
        "optionLabels": {option: t(control.labels.get(option, option)) for option in control.options},
        "unit": t(control.unit) if control.unit else "",
    }


def page_language(language: str) -> None:
    """Tells the browser which language the page is in; shows nothing."""
    _mount("page-language", kind="language", run="", language=language)


def buttons(key: str, language: str, offer: str, files: list[dict[str, Any]]) -> None:
    """A button for each file of an offer (pages/kit/web/files.py)."""
    _mount(key, kind="files", run="", labels=labels(language), offer=offer, files=files)


def still(key: str, url: str, height: int) -> None:
    """A picture without a run, fetched from `url` when it comes into sight."""
    _mount(key, kind="still", run="", url=url, height=height)


def gallery(language: str, cards: list[dict[str, Any]]) -> None:
    """All labs: their cards, a search over them, and the map of how they build on each other."""
    _mount("gallery", kind="gallery", run="", labels=labels(language), language=language, cards=cards)
