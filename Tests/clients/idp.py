"""An identity provider for tests: metadata and keys over HTTP on this machine, with TLS if wanted, tokens made with PyJWT."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

METADATA = "/realms/demo/.well-known/openid-configuration"


def number(value: int, size: int | None = None) -> str:
    size = size or (value.bit_length() + 7) // 8
    return base64.urlsafe_b64encode(value.to_bytes(size, "big")).rstrip(b"=").decode()


class Key:
    """A signing key under an id of its own."""

    def __init__(self, kid: str, algorithm: str = "RS256", names_algorithm: bool = True):
        self.kid, self.algorithm = kid, algorithm
        self.names_algorithm = names_algorithm
        if algorithm == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def jwk(self) -> dict:
        numbers = self.private.public_key().public_numbers()
        if self.algorithm == "ES256":
            members = {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        else:
            members = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        return {"kid": self.kid, "use": "sig", **members, **({"alg": self.algorithm} if self.names_algorithm else {})}

    def sign(self, claims: dict, **header) -> str:
        return jwt.encode(claims, self.private, algorithm=self.algorithm, headers={"kid": self.kid, **header})


class IdentityProvider:
    """Answers metadata and keys until it is stopped, and counts what it was asked.

    With a `context` it speaks TLS, and shows the certificate that the context has when somebody connects.
    """

    def __init__(self, port: int = 0, context: ssl.SSLContext | None = None):
        self.context = context
        self.keys = [Key("first")]
        self.asked: list[str] = []
        self.metadata: dict = {}
        self.answers: dict[str, tuple[int, dict, bytes]] = {}
        self._server: ThreadingHTTPServer | None = None
        self.port = port
        self.start()

    @property
    def issuer(self) -> str:
        return f"http{'s' if self.context else ''}://127.0.0.1:{self.port}/realms/demo"

    def start(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self):
                if provider.context:
                    # In the thread of this connection: a handshake that fails is that of one client.
                    self.request = provider.context.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_GET(self):
                provider.asked.append(self.path)
                status, headers, body = provider.answers.get(self.path) or provider.answer(self.path)
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *arguments):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request, client):
                pass

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    def answer(self, path: str) -> tuple[int, dict, bytes]:
        if path == METADATA:
            return 200, {}, json.dumps({"issuer": self.issuer, "jwks_uri": self.issuer + "/keys", **self.metadata}).encode()
        if path == "/realms/demo/keys":
            return 200, {}, json.dumps({"keys": [key.jwk for key in self.keys]}).encode()
        return 404, {}, b"{}"

    @property
    def fetches(self) -> int:
        return self.asked.count("/realms/demo/keys")

    def claims(self, **changes) -> dict:
        """Claims that are good; a change to None leaves one out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": "https://search.example.com/mcp", "sub": "user-1", "exp": now + 600, "iat": now, "nbf": now,
            "tenant_id": "acme", "scope": "openid search", "jti": "t1", **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: Key | None = None, **changes) -> str:
        return (key or self.keys[0]).sign(self.claims(**changes))
