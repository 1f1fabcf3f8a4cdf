"""The class guesses: asked by the teacher of a lesson, sent by its followers, counted, shown, closed, kept; and nobody can spoil it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from engine.core import registry, wire
from engine.core.frame import difference
from engine.guess.crowd import MOST, Entry
from pages.kit.live import commands
from pages.kit.live.classroom import polls as polls_module
from pages.kit.live.classroom.bell import Bell
from pages.kit.live.classroom.polls import BURST, CLOSED, FAST, FULL, LATE, Pace, Polls, Refused
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from pages.kit.web import stream
from tests.bench.fuzz_messages import Line
from tests.pages.live.test_guess import DRAWN, GUESSES, guessing_run
from tests.pages.tab import PAYLOADS, tab

pytestmark = pytest.mark.usefixtures("workers")
CLASS = "guess:class/distance"
CURVE = GUESSES[0]


@contextmanager
def lesson(followers: int, language: str = "en") -> Iterator[tuple[LiveRun, list[LiveRun]]]:
    """A teacher's run at its start, and pages that follow it and are looked at."""
    teacher = guessing_run()
    teacher.open()
    code = desk().teach(teacher)
    seats = [desk().new_run("descent", {"follow": code}, language)[0] for _ in range(followers)]
    for seat in seats:
        desk().attach(seat.token)
    try:
        yield teacher, seats
    finally:
        for seat in seats:
            desk().detach(seat.token)
        teacher.close()


def do(run: LiveRun, *messages: Any) -> None:
    """What a page's websocket carries, as the server reads it: text, or anything that JSON can be made of."""

    async def obeyed() -> None:
        line = Line()
        await line.socket.accept()
        for message in messages:
            line.put(message if isinstance(message, bytes) else json.dumps(message).encode())
            read = await stream._read(line.socket)
            for item in commands.coalesce([read] if read is not None else []):
                await commands.obey(run, item)

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of its own, of a browser's test
        thread.submit(lambda: asyncio.run(obeyed())).result()


def guess(points: Any, name: Any = "distance", **more: Any) -> dict[str, Any]:
    return {"type": "guess", "name": name, "points": points, **more}


def ask(what: str = "ask", name: str = "distance") -> dict[str, Any]:
    return {"type": "class", "do": what, "name": name}


def picture(run: LiveRun, name: str = CLASS) -> dict[str, Any]:
    page = stream.Stream(None, run)  # type: ignore[arg-type]
    page.views = {name: True}
    return wire.unpack(page.draw())[0]["figures"][name]


# ---- from the first question to the last


def test_a_class_is_asked_counted_shown_and_scored():
    teacher = guessing_run()
    with tab(teacher) as front:
        code = desk().teach(teacher)
        seats = [desk().new_run("descent", {"follow": code}, language)[0] for language in ("en", "zh")]
        with tab(seats[0]) as one, tab(seats[1]) as two:
            assert front.wait(lambda s: s["lesson"] and s["lesson"]["followers"] == 2)["lesson"]["asked"] == ""
            assert one.status["lesson"]["asked"] == "" and not one.status["guesses"]["asks"]
            front.send("class", do="ask", name="distance")
            one.wait(lambda s: s["lesson"]["asked"] == "distance" and s["lesson"]["open"])
            one.send("guess", name="distance", points=DRAWN, signed="Bea")
            assert one.wait(lambda s: s["lesson"]["mine"])["lesson"]["signed"] == "Bea"
            told = front.wait(lambda s: s["lesson"]["counted"]["distance"]["guessed"] == 1)["lesson"]
            assert told["counted"]["distance"] == {"guessed": 1, "of": 2} and told["shown"] == []
            two.send("guess", name="distance", points=[[0, 4.0], [50, 4.0]])
            front.wait(lambda s: s["lesson"]["counted"]["distance"]["guessed"] == 2)
            one.send("guess", name="distance", points=[[0, 2.0], [50, 2.0]], signed="Ann")  # thought better of it
            one.wait(lambda s: s["lesson"]["signed"] == "Ann")
            front.send("view", name=CLASS, on=True)
            front.wait(lambda s: CLASS in front.frames[-1][0]["figures"])
            assert not front.figure(CLASS)["data"], "nobody sees them before they are shown"
            front.send("class", do="show", name="distance")
            front.wait(lambda s: s["lesson"]["shown"] == ["distance"] and front.figure(CLASS)["data"])
            traces = {trace["name"]: trace for trace in front.figure(CLASS)["data"]}
            assert np.allclose(traces["Ann"]["y"], 2) and np.allclose(traces["median of the class"]["y"], 3)
            assert two.wait(lambda s: s["lesson"]["closed"])["lesson"]["closed"].startswith("全班的猜测已经亮出")
            one.send("guess", name="distance", points=DRAWN, signed="Ann")
            assert one.wait(lambda s: s["guesses"]["problem"])["guesses"]["problem"] == CLOSED
            front.send("play")
            front.wait(lambda s: s["state"] == "finished")
            front.wait(lambda s: front.figure(CLASS)["layout"]["meta"]["short"] == "scores")
            bars = next(trace for trace in front.figure(CLASS)["data"] if trace["type"] == "bar")
            assert sum(bars["y"]) == 2
            assert one.wait(lambda s: s["step"] == 50)["state"] == "following"


