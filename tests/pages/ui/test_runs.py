"""The page of saved runs, the save button, and a saved run opened again."""

from __future__ import annotations

import ast
import io
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from engine.core.frame import difference
from engine.core.language import KIT, catalogue
from engine.core.picture import Style
from engine.runs.store import RunStore
from engine.runs.store.errors import FileDamaged, NewerDatabase, NothingToSave
from pages.kit.live.runs import desk
from pages.kit.live.stage.run import LiveRun
from pages.kit.live.stage.sources.reopened import reopened
from pages.kit.ui import keep, moment
from pages.kit.ui.compare.linked import charts, common, curves, differing, label, numbers
from pages.kit.web.served import saved
from tests.pages.tab import new_run
from tests.runs.test_store import a_run, save

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.usefixtures("descent")


@pytest.fixture
def store(tmp_path, monkeypatch) -> RunStore:
    monkeypatch.setenv("LATENT_LAB_DATA", str(tmp_path))
    monkeypatch.delenv("LATENT_LAB_DATABASE", raising=False)
    return keep.store()


@pytest.fixture
def live(workers) -> LiveRun:
    run, problems = desk().new_run("descent", {"size": "4", "seed": "3"}, "en")
    assert problems == []
    yield run
    run.close()


def page(language: str = "en") -> AppTest:
    opened = AppTest.from_file(str(ROOT / "pages" / "runs.py"), default_timeout=30)
    opened.session_state["language"] = language
    opened.run()
    assert not opened.exception, opened.exception
    return opened


def words(opened: AppTest) -> str:
    kinds = ("markdown", "info", "warning", "error", "caption", "success")
    return "\n".join(element.value for kind in kinds for element in opened.get(kind)).replace("\\", "")


def press(opened: AppTest, key: str) -> AppTest:
    opened.button(key=key).click().run()
    assert not opened.exception, opened.exception
    return opened


# ---- the page


def test_nothing_saved_is_said_in_both_languages(store):
    assert "Nothing is saved yet" in words(page()) and "还没有保存任何运行" in words(page("zh"))


def test_the_list_shows_and_finds_runs(store):
    save(store, title="First *bold* <b>", tags=["one"])
    save(store, title="Second", seed=5, tags=["two"])
    opened = page()
    said = words(opened)
    assert (
        "First *bold* <b>" in said
        and "Second" in said
        and "2 runs" in said
        and "seed=5" in said
        and "Rolling down" in said
        and "UTC" in said
    )
    opened.text_input(key="runs:search").set_value("seed=5").run()
    assert "Second" in words(opened) and "First" not in words(opened)
    opened.text_input(key="runs:search").set_value("nothing").run()
    assert "No saved run matches" in words(opened)
    opened.text_input(key="runs:search").set_value("").run()
    opened.multiselect(key="runs:tags").set_value(["one"]).run()
    assert "First" in words(opened) and "Second" not in words(opened)
    opened.selectbox(key="runs:topic").set_value("descent").run()
    assert "1 run" in words(opened) and "1 runs" not in words(opened) and not opened.exception


def test_a_run_has_a_picture_of_its_end_only_where_it_was_offered(store):
    one, other = save(store, seed=1), save(store, seed=2)
    client = TestClient(Starlette(routes=[Route("/lab/saved/{key}", saved.saved_picture)]))
    addresses = [saved.offer(store, key, "en") for key in (one, other)]
    assert addresses[0] == saved.offer(store, one, "en") != saved.offer(store.of("somebody"), one, "en")
    pictures = [client.get(f"/{address}&theme=light") for address in addresses]
    assert [picture.status_code for picture in pictures] == [200, 200]
    assert pictures[0].content == saved.ending(store.load(one), "en", "light") != pictures[1].content
    assert client.get(f"/{saved.offer(store.of('somebody'), one, 'en')}&theme=light").status_code == 404
    assert client.get(f"/lab/saved/{one.hex}?lang=en&theme=light").status_code == 404
    assert client.get(f"/{addresses[0]}&theme=pink").status_code == 404
    store.purge(other)
    assert client.get(f"/{saved.offer(store, other, 'zh')}&theme=dark").status_code == 404


def test_a_time_is_that_of_the_readers_clock(store, monkeypatch):
    save(store, title="now")
    created = store.search().runs[0].created
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.timezone", property(lambda _: "Asia/Shanghai"))
    assert f"{created.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}" in words(page()) and "UTC" not in words(page())


def test_rename_and_tag(store):
    key = save(store, title="old")
    opened = page()
    opened.text_input(key=f"title:{key}").set_value("new $name$").run()
    opened.text_input(key=f"tags:{key}").set_value("A, b ,, a").run()
    assert not opened.exception and "new $name$" in words(opened)
    assert store.info(key).title == "new $name$" and store.info(key).tags == ("A", "b")


