"""Sign-in at a real provider on this machine, in a real Chromium: nothing without it, the asked page with it, and out again."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("authlib", reason="sign-in needs requirements-signin.txt")

from engine.core import registry
from tests.bench.server import App, app, free_port, until, wait_drawn
from tests.browser.provider import ADA, CLIENT, GRACE, PASSWORD, Provider, provider

LISTEN = (
    "addEventListener('securitypolicyviolation', (e) => console.error(`refused: ${e.effectiveDirective} ${e.blockedURI}`));"
)


@pytest.fixture(scope="module")
def university() -> Iterator[Provider]:
    with provider() as known:
        yield known


@pytest.fixture(scope="module")
def closed(university: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A class's app that only people of the university may use."""
    port, folder = free_port(), tmp_path_factory.mktemp("signin")
    lines = {
        "redirect_uri": f"http://127.0.0.1:{port}/oauth2callback",
        "cookie_secret": secrets.token_hex(32),
        "client_id": CLIENT,
        "client_secret": PASSWORD,
        "server_metadata_url": f"{university.issuer}/.well-known/openid-configuration",
    }
    text = "\n".join(["[auth]", *(f'{name} = "{value}"' for name, value in lines.items())])
    (folder / "secrets.toml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMLIT_SECRETS_FILES", str(folder / "secrets.toml"))
        patch.setenv("LATENT_LAB_SIGN_IN", "true")
        patch.setenv("LATENT_LAB_MODE", "class")
        patch.setenv("LATENT_LAB_WORKERS", "1")
        patch.setenv("LATENT_LAB_DATA", str(folder))
        with app(port=port) as running:
            yield running


def runs(server: App) -> int:
    """How many runs the app keeps."""
    return json.load(urllib.request.urlopen(f"{server.url}/healthz", timeout=10))["sessions"]


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name)


def test_only_who_signed_in_gets_a_run_and_the_page_that_was_asked_for(chromium, closed, university):
    slug = next(iter(registry.topics()))
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_init_script(LISTEN)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(f"{closed.url}/{slug}?lang=zh&seed=3")
    button(page, "登录").wait_for()
    assert page.locator("h2").inner_text() == "隐空间实验室"
    assert page.locator("canvas, [data-testid=stTopNavLink]").count() == 0
    page.get_by_text("English").click()
    button(page, "Sign in").wait_for()
    assert runs(closed) == 0 and "/authorize" not in university.asked

    button(page, "Sign in").click()
    page.wait_for_url(f"**/{slug}?*")
    until(page, "() => window.latentLab?.lastStatus?.seed === 3")
    assert "seed=3" in page.url and "lang=en" in page.url
    assert runs(closed) == 1 and {"/authorize", "/token", "/keys"} <= set(university.asked)
    account = button(page, ADA["name"])
    account.click()
    page.get_by_text(f"Signed in as {ADA['name']}").wait_for()

    stranger = chromium.new_context().new_page()  # another browser is not let in by that
    stranger.goto(page.url)
    button(stranger, "Sign in").wait_for()
    assert runs(closed) == 1
    stranger.context.close()

    button(page, "Sign out").click()
    button(page, "Sign in").wait_for()
    page.wait_for_url(f"{closed.url}/")
    button(page, "Sign in").wait_for()
    assert "/leave" in university.asked and page.locator("canvas").count() == 0
    assert [name for name in (cookie["name"] for cookie in context.cookies()) if "user" in name] == []
    assert complaints == []
    context.close()


def test_saved_runs_are_those_of_the_person(chromium, closed, university):
    slug = next(iter(registry.topics()))
    for who, saves, sees in ((ADA, True, "1 run"), (GRACE, False, "Nothing is saved yet"), (ADA, False, "1 run")):
        university.who = who
        page = chromium.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.goto(f"{closed.url}/{slug if saves else 'runs'}?lang=en")
        button(page, "Sign in").click()
        if saves:
            until(page, "() => window.latentLab?.lastStatus?.state === 'paused'")
            button(page, "Save this run").click()
            page.get_by_text("Saved as").wait_for()
            page.goto(f"{closed.url}/runs?lang=en")
        page.get_by_text(sees).first.wait_for()
        wait_drawn(page)
        assert page.locator("[class*=st-key-open-]").count() == (1 if who is ADA else 0)
        page.context.close()
    university.who = ADA
