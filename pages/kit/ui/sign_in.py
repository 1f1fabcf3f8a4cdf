"""Optional sign-in: Streamlit's own st.login at an OpenID Connect provider, such as a university's.

Who has not signed in gets one quiet page and no run. Streamlit keeps who signed in a signed cookie, and gives it to a
script only if page, cookie and `redirect_uri` are of one origin.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from pages.kit.live.settings import BadSettings, settings
from pages.kit.ui.story import plain

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
CALLBACK = "/oauth2callback"  # where Streamlit takes what the provider says
SHORTEST = 32  # characters of cookie_secret: who guesses it is whoever they want to be
WHERE = "[auth] in .streamlit/secrets.toml"
NAMES = ("name", "preferred_username", "email")  # what providers call a person, the best first

# The provider sends everybody back to the app's root. The address that was asked for, with a lesson's code or a run's
# values, waits in the tab until then: it is noted when the page is left, too, for the language chosen meanwhile.
REMEMBER = """
export default function () {
  const note = () => sessionStorage.setItem('latent-lab.asked', location.href);
  note();
  addEventListener('pagehide', note);
  return () => removeEventListener('pagehide', note);
}
"""
RETURN = """
export default function () {
  const asked = sessionStorage.getItem('latent-lab.asked') ?? '';
  sessionStorage.removeItem('latent-lab.asked');
  const atRoot = location.href === new URL('.', location.href).href;
  if (atRoot && asked !== location.href && asked.startsWith(`${location.origin}/`)) location.replace(asked);
}
"""
# The name stands beside the languages, and only as high as a page's title, so that the question below keeps its line.
STYLE = """<style>
.stApp .st-key-head h2 { padding-right: 11rem; }
.st-key-account { width: auto; }
.st-key-account button, .st-key-account button:is(:hover, :active, :focus) { min-height: 1.7rem; padding: 0; color: inherit; }
.st-key-account button p { max-width: 8rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (max-width: 900px) { .stApp .st-key-head h2 { padding-right: 6rem; } .st-key-account button p { max-width: 0; } }
</style>"""


def check() -> None:
    """Raises BadSettings, with one sentence, where sign-in is wanted but cannot be had: the app must not start open."""
    if not settings().sign_in:
        return
    try:
        problem = lacking(st.secrets.get("auth") or {})
    except StreamlitSecretNotFoundError as error:
        problem = f"{WHERE} ({error})"
    if problem:
        raise BadSettings(f"setting sign_in = true needs {problem}")
    try:
        import authlib.integrations.starlette_client  # noqa: F401  # what Streamlit imports at the first sign-in
    except ImportError as error:
        raise BadSettings(f"setting sign_in = true needs Authlib: pip install -r requirements-signin.txt ({error})") from None


def lacking(auth: object) -> str:
    """What the section [auth] of the secrets still needs, in words; "" if nothing."""
    if not isinstance(auth, Mapping):
        return f"{WHERE}, with {', '.join(NEEDED)}"
    missing = [name for name in NEEDED if not isinstance(auth.get(name), str) or not auth[name].strip()]
    if missing:
        return f"{', '.join(missing)} under {WHERE}"
    for name in ("redirect_uri", "server_metadata_url"):
        if urlsplit(auth[name]).scheme not in ("http", "https"):
            return f"a whole address (https://...) as {name} under {WHERE}"
    if not urlsplit(auth["redirect_uri"]).path.endswith(CALLBACK):
        return f"a redirect_uri under {WHERE} that is the app's own address and then {CALLBACK}"
    if len(auth["cookie_secret"]) < SHORTEST:
        return f"a cookie_secret of {SHORTEST} random characters or more under {WHERE}"
    return ""


def allowed() -> bool:
    """Whether this browser session may see the app: somebody signed in, or nobody needs to."""
    return not settings().sign_in or st.user.get("is_logged_in") is True


def visitor() -> str:
    """Whose a run is: the person's, the same in every tab, where people sign in; otherwise the browser session's."""
    if settings().sign_in:
        return digest(st.user.to_dict())
    return str(st.session_state.setdefault("visitor", secrets.token_hex(8)))


def digest(claims: Mapping[str, Any]) -> str:
    """32 hexadecimal digits for a person, who is known by a number ("sub") of one provider ("iss"); raises KeyError without."""
    return hashlib.sha256(f"{claims['iss']} {claims['sub']}".encode()).hexdigest()[:32]


def person(claims: Mapping[str, Any]) -> str:
    """What somebody is called, from what the provider tells; "" if it tells no name."""
    told = (" ".join(str(claims.get(name) or "").split()) for name in NAMES)
    return next(filter(None, told), "")


def ask(t: Callable[[str], str]) -> None:
    """The page of who has not signed in."""
    with st.container(key="head", gap=None):
        st.markdown(f"## {t('Latent Lab')}")
        st.markdown(t("Pick a topic, slide a parameter while a small model trains live, and watch."))
    st.markdown(t("This server is for people who sign in."))
    st.button(t("Sign in"), key="sign-in", icon=":material/login:", on_click=st.login)
    st.components.v2.component("latent_lab_asked", js=REMEMBER, html="<div></div>")(key="sign-in-asked")


def account(t: Callable[[str], str]) -> None:
    """Who is signed in, and the way out; nothing where nobody needs to sign in."""
    if not settings().sign_in:
        return
    st.html(STYLE)
    name = person(st.user.to_dict())
    with (
        st.container(key="account"),
        st.popover(plain(name) or t("Signed in"), icon=":material/account_circle:", type="tertiary"),
    ):
        st.markdown(t("Signed in as {name}").format(name=plain(name)) if name else t("Signed in"))
        st.button(t("Sign out"), key="sign-out", icon=":material/logout:", on_click=st.logout)
    st.components.v2.component("latent_lab_return", js=RETURN, html="<div></div>")(key="sign-in-return")