def test_a_question_may_be_asked_again_and_taken_back():
    with lesson(2) as (teacher, (one, two)):
        polls = teacher.guesses.polls
        do(teacher, ask())
        do(one, guess(DRAWN))
        do(teacher, ask("show"))
        do(two, guess(DRAWN))
        assert two.problems["guess"] == LATE and "distance" not in two.guesses.made
        do(teacher, ask())
        do(two, guess([[0, 1], [9, 1]]))
        do(one, guess([[0, 5], [9, 5]]))
        assert [entry.made[0][1] for entry in polls.crowds()[0].entries] == [5, 1] and "guess" not in two.problems
        do(one, guess(None))
        assert len(polls.crowds()[0].entries) == 1
        do(teacher, ask("stop"))
        do(one, guess(DRAWN))
        assert one.guesses.made["distance"] and len(polls.crowds()[0].entries) == 1, "now it is their own alone, as ever"
        do(teacher, ask("forget"))
        assert polls.crowds() == () and polls.for_teacher()["counted"] == {}


def test_a_guess_of_another_question_stays_with_its_student():
    with lesson(1) as (teacher, (one,)):
        do(teacher, ask())
        do(one, guess("near", "near"), guess([[0.1]], "rate"))
        assert one.guesses.made == {"near": "near", "rate": [(0.1,)]} and teacher.guesses.polls.crowds() == ()
        do(teacher, ask("ask", "near"))
        do(one, guess(DRAWN))
        assert teacher.guesses.polls.crowds() == (), "the question before is not asked any more"


def test_who_goes_on_alone_keeps_the_guess_and_what_the_class_has_of_it():
    with lesson(1) as (teacher, (one,)):
        do(teacher, ask())
        do(one, guess(DRAWN, signed="Ann"))
        do(one, {"type": "step", "count": 2})
        assert one.source.teacher is None and one.guesses.made["distance"] and one.status()["lesson"] is None
        do(one, guess([[0, 9], [9, 9]]))
        assert [(entry.name, entry.made[0][1]) for entry in teacher.guesses.polls.crowds()[0].entries] == [("Ann", 2.0)]
        one.close()


def test_a_follower_never_reaches_the_teachers_run():
    plain = guessing_run()
    plain.open()
    plain.step(5)
    with lesson(2) as (teacher, (one, two)):
        do(teacher, ask())
        do(one, guess(DRAWN), ask("show"), ask("forget"), ask("stop"), guess(DRAWN))
        assert teacher.guesses.polls.asked == "distance" and teacher.guesses.polls.shown("distance") is None
        do(two, guess([[0, 1], [50, 1]]))
        do(teacher, ask("show"), {"type": "step", "count": 5})
        assert teacher.score == plain.score and teacher.query() == plain.query()
        assert difference(teacher.recording.newest, plain.recording.newest) is None
    plain.close()


