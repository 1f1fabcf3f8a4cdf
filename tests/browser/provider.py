"""A small OpenID Connect provider on this machine: it knows who sits before the screen, and asks nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.bench.server import Answer, serving

CLIENT, PASSWORD = "latent-lab", "a secret of the test"
ADA = {"sub": "user-7", "name": "Ada *Lovelace*", "email": "ada@lab.example"}
GRACE = {"sub": "user-8", "name": "Grace Hopper", "email": "grace@lab.example"}


class Provider:
    """What the provider remembers: codes that may be used once, and how often each of its pages was asked for."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.who = ADA

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "end_session_endpoint": f"{self.issuer}/leave",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes on, with a code."""
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code" and "openid" in asked["scope"]
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str], authorization: str) -> dict[str, Any]:
        """A signed statement of who came, for the app that may have it and that began the visit."""
        expected = base64.b64encode(f"{CLIENT}:{PASSWORD}".encode()).decode()
        assert authorization == f"Basic {expected}"
        asked = self.codes.pop(sent["code"])
        proof = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).decode().rstrip("=")
        assert proof == asked["code_challenge"] and sent["redirect_uri"] == asked["redirect_uri"]
        now = int(time.time())
        claims = {**self.who, "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def provider() -> Iterator[Provider]:
    """The provider at a free port, until the end."""

    class Reply(Answer):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            known.asked.append(url.path)
            if url.path == "/authorize":
                self.lead(known.authorize(asked))
            elif url.path == "/leave" and asked["client_id"] == CLIENT:
                self.lead(asked["post_logout_redirect_uri"])
            elif url.path == "/keys":
                self.tell({"keys": [known.key.as_dict(private=False)]})
            else:
                assert url.path == "/.well-known/openid-configuration"
                self.tell(known.discovery())

        def do_POST(self) -> None:
            known.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            self.tell(known.token(sent, self.headers["Authorization"]))

        def tell(self, content: dict[str, Any]) -> None:
            self.send(json.dumps(content).encode(), "application/json")

        def lead(self, address: str) -> None:
            self.send(b"", "text/plain", status=302, Location=address)

    with serving(Reply) as url:
        known = Provider(url)
        yield known
