"""Security headers on every answer of the app."""

from __future__ import annotations

import os

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def headers() -> dict[str, str]:
    """The headers; who may embed the app is set by LATENT_LAB_FRAME_ANCESTORS (default: anyone, it is made for slides)."""
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": f"frame-ancestors {os.environ.get('LATENT_LAB_FRAME_ANCESTORS', '*')}",
    }


class SecurityHeaders:
    """ASGI middleware that adds `headers()`; assets of our own are revalidated, so that an update is seen at once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in headers().items():
                    own[name] = value
                if scope["path"].endswith((".js", ".css")) and "/lab/" in scope["path"]:
                    own["Cache-Control"] = "no-cache"
            await send(message)

        await self.app(scope, receive, send_with_headers)
