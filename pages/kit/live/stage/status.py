"""What a page shows of its run beside the pictures: the player's and the controls' state, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from engine.core.params import as_text
from pages.kit.live.stage.arm import Arm


def query(run: Arm, prescribed: Mapping[str, str] | None, twin: Mapping[str, str]) -> str:
    """The page's state as it stands in its address: changed parameters, the seed and the twin's values, or what is prescribed."""
    if prescribed is not None:
        return urlencode(prescribed)
    own = {**run.params.to_text(), **({"seed": as_text(run.seed)} if run.seed else {}), **twin}
    return urlencode(own or {"seed": as_text(run.seed)})  # an address that says nothing opens the first chapter


def describe(run: Arm) -> dict[str, Any]:
    """The status of an arm (hold its lock)."""
    session, frame = run.session, run.recording.showing
    step = session.step if session is not None else (frame.step if frame else 0)
    elapsed = session.seconds if session is not None else 0.0
    rate = run.rate.value if run.state == "playing" else 0.0
    left = [] if run.stop_steps is None or not rate else [(run.stop_steps - step) / rate]
    if run.stop_seconds is not None:
        left.append(run.stop_seconds - elapsed)
    return {
        "topic": run.topic.slug,
        "state": "recovering" if run.recovering else run.state,
        "message": run.message,
        "step": step,
        "part": run.recording.newest.part if run.recording.newest is not None else "",
        "parts": list(run.topic.parts),
        "partLabels": {part: run.t(part) for part in run.topic.parts},
        "stepsPerSecond": round(rate, 1),
        "elapsed": round(elapsed, 2),
        "eta": round(max(0.0, min(left)), 1) if left else None,
        "stop": {"steps": run.stop_steps, "seconds": run.stop_seconds},
        "speed": run.speed,
        "seed": run.seed,
        "kept": len(run.recording.history),
        "shown": run.recording.shown,
        "shownStep": frame.step if frame else 0,
        "keptSteps": run.recording.history.steps,
        "marks": list(run.marks),
        "params": {k: list(v) if isinstance(v, tuple) else v for k, v in run.params.values().items()},
        "acts": [control.name for control in run.topic.controls_for(run.params)],
        "views": [view.name for view in run.topic.views_for(run.params)],
        "recorded": run.recording.newest is None,
        "problems": run.problems,
        "device": run.device,
    }
