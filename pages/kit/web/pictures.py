"""Pictures that do not move: covers for the gallery, and a figure of a page as real plotly in one HTML file."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from engine.core import registry
from engine.core.language import LANGUAGES, translator
from engine.core.picture import Picture, Style
from engine.core.topic import Timeline
from engine.gallery.cover import cover_of
from pages.kit.live.drawing import draw_arms
from pages.kit.live.stage.recording import recorded
from pages.kit.live.stage.run import LiveRun
from pages.kit.web.files import File, Refused
from pages.kit.web.packing import encode


@cache
def cover(slug: str, language: str, theme: str) -> bytes:
    """The packed cover of a topic; raises UnknownName, or LookupError when nothing is recorded."""
    topic = registry.find(slug)
    frame = recorded(slug)
    if frame is None:
        raise LookupError(slug)
    look = Style("dark" if theme == "dark" else "light", language, translator(language, slug))
    timeline = Timeline(frame, topic.params.build(frame.settings))
    return encode({"type": "picture"}, {"cover": cover_of(topic, timeline, look)})


async def picture(request: Request) -> Response:
    """Route `/lab/picture/{slug}?lang=&theme=`."""
    language = request.query_params.get("lang", "en")
    theme = request.query_params.get("theme", "light")
    slug = request.path_params["slug"]
    if language not in LANGUAGES or theme not in ("light", "dark") or slug not in registry.cards() or recorded(slug) is None:
        return Response(status_code=404)
    data = await run_in_threadpool(cover, slug, language, theme)
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": "no-cache"})


# ---- a figure as plotly: plotly.js of the installed package is in the file, which needs no connection


def plotly_page(pictures: Sequence[Picture], title: str, language: str, ground: str) -> str:
    """Pictures as plotly's own figures under each other, on a page of their background's colour."""
    import plotly.io

    parts = [
        plotly.io.to_html(
            picture.plotly(),
            full_html=False,
            include_plotlyjs=not index,
            default_height="92vh" if len(pictures) == 1 else "46vh",
            config={"displaylogo": False, "responsive": True},
        )
        for index, picture in enumerate(pictures)
    ]
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>body {{ margin: 1vh 1vw; background: {ground} }}</style>'
    return f'<!doctype html>\n<html lang="{html.escape(language)}">\n<head>{head}</head>\n<body>\n{"".join(parts)}\n</body></html>\n'


def plotly_file(run: LiveRun, view: str, theme: str) -> File:
    """The file of a view as it is shown when it is asked for; with a twin that has a picture of its own, both."""

    def make() -> str:
        style = run.style(theme)
        first, second = run.lead.timelines()
        if first is None:
            raise Refused(run.t("There is nothing to take home yet: the run has not begun."))
        title = f"{run.t(run.topic.title)} · {run.t(run.topic.view(view.split('|')[0]).title_for(first.params))}"
        return plotly_page(list(draw_arms(run, view, first, second, style).values()), title, run.language, style.background)

    return File(f"{theme}:{view}", "", "", f"{run.topic.slug}.html", "text/html", make)
