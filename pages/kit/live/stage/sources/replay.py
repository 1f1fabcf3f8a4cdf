"""A score played on screen: the same run again, with every change at its step, at the speed the viewer likes."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core import registry
from engine.core.params import Params
from engine.core.score import Score
from engine.runs.link import LONGEST_LINK, to_link
from engine.workers.pool import Pool
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.source import Act, Source


class Replay(Source):
    """Follows a score until its end, or until somebody changes something: from there on the run is one like any other."""

    def __init__(self, script: Score) -> None:
        self.script = script
        self.done = 0  # changes of the script that are in force

    def beginning(self, score: Score) -> Score:
        return score.model_copy(update={"params": self.script.params})

    def restart(self, params: Params) -> Params:
        return self.script.settings()

    @property
    def halt(self) -> int | None:
        """No step beyond the next change, so that it comes into force exactly at its own."""
        return None if self.done >= len(self.script.changes) else self.script.changes[self.done].step

    def before(self, run: LiveRun, name: str, again: Act, **how: Any) -> None:
        if name in ("set", "back") or (name == "reset" and how != {"values": None, "seed": None}):
            run.source = Source()  # from here on the viewer plays alone
            steps = run.topic.tempo(run.params).steps
            run.stop_steps = steps if run.session is None else max(steps, run.session.step + 1)
        elif name == "reset":
            self.done = 0

    def moved(self, run: LiveRun) -> None:
        """Bring the changes into force whose step has come."""
        while run.session is not None and (due := self.halt) is not None:
            if run.session.step < due or (run.recording.newest is not None and run.recording.newest.part):
                return
            self.done += 1
            run.change(self.script.changes[self.done - 1].values)

    def ticked(self, run: LiveRun) -> None:
        before = self.done
        self.moved(run)
        more = run.session is not None and (run.stop_steps is None or run.session.step < run.stop_steps)
        if run.state == "finished" and self.done > before and more:
            run.state = "playing"
        if run.state == "finished":
            run.message = run.t("The replay is over: the same seed, the same changes, the same frames.")

    @property
    def address(self) -> dict[str, str] | None:
        """The address holds the whole score while it is being replayed, if it is short enough."""
        if self.script.data is not None:
            return None
        link = to_link(self.script)
        return {"score": link} if len(link) <= LONGEST_LINK else None


def replay(
    score: Score,
    pool: Pool,
    language: str = "en",
    device: str = "auto",
    data: dict[str, np.ndarray] | None = None,
    data_name: str = "",
) -> LiveRun:
    """A run that plays a score. Raises BadValue or UnknownName for a score that is not possible."""
    run = LiveRun(registry.find(score.topic), score.settings(), score.seed, pool, language, device, Replay(score))
    run.stop_steps = max(1, score.steps)
    run.data, run.data_name = data, data_name
    return run
