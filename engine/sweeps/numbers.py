"""What the models of a sweep say in numbers: their scalars as a table, their verdicts, and where these are strangest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.core.topic import Timeline, Topic, Verdict

Lines = Sequence[Timeline | None]  # of each model its timeline; None where it has no frame, or failed


def table_of(topic: Topic, values: Sequence[Any], lines: Lines) -> dict[str, np.ndarray]:
    """Every scalar at the newest frame, by model, NaN where one failed; "value" is the swept one, or its index."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    found = {"value": np.array([float(value) if numbers else float(place) for place, value in enumerate(values)], np.float64)}
    for output in topic.outputs:
        if output.scalar:
            rows = [{} if line is None else line.frame.scalars for line in lines]
            found[output.name] = np.array([row.get(output.name, math.nan) for row in rows], np.float64)
    return found


def verdicts_of(topic: Topic, lines: Lines) -> dict[str, list[Verdict | None]]:
    """Claim -> its verdict of every model (None: nothing can be said)."""
    return {claim.name: [claim.judge(line) if line is not None else None for line in lines] for claim in topic.claims}


def strangest(verdicts: Mapping[str, Sequence[Verdict | None]]) -> int | None:
    """The model where measurement and theory differ most, in units of the tolerance; None without any verdict."""
    worst: tuple[float, int] | None = None
    for own in verdicts.values():
        for place, verdict in enumerate(own):
            if verdict is None or not math.isfinite(verdict.measured):
                continue
            off = verdict.off / max(verdict.tolerance, 1e-12)
            if worst is None or off > worst[0]:
                worst = (off, place)
    return worst[1] if worst is not None else None
