"""Hand a run on: a link that replays it where it is short enough, and a file for any length."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode, urlsplit

import numpy as np
import segno
import streamlit as st

from engine.core.language import counted
from engine.core.params import BadValue
from engine.core.score import Score
from engine.runs.link import LONGEST_LINK, from_file, to_file, to_link
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.replay import replay
from pages.kit.ui.moment import begun
from pages.kit.ui.sign_in import visitor
from pages.kit.ui.story import plain
from pages.kit.web.origin import hostname, is_loopback


@st.fragment
def share_button(run: LiveRun) -> None:
    """A button; the link and the file are made when it is pressed, from the run as it stands then."""
    t = run.t
    if st.button(
        t("Share this run"),
        key=f"share:{run.topic.slug}",
        icon=":material/share:",
        help=t("A link or a file that plays this run again, with every change at its step."),
        width="stretch",
    ):
        st.dialog(t("Share this run"), width="medium")(_offer)(run)


def _offer(run: LiveRun) -> None:
    t = run.t
    score = run.score if begun(run) else None
    if score is None:
        st.info(t("There is nothing to share yet: the run has not begun."))
        return
    link = f"{_page()}?{urlencode({'follow': desk().teach(run)})}"
    st.markdown(
        f"**{t('A lesson.')}** {t('Whoever opens this link sees your page as you play, and may go on alone at any moment.')}"
    )
    st.code(link, language=None, wrap_lines=True)
    _qr_code(run, link)
    _class(run)
    told = t("Seed {seed}, {steps}, {changes}. Whoever opens it sees the same run again, frame by frame.")
    steps = counted(t, score.steps, "1 step", "{count} steps")
    changes = counted(t, len(score.changes), "1 change", "{count} changes")
    st.markdown(plain(told.format(seed=score.seed, steps=steps, changes=changes)))
    if score.data is not None:
        st.warning(
            t("This run uses your own data, which do not travel in a score: save the run and hand on its files instead.")
        )
        return
    short = to_link(score)
    if len(short) <= LONGEST_LINK:
        st.code(f"{_page()}?{urlencode({'score': short})}", language=None, wrap_lines=True)
    else:
        st.info(
            t("With {changes} this run is too long for a link ({length} characters, at most {most}): take the file.").format(
                changes=changes, length=f"{len(short):,}", most=f"{LONGEST_LINK:,}"
            )
        )
    st.download_button(
        t("The score as a file"),
        to_file(score),
        file_name=f"{score.topic}-seed{score.seed}-step{score.steps}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
        help=t("Open it on the page Runs."),
    )


def _qr_code(run: LiveRun, link: str) -> None:
    """The lesson's link for phones; as large as the window allows where a class shall scan it from the wall."""
    t = run.t
    large = st.session_state.get("qr:large", False)
    with st.container(horizontal=not large, vertical_alignment="center"):
        st.html(
            qr_code(link, t("The lesson's link as a QR code"), "min(100%, 72vh)" if large else "9rem"),
            width="stretch" if large else "content",
        )
        with st.container(width="stretch" if large else 400):
            st.toggle(t("Large, for the wall"), key="qr:large")
            if is_loopback(hostname(urlsplit(link).netloc)):
                st.caption(
                    t(
                        "This address means this computer alone: other devices reach it once the app is started for a class (README)."
                    )
                )


def qr_code(link: str, said: str, width: str) -> str:
    """A link as an image in HTML, black on white in every theme, with its quiet zone of four modules (ISO/IEC 18004).

    `said` is what a screen reader says, `width` a length of CSS.
    """
    picture = segno.make_qr(link, error="m").svg_data_uri(border=4, light="#fff", omitsize=True)
    return f'<img alt="{escape(said)}" src="{escape(picture)}" style="display: block; width: {width}">'


@st.fragment(run_every=2.0)
def _class(run: LiveRun) -> None:
    """For whoever teaches: how many follow, and how busy the server is."""
    t, house = run.t, desk()
    runs = house.runs
    numbers: list[tuple[str, int | str]] = [
        (t("following you"), house.followers(run)),
        (t("open pages"), len(runs)),
        (t("playing"), sum(other.lead.doing == "playing" for other in runs)),
        (t("waiting for a place"), house.places.waiting if house.places is not None else 0),
        (t("workers ready"), f"{len(house.pool.ready)}/{house.pool.size}"),
    ]
    with st.container(horizontal=True):  # a row, and two on a phone
        for name, value in numbers:
            st.markdown(f"**{value}** {name}", width="content")


def _page() -> str:
    """The address of this page without its query."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else ""


def open_score(score: Score, language: str, data: dict[str, np.ndarray] | None = None, name: str = "") -> str:
    """Put a replay of a score on its topic's page for this browser session; returns the page's file, to switch to."""
    run = replay(score, desk().pool, language, desk().device, data, name if data is not None else "")
    slug = score.topic
    st.session_state[f"run:{slug}"] = desk().adopt(run, visitor())
    st.session_state[f"problems:{slug}"] = []
    return f"{run.topic.group}/{slug.replace('-', '_')}.py"


def read_score(name: str, data: bytes) -> Score:
    """The score of an uploaded file; raises BadValue, also for one that needs the user's own data."""
    score = from_file(data)
    if score.data is not None:
        raise BadValue("score", name, "a run on built-in data: its own data do not travel in a score")
    return score
