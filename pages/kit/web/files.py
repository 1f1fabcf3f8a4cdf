"""Files that are made when somebody asks for them: their buttons on a page, and the route that makes them.

Streamlit has a button for that. But it keeps what was made only until two more scripts have ended, anybody's: with thirty pages
open that is often sooner than a browser has fetched it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pages.kit.ui.components import buttons

MOST_ASKED = 1000  # bytes of a request
MAKERS = ThreadPoolExecutor(4, "files")  # some take long: they must not hold up what else the server does


class Refused(ValueError):
    """A file that cannot be made; the message is the sentence for the reader."""


@dataclass(frozen=True)
class File:
    """A file that can be had: its button, and what makes it (raises Refused)."""

    key: str
    title: str
    help: str
    name: str
    mime: str
    make: Callable[[], bytes | str]
    enabled: bool = True


@dataclass(eq=False)
class Offer:
    """The files behind some buttons of one page, under a code that nobody can guess. It ends with the page's session."""

    files: dict[str, File] = field(default_factory=dict)
    code: str = field(default_factory=lambda: secrets.token_urlsafe(16))


_offers: WeakValueDictionary[str, Offer] = WeakValueDictionary()


def offer(key: str, files: Sequence[File], language: str) -> None:
    """Place a button for each file; `key` names the place, whose former offer ends."""
    kept: Offer = st.session_state.setdefault(f"offer:{key}", Offer())
    kept.files = {file.key: file for file in files}
    _offers[kept.code] = kept
    shown = [{"key": f.key, "title": f.title, "help": f.help, "name": f.name, "enabled": f.enabled} for f in files]
    buttons(f"files:{key}", language, kept.code, shown)


def withdraw(*keys: str) -> None:
    """End the offers at these places: what their files are made from is let go."""
    for key in keys:
        st.session_state.pop(f"offer:{key}", None)


async def made(request: Request) -> Response:
    """Route `/lab/file`: a POST of {"offer": code, "file": key} is answered with the file.

    404 where there is no such offer (any more), 409 and {"message": sentence} where it cannot be made.
    """
    wish = await _wish(request)
    kept = _offers.get(str(wish.get("offer")))
    file = kept.files.get(str(wish.get("file"))) if kept is not None else None
    if file is None:
        return Response(status_code=404)
    try:
        content = await asyncio.get_running_loop().run_in_executor(MAKERS, file.make)
    except Refused as problem:
        return JSONResponse({"message": str(problem)}, 409)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=file.mime, headers=headers)


async def _wish(request: Request) -> dict[str, Any]:
    """What was asked for; nothing where it is too long or no JSON of that form."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_ASKED:
            return {}
    try:
        wish = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return wish if isinstance(wish, dict) else {}
