"""A run to take home: its curves, arrays, weights, code, its whole history as one page, and its sweep. Each file is made when asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from engine.guess.crowd import as_json
from engine.guess.crowd_views import names
from engine.runs import files as runfiles
from engine.runs.told import told
from engine.workers.pool import RemoteSession
from pages.kit.live.runs import sweep_of
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.sweep import Kept
from pages.kit.ui.files import offer, withdraw
from pages.kit.ui.moment import Moment, moment, pages_drawn, part_of, refusing, video_file
from pages.kit.ui.story import plain
from pages.kit.ui.topic.chapters import chapter_of
from pages.kit.web.files import File, Refused

PLACES = (
    "take-home",
    "take-home-page",
    "take-home-sweep",
)  # of the files, of the page with the whole history, and of the sweep's
MOST_VIEWS = 4  # views that are in the page of the whole history unless others are chosen


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
        return parts_page(now.topic, [part_of(now, (*names(now.guesses), *views))], now.run.style(theme))


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
    offer(PLACES[0], [file(now, kind) for kind in (*KINDS, *([GUESSES] if now.guesses else []))], run.language)
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
    offer(PLACES[1], [file(now, page, enabled=bool(chosen)), video_file(run, chosen, now, enabled=bool(chosen))], run.language)
    if swept is not None:
        st.markdown(f"**{t('The sweep in one page')}**")
        views = [name for name in chosen if name in models] or list(models)[:1]
        offer(PLACES[2], [sweep_file(run, swept, views, theme)], run.language)
