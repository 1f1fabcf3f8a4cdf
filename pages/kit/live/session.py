"""The session behind a run: built from a score, asked for frames, taken over; every way it fails becomes the run's state."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from engine.core.frame import Frame
from engine.core.params import BadValue
from engine.core.score import Score
from engine.workers.pool import RemoteSession, RunFailed, WorkerLost
from engine.workers.shared import SharedSession

if TYPE_CHECKING:
    from pages.kit.live.run import LiveRun


def begin(run: LiveRun) -> None:
    """Build the first session of a run, from the values that its controls have once it is there."""
    while run.session is None and run.state == "opening":
        score = run.start_score()  # built without the lock: the page is drawn meanwhile, and controls are moved
        if build(run, score, partial(_wanted, run, score)):
            return
        if run.session is not None or run.closed:  # another tab was faster, or nobody wants it any more
            return
        if run.start_score() != score:
            run.state, run.message = "opening", None
        elif run.problems and not _forgive(run):
            return


def _wanted(run: LiveRun, score: Score) -> bool:
    return run.session is None and run.start_score() == score


def _forgive(run: LiveRun) -> bool:
    """A value that only the model could refuse (own data without a file): start with its default instead."""
    refused = {name: control.default for name, control in type(run.first).controls().items() if name in run.problems}
    if not refused or all(getattr(run.first, name) == value for name, value in refused.items()):
        return False
    run.params = run.first = run.first.change(refused)
    run.state, run.message = "opening", None
    return True


def build(run: LiveRun, score: Score, wanted: Callable[[], bool] = lambda: True) -> bool:
    """A new session from a score; on failure the old one stays and the reason is told. Whether there is a new one.

    A session that is not `wanted` any more once it is there is given back.
    """
    session = run.pool.session(score, run.device, run.data_of(score))
    session.on_recovery = partial(_recovering, run)
    try:
        frame = session.open()
    except BadValue as problem:
        session.close()
        run.problems[problem.name] = run.message = run.say(problem)
        if run.session is None:
            run.state = "lost"
        return False
    except RunFailed as failure:
        session.close()
        state = run.state
        _fail(run, failure)
        if run.session is not None:  # the run before it is still there
            run.state = state
        return False
    except WorkerLost:
        _lose(run)
        return False
    with run.lock:
        if run.closed or not wanted():
            session.close()
            return False
        old, run.session = run.session, session
        if old is not None:
            old.close()
        run.params = score.settings()
        for change in score.changes:
            run.params = run.params.change(change.values)
        if score.steps == 0:
            run.film.clear()
        run.frozen = None
        run.state, run.message = "paused", None
        run.rate.clear()
        run.film.seek(None)
        if frame is not None:
            run.film.add(frame)
    return True


def ask(run: LiveRun, call: Callable[[RemoteSession | SharedSession], Frame | None]) -> None:
    """Carry out a call that may give a frame. Raises BadValue; every other failure becomes the run's state."""
    if run.session is None:
        return
    try:
        frame = call(run.session)
        if frame is not None:
            run.film.add(frame)
        if run.recovering:
            run.recovering = False
            run.message = run.t("The worker process was replaced; the run is back at step {step}.").format(
                step=run.session.step
            )
    except RunFailed as failure:
        _fail(run, failure)
    except WorkerLost:
        _lose(run)


def take_over(run: LiveRun, other: LiveRun) -> None:
    """Go on as another run of the same topic: its session, its film and its values are this run's now."""
    with run.lock:
        old, run.session = run.session, other.session
        other.session = None
        if old is not None:
            old.close()
        if run.session is not None:
            run.session.on_recovery = partial(_recovering, run)
        other.film.version += run.film.version  # pictures that others have drawn of this run are known by it
        for name in ("first", "params", "seed", "film", "state", "message", "problems", "data", "data_name"):
            setattr(run, name, getattr(other, name))
        run.film.seek(None)


def _recovering(run: LiveRun) -> None:
    run.recovering = True
    run.message = run.t("The worker process ended; the run is being rebuilt from its score.")
    run.wake()


def _lose(run: LiveRun) -> None:
    run.state, run.message = "lost", run.t("The computing process is gone. Reset starts a new one.")


def _fail(run: LiveRun, failure: RunFailed) -> None:
    problem = failure.problem
    run.state = "diverged"
    if problem["kind"] == "diverged":
        text = run.t("The run diverged: {quantity} became {value} at step {step}. Its history is kept.")
        value = f"{float(problem['value']):.3g}"
        run.message = text.format(quantity=run.t(problem["quantity"]), value=value, step=problem["step"])
    elif problem["kind"] == "memory":
        run.message = run.t("The run needs more memory than there is. Its history is kept; choose smaller sizes.")
    else:
        run.message = run.t("The run stopped on an error: {message}").format(message=problem["message"])
