"""A run to take home: its curves, arrays, weights, code, and its whole history as one page. Each file is made when asked for."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from engine.core.params import BadValue
from engine.core.score import Score
from engine.guess.crowd import Crowd, as_json
from engine.guess.crowd_views import names, with_crowds
from engine.runs import files as runfiles
from engine.runs.history import History
from engine.runs.store.records import score_of
from engine.workers import logs
from engine.workers.pool import RemoteSession, RunFailed, WorkerLost
from pages.kit.live.stage.run import LiveRun
from pages.kit.ui.files import offer, withdraw
from pages.kit.ui.story import plain
from pages.kit.web.files import File, Refused

PLACES = ("take-home", "take-home-page")  # of the files, and of the page with the whole history
MOST_VIEWS = 4  # views that are in the page of the whole history unless others are chosen

_drawing = threading.Lock()  # one page of a whole history at a time: it draws hundreds of pictures in the app's process


@dataclass
class Moment:
    """A run as it stood when its files were asked for. All files are of this step, however far the run has gone since."""

    run: LiveRun
    score: Score
    history: History
    data: dict[str, np.ndarray] | None
    twin: tuple[Score, History] | None = None
    guesses: tuple[Crowd, ...] = ()  # of the class that followed it

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
    return Moment(
        run, score_of(score, history.frames[-1]), history, data, beside[0] if beside else None, run.guesses.polls.crowds()
    )


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
    from engine.runs.history_page import Arm, parts_page, run_part

    topic, look = with_crowds(now.run.topic, now.guesses), now.run.style(theme)
    arms = [Arm(now.history, now.score)]
    arms += [] if now.twin is None else [Arm(now.twin[1], now.twin[0])]
    with _drawing:
        return parts_page(topic, [run_part(topic, tuple(arms), (*names(now.guesses), *views), look)], look)


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


GUESSES = Kind(
    "guesses",
    "What the class guessed",
    "All guesses of this run's followers, as points and choices.",
    "-guesses.json",
    "application/json",
    lambda now: json.dumps([as_json(crowd) for crowd in now.guesses], ensure_ascii=False, indent=1),
)


def file(now: Moment, kind: Kind, *, enabled: bool = True) -> File:
    """The file of a kind, of this moment; one that cannot be made says why."""

    def make() -> bytes | str:
        try:
            return kind.make(now)
        except Exception as error:
            raise Refused(sentence(error, now.run)) from None

    t = now.run.t
    return File(kind.key, t(kind.title), t(kind.help), now.name(kind.ending), kind.mime, make, enabled)


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
        help=t("Curves, arrays, weights, code, or the whole run as one page that opens offline."),
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
    offer(PLACES[0], [file(now, kind) for kind in (*KINDS, *([GUESSES] if now.guesses else []))], run.language)
    st.markdown(f"**{t('The whole run in one page')}**")
    params = run.topic.params.build(now.history.frames[-1].settings)
    titles = {view.name: t(view.title_for(params)) for view in run.topic.views_for(params)}
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
    offer(PLACES[1], [file(now, page, enabled=bool(chosen))], run.language)
