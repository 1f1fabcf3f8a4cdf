"""A run's kept steps for a video, which the browser makes: of one figure, or of several views at once."""

from __future__ import annotations

from collections.abc import Sequence

from pages.kit.live.stage.run import LiveRun
from pages.kit.ui.take_home import Moment, moment, pages_drawn, part_of, refusing
from pages.kit.web.files import File, Refused


def video_file(
    run: LiveRun, views: Sequence[str], now: Moment | None = None, *, key: str = "video", enabled: bool = True
) -> File:
    """The steps up to a moment, or up to when it is asked for; of views "one|other" the first that the settings allow."""
    t = run.t

    def make() -> str:
        from engine.runs.reel import reel

        at = now or moment(run)
        if at is None:
            raise Refused(t("There is nothing to take home yet: the run has not begun."))
        there = {view.name for view in run.topic.views_for(run.topic.params.build(at.history.frames[-1].settings))}
        chosen = [next((name for name in view.split("|") if name in there), view.split("|")[0]) for view in views]
        with pages_drawn:
            return reel(run.topic, part_of(at, chosen), run.style("light"))

    name = f"{run.topic.slug}.webm" if now is None else now.name(".webm")
    help = t("The chosen views step by step, at most ten seconds, for slides; this browser records it.")
    return File(key, t("Video (WebM)"), help, name, "application/json", refusing(run, make), enabled, video=True)
