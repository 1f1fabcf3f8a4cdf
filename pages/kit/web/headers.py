"""Security headers on every answer of the app."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FEATURES = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi",
            "payment", "serial", "usb", "xr-spatial-tracking")  # of the browser, which no page here needs  # fmt: skip
HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
ANCESTORS = re.compile(r"[^\s;,]+( [^\s;,]+)*")


@cache
def inline_scripts() -> tuple[str, ...]:
    """The hashes of the scripts that stand in Streamlit's own page; any other inline script is refused."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    texts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return tuple("'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'" for text in texts)


def ancestors() -> str:
    """Who may embed the app: LATENT_LAB_FRAME_ANCESTORS, by default anyone, since it is made for slides.

    Raises ValueError for what cannot stand in a header's list.
    """
    value = os.environ.get("LATENT_LAB_FRAME_ANCESTORS", "*").strip()
    if not ANCESTORS.fullmatch(value):
        raise ValueError(f"LATENT_LAB_FRAME_ANCESTORS is {value!r}; allowed: 'none', 'self', *, or origins with spaces between")
    return value


def policy(host: str = "") -> str:
    """What a page may load and do. All of it comes from this server; each exception says what needs it."""
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    rules = {
        "default-src": "'self'",
        # blob: Streamlit imports the inline module of a component (ours finds /lab/base/mount.js) from an object URL.
        # wasm-unsafe-eval: a library of Streamlit's for 64-bit numbers compiles a few bytes of WebAssembly; eval stays refused.
        "script-src": " ".join(("'self'", "blob:", "'wasm-unsafe-eval'", *inline_scripts())),
        # Streamlit's style library writes <style> elements while it runs, KaTeX writes style attributes.
        "style-src": "'self' 'unsafe-inline'",
        # data: icons in Streamlit's style sheets; blob: a figure that is being saved, a file that was just chosen.
        "img-src": "'self' data: blob:",
        # data: a font that stands in Streamlit's own style sheet.
        "font-src": "'self' data:",
        # The page's own websockets by name, too: older browsers do not count them as 'self'.
        "connect-src": f"'self'{sockets}",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": ancestors(),
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def headers(host: str = "") -> dict[str, str]:
    """The headers of an answer to a request for `host`."""
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": policy(host),
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
        "Cross-Origin-Opener-Policy": "same-origin",  # a page that opens the app keeps no hand on its window
        "Cross-Origin-Resource-Policy": "same-origin",  # and no page of another site can load its parts
    }


class SecurityHeaders:
    """ASGI middleware that adds `headers()`; assets of our own are revalidated, so that an update is seen at once."""

    def __init__(self, app: ASGIApp) -> None:
        ancestors()  # a setting that cannot be used is told when the server starts
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in headers(host).items():
                    own[name] = value
                if scope["path"].endswith((".js", ".css")) and "/lab/" in scope["path"]:
                    own["Cache-Control"] = "no-cache"
            await send(message)

        await self.app(scope, receive, send_with_headers)
