"""The chapters of one page: which one its run plays, what it set, how far it has come, and what its claims said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.core.chapter import Chapter
from engine.core.params import Params, UnknownName, as_text
from engine.core.score import Change, Score
from engine.core.topic import Timeline, Topic
from engine.sweeps.sweep import Plan
from pages.kit.live.script import Changes, Script, Story, Verdicts
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.status import TELL
from pages.kit.live.stage.twins import compare, end
from pages.kit.live.sweep import PageSweep

Moment = tuple[Any, ...]  # an arm's step, then values

NO_TWIN = "0"  # what `twin=` says in an address where a chapter's twin has been ended


class Chapters(Story):
    """The story of a page's run. Every method takes the run's lock.

    Attributes:
        chapter: the one that is open; None for free play.
        reached: whether its run has played all its steps, or its sweep is done.
        seen: by name of each chapter that was played to its end: "holds" (what could be judged agrees), "not", or "open" (nothing
            could be judged under the reader's own settings).
    """

    def __init__(self, run: LiveRun, sweep: Callable[[], PageSweep]) -> None:
        self.run, self._sweep = run, sweep
        self.chapter: Chapter | None = None
        self.reached = False
        self.seen: dict[str, str] = {}
        self._own: Params = run.first  # the chapter's settings
        self._swept = False  # its sweep has been begun
        self._numbers: dict[str, Any] = {}
        self._verdicts: Verdicts = []
        self._judged_at: tuple[Moment, ...] = ()  # where the arms stood when the chapter was reached
        self._looked: tuple[Moment, ...] = ()  # through which lenses the numbers were read

    # ---- which

    @property
    def begun(self) -> bool:  # type: ignore[override]
        """Whether its run (or sweep) has been set going."""
        if self.chapter is None:
            return False
        score = self.run.score
        return self._swept or self.run.lead.doing == "playing" or (score is not None and score.steps > 0)

    def ask(self, name: str | None, play: bool = True) -> None:
        with self.run.lock:
            self.run.problems.pop("chapter", None)
            try:
                self.open(name, play)
            except UnknownName as problem:
                self.run.problems["chapter"] = self.run.say(problem)

    def open(self, name: str | None, play: bool = True) -> None:
        """Set all that a chapter needs and play it, or get it ready; None leaves the run as it is. Raises UnknownName."""
        run = self.run
        with run.lock:
            if name is None:
                self._leave()
                return
            chapter = run.topic.chapter(name)
            own = run.topic.params.build(chapter.values)
            run.lead.pause()
            end(run)
            if not run.reset(own.values(), chapter.seed):
                return
            self.prepare(chapter)
            if run.session is None:  # whoever builds the model goes on from here
                run.planned_twin, run.wanted_play = None if chapter.compare is None else dict(chapter.compare), play
            elif chapter.compare is not None:
                compare(run, values=chapter.compare, play=play)
            elif play:
                run.play()
        run.wake()

    def prepare(self, chapter: Chapter, moved: Mapping[str, Any] | None = None) -> None:
        """Take a chapter up, of which the run has the values; the reader has moved some of them already."""
        run = self.run
        self.chapter, self._own = chapter, run.topic.params.build(chapter.values)
        self._swept = False
        self.rewound()
        read = run.topic.params.read
        changes: Changes = tuple(
            (step, {name: read(name, value) for name, value in values.items()}) for step, values in chapter.changes
        )
        run.script = Script(changes, run.first.values())
        run.script.drop(moved or ())
        run.stop_rule(run.topic.steps_of(chapter), None)
        if self.too_long:
            text = run.t("Here a run may take {count} steps. This chapter needs {needed}: its claims will not be judged.")
            run.problems["chapter"] = text.format(count=f"{run.most_steps:,}", needed=f"{self.length:,}")
        if chapter.sweep is not None:
            self._prepare_sweep(chapter)

    @property
    def too_long(self) -> bool:
        """Whether a run here may not take as many steps as the chapter has."""
        return (self.length or 0) > self.run.most_steps

    def _leave(self) -> None:
        self.chapter = None
        self.run.script = Script()
        if self.run.twins is not None:
            for arm in self.run.arms:
                arm.script = Script()
        self.rewound()

    def _plan(self, chapter: Chapter) -> Plan:
        """The chapter's sweep around the run's present values; what the run changes at its steps, every arm changes."""
        assert chapter.sweep is not None
        run, swept = self.run, chapter.sweep.name
        others = [
            (step, {name: value for name, value in values.items() if name != swept}) for step, values in run.script.changes
        ]
        score = Score(
            topic=run.topic.slug,
            params=run.params.change(run.script.undone()).values(),
            seed=run.seed,
            changes=tuple(Change(step=step, values=values) for step, values in others if values),
            steps=run.topic.steps_of(chapter),
        )
        return Plan.checked(score, chapter.sweep.name, chapter.sweep.values)

    def _prepare_sweep(self, chapter: Chapter) -> None:
        assert chapter.sweep is not None
        self._sweep().prepare(self._plan(chapter), chapter.sweep.beside, next(iter(chapter.views), ""))

    # ---- how far

    @property
    def length(self) -> int | None:
        return None if self.chapter is None else self.run.topic.steps_of(self.chapter)

    @property
    def end(self) -> int | None:
        if self.reached or self.chapter is None or self.chapter.sweep is not None:
            return None
        length = self.run.topic.steps_of(self.chapter)
        return length if self.run.step_now < length else None  # a twin that diverged before it is not waited for

    def started(self) -> None:
        chapter = self.chapter
        if chapter is not None and chapter.sweep is not None and not self._swept and not self.too_long:
            self._swept = True
            self._prepare_sweep(chapter)  # around what the reader has chosen by now
            self._sweep().begin()

    def rewound(self) -> None:
        self.reached, self._numbers, self._verdicts = False, {}, []
        self._judged_at = self._looked = ()

    def moved(self) -> None:
        """Judge the chapter's claims once its steps are played."""
        timeline = None if self.reached or self.chapter is None else self._timeline()
        if timeline is None or self.chapter is None:
            return
        self.reached = True
        self._judged_at = self._moments("hot", "cold")
        self._read(timeline)
        judged = [verdict.agrees for _, verdict in self._verdicts if verdict is not None]
        self.seen[self.chapter.name] = "open" if not judged else "holds" if all(judged) else "not"

    def _read(self, timeline: Timeline) -> None:
        """Numbers and verdicts, as the picture shows them now."""
        assert self.chapter is not None
        self._looked = self._moments("lens")
        self._numbers = self.chapter.numbers(timeline)
        self._verdicts = [(claim, claim(timeline)) for claim in self.chapter.shows]

    def _look_again(self) -> None:
        """Read the numbers anew where only the eye has moved since: a lens trains nothing, so the run's end is still this one."""
        with self.run.at_hand(TELL) as mine:
            if mine and self.reached and not self.gone_on and self._looked != self._moments("lens"):
                timeline = self._timeline()
                if timeline is not None:
                    self._read(timeline)

    def _moments(self, *kinds: str) -> tuple[Moment, ...]:
        """For each arm its step, and its values of these kinds."""
        if self.chapter is None or self.chapter.sweep is not None:  # the words are those of the sweep's arms, which stay
            return ()
        controls = type(self.run.params).controls()
        names = [name for name, control in controls.items() if control.kind in kinds]
        newest = [(arm, arm.recording.newest) for arm in self.run.arms]
        return tuple((frame.step if frame else 0, *(getattr(arm.params, name) for name in names)) for arm, frame in newest)

    @property
    def gone_on(self) -> bool:  # type: ignore[override]
        """Whether the words after tell of a moment that is over: the run has taken steps since, or trains otherwise."""
        return self.reached and self._moments("hot", "cold")[: len(self._judged_at)] != self._judged_at

    @property
    def told(self) -> str:  # type: ignore[override]
        """What the words after would be of: where it differs from what they were drawn for, they are drawn again."""
        if self.chapter is None or not self.reached:
            return "swept" if self._swept else ""  # there are no words yet, but there is a sweep to see
        of = "past" if self.gone_on else repr(self._moments("lens"))
        return f"{self.seen.get(self.chapter.name, '')}:{of}"

    def _timeline(self) -> Timeline | None:
        """What the claims judge; None while the run is not there yet."""
        chapter, run, steps = self.chapter, self.run, self.length or 0
        if chapter is None:
            return None
        if chapter.sweep is not None:
            return self._sweep().judged() if self._swept else None
        for arm in run.arms:
            newest = arm.recording.newest
            if newest is None or newest.step < steps or newest.part or arm.score is None or arm.score.steps < steps:
                return None
        first, *others = [arm.timeline(arm.recording.newest) for arm in run.arms]
        if first is None:
            return None
        return replace(first, other=others[0]) if others and others[0] is not None else first

    def arms(self) -> Mapping[Any, Timeline]:
        timeline = self._timeline() if self.chapter is not None and self.chapter.sweep is not None else None
        return {} if timeline is None else timeline.arms

    def numbers(self) -> dict[str, Any]:
        """What may stand in the words after: of where the chapter was reached, through the present lenses; empty before."""
        self._look_again()
        return self._numbers

    def verdicts(self) -> Verdicts:
        """Each claim of the chapter and what was said of it; None where nothing could be said, or not yet."""
        if self.chapter is None:
            return []
        self._look_again()
        return self._verdicts or [(claim, None) for claim in self.chapter.shows]

    def follow(self, other: Story) -> None:
        if isinstance(other, Chapters):
            self.chapter, self.reached, self.seen = other.chapter, other.reached, dict(other.seen)
            self._own, self._swept = other._own, other._swept
            self._numbers, self._verdicts = other._numbers, other._verdicts
            self._judged_at, self._looked = other._judged_at, other._looked

    # ---- what is told

    @property
    def hero(self) -> str:
        return self.run.topic.hero_for(self.run.params, self.chapter)

    def news(self) -> dict[str, Any]:
        self.moved()  # a sweep is done without the run's having moved
        ahead = [{"step": step, "values": dict(values)} for step, values in self.run.script.ahead]
        seen = dict(self.seen)
        return {
            "name": self.name,
            "begun": self.begun,
            "reached": self.reached,
            "seen": seen,
            "changes": ahead,
            "told": self.told,
        }

    def address(self, twin: Mapping[str, str]) -> dict[str, str] | None:
        """`chapter=` and what differs from the chapter's own settings."""
        chapter, run = self.chapter, self.run
        if chapter is None:
            return None
        expected = {**self._own.values(), **run.script.in_force()}
        values = {name: as_text(value) for name, value in run.params.values().items() if value != expected[name]}
        seed = {"seed": as_text(run.seed)} if run.seed != chapter.seed else {}
        return {"chapter": chapter.name, **values, **seed, **self._twin(chapter, twin)}

    def _twin(self, chapter: Chapter, twin: Mapping[str, str]) -> dict[str, str]:
        """What an address says of the twin: nothing where it is the chapter's own, `twin=0` where that has been ended."""
        run = self.run
        if chapter.compare is None:
            return dict(twin)
        if run.twins is None:
            return {} if run.planned_twin is not None or run.session is None else {"twin": NO_TWIN}
        other = run.arms[-1]
        if other.session is None:  # it is being built
            return {}
        expected = run.params.change(chapter.compare)
        return {} if other.params == expected else dict(twin)


def chapter_played(topic: Topic, score: Score) -> Chapter | None:
    """The chapter with whose settings and seed a run began, as far as training reads them; None for one of its own.

    Of several that begin alike, the one of which most changes have come at their steps.
    """
    kinds = {name: control.kind for name, control in topic.params.controls().items()}
    began = {name: value for name, value in score.settings().values().items() if kinds[name] != "lens"}
    came = [(change.step, dict(change.values)) for change in score.changes]

    def alike(chapter: Chapter) -> bool:
        own = topic.params.build(chapter.values).values()
        return score.seed == chapter.seed and all(own[name] == value for name, value in began.items())

    def changed(chapter: Chapter) -> int:
        return sum((step, dict(values)) in came for step, values in chapter.changes)

    return max(filter(alike, topic.chapters), key=changed, default=None)


def chapter_of(topic: Topic, text: str) -> Chapter:
    """The chapter that an address names, by its name or number from 1; raises UnknownName with the nearest."""
    chapters = topic.chapters
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(chapters):
        return chapters[int(text) - 1]
    return topic.chapter(text)
