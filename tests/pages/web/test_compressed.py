"""Static files are compressed once, and only they."""

from __future__ import annotations

import gzip

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from pages.kit.web.served import compressed
from pages.kit.web.served.compressed import Compressed

TEXT = "export const words = 'again and again';\n" * 100


def client(folder) -> TestClient:
    async def made(_):
        return Response(TEXT, media_type="text/javascript")  # without an ETag: it may be another one next time

    routes = [Route("/lab/made.js", made), Mount("/lab", StaticFiles(directory=folder))]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Compressed)]))


def test_a_file_is_compressed_once_and_anew_when_it_changed(tmp_path, monkeypatch):
    file = tmp_path / "a.js"
    file.write_text(TEXT)
    packed: list[int] = []
    monkeypatch.setattr(compressed.gzip, "compress", lambda data, *a, **k: packed.append(len(data)) or real(data, *a, **k))
    asks = client(tmp_path)
    first, second = asks.get("/lab/a.js"), asks.get("/lab/a.js")
    assert first.text == second.text == TEXT and first.headers["content-encoding"] == "gzip"
    assert int(first.headers["content-length"]) < len(TEXT) / 10 and packed == [len(TEXT)]
    assert "Accept-Encoding" in first.headers["vary"]
    assert asks.get("/lab/a.js", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    file.write_text(TEXT + "more")
    assert asks.get("/lab/a.js").text == TEXT + "more" and len(packed) == 2


def test_nothing_else_is_touched(tmp_path):
    (tmp_path / "a.js").write_text(TEXT)
    (tmp_path / "b.bin").write_bytes(bytes(5000))
    (tmp_path / "s.js").write_text("1")
    asks = client(tmp_path)
    for path in ("/lab/b.bin", "/lab/s.js", "/lab/made.js"):
        assert "content-encoding" not in asks.get(path).headers
    plain = asks.get("/lab/a.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.text == TEXT
    assert asks.get("/lab/a.js", headers={"Range": "bytes=0-3"}).content == TEXT[:4].encode()
    assert asks.get("/lab/none.js").status_code == 404


real = gzip.compress