def test_delete_undo_and_remove_for_good(store):
    key = save(store, title="gone")
    opened = press(page(), f"delete:{key}")
    assert store.search().total == 0 and "“gone” is deleted." in words(opened)
    press(opened, "runs:undo-button")
    assert store.search().total == 1 and "is deleted" not in words(opened)
    press(opened, f"delete:{key}")
    opened.toggle(key="runs:deleted").set_value(True).run()
    press(opened, f"restore:{key}")
    assert store.search().total == 1
    opened.toggle(key="runs:deleted").set_value(False).run()
    press(opened, f"delete:{key}")
    opened.toggle(key="runs:deleted").set_value(True).run()
    press(opened, f"purge:{key}")
    assert store.search(deleted=True).total == 0 and list(store.files.iterdir()) == []


def test_long_lists_have_pages(store):
    for number in range(23):
        save(store, steps=0, title=f"number {number}.")
    opened = page()
    assert "number 22." in words(opened) and "number 2." not in words(opened)
    opened.number_input(key="runs:page").set_value(2).run()
    assert "number 2." in words(opened) and "number 22." not in words(opened) and not opened.exception
    opened.text_input(key="runs:search").set_value("22").run()  # fewer pages than the one looked at
    assert "number 22." in words(opened) and not opened.exception


def test_up_to_six_runs_are_compared(store):
    keys = [save(store, title=f"run {seed}", seed=seed) for seed in range(7)]
    opened = page("zh")
    for key in keys[:6]:
        opened.checkbox(key=f"compare:{key}").check().run()
        assert not opened.exception, opened.exception
    assert opened.checkbox(key=f"compare:{keys[6]}").disabled and "并排比较" in words(opened)
    assert len(opened.get("plotly_chart")) == 6
    opened.selectbox(key="runs:scalar").set_value("seen").run()
    opened.selectbox(key="runs:view:descent").set_value("place").run()
    assert not opened.exception and len(opened.get("plotly_chart")) == 6
    file = next(file for file in store.files.iterdir() if file.name.startswith(keys[0].hex))
    file.write_bytes(file.read_bytes()[:-1])
    opened.run()
    assert "无法打开" in words(opened) and len(opened.get("plotly_chart")) == 5
    press(opened, f"delete:{keys[1]}")
    assert len(opened.get("plotly_chart")) == 4
    press(opened, "runs:clear")
    assert len(opened.get("plotly_chart")) == 0


def test_charts_show_the_runs_numbers_and_answer_each_other(store):
    """The tables that the charts draw are the runs' own; both selections reach every chart."""
    runs = [store.load(save(store, title=f"<i>{seed}", seed=seed)) for seed in range(3)]
    assert common(runs) == ["distance", "seen"] and differing(runs) == ["seed"]
    table = curves(runs, ["distance"])
    own = runs[1].history.scalars()
    those = table[table["run"] == label(1, runs[1])]
    assert those["value"].tolist() == own["distance"].tolist() and those["step"].tolist() == own["step"].tolist()
    ends = numbers(runs)
    assert ends["last_distance"].tolist() == [run.last.scalars["distance"] for run in runs]
    assert ends["param_seed"].tolist() == [0.0, 1.0, 2.0]
    chart = charts(runs, "distance", "seed", Style("dark")).to_dict()
    assert {parameter["name"] for parameter in chart["params"]} == {"steps", "picked"}
    follower = chart["vconcat"][1]["hconcat"][0]
    assert follower["encoding"]["x"]["scale"]["domain"] == {"param": "steps"}
    assert follower["encoding"]["opacity"]["condition"]["param"] == "picked"


def test_a_fault_of_one_run_or_of_all_is_told(store, monkeypatch):
    key = save(store, title="cut off")
    file = next(store.files.iterdir())
    file.write_bytes(file.read_bytes()[:50])
    opened = press(page(), f"open:{key}")
    assert "“cut off” cannot be opened" in words(opened)
    with pytest.raises(FileDamaged):
        keep.archive(store, key)

    def newer():
        raise NewerDatabase(found=9, known=1)

    monkeypatch.setattr(keep, "store", newer)
    assert "数据库版本是 9" in words(page("zh"))
    monkeypatch.undo()


def test_a_change_that_fails_is_told(store, monkeypatch):
    key = save(store)
    opened = page()
    RunStore(store.folder, "").purge(key)  # somewhere else, meanwhile
    opened.text_input(key=f"title:{key}").set_value("new").run()
    assert not opened.exception and "There is no saved run" in words(opened)


def test_a_runs_files_come_as_a_zip(store):
    with zipfile.ZipFile(io.BytesIO(keep.archive(store, save(store)))) as archive:
        assert set(archive.namelist()) == {"run.json", "scalars.csv", "scalars.parquet", "last.safetensors", "report.html"}
        assert archive.testzip() is None


# ---- saving and opening a live run


