"""A lesson's hall: what followers are sent, that it adds up to the teacher's picture, and that none of them can disturb another."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

from engine.core.topic import Guess
from pages.kit.live.runs import desk
from pages.kit.web.hall import hall, showing
from tests.pages.tab import PATIENCE, Tab, at_rest_at, new_run, tab

pytestmark = pytest.mark.usefixtures("workers")


def follower(teacher, language="en"):
    return desk().new_run("descent", {"follow": desk().teach(teacher)}, language)[0]


@pytest.fixture
def front():
    """A teacher's page."""
    teacher = new_run(seed=3)
    with tab(teacher) as page:
        page.run = teacher
        yield page
    for run in desk().runs:
        run.close()


def step(front: Tab, count: int = 1) -> int:
    """Let the teacher go on; the step reached."""
    goal = front.status["step"] + count
    front.ask("step", at_rest_at(goal), count=count)
    return goal


def shows(page: Tab, front: Tab, exact: bool = True) -> bool:
    """Whether a follower sees the teacher's picture."""
    (one, *_), (two, *_) = page.figure("distance")["data"], front.figure("distance")["data"]
    return all(len(one[k]) == len(two[k]) and np.allclose(one[k], two[k], rtol=0 if exact else 1e-3, atol=0) for k in "xy")


def test_what_comes_as_differences_adds_up_to_the_teachers_picture_and_rests_exactly(front):
    with tab(follower(front.run)) as page:
        for _ in range(12):
            goal = step(front)
            page.wait(lambda status, goal=goal: status["step"] == goal)
            assert shows(page, front, exact=False)
        page.wait(lambda status: shows(page, front))
        assert any(head["names"] == ["distance"] for head in page.lesson), "the exact numbers follow by themselves"


def test_a_status_is_in_the_followers_language_and_theme_and_says_that_they_follow(front):
    step(front, 3)
    with tab(follower(front.run, "zh"), theme="dark") as page:
        page.wait(at := lambda status: status["step"] == 3)
        assert at(page.status) and page.status["state"] == "following" and page.status["message"].startswith("你")
        assert page.figure("distance")["layout"]["font"]["color"] != front.figure("distance")["layout"]["font"]["color"]
        color = front.figure("distance")["layout"]["font"]["color"]
        page.ask("theme", lambda status: page.figure("distance")["layout"]["font"]["color"] == color, value="light")
        assert page.figure("distance")["layout"]["xaxis"]["title"] != front.figure("distance")["layout"]["xaxis"]["title"]


def test_all_who_see_the_same_share_one_drawing(front, monkeypatch):
    drawn = []
    draw = showing.draw_view
    monkeypatch.setattr(showing, "draw_view", lambda run, name, *rest: drawn.append(name) or draw(run, name, *rest))
    teacher = front.run
    lesson = showing.Showing(teacher, desk().teach(teacher))
    lesson.look()
    same = [lesson.picture(name, "en", "light") for name in ("distance", "distance", "distance|place", "nothing|distance")]
    assert same[0] is same[1] and same[2] is same[3] and len(drawn) == 2
    assert lesson.picture("distance", "zh", "light") is not same[0] is not lesson.picture("distance", "en", "dark")
    count = len(drawn)
    many = {id(lesson.picture(f"<{index}>|x", "en", "light")) for index in range(50)}
    assert len(many) == 1 and len(drawn) == count + 1, "views that do not exist are one"


def test_a_follower_who_does_not_answer_gets_nothing_and_then_the_newest_whole(front):
    with tab(follower(front.run)) as page:
        page.wait(lambda status: shows(page, front))
        assert page.silent(1.5)
        page.answer = False
        step(front)
        page.wait(lambda status: status["step"] == 1)
        count = len(page.lesson)
        for _ in range(8):  # more than are kept
            goal = step(front)
            time.sleep(0.12)
        assert len(page.lesson) == count, "nothing queues up"
        page.send("seen", id=page.lesson[-1]["id"])
        page.wait(lambda status: status["step"] == goal)
        assert len(page.lesson) == count + 1 and page.lesson[-1]["whole"][0], "what it knows has not been kept so long"
        assert shows(page, front, exact=False)


def test_a_page_that_cannot_follow_asks_for_the_whole(front):
    with tab(follower(front.run)) as page:
        step(front)
        page.wait(lambda status: status["step"] == 1 and shows(page, front))
        page.courses.clear()
        page.ask("lost", lambda status: {"", "distance"} <= page.courses.keys() and shows(page, front))


