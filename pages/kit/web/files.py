"""Files that are made when somebody asks for them: the route that makes them (their buttons: pages/kit/ui/files.py).

Streamlit has a button for that. But it keeps what was made only until two more scripts have ended, anybody's: with thirty pages
open that is often sooner than a browser has fetched it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MOST_ASKED = 1000  # bytes of a request
MAKERS = ThreadPoolExecutor(4, "files")  # some take long: they must not hold up what else the server does


class Refused(ValueError):
    """A file that cannot be made; the message is the sentence for the reader."""


@dataclass(frozen=True)
class File:
    """A file that can be had: its button, and what makes it (raises Refused); `video` where the browser records one from it."""

    key: str
    title: str
    help: str
    name: str
    mime: str
    make: Callable[[], bytes | str]
    enabled: bool = True
    video: bool = False


@dataclass(eq=False)
class Offer:
    """The files behind some buttons of one page, under a code that nobody can guess. It ends with the page's session."""

    files: dict[str, File] = field(default_factory=dict)
    code: str = field(default_factory=lambda: secrets.token_urlsafe(16))


offers: WeakValueDictionary[str, Offer] = WeakValueDictionary()  # by their codes, as long as a page's session holds them


async def made(request: Request) -> Response:
    """Route `/lab/file`: a POST of {"offer": code, "file": key} is answered with the file.

    404 where there is no such offer (any more), 409 and {"message": sentence} where it cannot be made.
    """
    wish = await _wish(request)
    kept = offers.get(str(wish.get("offer")))
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
