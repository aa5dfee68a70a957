"""Streams of events over HTTP/2 and TLS: several on one connection, each with the window its test gives it."""

from __future__ import annotations

import json
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings


@dataclass
class Stream:
    """What came on one stream."""

    id: int
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)
    is_ended: bool = False
    reset: int | None = None
    # Bytes whose room the server has not been given back.
    owed: int = 0
    # Whether room is given back as soon as bytes come.
    reads: bool = True

    @property
    def blocks(self) -> list[dict[str, str]]:
        """The events as their fields, comments left out; a part of one at the end is none yet."""
        found = []
        for block in self.data.decode().split("\n\n")[:-1]:
            lines = [line for line in block.split("\n") if line and not line.startswith(":")]
            if lines:
                found.append(dict(line.split(": ", 1) for line in lines))
        return found

    @property
    def events(self) -> list[Any]:
        return [json.loads(block["data"]) for block in self.blocks]

    @property
    def places(self) -> list[int]:
        """The numbers of events that have one."""
        return [int(block["id"].rsplit(":", 1)[-1]) for block in self.blocks if "id" in block]


class Session:
    """One HTTP/2 connection over TLS, read by whoever waits for something."""

    def __init__(self, port: int, context: ssl.SSLContext, window: int = 65_535) -> None:
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.connection.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.streams: dict[int, Stream] = {}
        self.goaway: int | None = None
        self._acknowledgements = 0
        self._flush()
        # The first settings are those of a connection, the second those of the test: they hold from the server's word on.
        self.until(lambda: self._acknowledgements == 2)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def ask(self, method: str, path: str, body: Any = None, reads: bool = True, **headers: str) -> Stream:
        number = self.connection.get_next_available_stream_id()
        content = None if body is None else json.dumps(body).encode()
        fields = [(":method", method), (":scheme", "https"), (":path", path), (":authority", "localhost")]
        fields += [(name.replace("_", "-").lower(), value) for name, value in headers.items()]
        if content is not None:
            fields.append(("content-length", str(len(content))))
        self.connection.send_headers(number, fields, end_stream=content is None)
        stream = self.streams[number] = Stream(number, reads=reads)
        while content:
            room = min(self.connection.local_flow_control_window(number), self.connection.max_outbound_frame_size)
            if room == 0:
                self._flush()
                self._read()
                continue
            piece, content = content[:room], content[room:]
            self.connection.send_data(number, piece, end_stream=not content)
        self._flush()
        return stream

    def until(self, condition, seconds: float = 30) -> None:
        """Reads until the condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not in time: {[(each.id, each.status, len(each.data)) for each in self.streams.values()]}"
            self._read(0.5)

    def idle(self, seconds: float) -> None:
        """Reads what comes in this time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)

    def cancel(self, stream: Stream) -> None:
        self.connection.reset_stream(stream.id, h2.errors.ErrorCodes.CANCEL)
        stream.reset = h2.errors.ErrorCodes.CANCEL
        self._flush()

    def open(self, stream: Stream) -> None:
        """Gives back the room of what was not read and a megabyte more, and reads on."""
        stream.reads = True
        stream.owed += 1 << 20
        self._acknowledge(stream)
        self._flush()

    def whole(self, stream: Stream, seconds: float = 30) -> Stream:
        """The stream at its end."""
        self.until(lambda: stream.is_ended or stream.reset is not None, seconds)
        return stream

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A request answered by one JSON text."""
        return json.loads(self.whole(self.ask(method, path, body, **headers)).data)

    def _acknowledge(self, stream: Stream) -> None:
        if stream.owed and not stream.is_ended and stream.reset is None:
            self.connection.increment_flow_control_window(stream.owed, stream.id)
            stream.owed = 0

    def _flush(self) -> None:
        if data := self.connection.data_to_send():
            self.socket.sendall(data)

    def _read(self, seconds: float = 30) -> None:
        self.socket.settimeout(max(seconds, 0.01))
        try:
            data = self.socket.recv(65_536)
        except TimeoutError:
            return
        finally:
            self.socket.settimeout(30)
        if not data:
            raise ConnectionError("the server closed the connection")
        for event in self.connection.receive_data(data):
            self._take(event)
        # Behind all of them: one of these bytes may have ended a stream already.
        for stream in self.streams.values():
            if stream.reads:
                self._acknowledge(stream)
        self._flush()

    def _take(self, event: Any) -> None:
        if isinstance(event, h2.events.SettingsAcknowledged):
            self._acknowledgements += 1
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event.error_code
        stream = self.streams.get(getattr(event, "stream_id", None) or 0)
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            stream.headers = dict(event.headers)
            stream.status = int(stream.headers[":status"])
        elif isinstance(event, h2.events.DataReceived):
            stream.data += event.data
            stream.owed += event.flow_controlled_length
            # The connection's own window never holds anybody back here; the stream's is the test's.
            if event.flow_controlled_length:
                self.connection.increment_flow_control_window(event.flow_controlled_length)
        elif isinstance(event, h2.events.StreamEnded):
            stream.is_ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset = event.error_code
