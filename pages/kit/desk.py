"""The desk: the pool of workers and every live run of this app process, by token."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Mapping
from functools import cache

from engine.core import logs, registry
from engine.core.link import from_link
from engine.core.params import BadValue, UnknownName
from engine.core.pool import Pool
from engine.core.session import Score, check_seed
from pages.kit.metrics import meters
from pages.kit.replay import ReplayRun
from pages.kit.run import LiveRun

TWIN = "twin."  # what an address writes before the twin's values
GRACE = 120.0  # seconds a run without a page is kept before it is freed


class Desk:
    """Opens, finds and frees runs."""

    def __init__(self, pool: Pool | None = None, grace: float = GRACE) -> None:
        self.pool = pool or Pool()
        self.pool.on_reply = meters().reply
        self.grace = grace
        self.device = os.environ.get("LATENT_LAB_DEVICE", "auto")
        self._runs: dict[str, LiveRun] = {}
        self._idle_since: dict[str, float] = {}
        self._lookers: Counter[str] = Counter()  # connections by token: a page that reconnects has two for a moment
        self._lock = threading.Lock()

    def new_run(self, slug: str, query: Mapping[str, str], language: str) -> tuple[LiveRun, list[BadValue]]:
        """A run for a page, from the values in its address; what could not be used comes back as problems."""
        topic = registry.find(slug)
        if "score" in query:
            try:
                return self._replay(from_link(query["score"]), slug, language), []
            except (BadValue, UnknownName) as problem:
                run, problems = self.new_run(slug, {name: text for name, text in query.items() if name != "score"}, language)
                return run, [problem, *problems]
        values = {name: text for name, text in query.items() if name not in ("seed", "twin") and not name.startswith(TWIN)}
        params, problems = topic.params.forgiving(values)
        other = {name.removeprefix(TWIN): text for name, text in query.items() if name.startswith(TWIN)}
        twin, more = topic.params.forgiving({**values, **other})
        problems += [problem for problem in more if problem.name in other]
        seed = 0
        try:
            seed = check_seed(query.get("seed", "0"))
        except BadValue as problem:
            problems.append(problem)
        run = LiveRun(topic, params, seed, self.pool, language, self.device)
        if other or "twin" in query:
            run.planned_twin = {name: getattr(twin, name) for name in other if name in twin.values()}
        self.adopt(run)
        return run, problems

    def _replay(self, score: Score, slug: str, language: str) -> LiveRun:
        """A run that plays a score; raises BadValue for another topic's and for one that needs data from elsewhere."""
        if score.topic != slug:
            raise BadValue("score", score.topic, slug)
        if score.data is not None:
            raise BadValue("score", score.topic, "a run on built-in data: its own data do not travel in a link")
        run = ReplayRun(score, self.pool, language, self.device)
        self.adopt(run)
        return run

    def adopt(self, run: LiveRun) -> str:
        """Take in a run that was made elsewhere; returns the token by which a page finds it."""
        with self._lock:
            self._runs[run.token] = run
            self._idle_since[run.token] = time.monotonic()
        logs.event("run.opened", run=logs.public_name(run.token), topic=run.topic.slug)
        return run.token

    def get(self, token: str) -> LiveRun | None:
        return self._runs.get(token)

    def attach(self, token: str) -> LiveRun | None:
        """A page looks at the run."""
        with self._lock:
            if token in self._runs:
                self._idle_since.pop(token, None)
                self._lookers[token] += 1
            return self._runs.get(token)

    def detach(self, token: str) -> None:
        """No page looks any more: rest now, free after the grace time."""
        with self._lock:
            self._lookers[token] -= 1
            run = self._runs.get(token) if self._lookers[token] <= 0 else None
            if self._lookers[token] <= 0:
                del self._lookers[token]
        if run is not None:
            run.rest()
            with self._lock:
                if token not in self._lookers:
                    self._idle_since[token] = time.monotonic()

    def sweep(self) -> int:
        """Free runs whose grace time is over, and replace lost workers; returns how many runs."""
        now = time.monotonic()
        with self._lock:
            gone = [token for token, since in self._idle_since.items() if now - since > self.grace]
            runs = [self._runs.pop(token) for token in gone if token in self._runs]
            for token in gone:
                self._idle_since.pop(token, None)
        for run in runs:
            run.close()
            logs.event("run.closed", run=logs.public_name(run.token), topic=run.topic.slug)
        self.pool.mend()
        return len(runs)

    @property
    def runs(self) -> list[LiveRun]:
        """Every run that is kept."""
        with self._lock:
            return list(self._runs.values())

    def __len__(self) -> int:
        return len(self._runs)

    def close(self) -> None:
        self.pool.close()
        self._runs.clear()


@cache
def desk() -> Desk:
    """The desk of this app process."""
    return Desk()
