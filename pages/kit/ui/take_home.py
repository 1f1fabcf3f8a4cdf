"""A run to take home: its curves, arrays, weights, code, its whole history as one page, and its sweep. Each file is made when asked for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.core.params import BadValue
from engine.core.score import Score
from engine.runs import files as runfiles
from engine.runs.history import History
from engine.runs.store.records import score_of
from engine.runs.told import told
from engine.workers import logs
from engine.workers.pool import RemoteSession, RunFailed, WorkerLost
from pages.kit.live.runs import sweep_of
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.sweep import Kept
from pages.kit.ui.files import offer, withdraw
from pages.kit.ui.story import plain
from pages.kit.ui.topic.chapters import chapter_of
from pages.kit.web.files import File, Refused

if TYPE_CHECKING:
    from engine.runs.history_page import Part

PLACES = (
    "take-home",
    "take-home-page",
    "take-home-sweep",
)  # of the files, of the page with the whole history, and of the sweep's
MOST_VIEWS = 4  # views that are in the page of the whole history unless others are chosen

pages_drawn = threading.Lock()  # one page of a whole history at a time: it draws hundreds of pictures in the app's process


@dataclass
class Moment:
    """A run as it stood when its files were asked for. All files are of this step, however far the run has gone since."""

    run: LiveRun
    score: Score
    history: History
    data: dict[str, np.ndarray] | None
    twin: tuple[Score, History] | None = None

    @property
    def step(self) -> int:
        return self.score.steps

    def name(self, ending: str) -> str:
        """A file's name, of nothing but what the topic and the run themselves say."""
        return f"{self.run.topic.slug}-seed{self.score.seed}-step{self.step}{ending}"


def moment(run: LiveRun) -> Moment | None:
    """The run as it stands; None before it has begun."""
    with run.lock:
        score, history = run.score, run.recording.history.copy()
        data = None if score is None else run.data_of(score)
        twins = [(arm.score, arm.recording.history.copy()) for arm in run.arms[1:]]
    if score is None or not history.frames:
        return None
    beside = [(score_of(other, kept.frames[-1]), kept) for other, kept in twins if other is not None and kept.frames]
    return Moment(run, score_of(score, history.frames[-1]), history, data, beside[0] if beside else None)


@dataclass(frozen=True)
class Kind:
    """A kind of file: its button, how its name ends, and what makes it."""

    key: str
    title: str
    help: str
    ending: str
    mime: str
    make: Callable[[Moment], bytes | str]


def arrays(now: Moment) -> bytes:
    """The arrays of the last kept frame."""
    return runfiles.tensors(now.history.frames[-1].arrays, now.step)


def weights(now: Moment) -> bytes:
    """The weights at the moment's step: from the running session while it stands there, else from a replay of the score."""
    run = now.run
    with run.lock:
        session = run.session
        learned = session.weights() if isinstance(session, RemoteSession) and session.step == now.step else None
        there = learned is not None and session is not None and session.step == now.step
    if not there:
        other = run.pool.open(now.score, run.device, now.data)
        try:
            learned = other.weights()
        finally:
            other.close()
    if not learned:
        raise Refused(run.t("Nothing is learned with these settings: there are no weights."))
    return runfiles.tensors(learned, now.step)


def code(now: Moment) -> bytes:
    """The run as code, packed."""
    from engine.export.archive import archive

    return archive(now.score, now.data, device=now.run.device, language=now.run.language)


def whole(now: Moment, views: Sequence[str], theme: str) -> str:
    """The page with the whole history in it, the twin's too, and the words of the chapter that the run is of."""
    from engine.runs.history_page import parts_page

    with pages_drawn:
        return parts_page(now.run.topic, [part_of(now, views)], now.run.style(theme))


def part_of(now: Moment, views: Sequence[str]) -> Part:
    """The run with its twin, and the words of the chapter that it is of."""
    from engine.runs.history_page import Arm, run_part

    arms = [Arm(now.history, now.score)]
    arms += [] if now.twin is None else [Arm(now.twin[1], now.twin[0])]
    return run_part(now.run.topic, tuple(arms), tuple(views), now.run.style("light"))


KINDS = (
    Kind(
        "csv",
        "Curves (CSV)",
        "All kept scalars, one row a step.",
        ".csv",
        "text/csv",
        lambda now: runfiles.curves_csv(now.history),
    ),
    Kind(
        "parquet",
        "Curves (Parquet)",
        "The same table for pandas, polars or DuckDB.",
        ".parquet",
        "application/vnd.apache.parquet",
        lambda now: runfiles.curves_parquet(now.history),
    ),
    Kind(
        "arrays",
        "Last arrays (safetensors)",
        "Everything the pictures of this step were drawn from.",
        "-arrays.safetensors",
        "application/octet-stream",
        arrays,
    ),
    Kind(
        "weights",
        "Weights (safetensors)",
        "What the networks have learned up to this step.",
        "-weights.safetensors",
        "application/octet-stream",
        weights,
    ),
    Kind(
        "code",
        "Code (ZIP)",
        "The lab's own code with this run: python NAME.zip plays it again; script and notebook are inside.",
        ".zip",
        "application/zip",
        code,
    ),
)


