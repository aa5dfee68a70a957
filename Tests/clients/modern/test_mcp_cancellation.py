"""Calls that are taken back, on the wire of each era, against the executable with slow fixtures."""

import time

import pytest

from conformance import Conformance
from wire import EventStream, call, headers, message


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Conformance(tmp_path_factory.mktemp("cancel") / "data")
    yield server.start()
    server.stop()


def slow(seconds=20):
    return {"name": "test_slow_with_progress", "arguments": {"seconds": seconds}}


def running(server):
    answer = call(server, "tools/call", {"name": "test_running_calls", "arguments": {}}, None)
    return int(answer.json["result"]["content"][0]["text"])


def becomes(server, count, seconds=8):
    deadline = time.monotonic() + seconds
    while running(server) != count:
        assert time.monotonic() < deadline, f"{running(server)} run, not {count}"
        time.sleep(0.05)


def test_closing_the_stream_takes_a_modern_call_back(server):
    stream = EventStream(server.port, "tools/call", slow(), progressToken="p")
    assert stream.next()["method"] == "notifications/progress"
    becomes(server, 1)
    stream.close()
    becomes(server, 0)


def test_closing_the_connection_leaves_a_legacy_call_alone_and_a_notification_takes_it_back(server):
    stream = EventStream(server.port, "tools/call", slow(), era="legacy", id="mine", progressToken="p")
    assert stream.next()["method"] == "notifications/progress"
    stream.close()
    time.sleep(1)
    assert running(server) == 1

    def cancel(id, token=None):
        note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id, "reason": "test"}}
        answer = server.call("POST", "/mcp", note, headers=headers("", {}, token, "legacy"))
        assert (answer.status, answer.body) == (202, b"")

    # Another id, another type of the same id, another user: none of them is this call.
    cancel("other")
    cancel(7)
    time.sleep(0.3)
    assert running(server) == 1
    cancel("mine")
    becomes(server, 0)


def test_a_call_taken_back_is_not_answered(server):
    stream = EventStream(server.port, "tools/call", slow(), era="legacy", id=41, progressToken="p")
    stream.next()
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 41}}
    server.call("POST", "/mcp", note, headers=headers("", {}, None, "legacy"))
    assert all(entry.get("id") is None for entry in stream.rest())
    becomes(server, 0)


def test_a_batch_takes_back_too(server):
    stream = EventStream(server.port, "tools/call", slow(), era="legacy", id=42, progressToken="p")
    stream.next()
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 42}}
    fields = headers("", {}, None, "legacy")
    del fields["MCP-Protocol-Version"]
    assert server.call("POST", "/mcp", [note, message("ping", id=1, era="legacy")], headers=fields).json[0]["id"] == 1
    becomes(server, 0)
