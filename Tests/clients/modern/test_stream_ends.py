"""What keeps a stream alive while nothing happens, and what it says when the server goes."""

from __future__ import annotations

import http.client
import json
import time

import pytest

from conformance import Conformance
from wire import EventStream

V1 = {"A2A-Version": "1.0"}


@pytest.fixture
def server(tmp_path):
    server = Conformance(tmp_path / "data")
    yield server.start()
    server.stop()


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_call_with_nothing_to_tell_pings(server, era):
    """A step, a silence longer than clients wait for, the next step, and the answer last."""
    call = {"name": "test_slow_with_progress", "arguments": {"seconds": 11, "pause": 5.5}}
    stream = EventStream(server.port, "tools/call", call, era=era, progressToken="p")
    lines = [line for line in stream.response.read().decode().split("\n") if line]
    stream.close()
    kinds = ["ping" if line == ": ping" else json.loads(line[6:]).get("method", "answer") for line in lines if not line.startswith("event:")]
    assert kinds[0] == "notifications/progress" and kinds[-1] == "answer"
    first, second = [number for number, kind in enumerate(kinds) if kind == "notifications/progress"]
    assert "ping" in kinds[first:second] and "ping" in kinds[second:]


@pytest.mark.parametrize("binding", ["JSONRPC", "HTTP+JSON"])
def test_followers_of_a_task_are_told_that_the_server_stops(server, binding):
    message = {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "slow job"}]}
    body = {"message": message, "configuration": {"returnImmediately": True}}
    task = server.call("POST", "/a2a/rest/message:send", body, headers=V1).json["task"]["id"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    if binding == "JSONRPC":
        ask = {"jsonrpc": "2.0", "id": 1, "method": "SubscribeToTask", "params": {"id": task}}
        connection.request("POST", "/a2a/v1", json.dumps(ask), V1 | {"Content-Type": "application/json"})
    else:
        connection.request("GET", f"/a2a/rest/tasks/{task}:subscribe", headers=V1)
    response = connection.getresponse()
    assert response.readline().startswith(b"id: ")
    begin = time.monotonic()
    server.stop()
    # Not the ten seconds that answers under way are given.
    assert time.monotonic() - begin < 8
    rest = response.read().decode()
    print(rest)
    *_, last = [block for block in rest.split("\n\n") if "data: " in block]
    name, data = [line for line in last.split("\n") if not line.startswith(":")]
    assert name == "event: error"
    error = json.loads(data[6:])["error"]
    assert error["code"] == (-32603 if binding == "JSONRPC" else 503)
    assert (error["data"] if binding == "JSONRPC" else error["details"])[0]["reason"] == "SHUTTING_DOWN"


def test_an_operator_chooses_the_media_type(fresh):
    appliance = fresh(CARREL_MODEL="/nonexistent")
    appliance.tenant("acme")
    appliance.start("--a2a-rest-media-type", "application/json")
    token = appliance.token("acme")
    for accept in ("*/*", "application/a2a+json"):
        for path in ("tasks", "tasks/none"):
            answer = appliance.call("GET", "/a2a/rest/" + path, token=token, headers={"Accept": accept})
            assert answer.headers["Content-Type"] == "application/json"
    appliance.stop()
    assert "auto" in appliance.run("serve", "--a2a-rest-media-type", "text/plain", code=None).stderr
