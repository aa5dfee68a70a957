"""What calls under way are told when the server stops: each has an answer, or a last event."""

from __future__ import annotations

import http.client
import json
import threading
import time

import pytest

from conformance import Conformance
from test_stream_ends import V1
from wire import EventStream, headers, message


@pytest.fixture
def server(tmp_path):
    server = Conformance(tmp_path / "data")
    yield server.start("--drain", "1", "--legacy", "on")
    server.stop()


def slow(seconds: float) -> dict:
    return {"name": "test_slow_with_progress", "arguments": {"seconds": seconds}}


class Asked:
    """A request whose answer is waited for in a thread of its own."""

    def __init__(self, server, method: str, path: str, body: dict, fields: dict) -> None:
        self.status = self.body = None
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self._connection.request(method, path, json.dumps(body), fields)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        response = self._connection.getresponse()
        self.status, self.body = response.status, json.loads(response.read())

    def answer(self) -> tuple[int, dict]:
        self._thread.join(timeout=20)
        assert self.body is not None, "there was no answer"
        return self.status, self.body


def stopped(server) -> float:
    """Seconds that a stop takes."""
    time.sleep(0.3)
    begin = time.monotonic()
    assert server.stop() == 0
    return time.monotonic() - begin


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_call_with_progress_ends_by_an_error(server, era):
    stream = EventStream(server.port, "tools/call", slow(60), era=era, progressToken="p")
    assert stream.next()["method"] == "notifications/progress"
    assert stopped(server) < 8
    *told, last = stream.rest()
    # It went on while there was time.
    assert len(told) > 10 and all(entry["method"] == "notifications/progress" for entry in told)
    assert (last["id"], last["error"]["code"], last["error"]["data"]["kind"]) == (7, -32603, "shutting_down")
    assert last["error"]["data"]["retryAfterMs"] > 0


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_call_that_ends_in_time_is_answered(server, era):
    stream = EventStream(server.port, "tools/call", slow(1), era=era, progressToken="p")
    stream.next()
    stopped(server)
    assert stream.rest()[-1]["result"]["content"][0]["text"] == "Done"


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_call_without_a_stream_is_answered_by_an_error(server, era):
    fields = headers("tools/call", slow(60), None, era)
    call = Asked(server, "POST", "/mcp", message("tools/call", slow(60), era=era), fields)
    assert stopped(server) < 8
    status, body = call.answer()
    assert (body["id"], body["error"]["data"]["kind"]) == (7, "shutting_down")
    assert status == 200


def test_a_blocking_message_is_answered_by_an_error(server):
    sent = {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "slow job"}]}}
    rest = Asked(server, "POST", "/a2a/rest/message:send", sent, V1 | {"Content-Type": "application/json"})
    rpc = Asked(
        server, "POST", "/a2a/v1", {"jsonrpc": "2.0", "id": 3, "method": "SendMessage", "params": sent},
        V1 | {"Content-Type": "application/json"})
    assert stopped(server) < 8
    status, body = rest.answer()
    assert (status, body["error"]["details"][0]["reason"]) == (503, "SHUTTING_DOWN")
    assert rpc.answer()[1]["error"]["data"][0]["reason"] == "SHUTTING_DOWN"


def test_followers_by_the_old_routes_are_told(server):
    sent = {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "slow job"}]}, "configuration": {"returnImmediately": True}}
    task = server.call("POST", "/a2a/rest/message:send", sent, headers=V1).json["task"]["id"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", f"/tasks/{task}/events")
    response = connection.getresponse()
    assert response.readline().startswith(b"id: ")
    assert stopped(server) < 8
    *_, last = [block for block in response.read().decode().split("\n\n") if "data: " in block]
    name, data = last.split("\n")
    assert name == "event: error"
    problem = json.loads(data.removeprefix("data: "))
    assert (problem["status"], problem["code"]) == (503, "shutting_down")
