"""A saved run on its topic's page: its end is shown at once, the session behind it is rebuilt from its score."""

from __future__ import annotations

from typing import Any

from engine.core.frame import difference
from engine.runs.store import KeptRun
from engine.workers.pool import Pool
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.source import Act, Source


class Reopened(Source):
    """What is moved while the session is still being rebuilt takes effect afterwards."""

    def __init__(self, kept: KeptRun) -> None:
        self.kept = kept
        self._then: list[Act] = []

    def open(self, run: LiveRun) -> bool:
        """Replay the score to its end; says so when this machine arrives at other numbers than were saved."""
        if run.session is not None or run.state != "opening" or not run.enter():
            return True
        if not run.build(self.kept.score, lambda: run.session is None):
            return True
        with run.lock:
            run.source = Source()
            if run.recording.newest is not None and difference(run.recording.newest, self.kept.last) is not None:
                run.message = run.t(
                    "Replayed here, this run ends in other numbers than were saved (another version or device)."
                )
            for act in self._then:
                act()
        return True

    def before(self, run: LiveRun, name: str, again: Act, **how: Any) -> bool | None:
        if name not in ("set", "reset") or not run.unbuilt:
            return None
        self._then.append(again)
        return True


def reopened(kept: KeptRun, pool: Pool, language: str = "en", device: str = "auto") -> LiveRun:
    """A run that stands at a saved run's end."""
    run = LiveRun(kept.topic, kept.score.settings(), kept.score.seed, pool, language, device, Reopened(kept))
    run.show_kept(kept.params, kept.history.copy(), kept.last)
    run.data, run.data_name = kept.data, kept.info.title if kept.data is not None else ""
    return run
