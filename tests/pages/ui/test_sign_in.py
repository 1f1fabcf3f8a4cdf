"""Sign-in that is wanted but cannot be had stops the app before it starts, in one sentence; who a run belongs to."""

from __future__ import annotations

import subprocess
import sys

import pytest
import streamlit as st

from pages.kit.live.settings import settings
from pages.kit.ui import sign_in
from tests.bench.server import ROOT

WHOLE = {
    "redirect_uri": "https://lab.example/oauth2callback",
    "cookie_secret": "x" * 32,
    "client_id": "lab",
    "client_secret": "secret",
    "server_metadata_url": "https://login.example/.well-known/openid-configuration",
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_id": " "}, "client_id under [auth]"),
        ({"client_secret": 5, "server_metadata_url": ""}, "client_secret, server_metadata_url under [auth]"),
        ({"redirect_uri": "lab.example/oauth2callback"}, "whole address (https://...) as redirect_uri"),
        ({"server_metadata_url": "login.example"}, "whole address (https://...) as server_metadata_url"),
        ({"redirect_uri": "https://lab.example/"}, "/oauth2callback"),
        ({"cookie_secret": "x" * 31}, "32 random characters"),
    ],
)
def test_what_is_lacking_is_said(change, says):
    assert sign_in.lacking(WHOLE) == ""
    assert says in sign_in.lacking({**WHOLE, **change})


@pytest.mark.parametrize("nothing", [None, {}, "text"])
def test_a_section_that_is_none_lists_all_that_it_takes(nothing):
    assert all(name in sign_in.lacking(nothing) for name in WHOLE)


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        (None, "[auth]"),
        ("[auth]\nredirect_uri = ", "Error parsing secrets"),
        ("[auth]\nclient_id = 'lab'", "redirect_uri, cookie_secret, client_secret, server_metadata_url"),
        ("\n".join(["[auth]", *(f'{name} = "{value}"' for name, value in WHOLE.items())]), "requirements-signin.txt"),
    ],
)
def test_the_app_does_not_start_open(tmp_path, secrets, says):
    """The real app.py in a process of its own; the last case hides Authlib from it."""
    if secrets is not None:
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets, encoding="utf-8")
    program = f"import sys; sys.modules['authlib'] = None; sys.path.insert(0, {str(ROOT)!r}); import app"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"LATENT_LAB_SIGN_IN": "true", "HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and told.startswith("Latent Lab: setting sign_in = true needs") and says in told


@pytest.fixture
def wanted(monkeypatch):
    """Sign-in is on for this process."""
    monkeypatch.setenv("LATENT_LAB_SIGN_IN", "true")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_without_a_word_from_streamlit_nobody_is_let_in(wanted):
    assert "is_logged_in" not in st.user and not sign_in.allowed()
    with pytest.raises(KeyError):
        sign_in.visitor()


def test_everybody_is_let_in_where_nobody_needs_to_sign_in():
    assert sign_in.allowed()


def test_a_person_has_the_best_name_there_is():
    assert sign_in.person({"name": " Ada\n Lovelace ", "email": "ada@lab.example"}) == "Ada Lovelace"
    assert sign_in.person({"name": "", "preferred_username": None, "email": "ada@lab.example"}) == "ada@lab.example"
    assert sign_in.person({}) == ""


def test_runs_are_counted_by_person_and_provider():
    ada = {"iss": "https://one.example", "sub": "7", "name": "Ada", "iat": 1}
    assert sign_in.digest(ada) == sign_in.digest({**ada, "name": "Ada L.", "iat": 2})
    assert len({sign_in.digest(who) for who in (ada, {**ada, "sub": "8"}, {**ada, "iss": "https://two.example"})}) == 3