def test_what_is_asked_of_a_run_that_is_being_opened_waits_until_it_is_there(store, live, monkeypatch):
    opening = threading.Timer(0.3, live.open)
    opening.start()
    assert live.state == "opening" and moment.moment(live).step == 0
    opening.join()
    assert keep.keep(live)[1] == 0
    late = new_run()
    monkeypatch.setattr(moment, "PATIENCE", 0.1)
    assert not moment.begun(late) and moment.moment(late) is None, "nobody opens it"
    late.close()


def test_a_live_run_is_saved_and_opened_at_its_end(store, live, monkeypatch):
    monkeypatch.setattr(moment, "PATIENCE", 0.1)
    with pytest.raises(NothingToSave):
        keep.keep(live)
    live.open()
    live.step(5)
    live.set({"rate": 0.3})
    live.step(5)
    title, step = keep.keep(live)
    assert (title, step) == ("η = 0.3 · n = 4 · Seed 3", 10)
    kept = store.load(store.search().runs[0].id)
    assert kept.score == live.session.score and difference(kept.last, live.recording.newest) is None

    again = reopened(kept, desk().pool)
    assert again.state == "opening" and again.status()["step"] == 10 and not again.status()["recorded"]
    assert list(again.timeline().history["step"]) == [0, 5, 10]
    again.open()
    assert again.state == "paused" and again.message is None and again.session.score == kept.score
    assert difference(again.recording.newest, live.recording.newest) is None and again.recording.history.steps == [0, 5, 10]
    again.step(3)
    live.step(3)
    assert difference(again.recording.newest, live.recording.newest) is None
    again.reset()
    assert again.recording.newest.step == 0 and again.recording.history.steps == [0] and again.params.rate == 0.3
    again.close()


def test_what_is_moved_while_a_run_is_rebuilt_takes_effect_afterwards(store, workers):
    session, history = a_run()
    again = reopened(store.load(store.save(session.score, history)), desk().pool)
    again.set({"rate": 0.7})
    assert again.params.rate == 0.25
    again.open()
    assert again.params.rate == 0.7 and again.session.score.changes[-1].values == {"rate": 0.7}
    again.close()


def test_another_result_than_the_saved_one_is_told(store, workers):
    session, history = a_run()
    kept = store.load(store.save(session.score, history))
    other = {**kept.last.scalars, "distance": kept.last.scalars["distance"] + 1e-9}
    kept.history.add(replace(kept.last, scalars=other))
    again = reopened(kept, desk().pool)
    again.open()
    assert "other numbers than were saved" in again.message and again.state == "paused"
    again.close()


def test_the_open_button_leads_to_the_topics_page(store, workers, monkeypatch):
    key = save(store, title="open me")
    gone: list[str] = []
    monkeypatch.setattr("streamlit.switch_page", gone.append)
    opened = press(page(), f"open:{key}")
    assert gone == ["training/descent.py"]
    run = desk().get(opened.session_state["run:descent"])
    assert run is not None and run.recording.newest.step == 6 and run.params.rate == 0.25
    run.close()


def test_a_saved_run_knows_its_chapter_by_name_and_opens_in_it(store, workers, monkeypatch):
    run = new_run(chapter="longer")
    run.open()
    run.step(150)
    run.set({"rate": 0.3})
    title, _ = keep.keep(run)
    assert title == "Chapter longer · η = 0.3"
    monkeypatch.setattr("streamlit.switch_page", lambda page: None)
    key = store.search().runs[0].id
    again = desk().get(press(page(), f"open:{key}").session_state["run:descent"])
    assert again.chapters.name == "longer" and not again.script.ahead, "a change that came is not done again"
    again.open()
    status = again.status()
    assert status["step"] == 150 and status["chapter"]["reached"] and "chapter=longer" in status["query"]
    again.close(), run.close()


BUTTON = """
import streamlit as st
from pages.kit.live.runs import desk
from pages.kit.ui.keep import save_button
save_button(desk().get(st.session_state["token"]))
"""


def test_saving_is_one_click_and_leads_to_the_saved_runs(store, live, monkeypatch):
    links: list[str] = []
    monkeypatch.setattr("streamlit.page_link", lambda page, **more: links.append(page))
    live.open()
    live.step(2)
    button = AppTest.from_string(BUTTON)
    button.session_state["token"] = live.token
    button.run()
    button.button(key="save:descent").click().run()
    assert not button.exception
    assert "Saved as “n = 4 · Seed 3”, up to step 2." in words(button)
    assert store.search().total == 1 and links == ["runs.py"]


# ---- words


def test_every_word_of_these_pages_is_translated():
    said = set()
    for name in ("runs.py", "kit/ui/keep.py", "kit/ui/compare/__init__.py", "kit/ui/compare/linked.py"):
        for node in ast.walk(ast.parse((ROOT / "pages" / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
                if called in ("t", "words"):
                    said.add(node.args[0].value)
    known = catalogue("zh", KIT)
    assert len(said) > 30 and [text for text in sorted(said) if known.get(text) is None] == []
