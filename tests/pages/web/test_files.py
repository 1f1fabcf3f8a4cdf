"""Files that are made when somebody asks for them: by the code of their offer only, and what is wrong is told."""

from __future__ import annotations

import gc
import json

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.kit.web import files
from pages.kit.web.files import MOST_ASKED, File, Offer, Refused, made

SCRIPT = """
import streamlit as st
from pages.kit.ui.files import offer, withdraw
from pages.kit.web.files import File

state = st.session_state
state["drawn"] = state.get("drawn", 0) + 1
if "closed" in state:
    withdraw("here")
else:
    offer("here", [File("a", "A", "", "a.txt", "text/plain", lambda number=str(state["drawn"]): number)], "en")
"""


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=[Route("/lab/file", made, methods=["POST"])]))


@pytest.fixture
def offered() -> Offer:
    def refuse() -> str:
        raise Refused("There are no “weights”.")

    kept = Offer()
    kept.files = {
        "csv": File("csv", "Curves", "", "run-step3.csv", "text/csv", lambda: b"step\n0\n"),
        "script": File("script", "Script", "", "run.py", "text/x-python", lambda: "print('层')"),
        "weights": File("weights", "Weights", "", "run.safetensors", "application/octet-stream", refuse),
    }
    files.offers[kept.code] = kept
    return kept


def test_what_was_offered_is_made_and_given(client: TestClient, offered: Offer) -> None:
    for _ in range(2):  # as often as it is asked for
        answer = client.post("/lab/file", json={"offer": offered.code, "file": "csv"})
        assert (answer.status_code, answer.content) == (200, b"step\n0\n")
        assert answer.headers["content-disposition"] == 'attachment; filename="run-step3.csv"'
        assert answer.headers["content-type"].startswith("text/csv") and answer.headers["cache-control"] == "no-store"
    assert client.post("/lab/file", json={"offer": offered.code, "file": "script"}).content.decode() == "print('层')"


def test_what_cannot_be_made_is_told(client: TestClient, offered: Offer) -> None:
    answer = client.post("/lab/file", json={"offer": offered.code, "file": "weights"})
    assert (answer.status_code, answer.json()) == (409, {"message": "There are no “weights”."})


def test_nothing_is_given_without_the_code_or_after_the_session(client: TestClient) -> None:
    kept = Offer(files={"csv": File("csv", "", "", "a.csv", "text/csv", lambda: b"secret")})
    files.offers[kept.code] = kept
    code = kept.code
    assert len({Offer().code for _ in range(100)}) == 100 and len(code) >= 20
    for wish in ({"offer": "", "file": "csv"}, {"file": "csv"}, {"offer": code}, {"offer": code, "file": ["csv"]}):
        assert client.post("/lab/file", json=wish).status_code == 404
    assert client.get("/lab/file").status_code == 405
    del kept
    gc.collect()
    assert client.post("/lab/file", json={"offer": code, "file": "csv"}).status_code == 404


def test_an_offer_lasts_as_long_as_its_place_on_the_page(client: TestClient) -> None:
    before = set(files.offers)
    page = AppTest.from_string(SCRIPT, default_timeout=30).run()
    assert not page.exception
    (code,) = set(files.offers) - before
    wish = {"offer": code, "file": "a"}
    assert client.post("/lab/file", json=wish).content == b"1"
    page.run()
    assert client.post("/lab/file", json=wish).content == b"2", "drawn again, it is the newest file of the same offer"
    page.session_state["closed"] = True
    page.run()
    gc.collect()
    assert client.post("/lab/file", json=wish).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        b"nul",
        b"[" * (MOST_ASKED - 1),
        json.dumps({"offer": "x" * MOST_ASKED}).encode(),
        b"0" * 10**6,
    ],
)
def test_odd_requests_get_nothing_and_harm_nothing(client: TestClient, body: bytes) -> None:
    assert client.post("/lab/file", content=body).status_code == 404