def test_a_page_that_was_loaded_again_has_one_guess_and_cannot_take_anothers():
    with lesson(0) as (teacher, _):
        polls, code = teacher.guesses.polls, desk().teach(teacher)
        one, other, again = (desk().new_run("descent", {"follow": code}, "en")[0] for _ in range(3))
        do(teacher, ask())
        with tab(one) as page:
            page.send("guess", name="distance", points=DRAWN, signed="Ann")
            page.wait(lambda s: s["lesson"]["mine"])
            with tab(
                other, before=one.token
            ) as thief:  # the first is still looked at: a duplicated tab, or one that knows its token
                assert not thief.status["lesson"]["mine"]
                thief.send("guess", name="distance", points=DRAWN)
                thief.wait(lambda s: s["lesson"]["mine"])
            assert [entry.name for entry in polls.crowds()[0].entries] == ["Ann", ""]
        with tab(again, before=one.token) as page:
            assert page.status["lesson"]["signed"] == "Ann"
            page.send("guess", name="distance", points=[[0, 9], [9, 9]], signed="Ann")
            page.wait(lambda s: s["guesses"]["made"])
        assert sorted((entry.name, entry.made[0][1]) for entry in polls.crowds()[0].entries) == [("", 2.0), ("Ann", 9.0)]


# ---- three hundred who mean harm


HUGE = [[k, 1] for k in range(5000)]
HOSTILE: tuple[Any, ...] = (
    guess([[0, float("nan")], [1, 1]]),
    guess([[0, float("inf")], [1, 1]]),
    b'{"type": "guess", "name": "distance", "points": [[0, 1e999], [1, -1e999]]}',
    guess([[0, 1e308], [1, 1]]),
    guess([[0, -0.5], [50, 99]]),
    guess([["0", 1], [2, 1]]),
    guess([[True, 1], [2, 1]]),
    guess([[[0], 1], [2, 1]]),
    guess([[0, {}], [2, 1]]),
    guess({"0": 1}),
    guess("near"),
    guess(7),
    guess([]),
    guess([[0, 1]]),
    guess([[0, 1, 2], [3, 4, 5]]),
    guess(HUGE),
    guess([[0, 1], [9, 1]], signed="x" * 40_000),
    guess([[0, 1], [9, 1]], signed=["Ann"]),
    guess([[0, 1], [9, 1]], signed={"name": "Ann"}),
    guess([[0, 1], [9, 1]], signed=None),
    guess([[0, 1], [9, 1]], signed=3.5),
    *(guess([[0, 1], [9, 1]], signed=payload) for payload in PAYLOADS),
    guess([[0, 1], [9, 1]], signed="\u202eevil"),
    guess([[0, 1], [9, 1]], signed="a" + "\u0301" * 20),
    b'{"type": "guess", "name": "distance", "points": [[0, 1], [9, 1]], "signed": "\\ud800"}',
    guess([[0, 1], [9, 1]], "no such guess"),
    guess([[0, 1], [9, 1]], "class/distance"),
    guess([[0, 1], [9, 1]], ["distance"]),
    guess([[0.1]], "rate"),
    guess("far", "near"),
    guess(["far"], "near"),
    ask("show"),
    ask("forget"),
    ask("ask", "near"),
    {"type": "class", "do": ["show"], "name": "distance"},
    {"type": "class"},
    {"type": "guess"},
    b"[" * 60_000,
    b'{"type": "guess", "name": "distance", "points": ' + b"[" * 20_000 + b"}",
    b'{"type": "guess", "name": "distance", "points": "' + b"x" * 70_000 + b'"}',
    b"\xff\xfe\x00",
)


def test_three_hundred_hostile_followers_leave_the_honest_ones_alone():
    with lesson(303) as (teacher, seats):
        honest, hostile = seats[:3], seats[3:]
        do(teacher, ask())
        for seat, (value, name) in zip(honest, ((1.0, "Ann"), (2.0, ""), (6.0, "李雷")), strict=True):
            do(seat, guess([[0, value], [50, value]], signed=name))
        for place, seat in enumerate(hostile):
            do(seat, *(HOSTILE[(place + k) % len(HOSTILE)] for k in range(4)))
            assert len(json.dumps(seat.status(), allow_nan=False)) < 20_000
        assert teacher.guesses.polls.for_teacher()["counted"]["distance"]["guessed"] == 3
        do(teacher, ask("show"))
        late = guess([[0, 9], [50, 9]], signed="Eve")
        for seat in hostile:  # after closing, and again and again
            do(seat, late, late, late)
        do(honest[0], guess([[0, 9], [50, 9]], signed="Ann"))
        do(teacher, {"type": "step", "count": 30})
        status = teacher.status()
        assert status["lesson"]["counted"]["distance"] == {"guessed": 3, "of": 303} and status["problems"] == {}
        shown = teacher.guesses.polls.shown("distance")
        assert shown.entries == (
            Entry([(0.0, 1.0), (50.0, 1.0)], "Ann"),
            Entry([(0.0, 2.0), (50.0, 2.0)]),
            Entry([(0.0, 6.0), (50.0, 6.0)], "李雷"),
        )
        sent = json.dumps([picture(teacher), status, *(seat.status() for seat in honest)], ensure_ascii=False)
        assert "Ann" in sent and "李雷" in sent
        assert not any(word in sent for word in (*PAYLOADS, "Eve", "\u202e", "evil"))
        assert teacher.recording.newest.step == 30 and all(seat.source.teacher is teacher for seat in hostile)


