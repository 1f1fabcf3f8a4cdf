"""Chapters of a page's run: what they set and play, what happens by itself, when they are judged, and their addresses."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from engine.cli.chapters import Runs
from engine.core import registry
from engine.core.session import Session
from engine.core.topic import Guess, Tempo, when
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.twins import open_page
from tests.pages.tab import Tab, new_run, tab
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("workers")


def first_page(**query: str) -> LiveRun:
    return desk().new_run("descent", query, "en")[0]


def open_chapter(page: Tab, name: str | None, **more: bool) -> dict:
    return page.ask("chapter", lambda status: status["chapter"]["name"] == name, name=name, **more)


def reached(page: Tab) -> dict:
    return page.wait(lambda status: status["chapter"]["reached"])


def play_to_the_end(run: LiveRun) -> None:
    """As a page does: turns until nothing plays."""
    run.lead.play()
    end = time.monotonic() + 20
    while run.lead.doing == "playing":
        run.lead.tick()
        assert time.monotonic() < end


def test_a_page_whose_address_says_nothing_rests_at_the_beginning_of_its_first_chapter():
    run = first_page()
    with tab(run) as page:
        status = page.status
        assert status["chapter"] == {"name": "down", "begun": False, "reached": False, "seen": {}, "changes": [], "told": ""}
        assert status["state"] == "paused" and status["params"]["noise"] is False and status["stop"]["steps"] == 100
        assert parse_qs(status["query"]) == {"chapter": ["down"]} and status["hero"] == "rate"
        page.ask("play", lambda status: status["chapter"]["begun"])
        status = reached(page)
        assert status["chapter"]["seen"] == {"down": "holds"} and status["step"] == 100
    run.close()


def test_a_chapter_on_the_page_says_what_a_headless_one_says():
    topic = registry.find("descent")
    for name in ("down", "longer"):
        run = first_page(chapter=name)
        run.open()
        play_to_the_end(run)
        played = Runs(topic).play(topic.chapter(name))
        assert run.score == played.score
        assert run.chapters.numbers() == topic.chapter(name).numbers(played.timeline)
        run.close()


def test_a_change_comes_by_itself_at_its_step_unless_the_reader_has_moved_that_value():
    run = first_page(chapter="longer")
    with tab(run) as page:
        assert page.status["chapter"]["changes"] == [{"step": 120, "values": {"rate": 0.5}}]
        page.send("play")
        reached(page)
        assert [(change.step, change.values) for change in run.changes] == [(120, {"rate": 0.5})]
        status = page.ask("reset", lambda status: status["step"] == 0)
        assert status["params"]["rate"] != 0.5, "a chapter that begins again begins with its own values"
        assert parse_qs(status["query"]) == {"chapter": ["longer"]}
        page.ask("set", lambda status: status["params"]["rate"] == 0.25, values={"rate": 0.25})
        assert page.wait(lambda status: not status["chapter"]["changes"])
        page.send("play")
        reached(page)
        assert [change.values for change in run.changes] == [{"rate": 0.25}]
    run.close()


def test_a_run_under_other_settings_has_their_length_and_pace_until_the_reader_wants_others():
    run = new_run()
    run.topic = replace(run.topic, tempos=(Tempo(when(shape="valley"), 12, 40.0),))
    with tab(run) as page:
        page.ask("stop", lambda status: status["stop"]["steps"] == 20, steps=20, seconds=None)
        status = page.ask("set", lambda status: status["params"]["size"] == 4, values={"size": 4})
        assert (status["stop"]["steps"], status["speed"]) == (20, None), "the same loop: what the reader chose stays"
        status = page.ask("set", lambda status: status["params"]["shape"] == "valley", values={"shape": "valley"})
        assert (status["stop"]["steps"], status["speed"]) == (12, 40.0)
        for end in (12, 24):
            page.ask("play", lambda status: status["state"] == "finished" and status["step"] == end)  # noqa: B023
        status = page.ask("set", lambda status: status["params"]["shape"] == "bowl", values={"shape": "bowl"})
        assert (status["stop"]["steps"], status["speed"]) == (50, None)
    run.close()


def test_a_comparison_is_judged_with_its_twin_and_changes_reach_both():
    topic = registry.find("descent")
    run = first_page(chapter="aside")
    open_page(run)
    end = time.monotonic() + 10
    while run.lead.doing != "paused":
        assert time.monotonic() < end
    assert run.lead is run.twins and parse_qs(run.status()["query"]) == {"chapter": ["aside"]}
    play_to_the_end(run)
    played = Runs(topic).play(topic.chapter("aside"))
    assert run.chapters.numbers() == topic.chapter("aside").numbers(played.timeline)
    (claim, verdict), *_ = run.chapters.verdicts()
    assert claim.name == "pushed" and verdict is not None
    run.close()


def test_a_sweep_chapter_is_reached_when_its_sweep_is_done():
    topic = registry.find("descent")
    run = first_page(chapter="rates")
    guess = Guess(
        "nearest",
        "Which rate comes nearest?",
        options=tuple((str(value), f"Rate {value}") for value in topic.chapter("rates").sweep.values),
        answer=lambda line: str(min(line.arms, key=lambda arm: line.arms[arm].frame.scalars["distance"])),
        because="There were {arms}.",
        numbers=lambda line: {"arms": len(line.arms)},
        arms=True,
    )
    run.topic = replace(run.topic, guesses=(guess,))
    with tab(run, views=("guess:nearest",)) as page:
        page.send("guess", name="nearest", points=guess.options[0][0])
        page.send("play")
        page.wait(lambda status: status["state"] == "finished")
        assert not page.status["chapter"]["reached"] and page.status["chapter"]["begun"]
        assert page.figure("guess:nearest")["layout"]["meta"]["said"] == ["Play to see."]
        sweep = desk().sweeps[run.token]
        end = time.monotonic() + 20
        while sweep.under_way:
            sweep.poll()
            assert time.monotonic() < end
        reached(page)
        played = Runs(topic).play(topic.chapter("rates"))
        page.wait(lambda status: page.figure("guess:nearest")["layout"]["meta"]["short"])
        assert page.figure("guess:nearest")["layout"]["meta"]["said"][-1] == f"There were {len(played.timeline.arms)}."
        assert run.chapters.numbers() == topic.chapter("rates").numbers(played.timeline)
    run.close()


def test_an_unknown_chapter_is_refused_with_a_sentence_and_free_play_keeps_the_run(page):
    status = page.ask("chapter", lambda status: "chapter" in status["problems"], name="dwon")
    assert "down" in status["problems"]["chapter"] and status["chapter"]["name"] is None
    status = open_chapter(page, "shaken", play=False)
    assert "chapter" not in status["problems"] and status["state"] == "paused"
    open_chapter(page, "down")
    reached(page)
    status = open_chapter(page, None)
    assert status["step"] == 100 and not status["params"]["noise"] and status["chapter"]["seen"] == {"down": "holds"}
    assert parse_qs(status["query"]) == {"noise": ["false"]}


@pytest.mark.parametrize(
    ("query", "name", "values", "said"),
    [
        ({"chapter": "longer"}, "longer", {"noise": False}, ""),
        ({"chapter": "3"}, "longer", {"noise": False}, ""),
        ({"chapter": "longer", "rate": "0.3"}, "longer", {"noise": False, "rate": 0.3}, ""),
        ({"chapter": "aside", "rate": "fast"}, "aside", {"noise": False, "rate": 0.2}, "rate"),
        ({"chapter": "lnger"}, "down", {"noise": False}, "longer"),
        ({"chapter": "lnger", "rate": "0.3"}, None, {"noise": True, "rate": 0.3}, "longer"),
        ({"rate": "0.3"}, None, {"noise": True, "rate": 0.3}, ""),
        ({"seed": "0"}, None, {"noise": True}, ""),
    ],
)
def test_an_address_names_a_chapter_and_what_differs_from_it(query, name, values, said):
    run, problems = desk().new_run("descent", query, "en")
    assert run.chapters.name == name and {key: getattr(run.params, key) for key in values} == values
    assert [said in run.say(problem) for problem in problems] == ([True] if said else [])
    again = desk().new_run("descent", {key: text for key, (text,) in parse_qs(run.query()).items()}, "en")[0]
    assert (again.chapters.name, again.params, again.seed) == (run.chapters.name, run.params, run.seed)
    run.close(), again.close()


def test_a_drag_on_a_run_at_its_end_goes_on_while_it_is_held_and_keeps_the_verdict():
    run = first_page()
    with tab(run) as page:
        page.send("play")
        reached(page)
        numbers = run.chapters.numbers()
        before = page.wait(lambda status: status["state"] == "finished")["chapter"]["told"]
        assert before and not run.chapters.gone_on
        page.send("set", values={"rate": 0.3})
        begin = page.wait(lambda status: status["goesOn"])
        assert begin["state"] == "playing"
        page.wait(lambda status: status["step"] > 100)
        page.send("set", values={"rate": 0.31})
        count = len(page.statuses)
        page.wait(lambda status: status["state"] == "finished")
        assert not page.status["goesOn"] and page.status["step"] > 100
        assert {status["state"] for status in page.statuses[count:-1]} <= {"playing"}, "it flickers"
        assert run.chapters.numbers() == numbers and page.status["chapter"]["reached"]
        assert run.chapters.gone_on and page.status["chapter"]["told"] != before, (
            "words of the run's end that stay as if they were new"
        )
        score, frame = run.score, run.recording.newest
        assert score is not None and [change.values for change in score.changes] == [{"rate": 0.3}, {"rate": 0.31}]
        again = Session.from_score(score, "cpu").look()
        assert again.step == frame.step and again.scalars == frame.scalars
    run.close()


def test_the_words_after_follow_a_lens_and_a_run_that_begins_again_has_none():
    run = first_page()
    with tab(run) as page:
        page.send("play")
        before = reached(page)["chapter"]
        numbers = run.chapters.numbers()
        page.send("set", values={"look_at": -1.25})
        page.wait(lambda status: status["params"]["look_at"] == -1.25 and status["chapter"]["told"] != before["told"])
        after = run.chapters.numbers()
        assert not run.chapters.gone_on and after["distance"] == numbers["distance"] and after["step"] == numbers["step"]
        assert after["look_at"] == -1.25 and after["seen"] != numbers["seen"], "the words of another look"
        assert page.status["chapter"]["seen"] == {"down": "holds"} and len(run.chapters.verdicts()) == 1
        status = page.ask("reset", lambda status: status["step"] == 0)
        assert status["chapter"]["told"] == "" and not run.chapters.gone_on
    run.close()


def test_a_drag_before_play_answers_and_a_pause_meanwhile_is_one(page):
    status = page.ask("set", lambda status: status["goesOn"], values={"rate": 0.3})
    page.wait(lambda status: status["step"] > 0)
    status = page.ask("pause", lambda status: status["state"] == "paused")
    assert not status["goesOn"] and page.silent(0.5)


def test_both_arms_go_on_together_and_come_back_to_rest(page):
    page.ask("compare", lambda status: "twins" in status and status["state"] == "paused", index=None)
    page.send("set", values={"rate": 0.3})
    page.wait(lambda status: status["goesOn"] and status["step"] > 0)
    status = page.wait(lambda status: status["state"] == "paused")
    first, second = status["twins"]["steps"]
    assert first == second > 0 and not status["goesOn"]


def test_what_only_the_eye_reads_and_what_begins_anew_do_not_go_on(page):
    controls = type(page_params(page)).controls()
    cold = next(name for name, control in controls.items() if control.kind == "cold" and control.type == "integer")
    value = getattr(page_params(page), cold) + 1
    status = page.ask("set", lambda status: status["params"][cold] == value, values={cold: value})
    assert status["state"] == "paused" and not status["goesOn"] and page.silent(0.4)


def page_params(page: Tab):
    return registry.find("descent").params.build(page.status["params"])


def test_a_run_that_is_over_begins_again_when_its_hero_is_moved():
    run = new_run(length=20, seed=0)
    with tab(run) as page:
        page.send("play")
        page.wait(lambda status: status["state"] == "finished" and status["step"] == 20)
        page.send("set", values={"rate": 0.3})
        page.wait(lambda status: status["state"] == "finished" and status["params"]["rate"] == 0.3)
        score = run.score
        assert score is not None and score.steps == 20 and not score.changes and score.settings().rate == 0.3
        assert not page.status["goesOn"]
    run.close()


def test_a_drag_goes_no_further_than_a_run_may_which_is_told():
    run = new_run(seed=0)
    run.most_steps = 60
    with tab(run) as page:
        page.send("play")
        page.wait(lambda status: status["state"] == "finished" and status["step"] == 50)
        page.send("set", values={"rate": 0.3})
        status = page.wait(lambda status: status["state"] == "finished" and status["step"] == 60)
        assert not status["goesOn"] and not status["message"]
        page.send("set", values={"rate": 0.2})
        status = page.wait(lambda status: status["params"]["rate"] == 0.2)
        assert "60" in status["message"] and status["state"] == "finished" and not status["goesOn"]
    run.close()


def test_a_chapter_that_is_longer_than_a_run_may_be_says_so():
    run = new_run(seed=0)
    run.most_steps = 80
    with tab(run) as page:
        status = open_chapter(page, "down")
        assert "80" in status["problems"]["chapter"] and "100" in status["problems"]["chapter"]
        page.wait(lambda status: status["state"] == "finished" and status["step"] == 80)
        assert not page.status["chapter"]["reached"] and page.status["chapter"]["seen"] == {}
        status = open_chapter(page, "rates", play=False)
        assert "chapter" not in status["problems"], "this one is short enough"
    run.close()


def test_what_a_chapter_changes_at_its_steps_its_sweep_changes_in_every_arm():
    topic = registry.find("descent")
    chapter = replace(topic.chapter("rates"), changes=((10, {"pull": 0.5}),))
    run = new_run(noise="false")
    run.open()
    run.chapters.prepare(chapter)
    run.set({"size": 5})
    run.play()
    sweep = desk().sweeps[run.token]
    wait_until(lambda: sweep.poll() and sweep.state == "done", "the sweep does not end")
    plan = sweep.sweep.plan
    assert plan.score.settings().size == 5, "what was chosen before it began"
    for number, arm in enumerate(sweep.sweep.arms):
        alone = Session.from_score(plan.settings(number), "cpu")
        assert alone.params.pull == 0.5 and arm.frame.step == 20
        assert arm.frame.scalars["distance"] == pytest.approx(alone.look().scalars["distance"], rel=1e-5)
    run.close()
