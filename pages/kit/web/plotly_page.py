"""A figure of a page as real plotly: one HTML file with plotly.js of the installed package in it, which needs no connection."""

from __future__ import annotations

import html
from collections.abc import Sequence

from engine.core.picture import Picture
from pages.kit.live.run import LiveRun
from pages.kit.web.files import File, Refused
from pages.kit.web.stream import draw_arms

HEIGHT = "92vh"  # of one figure; of two arms each gets half


def plotly_page(pictures: Sequence[Picture], title: str, language: str, ground: str) -> str:
    """Pictures as plotly's own figures under each other, on a page of their background's colour."""
    import plotly.io

    parts = [
        plotly.io.to_html(
            picture.plotly(),
            full_html=False,
            include_plotlyjs=not index,
            default_height=HEIGHT if len(pictures) == 1 else "46vh",
            config={"displaylogo": False, "responsive": True},
        )
        for index, picture in enumerate(pictures)
    ]
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>body {{ margin: 1vh 1vw; background: {ground} }}</style>'
    return f'<!doctype html>\n<html lang="{html.escape(language)}">\n<head>{head}</head>\n<body>\n{"".join(parts)}\n</body></html>\n'


def plotly_file(run: LiveRun, view: str, theme: str) -> File:
    """The file of a view as it is shown when it is asked for; with a twin that has a picture of its own, both."""

    def make() -> str:
        style = run.look(theme)
        first, second = run.lead.timelines()
        if first is None:
            raise Refused(run.t("There is nothing to take home yet: the run has not begun."))
        title = f"{run.t(run.topic.title)} · {run.t(run.topic.view(view.split('|')[0]).title)}"
        return plotly_page(list(draw_arms(run, view, first, second, style).values()), title, run.language, style.background)

    return File(f"{theme}:{view}", "", "", f"{run.topic.slug}.html", "text/html", make)