def test_one_page_cannot_flood_the_class_and_no_more_than_most_are_taken():
    with lesson(1) as (teacher, (one,)):
        do(teacher, ask())
        do(one, *(guess([[0, 0.01 * k], [50, 1]]) for k in range(BURST + 40)))
        assert one.problems["guess"] == FAST
        (entry,) = teacher.guesses.polls.crowds()[0].entries
        assert entry.made[0][1] < 0.01 * (BURST + 20), "what came too fast was not taken"
        assert one.guesses.made["distance"] == entry.made, "and its own page shows what counts"
    polls = Polls(lambda: None)
    polls.ask("distance")
    for number in range(MOST):
        polls.take(str(number), CURVE, DRAWN, "", 50.0, Pace())
    with pytest.raises(Refused, match=FULL):
        polls.take("one more", CURVE, DRAWN, "", 50.0, Pace())
    assert polls.take("7", CURVE, [[0, 3], [9, 3]], "", 50.0, Pace()), "who is in may change theirs"
    assert len(polls.crowds()[0].entries) == MOST


def test_a_page_has_a_few_guesses_at_once_and_then_so_many_a_second():
    now = 0.0
    pace = Pace(lambda: now)
    for _ in range(BURST):
        pace.go()
    with pytest.raises(Refused, match=FAST):
        pace.go()
    now = 1.0 / polls_module.PER_SECOND
    pace.go()
    with pytest.raises(Refused):
        pace.go()


def test_a_bell_rings_at_once_and_the_last_ring_is_never_lost():
    heard: list[int] = []
    news, latest = threading.Event(), 0

    def wake() -> None:
        heard.append(latest)
        news.set()

    bell = Bell(wake)
    bell.ring()
    assert heard == [0]
    news.clear()
    for latest in range(1, 1000):  # noqa: B007  # what `wake` sees
        bell.ring()
    assert news.wait(10) and heard[-1] == 999 and len(heard) < 10


# ---- what is kept


def test_the_guesses_are_in_the_saved_run_its_files_and_the_offline_page(tmp_path, monkeypatch):
    from pages.kit.ui import keep, take_home

    monkeypatch.setenv("LATENT_LAB_DATA", str(tmp_path / "kept"))
    with lesson(2) as (teacher, (one, two)):
        do(teacher, ask())
        do(one, guess(DRAWN, signed="Ann"))
        do(two, guess([[0, 4.0], [50, 4.0]]))
        do(teacher, ask("show"), {"type": "step", "count": 20})
        now = take_home.moment(teacher)
        listed = json.loads(take_home.GUESSES.make(now))
        assert listed[0]["guess"] == "distance" and [entry.get("name") for entry in listed[0]["entries"]] == ["Ann", None]
        page = take_home.whole(now, ["distance"], "light")
        assert '"class/distance"' in page and "What the class guessed" in page and "How near?" in page
        monkeypatch.setattr(keep, "settings", lambda: desk().settings)
        store = keep.store()
        key = store.save(now.score, now.history, guesses=now.guesses)
        monkeypatch.setattr(registry, "find", lambda _: teacher.topic)  # the toy declares no guesses
        kept = store.load(key)
        assert [entry.name for entry in kept.guesses[0].entries] == ["Ann", ""]
        reopened = Polls(lambda: None)
        reopened.restore(kept.guesses)
        assert reopened.shown("distance") is kept.guesses[0] and reopened.for_teacher()["shown"] == ["distance"]
        store.export(key, tmp_path / "out")
        assert json.loads((tmp_path / "out" / "run.json").read_text())["guesses"] == listed
        store.close()
