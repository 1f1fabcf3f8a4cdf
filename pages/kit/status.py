"""What a page shows of its run beside the pictures: the player's and the controls' state, ready for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from engine.core.params import as_text
from engine.core.session import marks
from pages.kit import guess

if TYPE_CHECKING:
    from pages.kit.run import LiveRun


def query(run: LiveRun) -> str:
    """The page's state as it stands in its address: changed parameters and the seed."""
    pairs = dict(run.params.to_text())
    if run.seed:
        pairs["seed"] = as_text(run.seed)
    if run.twins is not None:
        values = run.twins.second.params.values()
        pairs |= {f"twin.{name}": as_text(values[name]) for name in run.twins.different()} or {"twin": "1"}
    return urlencode(pairs)


def describe(run: LiveRun) -> dict[str, Any]:
    """The status of a run (hold its lock)."""
    session, frame = run.session, run.showing
    step = session.step if session is not None else (frame.step if frame else 0)
    elapsed = session.seconds if session is not None else 0.0
    rate = run.steps_per_second if run.state == "playing" else 0.0
    left = [] if run.stop_steps is None or not rate else [(run.stop_steps - step) / rate]
    if run.stop_seconds is not None:
        left.append(run.stop_seconds - elapsed)
    return {
        "topic": run.topic.slug,
        "state": "recovering" if run.recovering else run.state,
        "message": run.message,
        "step": step,
        "part": run.frame.part if run.frame is not None else "",
        "parts": list(run.topic.parts),
        "partLabels": {part: run.t(part) for part in run.topic.parts},
        "stepsPerSecond": round(rate, 1),
        "elapsed": round(elapsed, 2),
        "eta": round(max(0.0, min(left)), 1) if left else None,
        "stop": {"steps": run.stop_steps, "seconds": run.stop_seconds},
        "speed": run.speed,
        "seed": run.seed,
        "kept": len(run.history),
        "shown": run.shown,
        "shownStep": frame.step if frame else 0,
        "keptSteps": run.history.steps,
        "marks": list(marks(run.topic, run.changes)),
        "params": {k: list(v) if isinstance(v, tuple) else v for k, v in run.params.values().items()},
        "query": run.query(),
        "recorded": run.frame is None,
        "problems": run.problems,
        "guesses": guess.news(run),
        "device": run.device,
    }
