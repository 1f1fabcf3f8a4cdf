"""The document of every page: Streamlit's own, with the app's root told before Streamlit's modules begin."""

from __future__ import annotations

import re

from starlette.applications import Starlette
from starlette.testclient import TestClient

from engine.core import registry
from engine.core.language import ASSETS
from pages.kit.web.document import SCRIPT, documents, text
from pages.kit.web.headers import inline_scripts


def test_the_root_is_told_before_any_module_and_by_a_file_of_our_own():
    page = text()
    assert page.count(SCRIPT) == 1 and page.index(SCRIPT) < page.index('type="module"')
    assert (ASSETS / "lab" / "base" / "base.js").exists()
    assert len(re.findall(r"<script>", page)) == len(inline_scripts()), "an inline script that the policy does not know"


def test_each_page_that_there_is_gets_it_and_it_is_asked_for_anew_each_time():
    client = TestClient(Starlette(routes=list(documents())))
    for path in ("/", "/runs", *(f"/{slug}" for slug in registry.topics())):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.text == text() and answer.headers["cache-control"] == "no-cache"
        assert client.head(path).text == ""
    assert client.get("/no-such-page").status_code == 404
    assert client.post("/").status_code == 405
