"""The gallery's search as a route of the app: the words of thirty-six labs weigh several hundred kilobytes, an answer weighs one or two."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.core.language import LANGUAGES
from engine.gallery.search import find


async def answer(request: Request) -> Response:
    """Route `/lab/search?q=&lang=`."""
    language = request.query_params.get("lang", "en")
    if language not in LANGUAGES:
        return Response(status_code=404)
    found = await run_in_threadpool(find, request.query_params.get("q", ""), language)
    return JSONResponse(found, headers={"Cache-Control": "no-cache"})