def file(now: Moment, kind: Kind, *, enabled: bool = True) -> File:
    """The file of a kind, of this moment; one that cannot be made says why."""

    t = now.run.t
    make = refusing(now.run, lambda: kind.make(now))
    return File(kind.key, t(kind.title), t(kind.help), now.name(kind.ending), kind.mime, make, enabled)


def sweep_file(run: LiveRun, kept: Kept, views: Sequence[str], theme: str) -> File:
    """The page of a sweep as it stands; one that cannot be made says why."""
    t, topic, look, chapter = run.t, run.topic, run.style(theme), chapter_of(run)
    own_words = chapter is not None and chapter.sweep is not None and kept.judged is not None

    def make() -> str:
        from engine.sweeps.page import sweep_page, swept_part

        words = told(topic, chapter, kept.judged, look) if own_words and chapter and kept.judged else None
        own = {"seed": kept.plan.score.seed, **kept.plan.score.settings().values()}[kept.plan.name]
        with pages_drawn:
            part = swept_part(
                topic, kept.plan.name, kept.models, views, look, own=own, told=words, beside=kept.beside, missing=kept.missing
            )
            return sweep_page(topic, part, look)

    return File(
        "sweep",
        t("Sweep (HTML)"),
        t("All models under a slider, their numbers against the parameter, in both themes; opens without any connection."),
        f"{run.topic.slug}-sweep-{kept.plan.name}.html",
        "text/html",
        refusing(run, make),
    )


def refusing(run: LiveRun, make: Callable[[], bytes | str]) -> Callable[[], bytes | str]:
    """The same, which says why where a file cannot be made."""

    def trying() -> bytes | str:
        try:
            return make()
        except Exception as error:
            raise Refused(sentence(error, run)) from None

    return trying


def sentence(error: Exception, run: LiveRun) -> str:
    """Why a file could not be made."""
    t = run.t
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, BadValue):
        return run.say(error)
    if isinstance(error, WorkerLost):
        return t("The computing process is gone. Reset starts a new one.")
    if isinstance(error, RunFailed):
        return t("The run stopped on an error: {message}").format(message=error.problem["message"])
    if isinstance(error, MemoryError):
        return t("There is not enough memory to make this file.")
    if not isinstance(error, ValueError | OSError):
        logs.event("takehome.failed", logging.ERROR, error=error, topic=run.topic.slug)
    return t("This file cannot be made: {reason}").format(reason=error)


@st.fragment
def take_home(run: LiveRun) -> None:
    """A button that offers the run's files as they stand when it is pressed."""
    t = run.t
    if st.button(
        t("Take it home"),
        key=f"take-home:{run.topic.slug}",
        icon=":material/download:",
        help=t("Curves, arrays, weights, code, or the whole run or sweep as one page that opens offline."),
        width="stretch",
    ):
        st.dialog(t("Take it home"), width="medium")(_offer)(run, moment(run))
    else:  # drawn anew, the page has no dialog open
        withdraw(*PLACES)


def _offer(run: LiveRun, now: Moment | None) -> None:
    t = run.t
    if now is None:
        st.info(t("There is nothing to take home yet: the run has not begun."))
        return
    st.markdown(plain(t("The run up to step {step}, with seed {seed}.").format(step=now.step, seed=now.score.seed)))
    offer(PLACES[0], [file(now, kind) for kind in KINDS], run.language)
    st.markdown(f"**{t('The whole run in one page')}**")
    params = run.topic.params.build(now.history.frames[-1].settings)
    titles = {view.name: t(view.title_for(params)) for view in run.topic.views_for(params)}
    swept = sweep_of(run).kept()
    models = {view["name"]: view["title"] for view in sweep_of(run).views()} if swept is not None else {}
    titles = {**models, **titles}  # the run's own title where both have a view
    titles = {view.name: titles[view.name] for view in run.topic.views if view.name in titles}
    chosen = st.multiselect(
        t("Views"), list(titles), list(titles)[:MOST_VIEWS], format_func=titles.__getitem__, key=f"take-home-views:{run.token}"
    )
    theme = "dark" if st.context.theme.type == "dark" else "light"
    page = Kind(
        "page",
        "History (HTML)",
        "All kept steps with a scrubber, in both themes; opens by double click, without any connection.",
        "-history.html",
        "text/html",
        lambda moment: whole(moment, chosen, theme),
    )
    from pages.kit.ui.video import video_file

    offer(PLACES[1], [file(now, page, enabled=bool(chosen)), video_file(run, chosen, now, enabled=bool(chosen))], run.language)
    if swept is not None:
        st.markdown(f"**{t('The sweep in one page')}**")
        views = [name for name in chosen if name in models] or list(models)[:1]
        offer(PLACES[2], [sweep_file(run, swept, views, theme)], run.language)
