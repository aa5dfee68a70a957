"""Thousands of readers of event streams in one thread, each of which checks what it gets."""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Subscriber:
    """One stream: its socket, what is not yet a whole event, and the ids that came."""

    sock: socket.socket
    rest: bytes = b""
    ids: list[int] = field(default_factory=list)
    is_stalled: bool = False
    has_head: bool = False
    is_ended: bool = False
    has_last_chunk: bool = False

    def take(self, data: bytes) -> None:
        """Keeps the number of every `id:` line; chunk sizes stand between the events and are no such lines."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if not self.has_head:
                assert line.startswith(b"HTTP/1.1 200"), line
                self.has_head = True
            if line.startswith(b"id: "):
                # `<task>:<number>` or the number alone.
                self.ids.append(int(line.rsplit(b":", 1)[-1]))
            self.has_last_chunk |= line == b"0\r"


class Fleet:
    """Subscribers of one server; `request` is sent on each connection as it is."""

    def __init__(self, port: int, request: bytes, context: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.request = request
        self.context = context
        self.all: list[Subscriber] = []
        self.selector = selectors.DefaultSelector()

    def add(self, count: int, is_stalled: bool = False) -> None:
        """Connects so many more; a stalled one never reads behind the first bytes."""
        for _ in range(count):
            sock = socket.socket()
            if is_stalled:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(60)
            sock.connect(("127.0.0.1", self.port))
            if self.context is not None:
                sock = self.context.wrap_socket(sock, server_hostname="localhost")
            sock.sendall(self.request)
            sock.setblocking(False)
            subscriber = Subscriber(sock, is_stalled=is_stalled)
            self.all.append(subscriber)
            if not is_stalled:
                self.selector.register(sock, selectors.EVENT_READ, subscriber)

    @property
    def readers(self) -> list[Subscriber]:
        return [subscriber for subscriber in self.all if not subscriber.is_stalled]

    def read_until(self, condition, seconds: float) -> None:
        """Reads on every socket until `condition(subscriber)` holds for each reader."""
        deadline = time.monotonic() + seconds
        waiting = {id(subscriber): subscriber for subscriber in self.readers if not condition(subscriber)}
        while waiting:
            assert time.monotonic() < deadline, f"{len(waiting)} of {len(self.readers)} subscribers have not got everything"
            for key, _ in self.selector.select(timeout=1):
                subscriber = key.data
                self._read(subscriber)
                if id(subscriber) in waiting and condition(subscriber):
                    del waiting[id(subscriber)]

    def _read(self, subscriber: Subscriber) -> None:
        while True:
            try:
                data = subscriber.sock.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            if not data:
                subscriber.is_ended = True
                self.selector.unregister(subscriber.sock)
                return
            subscriber.take(data)

    def close(self) -> None:
        for subscriber in self.all:
            subscriber.sock.close()
        self.all = []
        self.selector.close()


def anonymous_kilobytes(pid: int) -> int:
    """Memory of a process that no file stands behind."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise AssertionError("no RssAnon")
