"""A page that reconnects, and one that is loaded again: the run behind it stays the same one."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from engine.core.frame import difference
from engine.core.session import Session
from pages.kit.live.places import Places
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from tests.pages.tab import at_rest_at, new_run, tab
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("workers")


def test_the_old_connections_end_does_not_silence_the_new_one():
    run = new_run()
    with tab(run) as old, tab(run) as new:
        assert len(run.listeners) == 2
        old.closed = 1001
        old.socket.close(1001)
        wait_until(lambda: len(run.listeners) == 1, "the server has not noticed that the old connection ended")
        run.problems["drawing"] = "changed from outside"
        run.wake()
        new.wait(lambda status: status["problems"].get("drawing") == "changed from outside")
    run.close()


def loaded_again(run: LiveRun) -> LiveRun:
    """What the page's script makes of the address when the page is loaded again."""
    return new_run(**dict(parse_qsl(run.query())))


def test_a_page_that_is_loaded_again_has_its_run_with_its_score_and_its_twin():
    run = new_run(rate=0.2)
    with tab(run) as page:
        page.ask("step", at_rest_at(5), count=5)
        page.ask("set", lambda status: status["params"]["pull"] == 0.5, values={"pull": 0.5})
        page.ask("pause", lambda status: status["state"] == "paused" and not status["goesOn"])
        page.ask("compare", lambda status: "twins" in status and status["state"] == "paused", index=None)
        score, twins = run.score, run.twins
    before, again = run.token, loaded_again(run)
    code = desk().teach(run)
    with tab(again, before=before) as page:
        assert page.resumed and desk().get(again.token) is run and desk().get(before) is None
        assert run.score == score and run.twins is twins and page.status["step"] == score.steps
        assert desk().new_run("descent", {"follow": code}, "en")[0].source.teacher is run
        page.ask("step", at_rest_at(score.steps + 2), count=2)
        assert difference(Session.from_score(run.score, "cpu").look(), run.recording.newest) is None
    run.close()


@pytest.mark.parametrize("why", ["another tab looks at it", "another link", "another topic's", "it is no run"])
def test_a_page_begins_anew_where_the_old_run_is_not_its_own(why):
    run = new_run(rate=0.2)
    with tab(run) as page:
        page.ask("step", at_rest_at(5), count=5)
        if why == "another tab looks at it":  # a duplicated one knows the token
            again = loaded_again(run)
            with tab(again, before=run.token) as copy:
                assert copy.status["step"] == 0 and not copy.resumed
                copy.ask("step", at_rest_at(1), count=1)
            page.ask("step", at_rest_at(6), count=1)
            assert desk().get(run.token) is run and desk().get(again.token) is again
            return
    again = new_run(rate=0.3) if why == "another link" else loaded_again(run)
    before = {"another topic's": new_run("vae-geometry").token, "it is no run": "0" * 32}.get(why, run.token)
    with tab(again, before=before) as page:
        assert page.status["step"] == 0 and not page.resumed and desk().get(run.token) is run
    run.close(), again.close()


def test_a_chapter_that_has_changed_a_value_by_itself_is_found_again():
    run, _ = desk().new_run("descent", {"chapter": "longer"}, "en")
    with tab(run) as page:
        page.send("play")
        page.wait(lambda status: status["chapter"]["reached"])
    again, _ = desk().new_run("descent", {"chapter": "longer"}, "zh")
    with tab(again, before=run.token) as page:
        status = page.status
        assert page.resumed and status["chapter"]["seen"] == {"longer": "holds"} and status["step"] == 150
        assert run.language == "zh", "it speaks as the page does now"
    run.close()


@pytest.mark.parametrize("twin", [False, True])
def test_a_run_that_was_playing_plays_on_and_one_that_was_at_rest_rests(twin):
    run = new_run(rate=0.2)
    with tab(run) as page:
        if twin:
            page.ask("compare", lambda status: "twins" in status and status["state"] == "paused", index=None)
        page.ask("stop", lambda status: status["stop"]["steps"] is None, steps=None, seconds=None)
        page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 0)
    assert run.lead.doing == "paused"
    again = loaded_again(run)
    with tab(again, before=run.token) as page:
        step = page.wait(lambda status: status["state"] == "playing")["step"]
        page.wait(lambda status: status["step"] > step)
        page.ask("pause", lambda status: status["state"] == "paused")
    with tab(loaded_again(run), before=run.token) as page:
        assert page.resumed and page.status["state"] == "paused"
        step = page.status["step"]
        page.silent(0.4)  # a last picture of where it stands may still come
        assert page.status["state"] == "paused" and page.status["step"] == step
    run.close()


def test_in_a_full_class_a_run_that_was_playing_waits_for_a_place_before_it_plays_on():
    run = new_run(rate=0.2)
    with tab(run) as page:
        page.ask("stop", lambda status: status["stop"]["steps"] is None, steps=None, seconds=None)
        page.ask("play", lambda status: status["state"] == "playing" and status["step"] > 0)
    run.places, other = Places(1), "another's"
    assert run.freeze() and not run.places.ask(other)
    with tab(loaded_again(run), before=run.token) as page:
        page.wait(lambda status: status["state"] == "waiting")
        run.places.leave(other)
        page.wait(lambda status: status["state"] == "playing")
    run.close()


def test_a_message_of_a_page_loaded_again_that_is_no_token_begins_anew():
    run = new_run()
    with tab(run, before=["x"]) as page:
        assert page.status["step"] == 0 and not page.resumed
    run.close()
