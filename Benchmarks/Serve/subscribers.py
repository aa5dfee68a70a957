"""Memory per subscriber of an event stream, and whether each got everything in order.

usage: subscribers.py BENCHMARKS CARREL COUNT [tls]
"""

from __future__ import annotations

import resource
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "clients"))
from subscribers import Fleet, anonymous_kilobytes  # noqa: E402

EVENTS = 20


def main() -> None:
    benchmarks, carrel, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if count + 100 > hard:
        print(f"  {count} subscribers need more descriptors than this process may have ({hard}): skipped")
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        words, context = [benchmarks, "streams", str(port)], None
        if "tls" in sys.argv:
            subprocess.run([carrel, "tls", "self-signed", "--out", folder], check=True, capture_output=True)
            words += [folder + "/cert.pem", folder + "/key.pem"]
            context = ssl.create_default_context(cafile=folder + "/cert.pem")
        server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            server.stdout.readline()
            measure(server.pid, port, context, count)
        finally:
            server.stdin.close()
            server.wait(timeout=30)


def measure(pid: int, port: int, context: ssl.SSLContext | None, count: int) -> None:
    ask = b"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + b"x" * 600 + b"\r\n\r\n"
    warm = Fleet(port, ask, context)
    warm.add(20)
    publish(port, context, 1)
    warm.read_until(lambda s: s.ids, 30)
    before = anonymous_kilobytes(pid)
    fleet = Fleet(port, ask, context)
    began = time.monotonic()
    fleet.add(count)
    fleet.read_until(lambda s: s.ids, 120)
    connected = time.monotonic() - began
    each = (anonymous_kilobytes(pid) - before) / count
    stalled = Fleet(port, ask, context)
    stalled.add(5, is_stalled=True)
    began = time.monotonic()
    for _ in range(EVENTS):
        publish(port, context, 1)
    fleet.read_until(lambda s: len(s.ids) >= EVENTS + 1, 120)
    sent = time.monotonic() - began
    after = (anonymous_kilobytes(pid) - before) / count
    assert all(s.ids == list(range(EVENTS + 1)) for s in fleet.all), "an event is missing or out of order"
    print(
        f"  {count} subscribers, {'TLS' if context else 'plain'}: {each:.1f} kB each, {after:.1f} after {EVENTS} events; "
        f"all connected in {connected:.1f} s, {EVENTS} events to all in {sent:.1f} s, each in order")
    for some in (warm, fleet, stalled):
        some.close()


def publish(port: int, context: ssl.SSLContext | None, count: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        if context:
            sock = context.wrap_socket(sock, server_hostname="localhost")
        sock.sendall(f"POST /publish?{count} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        while sock.recv(4096):
            pass


main()
