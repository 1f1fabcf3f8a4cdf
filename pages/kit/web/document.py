"""The HTML document of every page: Streamlit's own, told where the app's root is.

Streamlit's page does not know which part of its address is the app's root and which the page's name. It asks for the server beside
the page first (`/<page>/_stcore/…`) and at the root second: two requests that fail before a page can begin.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from engine.core import registry

SCRIPT = '<script src="./lab/base/base.js"></script>'
HEAD = "<head>"


@cache
def text() -> str:
    """The document. Raises ValueError if Streamlit's own has no head to write into."""
    own = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    if own.count(HEAD) != 1:
        raise ValueError(f"Streamlit's page has {own.count(HEAD)} times {HEAD!r}; there must be one")
    return own.replace(HEAD, f"{HEAD}\n    {SCRIPT}")


async def document(request: Request) -> HTMLResponse:
    """Answers for every page alike: what is on it comes over Streamlit's websocket."""
    return HTMLResponse(text(), headers={"Cache-Control": "no-cache"})


def documents() -> list[Route]:
    """A route for each page there is; any other address gets Streamlit's own document, which says that nothing is there."""
    return [Route(f"/{name}", document) for name in ("", "runs", *registry.cards())]
