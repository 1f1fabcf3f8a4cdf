"""What a page shows of its run beside the pictures: the player's and the controls' state, ready for JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from engine.core.params import as_text
from pages.kit.live.stage.arm import Arm

TELL = 3.0  # seconds without an answer after which the page says so
OFFER = 30.0  # and after which it offers to go on elsewhere


def query(run: Arm, prescribed: Mapping[str, str] | None, twin: Mapping[str, str]) -> str:
    """The page's state as it stands in its address: changed parameters, the seed and the twin's values, or what is prescribed."""
    if prescribed is not None:
        return urlencode(prescribed)
    own = {**run.params.to_text(), **({"seed": as_text(run.seed)} if run.seed else {}), **twin}
    return urlencode(own or {"seed": as_text(run.seed)})  # an address that says nothing opens the first chapter


def waits(*arms: Arm) -> dict[str, Any] | None:
    """What is told of a worker that has not answered for a while; None where all is well. Takes no lock: it is held."""
    now = time.monotonic()
    oldest = max(((now - since, op) for arm in arms for op, since in arm.asked), default=(0.0, ""))
    seconds, op = oldest
    if seconds < TELL:
        return None
    count = int(TELL) if seconds < 10 else int(seconds) // 10 * 10  # told anew every ten seconds, not read out every one
    if op == "open":
        text = arms[0].t("Building the model has taken more than {count} seconds so far.")
    else:
        text = arms[0].t("The computing process has not answered for more than {count} seconds.")
    return {"seconds": count, "message": text.format(count=count), "rescue": seconds >= OFFER}


def describe(run: Arm) -> dict[str, Any]:
    """The status of an arm (hold its lock)."""
    session, frame, newest = run.session, run.recording.showing, run.recording.newest
    step = session.step if session is not None else newest.step if newest is not None else 0
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
        "part": newest.part if newest is not None else "",
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
        "recorded": newest is None,
        "problems": run.problems,
        "waits": waits(run),
        "device": run.device,
    }
