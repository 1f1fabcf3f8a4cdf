"""What a page shows of its run beside the pictures: the player's and the controls' state, ready for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from engine.core.params import as_text
from engine.core.score import marks
from pages.kit.live import guess
from pages.kit.live.lockstep import step_of

if TYPE_CHECKING:
    from pages.kit.live.run import LiveRun
    from pages.kit.live.twins import Twins


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
    session, frame = run.session, run.film.showing
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
        "part": run.film.newest.part if run.film.newest is not None else "",
        "parts": list(run.topic.parts),
        "partLabels": {part: run.t(part) for part in run.topic.parts},
        "stepsPerSecond": round(rate, 1),
        "elapsed": round(elapsed, 2),
        "eta": round(max(0.0, min(left)), 1) if left else None,
        "stop": {"steps": run.stop_steps, "seconds": run.stop_seconds},
        "speed": run.speed,
        "seed": run.seed,
        "kept": len(run.film.history),
        "shown": run.film.shown,
        "shownStep": frame.step if frame else 0,
        "keptSteps": run.film.history.steps,
        "marks": list(marks(run.topic, run.changes)),
        "params": {k: list(v) if isinstance(v, tuple) else v for k, v in run.params.values().items()},
        "query": run.query(),
        "recorded": run.film.newest is None,
        "problems": run.problems,
        "guesses": guess.news(run),
        "device": run.device,
    }


def describe_twins(twins: Twins) -> dict[str, Any]:
    """The status of both arms together, with the parameters of the arm in the hand (hold their lock)."""
    first = twins.first
    one, two = first.status(), twins.second.status()
    hand = two if twins.hand == "b" else one
    step = min(step_of(arm) for arm in twins.together.alive() or twins.arms)
    told = [f"{letter}: {arm.message}" for letter, arm in zip("AB", twins.arms, strict=True) if arm.message]
    left = None if first.stop_steps is None or not twins.playing else first.stop_steps - step
    rate = first.rate.value if twins.playing else 0.0
    return {
        **one,
        "state": twins.state,
        "message": "\n".join(told) or None,
        "step": step,
        "params": hand["params"],
        "problems": {**hand["problems"], **{k: v for k, v in one["problems"].items() if k == "seed" or "stop" in k}},
        "stepsPerSecond": round(rate, 1),
        "eta": round(max(0.0, left / rate), 1) if left is not None and rate else None,
        "marks": sorted({*one["marks"], *two["marks"]}),
        "twins": {
            "hand": twins.hand,
            "steps": [arm.film.newest.step if arm.film.newest is not None else 0 for arm in twins.arms],
            "states": [arm.state for arm in twins.arms],
            "params": [one["params"], two["params"]],
            "different": [_difference(twins, name, one["params"][name], two["params"][name]) for name in twins.different()],
            "same": twins.identical,
            "compared": twins.compared,
            "parted": twins.parted,
            "leftAt": twins.left_at,
            "numbers": _numbers(twins),
        },
    }


def _difference(twins: Twins, name: str, *values: Any) -> dict[str, Any]:
    """A parameter whose values differ."""
    control = type(twins.first.params).controls()[name]
    return {"name": name, "title": twins.first.t(control.title), "symbol": control.symbol, "values": list(values)}


def _numbers(twins: Twins) -> list[dict[str, Any]]:
    """Every scalar that both shown frames know: both values, in the topic's order."""
    one, two = twins.frames()
    if one is None or two is None:
        return []
    rows = []
    for output in twins.first.topic.outputs:
        pair = [frame.scalars.get(output.name, math.nan) for frame in (one, two)] if output.scalar else [math.nan]
        if all(math.isfinite(value) for value in pair):
            rows.append({"name": output.name, "meaning": twins.first.t(output.meaning), "values": pair})
    return rows