HOSTILE = [
    ("seen", {"id": -1}),
    ("seen", {"id": 10**30}),
    ("seen", {"id": "1"}),
    ("seen", {"id": True}),
    ("seen", {"id": None}),
    ("seen", {"id": [1]}),
    ("seen", {}),
    ("drawn", {"id": 1}),
    ("lost", {"id": 5, "names": ["distance"]}),
    ("view", {"name": "guess:distance", "on": True}),
    ("view", {"name": "|".join(["distance"] * 900), "on": True}),
    ("view", {"name": "", "on": True}),
    ("theme", {"value": "<b>"}),
    ("guess", {"name": "distance", "points": [[0, 1e308]] * 900}),
    ("seek", {"index": []}),
    ("seen", {"to": "sweep", "id": 1}),
]


def test_nothing_that_a_follower_sends_changes_what_others_see(front):
    with tab(follower(front.run)) as page, tab(follower(front.run)) as wicked:
        wicked.answer = False
        for kind, more in HOSTILE * 3:
            wicked.send(kind, **more)
        for _ in range(40):
            wicked.send("seen", id=wicked.lesson[-1]["id"] + 1)
        for index in range(40):
            wicked.send("view", name=f"view {index}", on=True)
        wicked.socket.send_text("{" * 1000)
        wicked.socket.send_bytes(b"\0" * 100)
        for _ in range(5):
            goal = step(front)
            page.wait(lambda status, goal=goal: status["step"] == goal and shows(page, front, exact=False))
        assert front.run.params == new_run(seed=3).params and wicked.closed is None
        end = time.monotonic() + PATIENCE  # one who answers in earnest at last is served as ever, once the newest has come
        while wicked.status["step"] != goal and time.monotonic() < end:
            wicked.send("seen", id=wicked.lesson[-1]["id"])
            time.sleep(0.05)
        assert wicked.status["step"] == goal


def test_who_goes_on_alone_leaves_the_hall_and_what_was_on_its_way_counts_for_nothing(front):
    step(front, 4)
    run = follower(front.run)
    with tab(run) as page:
        page.wait(lambda status: status["step"] == 4)
        page.ask("step", lambda status: status["step"] == 6 and status["state"] == "paused", count=2)
        assert page.courses == {} and run.source.teacher is None
        page.send("seen", id=page.lesson[-1]["id"])
        page.send("lost")
        page.ask("step", lambda status: status["step"] == 7, count=1)
        assert page.figure("distance")["data"][0]["x"][-1] == 7.0 and front.run.session.step == 4


def test_a_guess_is_seen_by_who_made_it_alone(front):
    name = "distance"
    front.run.topic = dataclasses.replace(front.run.topic, guesses=(Guess(name, "How near?", 0.0, 10.0, scalar=name),))
    step(front, 2)
    with tab(follower(front.run)) as page, tab(follower(front.run)) as other:
        points = [[0, 3.0], [25, 1.0], [50, 0.5]]
        page.send("guess", name=name, points=points)
        end = time.monotonic() + 10
        while not (page.lesson[-1].get("own") or {}).get("guesses", {}).get("made") and time.monotonic() < end:
            time.sleep(0.02)
        assert any((head.get("own") or {}).get("guesses", {}).get("made") == [name] for head in page.lesson)
        page.send("view", name=f"guess:{name}", on=True)
        while f"guess:{name}" not in page.courses and time.monotonic() < end:
            time.sleep(0.02)
        assert page.figure(f"guess:{name}")["data"]
        goal = step(front)
        for one in (page, other):
            one.wait(lambda status, goal=goal: status["step"] == goal)
        assert not any("own" in head for head in other.lesson)


def test_the_hall_is_empty_when_the_last_one_leaves(front):
    with tab(follower(front.run)), tab(follower(front.run)):
        assert sum(len(one.seats) for one in hall.HALLS.values()) == 2
    end = time.monotonic() + 5
    while hall.HALLS and time.monotonic() < end:
        time.sleep(0.01)
    assert not hall.HALLS


def test_a_lesson_that_is_over_is_told(front):
    with tab(follower(front.run)) as page:
        front.run.close()
        page.wait(lambda status: "over" in status["message"])
