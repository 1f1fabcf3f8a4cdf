"""What a page may ask of its run: the newest of dragged values, and each command carried out in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pages.kit.live.own_data import drawn
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.twins import Twins, compare, end

# Threads that mostly wait for a worker: as many as learners in a class, so that who waits for a silent one takes no place.
ACTS = ThreadPoolExecutor(64, "acts")


def coalesce(batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop stale drag values: of consecutive `set` messages with the same names only the last counts."""
    kept: list[dict[str, Any]] = []
    for item in batch:
        if not isinstance(item.get("type"), str):
            continue
        values = item.get("values")
        if (
            kept
            and item["type"] == "set" == kept[-1]["type"]
            and isinstance(values, dict)
            and values.keys() == kept[-1]["values"].keys()
        ):
            kept[-1] = item
        elif item["type"] != "set" or isinstance(values, dict):
            kept.append(item)
    return kept


def act(call: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
    """Carry out in a thread what a person asked for."""
    return asyncio.get_running_loop().run_in_executor(ACTS, call, *arguments)


async def obey(run: LiveRun, message: dict[str, Any]) -> None:
    """Carry out one command. What a page cannot ask for is ignored."""
    lead = run.lead
    match message:
        case {"type": "play"}:
            await act(lead.play)
        case {"type": "pause"}:
            await act(lead.pause)
        case {"type": "step", "count": int(count)}:
            await act(lead.step, count)
        case {"type": "part"}:
            await act(lead.part)
        case {"type": "speed", "value": value}:
            await act(lead.set_speed, value)
        case {"type": "reset"}:
            await act(lead.reset)
        case {"type": "seed", "value": value}:
            await act(lead.reseed, value)
        case {"type": "set", "values": dict(values)}:
            await act(lead.drag, values)
        case {"type": "seek", "index": index} if index is None or isinstance(index, int):
            await act(lead.seek, index)
        case {"type": "stop", "steps": steps, "seconds": seconds}:
            await act(lead.stop_rule, steps, seconds)
        case {"type": "chapter", "name": name, **more} if name is None or isinstance(name, str):
            await act(run.chapters.ask, name, more.get("play") is not False)
        case {"type": "back"}:
            await act(lead.back)
        case {"type": "compare", "index": index} if index is None or isinstance(index, int):
            steps = run.recording.history.steps
            compare(run, None if index is None or not steps else steps[max(0, min(index, len(steps) - 1))])
        case {"type": "hand", "arm": "a" | "b" | "both" as arm} if isinstance(run.twins, Twins):
            run.twins.hand = arm
        case {"type": "end", "keep": "a" | "b" as arm}:
            await act(end, run, arm)
        case {"type": "guess", "name": str(name), "points": points, **more}:
            await act(run.guesses.take, run, name, points, more.get("signed", ""))
        case {"type": "class", "do": "ask" | "stop" | "show" | "forget" as what, "name": str(name)}:
            run.guesses.teach(run, what, name)
        case {"type": "own", "points": points}:
            await act(drawn, run, points)
        case _:
            pass
