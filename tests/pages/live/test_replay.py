"""A score replayed on screen: from a link or a file, with every change at its step, to the same frames."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from engine.core.frame import difference
from engine.core.params import BadValue
from engine.core.score import Change, Score
from engine.core.session import Session
from engine.runs.link import from_link, to_file, to_link
from pages.kit.live.runs import desk
from pages.kit.ui.share import read_score
from tests.pages.tab import new_run, tab

pytestmark = pytest.mark.usefixtures("workers")
CHANGES = (
    Change(step=0, values={"pull": 0.25}),
    Change(step=7, values={"pull": 0.5, "rate": 0.2}),
    Change(step=20, values={"pull": -0.5}),
)
SCORE = Score(topic="descent", params={"size": 4}, seed=3, changes=CHANGES, steps=30)


@pytest.fixture
def page():
    run = new_run(score=to_link(SCORE))
    with tab(run) as opened:
        opened.run = run
        yield opened
    run.close()


def ended(status: dict) -> bool:
    return status["state"] == "finished"


def test_a_link_replays_to_the_same_frames_with_every_change_at_its_step(page):
    assert page.status["params"]["size"] == 4 and page.status["seed"] == 3 and page.status["stop"]["steps"] == 30
    status = page.ask("play", ended)
    assert status["step"] == 30 and "replay is over" in status["message"]
    assert page.run.session.score.changes == CHANGES and status["marks"] == [0, 7, 20]
    again = Session.from_score(SCORE)
    assert difference(again.look(), page.run.recording.newest) is None
    for frame in page.run.recording.history.frames:
        prefix = Score.model_validate(
            {**SCORE.model_dump(), "steps": frame.step, "changes": [c for c in CHANGES if c.step <= frame.step]}
        )
        assert difference(Session.from_score(prefix).look(), frame) is None


def test_stepping_and_slow_motion_follow_the_score_too(page):
    page.ask("step", lambda status: status["step"] == 10, count=10)
    assert page.status["params"]["pull"] == 0.5
    for _ in range(20):
        page.send("part")
    page.ask("step", lambda status: status["step"] == 21, count=1)
    assert page.run.session.score.changes == CHANGES and page.status["params"]["pull"] == -0.5


def test_the_values_move_on_the_controls_as_they_did(page):
    page.ask("step", lambda status: status["step"] == 7, count=7)
    assert page.status["params"]["rate"] == 0.2
    assert page.ask("reset", lambda status: status["step"] == 0)["params"]["rate"] == 0.1
    page.ask("play", ended)
    assert page.run.session.score == SCORE.model_copy(update={"params": page.run.session.score.params})


def test_touching_a_control_makes_it_a_run_of_ones_own(page):
    page.ask("step", lambda status: status["step"] == 7, count=7)
    page.ask("set", lambda status: status["params"]["pull"] == 1.0, values={"pull": 1.0})
    page.ask("play", ended)
    assert page.run.session.step == 50 and page.run.session.score.changes[-1].values["pull"] == 1.0


def test_a_drag_ends_the_replay_and_the_next_one_goes_on(page):
    page.ask("step", lambda status: status["step"] == 7, count=7)
    status = page.ask("set", lambda status: status["params"]["pull"] == 1.0, values={"pull": 1.0})
    assert status["state"] == "paused" and not status["goesOn"] and page.silent(0.3)
    page.ask("set", lambda status: status["goesOn"], values={"pull": 0.9})
    page.wait(lambda status: status["step"] > 7)
    assert page.run.score.changes[-1].step == 7 and page.run.score.changes[-1].values["pull"] == 0.9


def test_the_address_keeps_the_score_while_it_is_replayed(page):
    assert from_link(parse_qs(page.status["query"])["score"][0]) == SCORE
    query = page.ask("set", lambda status: status["params"]["pull"] == 1.0, values={"pull": 1.0})["query"]
    assert "score" not in query


def test_a_damaged_link_says_so_and_opens_the_page_all_the_same():
    for link in (
        "1",
        "1AAAA",
        "0" + to_link(SCORE)[1:],
        to_link(SCORE)[:-8],
        "1%00",
        "<b>",
        to_link(SCORE.model_copy(update={"topic": "coin"})),
    ):
        run, problems = desk().new_run("descent", {"score": link, "seed": "5"}, "en")
        assert problems and problems[0].name in ("score", "coin") and run.seed == 5 and run.session is None
    own = SCORE.model_copy(update={"data": "0123456789abcdef"})
    _, problems = desk().new_run("descent", {"score": to_link(own)}, "en")
    assert "do not travel" in str(problems[0])


def test_a_file_is_read_with_the_same_care():
    assert read_score("a.json", to_file(SCORE).encode()) == SCORE
    for data in (b"", b"[]", b"{}", b"\xff", b"[" * 100_000, to_file(SCORE).replace('"pull":0.25', '"pull":77').encode()):
        with pytest.raises(BadValue):
            read_score("a.json", data)
