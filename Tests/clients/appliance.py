"""A real `carrel` process with a data folder of its own: started, asked, stopped, killed.

Nothing here needs more than the standard library, so both virtual environments share it.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO = REPOSITORY / "data" / "demo"


def binary() -> Path:
    """The program under test: CARREL_BIN, else ./carrel of this checkout."""
    return Path(os.environ.get("CARREL_BIN") or REPOSITORY / "carrel").resolve()


def free_port() -> int:
    """A port to listen on, below those that the kernel gives to outgoing connections: nobody takes it before its server does,
    and a server that starts again finds it free."""
    for _ in range(100):
        port = random.SystemRandom().randrange(12_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")


def eventually(condition, seconds: float = 10, step: float = 0.05) -> Any:
    """The first true value of `condition()`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "condition did not come true in time"
        time.sleep(step)


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        """The body as NDJSON."""
        return [json.loads(line) for line in self.body.splitlines()]


def refused(answer: Answer, status: int, code: str, *words: str) -> None:
    """Asserts that the answer is this problem, and that its detail holds the words."""
    assert (answer.status, answer.json["code"]) == (status, code), answer.text
    for word in words:
        assert word in answer.json["detail"], answer.text


@dataclass
class Appliance:
    """One data folder, and the server on it while one runs."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen | None = None

    # Command line

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARREL_") or name == "CARREL_MODEL"}
        return kept | self.environment

    def run(self, *words: str, input: str | None = None, code: int | None = 0, timeout: float = 60) -> subprocess.CompletedProcess:
        """Runs one command on this folder; `code` is the exit code it must have, None for any."""
        line = [str(binary()), *map(str, words)]
        end = line.index("--") if "--" in line else len(line)  # What comes behind that is no option.
        done = subprocess.run(
            [*line[:end], "--data", str(self.data), *line[end:]],
            input=input, capture_output=True, text=True, timeout=timeout, env=self._environment(),
            stdin=None if input is not None else subprocess.DEVNULL)
        if code is not None:
            assert done.returncode == code, f"carrel {words[0]} ended with {done.returncode}: {done.stderr}"
        return done

    def tenant(self, name: str, *options: str) -> str:
        self.run("tenant", "create", name, *options)
        return name

    def token(self, tenant: str, scope: str = "search,write", user: str = "tester", ttl: str = "1h") -> str:
        return self.run("token", "issue", "--tenant", tenant, "--user", user, "--scope", scope, "--ttl", ttl).stdout.strip()

    def operator(self) -> str:
        return self.run("token", "operator").stdout.strip()

    # Process

    @property
    def log(self) -> Path:
        return self.data.parent / (self.data.name + ".log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spawn(self, *options: str, port: int | None = None) -> subprocess.Popen:
        """Starts `serve` and does not wait for it."""
        self.port = port or free_port()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(binary()), "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}", *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._environment())
        return self.process

    def start(self, *options: str, port: int | None = None) -> "Appliance":
        """Starts `serve` and returns once it answers."""
        process = self.spawn(*options, port=port)

        def is_up() -> bool:
            assert process.poll() is None, f"serve ended with {process.returncode}:\n{self.log.read_text()}"
            try:
                return self.call("GET", "/health").status == 200
            except OSError:
                return False

        eventually(is_up, seconds=30)
        return self

    def stop(self) -> int | None:
        """SIGTERM, and the exit code."""
        return self.end(signal.SIGTERM)

    def kill(self) -> int | None:
        return self.end(signal.SIGKILL)

    def end(self, number: signal.Signals) -> int | None:
        process, self.process = self.process, None
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    # HTTP

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = None,
        headers: dict[str, str] | None = None, timeout: float = 30,
    ) -> Answer:
        """One request. A body that is neither bytes nor text goes as JSON; headers given replace the usual ones."""
        fields = {}
        if isinstance(body, str):
            body = body.encode()
        elif body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            fields["Content-Type"] = "application/json"
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        fields |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.putrequest(method, path, skip_host="Host" in fields, skip_accept_encoding=True)
            if body is not None:
                fields.setdefault("Content-Length", str(len(body)))
            for name, value in fields.items():
                connection.putheader(name, value)
            try:
                connection.endheaders(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # Refused in the middle of the body: the answer is there all the same.
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def search(self, token: str, query: str, **fields: Any) -> Any:
        answer = self.call("POST", "/v1/search", {"query": query, **fields}, token)
        assert answer.status == 200, answer.text
        return answer.json

    def put(self, token: str, documents: list[dict], collection: str | None = None) -> Any:
        """Adds documents in one call and returns the report."""
        body: dict[str, Any] = {"documents": documents}
        if collection:
            body["collection"] = collection
        answer = self.call("POST", "/v1/documents", body, token)
        assert answer.status == 200, answer.text
        return answer.json

    def bulk(self, token: str, lines: list[Any], query: str = "") -> Answer:
        """Uploads lines; those that are not text are written as JSON."""
        body = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        return self.call(
            "POST", "/v1/documents:bulk" + query, body, token, headers={"Content-Type": "application/x-ndjson"}, timeout=120)

    def document(self, token: str, id: str, collection: str | None = None) -> Answer:
        place = f"?collection={collection}" if collection else ""
        return self.call("GET", f"/v1/documents/{quote(id, safe='')}{place}", token=token)

    def ids(self, token: str, collection: str | None = None) -> list[str]:
        """Every document's id, page by page."""
        found: list[str] = []
        cursor = None
        while True:
            path = "/v1/documents?limit=500"
            path += f"&collection={collection}" if collection else ""
            path += f"&cursor={quote(cursor)}" if cursor else ""
            answer = self.call("GET", path, token=token)
            assert answer.status == 200, answer.text
            found += [entry["doc_id"] for entry in answer.json["documents"]]
            cursor = answer.json.get("next_cursor")
            if not cursor:
                return found

    @property
    def has_model(self) -> bool:
        return not self.call("GET", "/health").json["degraded"]

    def settle(self, token: str, seconds: float = 300) -> None:
        """Returns when no passage of the token's tenant waits for a vector; at once without a model."""
        if not self.has_model:
            return

        def none_waits() -> bool:
            answer = self.call("GET", "/v1/collections", token=token)
            return all(entry["waiting"] == 0 for entry in answer.json["collections"])

        eventually(none_waits, seconds=seconds)

    # MCP, without a client library

    def rpc(self, method: str, params: dict | None = None, token: str | None = None, era: str = "modern", **headers: str) -> Answer:
        """One JSON-RPC call to /mcp as a 2026-07-28 or a 2025-11-25 client makes it."""
        params = dict(params or {})
        fields = {"Accept": "application/json, text/event-stream"}
        if era == "modern":
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            fields |= {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
            if "name" in params:
                fields["Mcp-Name"] = str(params["name"])
        else:
            fields["MCP-Protocol-Version"] = "2025-11-25"
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", "/mcp", {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}, token, fields)

    def tool(self, name: str, arguments: Any, token: str | None = None, era: str = "modern") -> Any:
        """One tool call; the JSON-RPC answer."""
        return self.rpc("tools/call", {"name": name, "arguments": arguments}, token, era).json


class BulkUpload:
    """A chunked upload that goes on until it is told to end, with the answer read beside it."""

    def __init__(self, appliance: Appliance, token: str, query: str = "") -> None:
        self.committed = 0
        self.summary: Any = None
        self.error: Any = None
        self._buffer = b""
        self._socket = socket.create_connection(("127.0.0.1", appliance.port), timeout=30)
        self._socket.sendall(
            f"POST /v1/documents:bulk{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
        self._is_open = True

    def send(self, lines: list[str]) -> bool:
        """Sends lines as one chunk; false once the server is gone."""
        data = "".join(line + "\n" for line in lines).encode()
        return self._write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end(self) -> bool:
        return self._write(b"0\r\n\r\n")

    def _write(self, data: bytes) -> bool:
        try:
            self._socket.sendall(data)
            return True
        except OSError:
            return False

    def take(self) -> bool:
        """Reads a piece of the answer; false at its end. Fit for a thread of its own."""
        try:
            piece = self._socket.recv(65536)
        except OSError:
            return False
        self._buffer += piece
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            # Chunk sizes and header lines stand between the lines of JSON.
            if not line.startswith(b"{"):
                continue
            event = json.loads(line)
            self.committed = event.get("committed_lines", self.committed)
            self.summary = event.get("summary", self.summary)
            self.error = event.get("error", self.error)
        return bool(piece)

    def drain(self) -> None:
        while self.take():
            pass

    def close(self) -> None:
        self._socket.close()
