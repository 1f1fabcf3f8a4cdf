"""Sends a page's address that a program has damaged (its ? escaped, a bracket behind it) on to the page that was meant."""

from __future__ import annotations

from starlette.datastructures import URL
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.core import registry
from engine.runs.address import INVISIBLE, LEFT_OVER


def meant(path: str) -> tuple[str, str] | None:
    """(path, what belongs to the query) of the page that a decoded path means; None where it is right, or no page's.

    >>> meant("/vae-geometry?beta=40.0")
    ('/vae-geometry', 'beta=40.0')
    """
    place, _, query = path.partition("?")
    slug = INVISIBLE.sub("", place).strip("/").rstrip(LEFT_OVER + "/").lower().replace("_", "-")
    if slug not in registry.cards() or (place.strip("/") == slug and not query):
        return None
    return f"/{slug}", query


class Repair:
    """ASGI middleware: a damaged address of a page is redirected, once, to the right one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        right = meant(scope["path"]) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if right is None:
            await self.app(scope, receive, send)
            return
        path, inside = right
        query = "&".join(part for part in (inside, scope["query_string"].decode("latin-1")) if part)
        url = URL(path=path, query=query)
        await RedirectResponse(str(url), status_code=307)(scope, receive, send)
