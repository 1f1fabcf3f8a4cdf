"""A score played on screen: the same run again, with every change at its step, at the speed the viewer likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import numpy as np

from engine.core import registry
from engine.core.score import Score
from engine.runs.link import LONGEST_LINK, to_link
from engine.workers.pool import Pool
from pages.kit.live.run import LiveRun
from pages.kit.live.session import ask


class ReplayRun(LiveRun):
    """Follows a score until its end, or until somebody changes something: from there on it is a run like any other."""

    def __init__(
        self,
        score: Score,
        pool: Pool,
        language: str = "en",
        device: str = "auto",
        data: dict[str, np.ndarray] | None = None,
        data_name: str = "",
    ) -> None:
        settings = score.settings()
        super().__init__(registry.find(score.topic), settings, score.seed, pool, language, device)
        self.script: Score | None = score
        self.done = 0  # changes of the script that are in force
        self.stop_steps = max(1, score.steps)
        self.data, self.data_name = data, data_name

    def start_score(self, params: Any = None, seed: int | None = None) -> Score:
        score = super().start_score(params, seed)
        return score if self.script is None else score.model_copy(update={"params": self.script.params})

    @property
    def due(self) -> int | None:
        """The step at which the script's next change comes into force."""
        if self.script is None or self.done >= len(self.script.changes):
            return None
        return self.script.changes[self.done].step

    def until(self) -> int | None:
        """No step beyond the next change, so that it comes into force exactly at its own."""
        limits = [step for step in (super().until(), self.due) if step is not None]
        return min(limits, default=None)

    def open(self) -> None:
        super().open()
        with self.lock:
            self._follow()

    def tick(self) -> None:
        with self.lock:
            super().tick()
            before = self.done
            self._follow()
            more = self.session is not None and (self.stop_steps is None or self.session.step < self.stop_steps)
            if self.state == "finished" and self.done > before and more:
                self.state = "playing"
            if self.state == "finished" and self.script is not None:
                self.message = self.t("The replay is over: the same seed, the same changes, the same frames.")

    def step(self, count: int = 1) -> None:
        with self.lock:
            goal = (self.session.step if self.session is not None else 0) + max(1, count)
            while self.session is not None and self.session.step < goal:
                before, due = self.session.step, self.due
                super().step(min(goal, due if due is not None and due > before else goal) - before)
                self._follow()
                if self.session.step == before:  # it has failed, or is over
                    return

    def part(self) -> None:
        with self.lock:
            super().part()
            self._follow()

    def _follow(self) -> None:
        """Bring the changes into force whose step has come."""
        while self.script is not None and self.session is not None and self.due is not None:
            if self.session.step < self.due or (self.film.newest is not None and self.film.newest.part):
                return
            self.done += 1
            self._change(self.script.changes[self.done - 1].values)

    def _change(self, values: Mapping[str, Any]) -> None:
        ask(self, lambda session: session.set(**values))
        self.params = self.params.change(values)

    def set(self, values: Mapping[str, Any]) -> None:
        self.leave()
        super().set(values)

    def reset(self, values: Mapping[str, Any] | None = None, seed: int | None = None) -> bool:
        """Without new values or seed: the replay from its beginning."""
        with self.lock:
            if self.script is None or values is not None or seed is not None:
                self.leave()
                return super().reset(values, seed)
            self.done = 0
            if not super().reset(self.script.settings().values()):
                return False
            self._follow()
            return True

    def back(self) -> None:
        self.leave()
        super().back()

    def leave(self) -> None:
        """From here on the viewer plays alone."""
        if self.script is not None:
            self.script = None
            self.stop_steps = self.topic.steps if self.session is None else max(self.topic.steps, self.session.step + 1)

    def query(self) -> str:
        """The address holds the whole score while it is being replayed, if it is short enough."""
        if self.script is not None and self.script.data is None:
            link = to_link(self.script)
            if len(link) <= LONGEST_LINK:
                return urlencode({"score": link})
        return super().query()
