"""CPU of the server per `tools/call` of `list_collections`: one kept connection, a token, calls one after the other.

usage: protocol.py HOST PORT TOKEN PID [CALLS]
CPU is utime + stime of the process, all threads, from before the first call until the rows of the last are written down.
"""

import json
import os
import socket
import sys
import time

WARM_UP = 1_000
"""Rows of usage and audit are written once a second."""
SETTLED = 1.5


def request(token: str) -> bytes:
    body = json.dumps({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "list_collections", "arguments": {}, "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"}}}}).encode()
    head = (
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
        f"Mcp-Method: tools/call\r\nMcp-Name: list_collections\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def answer(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(next(line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")))
    while len(body) < length:
        body += connection.recv(65_536)
    assert head.startswith(b"HTTP/1.1 200"), head
    return body


def cpu(pid: str) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    host, port, token, pid = sys.argv[1:5]
    calls = int(sys.argv[5]) if len(sys.argv) > 5 else 10_000
    message = request(token)
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def call() -> bytes:
            connection.sendall(message)
            return answer(connection)

        for _ in range(WARM_UP):
            body = call()
        result = json.loads(body)["result"]
        assert not result["isError"] and result["structuredContent"]["collections"], body
        time.sleep(SETTLED)
        before, began = cpu(pid), time.monotonic()
        for _ in range(calls):
            call()
        seconds = time.monotonic() - began
        time.sleep(SETTLED)
        used = cpu(pid) - before
    print(f"{used * 1e6 / calls:.1f} µs of CPU a call ({calls} calls, {calls / seconds:.0f}/s from one client)")


main()
