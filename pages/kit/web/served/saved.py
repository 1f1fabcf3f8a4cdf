"""Small pictures of saved runs for their list: the topic's cover view at the run's last frame, drawn when it comes into sight.

The page that lists a run offers its picture under an address that cannot be guessed: whoever may not see the list has none of them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import uuid
from collections import OrderedDict
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from engine.core.language import LANGUAGES, translator
from engine.core.picture import Style
from engine.gallery.cover import wordless
from engine.runs.store.errors import StoreError
from engine.runs.store.records import KeptRun
from pages.kit.web.drawn import Drawn
from pages.kit.web.packing import encode

if TYPE_CHECKING:
    from engine.runs.store import RunStore

MOST = 2000  # runs whose pictures may be asked for; the oldest offers lapse
_secret = secrets.token_bytes(32)
_offered: OrderedDict[str, tuple[RunStore, uuid.UUID]] = OrderedDict()
_lock = threading.Lock()
_drawn = Drawn()


def offer(store: RunStore, run: uuid.UUID, language: str) -> str:
    """The address of a run's picture, the same each time as long as the app runs; `&theme=` is still to be added."""
    key = hmac.new(_secret, f"{store.folder}:{store.owner}:{run.hex}".encode(), hashlib.sha256).hexdigest()[:32]
    with _lock:
        _offered[key] = (store, run)
        _offered.move_to_end(key)
        while len(_offered) > MOST:
            _offered.popitem(last=False)
    return f"lab/saved/{key}?lang={language}"


def ending(kept: KeptRun, language: str, theme: str) -> bytes:
    """The packed picture of a run's end: its topic's cover view, or the first view that its settings allow."""
    topic = kept.topic
    possible = topic.views_for(kept.params)
    view = next((view for view in possible if view.name == topic.cover), possible[0])
    look = Style("dark" if theme == "dark" else "light", language, translator(language, topic.slug))
    return encode({"type": "picture"}, {"cover": wordless(view.draw(kept.timeline(), look))})


async def saved_picture(request: Request) -> Response:
    """Route `/lab/saved/{key}?lang=&theme=`; 404 for what was not offered, cannot be opened or cannot be drawn."""
    language, theme = request.query_params.get("lang", "en"), request.query_params.get("theme", "light")
    key = request.path_params["key"]
    with _lock:
        known = _offered.get(key)
    if known is None or language not in LANGUAGES or theme not in ("light", "dark"):
        return Response(status_code=404)
    store, run = known
    try:
        draw = lambda: ending(store.load(run), language, theme)  # noqa: E731
        data = await run_in_threadpool(_drawn.get, (key, language, theme), draw)
    except StoreError:  # the list says of a run that it cannot be opened when somebody opens it
        return Response(status_code=404)
    # A saved run does not change, and after the app was started anew it has another address.
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(data, media_type="application/octet-stream", headers=headers)
