"""What a page shows of two arms beside the pictures, ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.core.frame import Frame
from engine.runs.recorded import worded
from pages.kit.live.stage.arm import Arm

Status = Mapping[str, Any]


def different(one: Arm, two: Arm) -> list[str]:
    """The names of the parameters whose values differ now."""
    first, second = one.params.values(), two.params.values()
    return [name for name in first if first[name] != second[name]]


def describe_both(one: Arm, two: Arm, first: Status, second: Status, hand: str) -> dict[str, Any]:
    """The status of both arms, from that of each; controls are those of the arm in the hand."""
    shown = second if hand == "b" else first
    told = [f"{letter}: {arm.message}" for letter, arm in (("A", one), ("B", two)) if arm.message]
    everybodys = {name: text for name, text in first["problems"].items() if name == "seed" or "stop" in name}
    return {
        **first,
        "message": "\n".join(told) or None,
        "params": shown["params"],
        "acts": shown["acts"],
        "problems": {**shown["problems"], **everybodys},
        "marks": sorted({*first["marks"], *second["marks"]}),
        "twins": {
            "hand": hand,
            "steps": [arm.recording.newest.step if arm.recording.newest is not None else 0 for arm in (one, two)],
            "states": [one.state, two.state],
            "params": [first["params"], second["params"]],
            "different": [_difference(one, name, first, second) for name in different(one, two)],
        },
    }


def _difference(arm: Arm, name: str, *told: Status) -> dict[str, Any]:
    """A parameter whose values differ; what has a name is told by it, and a dash stands where it does not act."""
    control, style, values = type(arm.params).controls()[name], arm.style("light"), [one["params"][name] for one in told]
    said = [worded(control, value, style) if control.options or isinstance(value, bool) else value for value in values]
    acts = [name in one["acts"] for one in told]
    shown = [value if act else "–" for value, act in zip(said, acts, strict=True)] if any(acts) else said
    return {"name": name, "title": arm.t(control.title), "symbol": control.symbol, "values": shown}


def numbers_of(arm: Arm, one: Frame | None, two: Frame | None) -> list[dict[str, Any]]:
    """Every scalar that both shown frames know: both values, in the topic's order."""
    if one is None or two is None:
        return []
    rows = []
    for output in arm.topic.outputs:
        pair = [frame.scalars.get(output.name, math.nan) for frame in (one, two)] if output.scalar else [math.nan]
        if all(math.isfinite(value) for value in pair):
            rows.append({"name": output.name, "meaning": arm.t(output.meaning), "values": pair})
    return rows
