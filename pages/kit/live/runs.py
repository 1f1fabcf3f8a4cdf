"""The desk: the pool of workers and every live run of this app process, by token."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Mapping
from functools import cache, partial
from urllib.parse import parse_qsl

from engine.core import registry
from engine.core.chapter import Chapter
from engine.core.params import BadValue, UnknownName, as_text
from engine.core.score import Score, check_seed, digest
from engine.core.topic import Topic
from engine.runs.address import OWN, TWIN, repaired
from engine.runs.link import from_link
from engine.workers import logs
from engine.workers.memory import Trimmer
from engine.workers.pool import Pool
from engine.workers.shared import Commons
from pages.kit.live.chapters import NO_TWIN, Chapters, chapter_of
from pages.kit.live.metrics import meters
from pages.kit.live.places import Places
from pages.kit.live.settings import Settings, settings
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.lesson import follow
from pages.kit.live.stage.sources.replay import replay
from pages.kit.live.sweep import PageSweep

CROWDED = 10.0  # seconds a resting run keeps its model when nobody looks at it, or while others wait
DRAWING = 0.6  # of one core, that all pictures together may take
LOOKING = 1 / 3  # of the workers' time, that looking at the models for pictures may take: the rest is for training them
GRACE = 120.0  # seconds a run without a page is kept before it is freed


def make_pool(chosen: Settings) -> Pool:
    """The workers that the settings ask for: on this machine, or on a cluster; raises ClusterMissing."""
    address = os.environ.get("LATENT_LAB_RAY", "")
    if address:
        from engine.workers.cluster import RayPool, SharedRayPool  # Ray is loaded only where it is asked for

        return (SharedRayPool if chosen.classroom else RayPool)(address, chosen.workers)
    return (Commons if chosen.classroom else Pool)(chosen.workers)


class Desk:
    """Opens, finds and frees runs."""

    def __init__(self, pool: Pool | None = None, grace: float = GRACE) -> None:
        self.settings = settings()
        self.pool = pool or make_pool(self.settings)
        self.places = Places(self.settings.places) if self.settings.classroom else None
        self.pool.on_reply = meters().reply
        self.grace = grace
        self.device = os.environ.get("LATENT_LAB_DEVICE", "auto")
        self._runs: dict[str, LiveRun] = {}
        self.sweeps: dict[str, PageSweep] = {}  # by the token of the run whose page has one
        self._idle_since: dict[str, float] = {}
        self._trim = Trimmer()
        self._lookers: Counter[str] = Counter()  # connections by token: a page that reconnects has two for a moment
        self._cost = 0.01  # seconds of computing that a picture takes, on average
        self._lessons: dict[str, str] = {}  # code -> token of the run that is followed
        self._lock = threading.Lock()

    def new_run(self, slug: str, query: Mapping[str, str], language: str, visitor: str = "") -> tuple[LiveRun, list[BadValue]]:
        """A run for a page, from the values in its address; what could not be used comes back as problems."""
        run, problems = self._new_run(slug, query, language, visitor)
        run.query_asked = dict(query)
        return run, problems

    def _new_run(self, slug: str, query: Mapping[str, str], language: str, visitor: str) -> tuple[LiveRun, list[BadValue]]:
        topic = registry.find(slug)
        query = repaired(query, topic.params)
        problems: list[BadValue] = []
        if "follow" in query:
            teacher = self.get(self._lessons.get(query["follow"], ""))
            if teacher is not None and teacher.topic.slug == slug:
                follower = follow(teacher, query["follow"], language)
                self.adopt(follower, visitor)
                return follower, []
            problems.append(BadValue("follow", query["follow"], "the link of a lesson that is going on"))
            query = {name: text for name, text in query.items() if name != "follow"}
        if "score" in query:
            try:
                return self._replay(from_link(query["score"]), slug, language, visitor), []
            except (BadValue, UnknownName) as problem:
                rest = {name: text for name, text in query.items() if name != "score"}
                run, problems = self._new_run(slug, rest, language, visitor)
                return run, [problem, *problems]
        chapter, unknown = _chapter(topic, query)
        problems += unknown
        moved = {name: text for name, text in query.items() if name not in OWN and not name.startswith(TWIN)}
        own = {} if chapter is None else {name: as_text(value) for name, value in chapter.values.items()}
        values = {**own, **moved}
        params, refused = topic.params.forgiving(values)
        problems += refused
        if own and refused:  # in place of what was refused stands the chapter's value, not the default
            spoilt = {problem.name for problem in refused}
            values = {**own, **{name: text for name, text in moved.items() if name not in spoilt}}
            params, _ = topic.params.forgiving(values)
        other = {name.removeprefix(TWIN): text for name, text in query.items() if name.startswith(TWIN)}
        twin, more = topic.params.forgiving({**values, **other})
        problems += [problem for problem in more if problem.name in other]
        seed = topic.seed if chapter is None else chapter.seed
        try:
            seed = check_seed(query.get("seed", seed))
        except BadValue as problem:
            problems.append(problem)
        run = LiveRun(topic, params, seed, self.pool, language, self.device)
        if other or "twin" in query:
            run.planned_twin = {name: getattr(twin, name) for name in other if name in twin.values()}
        elif chapter is not None and chapter.compare is not None:
            run.planned_twin = dict(chapter.compare)
        if query.get("twin") == NO_TWIN:
            run.planned_twin = None
        self.adopt(run, visitor)
        if chapter is not None and isinstance(run.chapters, Chapters):
            run.chapters.prepare(chapter, moved)
        return run, problems

    def _replay(self, score: Score, slug: str, language: str, visitor: str) -> LiveRun:
        """A run that plays a score; raises BadValue for another topic's and for one that needs data from elsewhere."""
        if score.topic != slug:
            raise BadValue("score", score.topic, slug)
        if score.data is not None:
            raise BadValue("score", score.topic, "a run on built-in data: its own data do not travel in a link")
        run = replay(score, self.pool, language, self.device)
        self.adopt(run, visitor)
        return run

    def adopt(self, run: LiveRun, visitor: str = "") -> str:
        """Take in a run that was made elsewhere; returns the token by which a page finds it."""
        self._welcome(run, visitor)
        run.chapters = Chapters(run, partial(self.sweep_for, run))
        run.guesses.polls.present = partial(self.present, run)
        with self._lock:
            self._runs[run.token] = run
            self._idle_since[run.token] = time.monotonic()
        logs.event("run.opened", run=logs.public_name(run.token), topic=run.topic.slug)
        return run.token

    def sweep_for(self, run: LiveRun) -> PageSweep:
        """The sweep of a page's run; there is one, and it is freed with the run."""
        return self.sweeps.setdefault(run.token, PageSweep(run))

    def teach(self, run: LiveRun) -> str:
        """The code under which other pages may follow this run; always the same one for one run."""
        with self._lock:
            for code, token in self._lessons.items():
                if token == run.token:
                    return code
            code = secrets.token_urlsafe(6)
            self._lessons[code] = run.token
            return code

    def followers(self, run: LiveRun) -> int:
        """How many pages follow this run now."""
        return sum(other.source.teacher is run for other in self.runs)

    def present(self, run: LiveRun) -> set[str]:
        """Tokens of the pages that follow this run and are looked at."""
        with self._lock:
            return {
                token for token in self._lookers if (other := self._runs.get(token)) is not None and other.source.teacher is run
            }

    def _welcome(self, run: LiveRun, visitor: str) -> None:
        """In a class: limits for the run, and room for it among the visitor's own."""
        run.visitor = visitor
        if self.places is None:
            return
        chosen = self.settings
        run.places, run.most_steps = self.places, chosen.max_steps
        run.recording.history.max_bytes, run.recording.history.max_rows = int(chosen.history_mb * 2**20), chosen.history_rows
        theirs = sorted((other for other in self.runs if visitor and other.visitor == visitor), key=lambda other: other.touched)
        for other in theirs[: max(0, len(theirs) + 1 - chosen.places_each)]:
            other.rest(patience=0.0)
            other.freeze()

    def rest_idle(self) -> int:
        """In a class: freeze runs that nobody plays with, sooner when others wait; how many."""
        if self.places is None:
            return 0
        now = time.monotonic()
        patience = min(self.settings.idle_seconds, CROWDED) if self.places.waiting else self.settings.idle_seconds
        with self._lock:
            looked_at = set(self._lookers)
        still = [run for run in self.runs if now - run.touched > (patience if run.token in looked_at else CROWDED)]
        return sum(run.freeze() for run in still)

    def pace(self, seconds: float) -> float:
        """Take in what a picture cost; seconds between two frames at which all who play now have their share."""
        self._cost += 0.05 * (seconds - self._cost)
        playing = [run for run in self.runs if run.lead.doing == "playing"]
        sessions = [arm.session for run in playing for arm in run.arms if arm.session is not None]
        models = len({session.key for session in sessions})  # a class on one run has one
        looking = models * self.pool.looking / (LOOKING * max(1, len(self.pool.ready)))
        return max(len(playing) * self._cost / DRAWING, looking)

    def get(self, token: str) -> LiveRun | None:
        return self._runs.get(token)

    def resume(self, token: str, before: str) -> bool:
        """Give a page that was loaded again the run that it had before, under its new one's token; whether it has it now.

        Only a run that nobody looks at (a duplicated tab knows the token of one at which its original looks), and that is where
        the new page's address says: another link opened in the same tab begins a run of its own.
        """
        with self._lock:
            new, old = self._runs.get(token), self._runs.get(before)
            if new is None or old is None or self._lookers[before] or not self._continues(old, new):
                return False
            new.closed = True
            self._runs[token] = self._runs.pop(before)
            self._idle_since.pop(before, None)
            self._lessons = {code: token if one == before else one for code, one in self._lessons.items()}
            if before in self.sweeps:
                self.sweeps[token] = self.sweeps.pop(before)
            if self.places is not None:
                self.places.rename(before, token)
            old.token, old.language, old.loaded_again = token, new.language, True
        return True

    def _continues(self, old: LiveRun, new: LiveRun) -> bool:
        """Whether a page that has begun a new run means this one."""
        if new is old or new.topic is not old.topic or not new.unbuilt or new.building is not None or old.closed:
            return False
        if type(new.source) is not type(old.source) or new.source.teacher is not None:
            return False
        if self.settings.sign_in and new.visitor != old.visitor:
            return False
        if new.data is not None and digest(new.data) != digest(old.data):
            return False
        return dict(parse_qsl(old.query())) in (new.query_asked, dict(parse_qsl(new.query())))

    def looked_at(self, token: str) -> bool:
        """Whether a page is connected to the run."""
        return self._lookers[token] > 0

    def attach(self, token: str, before: str = "") -> LiveRun | None:
        """A page looks at the run; `before` is the token of the one that it had before it was loaded again."""
        if before:
            self.resume(token, before)
        with self._lock:
            if token in self._runs:
                self._idle_since.pop(token, None)
                self._lookers[token] += 1
            run = self._runs.get(token)
        _tell_teacher(run)
        return run

    def detach(self, token: str) -> None:
        """No page looks any more: rest now, free after the grace time."""
        with self._lock:
            self._lookers[token] -= 1
            run = self._runs.get(token) if self._lookers[token] <= 0 else None
            if self._lookers[token] <= 0:
                del self._lookers[token]
        _tell_teacher(run)
        if run is not None:
            run.rest()
            with self._lock:
                if token not in self._lookers:
                    self._idle_since[token] = time.monotonic()

    def sweep(self) -> int:
        """Free runs whose grace time is over, replace lost workers, and return freed memory; returns how many runs."""
        now = time.monotonic()
        with self._lock:
            gone = [token for token, since in self._idle_since.items() if now - since > self.grace]
            old = [self._runs[token] for token in gone if token in self._runs]
            self._idle_since = {token: since for token, since in self._idle_since.items() if token in self._runs}
        runs = [run for run in old if self._free(run)]
        with self._lock:
            self._lessons = {code: token for code, token in self._lessons.items() if token in self._runs}
        self.rest_idle()
        self.pool.mend()
        self._trim()
        return len(runs)

    def _free(self, run: LiveRun) -> bool:
        """Close a run that nobody looks at; whether it is closed. One that waits for its worker is asked again next time."""
        with run.at_hand() as mine:
            if not mine:
                run.rescue()
                return False
            with self._lock:
                if run.token not in self._idle_since:  # somebody looks at it by now
                    return False
                del self._runs[run.token], self._idle_since[run.token]
            run.close()
        if run.token in self.sweeps:
            self.sweeps.pop(run.token).close()
        logs.event("run.closed", run=logs.public_name(run.token), topic=run.topic.slug)
        return True

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


def sweep_of(run: LiveRun) -> PageSweep:
    """The sweep of a page's run; there is one, and it is freed with the run."""
    return desk().sweep_for(run)


def _tell_teacher(run: LiveRun | None) -> None:
    """Somebody has come to a lesson, or left it."""
    teacher = run.source.teacher if run is not None else None
    if isinstance(teacher, LiveRun):
        teacher.guesses.polls.bell.ring()


def _chapter(topic: Topic, query: Mapping[str, str]) -> tuple[Chapter | None, list[BadValue]]:
    """The chapter in which a page begins: the one that its address names, or the first where the address says nothing."""
    problems: list[BadValue] = []
    if "chapter" in query:
        try:
            return chapter_of(topic, query["chapter"]), []
        except UnknownName as problem:
            problems = [problem]
    own = [*OWN, *topic.params.controls()]
    says = any(name.removeprefix(TWIN) in own and name != "chapter" for name in query)
    return (None if says else next(iter(topic.chapters), None)), problems


@cache
def desk() -> Desk:
    """The desk of this app process."""
    return Desk()
