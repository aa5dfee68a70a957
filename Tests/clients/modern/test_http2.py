"""HTTP/2 from outside: what real clients get, and what becomes of frames no client should send."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import h2.config
import h2.connection
import h2.events
import httpx2
import pytest
from hpack import Decoder, Encoder
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from appliance import Appliance, eventually
from subscribers import anonymous_kilobytes
from test_tls import chained, start, trusting  # noqa: F401

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
NO_ERROR, PROTOCOL, INTERNAL, FLOW, _, CLOSED, SIZE, REFUSED, CANCEL, COMPRESSION, _, CALM = range(12)
USUAL = [(":method", "GET"), (":scheme", "http"), (":path", "/health/live"), (":authority", "localhost")]


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def block(fields) -> bytes:
    return Encoder().encode(fields, huffman=False)


def head(stream: int = 1, fields=USUAL, flags: int = END_STREAM | END_HEADERS) -> bytes:
    return frame(HEADERS, flags, stream, block(fields))


def changed(**fields: str | None) -> list[tuple[str, str]]:
    """The usual pseudo-fields with some changed or left out."""
    return [(name, fields.get(name[1:], value)) for name, value in USUAL if fields.get(name[1:], value) is not None]


class Wire:
    """A connection on which any bytes may be sent, right or wrong."""

    def __init__(self, port: int, preface: bytes = PREFACE + frame(SETTINGS)) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=8)
        self.buffer = b""
        self.decoder = Decoder()
        self.socket.sendall(preface)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, *frames: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(b"".join(frames))

    def frames(self):
        """Every frame until the server closes: (kind, flags, stream, payload)."""
        while True:
            while len(self.buffer) >= 9 and len(self.buffer) >= 9 + (size := int.from_bytes(self.buffer[:3], "big")):
                kind, flags, stream = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big")
                payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
                yield kind, flags, stream, payload
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return
            if not data:
                return
            self.buffer += data

    def outcome(self, stream: int = 1):
        """What becomes of a stream: ("status", n), ("reset", code), ("goaway", code) or ("closed", None)."""
        status = None
        for kind, flags, number, payload in self.frames():
            if kind == GOAWAY:
                return "goaway", int.from_bytes(payload[4:8], "big")
            if kind == HEADERS:
                fields = dict(self.decoder.decode(payload))
                if number == stream:
                    status = int(fields[":status"])
            if number == stream and kind == RESET:
                return "reset", int.from_bytes(payload, "big")
            if number == stream and kind in (DATA, HEADERS) and flags & END_STREAM and status is not None:
                return "status", status
        return "closed", None


def settings(*pairs: tuple[int, int]) -> bytes:
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))


@pytest.fixture(scope="module")
def port(box):
    return box.appliance.port


SPLIT = block(USUAL)
BODY = changed(method="POST", path="/v1/search")

# Sent behind a good preface; sections are those of RFC 9113.
CASES = {
    "4.1 an unknown frame is passed over": (frame(0x42, 0xFF, 0, b"x" * 100) + head(), ("status", 200)),
    "4.1 a reserved bit is passed over": (head(1 | 1 << 31), ("status", 200)),
    "4.2 a frame above 16,384 bytes": (frame(DATA, 0, 1, b"x" * 16_385), ("goaway", SIZE)),
    "4.3 a head that cannot be decompressed": (frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff"), ("goaway", COMPRESSION)),
    "5.1 data on an idle stream": (frame(DATA, END_STREAM, 1, b"x"), ("goaway", PROTOCOL)),
    "5.1 a reset of an idle stream": (frame(RESET, 0, 1, b"\0\0\0\x08"), ("goaway", PROTOCOL)),
    "5.1 a window for an idle stream": (frame(WINDOW, 0, 1, b"\0\0\0\x01"), ("goaway", PROTOCOL)),
    "5.1 data behind the end": (head(1, BODY) + frame(DATA, END_STREAM, 1, b"x"), ("goaway", CLOSED)),
    "5.1.1 an even stream": (head(2), ("goaway", PROTOCOL)),
    "5.1.1 a stream number going back is passed over": (head(5) + head(3) + head(7), ("status", 200), 7),
    "6.1 data on stream 0": (frame(DATA, END_STREAM, 0, b"x"), ("goaway", PROTOCOL)),
    "6.1 more padding than data": (head(1, BODY, END_HEADERS) + frame(DATA, PADDED | END_STREAM, 1, b"\x09x"), ("goaway", PROTOCOL)),
    "6.2 a head on stream 0": (head(0), ("goaway", PROTOCOL)),
    "6.2 a head interrupted by a ping": (frame(HEADERS, END_STREAM, 1, SPLIT) + frame(PING, 0, 0, b"x" * 8), ("goaway", PROTOCOL)),
    "6.2 a head interrupted by another": (frame(HEADERS, END_STREAM, 1, SPLIT) + head(3), ("goaway", PROTOCOL)),
    "6.2 more padding than head": (frame(HEADERS, PADDED | 5, 1, b"\xff" + SPLIT), ("goaway", PROTOCOL)),
    "6.2 a head in pieces": (
        frame(HEADERS, END_STREAM, 1, SPLIT[:5]) + frame(CONTINUATION, 0, 1, SPLIT[5:9]) + frame(CONTINUATION, END_HEADERS, 1, SPLIT[9:]),
        ("status", 200)),
    "6.3 a priority is passed over": (frame(PRIORITY, 0, 3, b"\0\0\0\0\x10") + head(), ("status", 200)),
    "6.4 a reset on stream 0": (frame(RESET, 0, 0, b"\0\0\0\x08"), ("goaway", PROTOCOL)),
    "6.4 a reset of the wrong length": (head(1, BODY, END_HEADERS) + frame(RESET, 0, 1, b"\0\0\x08"), ("goaway", SIZE)),
    "6.5 settings of the wrong length": (frame(SETTINGS, 0, 0, b"xxxxx"), ("goaway", SIZE)),
    "6.5 settings on a stream": (frame(SETTINGS, 0, 1), ("goaway", PROTOCOL)),
    "6.5 an acknowledgement with settings in it": (frame(SETTINGS, ACK, 0, b"\0\x01\0\0\0\0"), ("goaway", SIZE)),
    "6.5.2 push neither on nor off": (settings((2, 2)), ("goaway", PROTOCOL)),
    "6.5.2 a window too large": (settings((4, 1 << 31)), ("goaway", FLOW)),
    "6.5.2 a frame size too small": (settings((5, 100)), ("goaway", PROTOCOL)),
    "6.5.2 an unknown setting is passed over": (settings((0x4242, 7)) + head(), ("status", 200)),
    "6.6 a push": (head(1, BODY, END_HEADERS) + frame(PUSH, END_HEADERS, 1, b"\0\0\0\x02" + SPLIT), ("goaway", PROTOCOL)),
    "6.7 a ping of the wrong length": (frame(PING, 0, 0, b"x" * 7), ("goaway", SIZE)),
    "6.7 a ping on a stream": (frame(PING, 0, 1, b"x" * 8), ("goaway", PROTOCOL)),
    "6.8 a goaway on a stream": (frame(GOAWAY, 0, 1, b"\0" * 8), ("goaway", PROTOCOL)),
    "6.9 a window of nothing": (frame(WINDOW, 0, 0, b"\0" * 4), ("goaway", PROTOCOL)),
    "6.9 a stream's window of nothing": (head(1, BODY, END_HEADERS) + frame(WINDOW, 0, 1, b"\0" * 4), ("goaway", PROTOCOL)),
    "6.9 a window of the wrong length": (frame(WINDOW, 0, 0, b"\0" * 3), ("goaway", SIZE)),
    "6.9.1 a window above all": (frame(WINDOW, 0, 0, b"\x7f\xff\xff\xff") * 2, ("goaway", FLOW)),
    "6.9.1 a stream's window above all": (head(1, BODY, END_HEADERS) + frame(WINDOW, 0, 1, b"\x7f\xff\xff\xff") * 2, ("reset", FLOW)),
    "6.10 a continuation of nothing": (frame(CONTINUATION, END_HEADERS, 1, SPLIT), ("goaway", PROTOCOL)),
    "6.10 a continuation of another stream": (
        frame(HEADERS, END_STREAM, 1, SPLIT[:5]) + frame(CONTINUATION, END_HEADERS, 3, SPLIT[5:]), ("goaway", PROTOCOL)),
    "8.1 trailers that do not end": (
        head(1, BODY, END_HEADERS) + frame(HEADERS, END_HEADERS, 1, block([("x", "y")])), ("reset", PROTOCOL)),
    "8.1.1 less body than declared": (
        head(1, BODY + [("content-length", "5")], END_HEADERS) + frame(DATA, END_STREAM, 1, b"x"), ("reset", PROTOCOL)),
    "8.1.1 more body than declared": (
        head(1, BODY + [("content-length", "1")], END_HEADERS) + frame(DATA, END_STREAM, 1, b"xx"), ("reset", PROTOCOL)),
    "8.1.1 a length and no body": (head(1, BODY + [("content-length", "5")]), ("reset", PROTOCOL)),
    "8.1.1 a length that is no number": (head(1, BODY + [("content-length", "-1")]), ("reset", PROTOCOL)),
    "8.2 a name in capitals": (head(1, USUAL + [("X-Up", "y")]), ("reset", PROTOCOL)),
    "8.2 a line end in a value": (head(1, USUAL + [("x", "a\r\nb: c")]), ("reset", PROTOCOL)),
    "8.2 a NUL in a value": (head(1, USUAL + [("x", "a\0b")]), ("reset", PROTOCOL)),
    "8.2 a space in a name": (head(1, USUAL + [("x y", "b")]), ("reset", PROTOCOL)),
    "8.2.2 connection": (head(1, USUAL + [("connection", "close")]), ("reset", PROTOCOL)),
    "8.2.2 transfer-encoding": (head(1, USUAL + [("transfer-encoding", "chunked")]), ("reset", PROTOCOL)),
    "8.2.2 upgrade": (head(1, USUAL + [("upgrade", "h2c")]), ("reset", PROTOCOL)),
    "8.2.2 te beside trailers": (head(1, USUAL + [("te", "gzip")]), ("reset", PROTOCOL)),
    "8.2.2 te: trailers": (head(1, USUAL + [("te", "trailers")]), ("status", 200)),
    "8.3 a pseudo-field behind another": (head(1, USUAL[:3] + [("x", "y")] + USUAL[3:]), ("reset", PROTOCOL)),
    "8.3 an unknown pseudo-field": (head(1, USUAL + [(":colour", "red")]), ("reset", PROTOCOL)),
    "8.3 an answer's pseudo-field": (head(1, USUAL + [(":status", "200")]), ("reset", PROTOCOL)),
    "8.3 a pseudo-field twice": (head(1, USUAL + [(":path", "/")]), ("reset", PROTOCOL)),
    "8.3 a pseudo-field in trailers": (
        head(1, BODY, END_HEADERS) + head(1, [(":path", "/")]), ("reset", PROTOCOL)),
    "8.3.1 no method": (head(1, changed(method=None)), ("reset", PROTOCOL)),
    "8.3.1 no scheme": (head(1, changed(scheme=None)), ("reset", PROTOCOL)),
    "8.3.1 no path": (head(1, changed(path=None)), ("reset", PROTOCOL)),
    "8.3.1 an empty path": (head(1, changed(path="")), ("reset", PROTOCOL)),
    "8.3.1 a path without its slash": (head(1, changed(path="health")), ("reset", PROTOCOL)),
    "8.3.1 no authority": (head(1, changed(authority=None)), ("reset", PROTOCOL)),
    "8.3.1 Host in its place": (head(1, changed(authority=None) + [("host", "localhost")]), ("status", 200)),
    "8.3.1 Host against it": (head(1, USUAL + [("host", "evil.example")]), ("status", 400)),
    "8.5 CONNECT": (head(1, [(":method", "CONNECT"), (":authority", "localhost:1")]), ("status", 501)),
    "another host": (head(1, changed(authority="evil.example")), ("status", 421)),
    "another origin": (head(1, USUAL + [("origin", "https://evil.example")]), ("status", 403)),
    "a path above 8 KiB": (head(1, changed(path="/" + "a" * 8_192)), ("status", 414)),
    "more than 100 fields": (head(1, USUAL + [(f"x{number}", "y") for number in range(97)]), ("status", 431)),
    "100 fields": (head(1, USUAL + [(f"x{number}", "y") for number in range(96)]), ("status", 200)),
}


@pytest.mark.parametrize("name", CASES)
def test_frames(port, name):
    sent, expected, stream = (*CASES[name], 1)[:3]
    with Wire(port) as wire:
        wire.send(sent)
        assert wire.outcome(stream) == expected
    with Wire(port) as wire:
        wire.send(head())
        assert wire.outcome() == ("status", 200)


def test_a_head_above_16_kib(port):
    fields = block(USUAL + [("x", "y" * 17_000)])
    with Wire(port) as wire:
        wire.send(frame(HEADERS, END_STREAM, 1, fields[:16_000]), frame(CONTINUATION, END_HEADERS, 1, fields[16_000:]), head(3))
        assert wire.outcome(1) == ("status", 431)
        assert wire.outcome(3) == ("status", 200)


def test_a_preface_that_is_none(port):
    with Wire(port, preface=PREFACE[:-2] + b"XX" + frame(SETTINGS)) as wire:
        # Not HTTP/2, so HTTP/1, whose parser says no.
        assert wire.socket.recv(65536).startswith(b"HTTP/1.1 ")
    with Wire(port, preface=PREFACE + head()) as wire:
        assert wire.outcome()[0] == "goaway"


def test_a_ping_is_answered(port):
    with Wire(port) as wire:
        wire.send(frame(PING, 0, 0, b"ABCDEFGH"))
        assert next(payload for kind, flags, _, payload in wire.frames() if kind == PING and flags == ACK) == b"ABCDEFGH"


def test_streams_above_the_limit_are_refused_and_the_rest_served(box, port):
    with Wire(port) as wire:
        # Bodies that do not come keep a hundred streams open.
        fields = changed(method="POST", path="/v1/search") + [("authorization", f"Bearer {box.alder}")]
        wire.send(*(head(2 * number + 1, fields, END_HEADERS) for number in range(101)))
        assert wire.outcome(201) == ("reset", REFUSED)
        wire.send(frame(RESET, 0, 1, struct.pack(">I", CANCEL)), head(203))
        assert wire.outcome(203) == ("status", 200)


def uploading(token: str) -> list[tuple[str, str]]:
    """The head of a request whose body is read as it comes."""
    return changed(method="POST", path="/v1/documents:bulk") + [
        ("authorization", f"Bearer {token}"), ("content-type", "application/x-ndjson")]


@pytest.mark.parametrize("flood, limit", [
    (lambda n, _: head(2 * n + 1) + frame(RESET, 0, 2 * n + 1, struct.pack(">I", CANCEL)), 5_000),
    (lambda n, _: frame(PING, 0, 0, b"x" * 8), 20_000),
    (lambda n, _: settings((4, 65_535)), 20_000),
    (lambda n, _: frame(PRIORITY, 0, 2 * n + 1, b"\0\0\0\0\x10"), 20_000),
    (lambda n, _: head(2 * n + 1, changed(path=None)), 5_000),
    (lambda n, token: (head(1, uploading(token), END_HEADERS) if n == 0 else b"") + frame(DATA, 0, 1), 20_000),
    (lambda n, _: (frame(HEADERS, END_STREAM, 1, block(USUAL)) if n == 0 else b"") + frame(CONTINUATION, 0, 1), 5_000),
], ids=["resets", "pings", "settings", "priorities", "heads that must be reset", "empty data", "continuations"])
def test_floods_end_the_connection(box, port, flood, limit):
    before = anonymous_kilobytes(box.appliance.process.pid)
    with Wire(port) as wire:
        # The answers are read beside it, as a flood's sender would have to.
        sender = threading.Thread(target=lambda: [wire.send(flood(n, box.alder)) for n in range(limit)], daemon=True)
        sender.start()
        codes = [int.from_bytes(payload[4:8], "big") for kind, _, _, payload in wire.frames() if kind == GOAWAY]
        sender.join(timeout=60)
    assert codes and codes[-1] in (CALM, INTERNAL, PROTOCOL), codes
    assert anonymous_kilobytes(box.appliance.process.pid) - before < 20_000
    with Wire(port) as wire:
        wire.send(head())
        assert wire.outcome() == ("status", 200)


def test_frames_that_ask_nothing_cost_nothing(port):
    with Wire(port) as wire:
        for _ in range(200):
            wire.send(frame(0x77, 0, 0, b"x" * 50) * 100)
        wire.send(head())
        assert wire.outcome() == ("status", 200)


def test_a_flood_whose_answers_nobody_reads(box, port):
    before = anonymous_kilobytes(box.appliance.process.pid)
    with Wire(port) as wire:
        wire.socket.settimeout(5)
        with contextlib.suppress(OSError):
            for number in range(100_000):
                wire.socket.sendall(frame(PING, 0, 0, b"x" * 8) + head(2 * number + 1))
    assert anonymous_kilobytes(box.appliance.process.pid) - before < 20_000


# Real clients


def test_curl(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    appliance.tenant("acme")
    token = appliance.token("acme")
    start(appliance, context, *chained.options, "--listen", f"unix:{tmp_path}/s")

    def curl(*words: str) -> str:
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "30", "-w", "\n%{http_version} %{http_code}", "-H", f"Authorization: Bearer {token}", *words],
            capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    url, trust = f"https://127.0.0.1:{appliance.port}", ("--cacert", str(tmp_path / "root.pem"))
    assert curl("--http2", *trust, f"{url}/health").endswith("\n2 200")
    assert curl("--http1.1", *trust, f"{url}/health").endswith("\n1.1 200")
    assert curl("-I", "--http2", *trust, f"{url}/health").endswith("\n2 200")
    assert curl("--http2-prior-knowledge", "--unix-socket", f"{tmp_path}/s", "http://localhost/health").endswith("\n2 200")
    # A body curl announces with 100-continue, above the megabyte at which it does.
    big = tmp_path / "big.json"
    big.write_text(json.dumps({"documents": [{"id": "big", "text": "heron " * 400_000}]}))
    answer = curl("--http2", *trust, "--json", f"@{big}", f"{url}/v1/documents")
    assert answer.endswith("\n2 200") and json.loads(answer.splitlines()[0])["added"] == 1
    assert len(curl("--http2", *trust, f"{url}/v1/documents/big")) > 2_400_000
    assert curl("--http2", *trust, "--json", "{", f"{url}/v1/search").endswith("\n2 400")


async def test_the_official_client_over_http2(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    appliance.tenant("acme")
    token = appliance.token("acme")
    start(appliance, context, *chained.options)
    versions = set()

    async def note(response) -> None:
        versions.add(response.http_version)

    async with httpx2.AsyncClient(
        http2=True, headers={"Authorization": f"Bearer {token}"}, verify=context, timeout=30, event_hooks={"response": [note]},
    ) as http_client:
        transport = streamable_http_client(f"https://127.0.0.1:{appliance.port}/mcp", http_client=http_client)
        async with Client(transport, read_timeout_seconds=30) as client:
            added = await client.call_tool("add_documents", {"documents": [
                {"id": f"n{number}", "text": f"number {number} " + "about kestrels " * 2000} for number in range(20)]})
            assert added.structured_content["added"] == 20
            found = await client.call_tool("search_documents", {"query": "kestrels", "limit": 20})
            assert len(found.structured_content["hits"]) == 20
    assert versions == {"HTTP/2"}


class Upload:
    """One stream of an `h2` connection over TLS that sends a long body by the windows it is given."""

    def __init__(self, appliance: Appliance, context: ssl.SSLContext, token: str) -> None:
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", appliance.port), timeout=60)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.connection.send_headers(1, [
            (":method", "POST"), (":scheme", "https"), (":path", "/v1/documents:bulk"), (":authority", "localhost"),
            ("authorization", f"Bearer {token}"), ("content-type", "application/x-ndjson")])
        self.flush()
        self.status = None
        self.body = b""
        self.is_ended = False
        self.goaway = None

    def flush(self) -> None:
        self.socket.sendall(self.connection.data_to_send())

    def read(self) -> None:
        for event in self.connection.receive_data(self.socket.recv(65536)):
            if isinstance(event, h2.events.ResponseReceived):
                self.status = int(dict(event.headers)[":status"])
            elif isinstance(event, h2.events.DataReceived):
                self.body += event.data
                self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.is_ended = True
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.goaway = event.error_code
        self.flush()

    def send(self, data: bytes) -> int:
        """Sends all of it; returns how often there was no room."""
        waits = 0
        while data:
            room = min(self.connection.local_flow_control_window(1), self.connection.max_outbound_frame_size)
            if room == 0:
                waits += 1
                self.read()
                continue
            self.connection.send_data(1, data[:room])
            data = data[room:]
            self.flush()
        return waits

    def end(self) -> list[dict]:
        self.connection.end_stream(1)
        self.flush()
        while not self.is_ended:
            self.read()
        return [json.loads(line) for line in self.body.splitlines()]


def test_a_bulk_upload_waits_for_its_windows(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    appliance.tenant("acme")
    token = appliance.token("acme")
    start(appliance, context, *chained.options)
    upload = Upload(appliance, context, token)
    text = "the grey wagtail walks along the weir " * 50
    waits = 0
    for part in range(20):
        lines = (json.dumps({"id": f"w{part}-{number}", "text": f"{part} {number} {text}"}) for number in range(200))
        waits += upload.send("".join(line + "\n" for line in lines).encode())
    events = upload.end()
    assert upload.status == 200
    assert events[-1]["summary"]["added"] == 4_000, events[-1]
    assert waits > 0


def test_stop_finishes_an_upload_and_says_goodbye(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    appliance.tenant("acme")
    token = appliance.token("acme")
    start(appliance, context, *chained.options)
    upload = Upload(appliance, context, token)
    upload.send(b'{"id": "a", "text": "heron"}\n')
    while upload.connection.local_flow_control_window(1) < 200_000:
        upload.read()
    process = appliance.process
    process.send_signal(signal.SIGTERM)
    while upload.goaway is None:
        upload.read()
    assert upload.goaway == 0
    # h2 sends nothing behind a GOAWAY, so the body ends by hand.
    upload.socket.sendall(frame(DATA, END_STREAM, 1, b'{"id": "b", "text": "egret"}\n'))
    rest = b""
    with contextlib.suppress(OSError):
        while data := upload.socket.recv(65536):
            rest += data
    assert b'"added":2' in rest.replace(b" ", b"")
    assert process.wait(timeout=30) == 0
