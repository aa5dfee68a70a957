"""Event streams over HTTP/2 and TLS: the same events in the same order as over HTTP/1.1, taken back stream by stream, and no
reader that stalls harms another."""

from __future__ import annotations

import http.client
import json
import time

import pytest

from conformance import Conformance
from multiplexed import Session
from subscribers import anonymous_kilobytes
from test_tls import ISSUER, ROOT, Files, key_pem, pem, trusting
from wire import headers, message

V1 = {"a2a-version": "1.0", "content-type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    certificate, key = ISSUER.server()
    (folder / "root.pem").write_bytes(pem(ROOT.certificate))
    files = Files(folder, pem(certificate, ISSUER.certificate), key_pem(key))
    server = Conformance(folder / "data")
    server.start(*files.options)
    server.root = folder / "root.pem"
    yield server
    server.stop()


@pytest.fixture
def session(server):
    with Session(server.port, trusting(server.root)) as session:
        yield session


def sent(text: str, id: str = "m", **configuration) -> dict:
    body = {"message": {"messageId": id, "role": "ROLE_USER", "parts": [{"text": text}]}}
    return body | ({"configuration": configuration} if configuration else {})


def rpc(method: str, params: dict, id: int = 9) -> dict:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def slow_task(session) -> str:
    return session.call("POST", "/a2a/rest/message:send", sent("slow job", returnImmediately=True), **V1)["task"]["id"]


def subscribed(session, task: str, reads: bool = True, **more: str):
    return session.ask("GET", f"/a2a/rest/tasks/{task}:subscribe", reads=reads, **V1, **more)


def words(events: list) -> list[str]:
    """What the status updates say; for one without words, its state."""
    found = []
    for event in events:
        if status := event.get("statusUpdate", {}).get("status"):
            found.append(status["message"]["parts"][0]["text"] if "message" in status else status["state"])
    return found


TICKS = [f"tick {number}" for number in range(1, 11)] + ["done"]


def progress_call(session, name: str, **arguments):
    params = {"name": name, "arguments": arguments}
    return session.ask("POST", "/mcp", message("tools/call", params, progressToken="p"), **headers("tools/call", params, None))


def running(session) -> int:
    params = {"name": "test_running_calls", "arguments": {}}
    answer = session.call("POST", "/mcp", message("tools/call", params), **headers("tools/call", params, None))
    return int(answer["result"]["content"][0]["text"])


def becomes(session, count: int, seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while running(session) != count:
        assert time.monotonic() < deadline, f"{running(session)} calls run, not {count}"
        time.sleep(0.05)


# Order


@pytest.mark.parametrize("binding", ["JSONRPC", "HTTP+JSON"])
def test_a_task_is_told_step_by_step(session, binding):
    request = sent("Research ACME Corp")
    if binding == "JSONRPC":
        stream = session.ask("POST", "/a2a/v1", rpc("SendStreamingMessage", request), **V1)
    else:
        stream = session.ask("POST", "/a2a/rest/message:stream", request, **V1)
    session.whole(stream)
    assert (stream.status, stream.headers["content-type"], stream.reset) == (200, "text/event-stream", None)
    events = stream.events
    if binding == "JSONRPC":
        assert all((event["jsonrpc"], event["id"]) == ("2.0", 9) for event in events)
        events = [event["result"] for event in events]
    assert events[0]["task"]["status"]["state"] == "TASK_STATE_SUBMITTED"
    assert stream.places == list(range(stream.places[0], stream.places[0] + len(events)))
    states = [event["statusUpdate"]["status"]["state"] for event in events if "statusUpdate" in event]
    assert set(states[:-1]) == {"TASK_STATE_WORKING"} and states[-1] == "TASK_STATE_COMPLETED" and "statusUpdate" in events[-1]
    names = [event["artifactUpdate"]["artifact"]["name"] for event in events if "artifactUpdate" in event]
    stored = session.call("GET", f"/a2a/rest/tasks/{events[0]['task']['id']}", **V1)
    assert names == [artifact["name"] for artifact in stored["artifacts"]]
    assert (names[0], names[-1], len(names)) == ("search_company", "report.md", 7)


def test_followers_on_one_connection_and_on_another_version_see_the_same(server, session):
    task = slow_task(session)
    streams = [subscribed(session, task) for _ in range(20)]
    old = http.client.HTTPSConnection("localhost", server.port, context=trusting(server.root), timeout=30)
    old.request("GET", f"/a2a/rest/tasks/{task}:subscribe", headers=V1)
    response = old.getresponse()
    for stream in streams:
        session.whole(stream)
    theirs = [block for block in response.read().decode().split("\n\n") if "data: " in block]
    theirs = [json.loads(block.split("data: ", 1)[1]) for block in theirs]
    old.close()
    for stream in streams:
        assert stream.status == 200 and "task" in stream.events[0]
        heard = words(stream.events)
        assert heard == TICKS[len(TICKS) - len(heard):] and len(heard) >= 5
        assert stream.places == sorted(set(stream.places))
        # Whatever a follower came in time for it shares with all others, byte for byte.
        assert stream.events[-5:] == streams[0].events[-5:] == theirs[-5:]


def test_who_comes_back_gets_what_is_missing_and_nothing_twice(session):
    task = slow_task(session)
    first = subscribed(session, task)
    session.until(lambda: len(first.places) >= 4)
    session.cancel(first)
    seen = first.places[:3]
    again = session.whole(subscribed(session, task, **{"last-event-id": f"{task}:{seen[-1]}"}))
    assert again.places[0] == seen[-1] + 1 and again.places == list(range(again.places[0], again.places[-1] + 1))
    assert words(again.events)[-1] == "done"


def test_progress_comes_in_order_and_the_answer_last(session):
    streams = [progress_call(session, "test_tool_with_progress") for _ in range(10)]
    for stream in streams:
        events = session.whole(stream).events
        assert [event["params"]["progress"] for event in events[:-1]] == [0, 50, 100]
        assert events[-1]["id"] == 7 and events[-1]["result"]["content"][0]["text"] == "Done"


# Taking back


def test_a_reset_takes_back_its_call_alone(session):
    streams = [progress_call(session, "test_slow_with_progress", seconds=20) for _ in range(3)]
    for stream in streams:
        session.until(lambda: stream.events)
    becomes(session, 3)
    session.cancel(streams[1])
    becomes(session, 2)
    # The others go on as if nothing had been.
    seen = [len(stream.events) for stream in (streams[0], streams[2])]
    session.until(lambda: len(streams[0].events) > seen[0] + 3 and len(streams[2].events) > seen[1] + 3)
    session.cancel(streams[0])
    session.cancel(streams[2])
    becomes(session, 0)


def test_a_reset_takes_back_no_task(session):
    stream = session.ask("POST", "/a2a/rest/message:stream", sent("slow job"), **V1)
    session.until(lambda: len(stream.events) >= 2)
    session.cancel(stream)
    task = stream.events[0]["task"]["id"]
    follower = session.whole(subscribed(session, task))
    assert words(follower.events)[-1] == "done"
    assert session.call("GET", f"/a2a/rest/tasks/{task}", **V1)["status"]["state"] == "TASK_STATE_COMPLETED"


# Slow readers


def test_a_reader_without_a_window_is_sent_nothing_and_misses_nothing(server, session):
    with Session(server.port, trusting(server.root), window=100) as slow:
        task = slow_task(session)
        stalled = subscribed(slow, task, reads=False)
        brisk = session.whole(subscribed(session, task))
        assert words(brisk.events)[-1] == "done"
        slow.idle(0.5)
        # Not a byte above its window, while the task ended and another stream of its own connection is served.
        assert len(stalled.data) == 100 and not stalled.is_ended
        assert slow.call("GET", f"/a2a/rest/tasks/{task}", **V1)["status"]["state"] == "TASK_STATE_COMPLETED"
        slow.open(stalled)
        slow.whole(stalled)
        assert words(stalled.events) == TICKS[len(TICKS) - len(words(stalled.events)):]
        assert stalled.places == sorted(set(stalled.places)) and stalled.events[-5:] == brisk.events[-5:]


def test_stalled_readers_of_much_cost_little(server, session):
    """Forty-eight streams of a quarter of a megabyte, of which nobody reads more than a hundred bytes."""
    text = "the grey wagtail walks along the weir " * 7_000
    asked = session.call("POST", "/a2a/rest/message:send", sent(text, id="tck-input-required-much"), **V1)["task"]
    assert asked["status"]["state"] == "TASK_STATE_INPUT_REQUIRED"
    before = anonymous_kilobytes(server.process.pid)
    with Session(server.port, trusting(server.root), window=100) as slow:
        # What four leave unread is more than one connection may leave: those behind wait.
        stalled = []
        for _ in range(4):
            stalled.append(subscribed(slow, asked["id"], reads=False))
            slow.until(lambda: all(stream.data for stream in stalled))
        stalled += [subscribed(slow, asked["id"], reads=False) for _ in range(44)]
        slow.idle(1)
        assert sum(len(stream.data) for stream in stalled) <= 48 * 100
        assert anonymous_kilobytes(server.process.pid) - before < 8_000
        assert session.call("GET", f"/a2a/rest/tasks/{asked['id']}", **V1)["id"] == asked["id"]
        # Room for those behind comes by reading alone: none of these streams ends.
        for stream in stalled:
            slow.open(stream)
        slow.until(lambda: all(len(stream.data) > len(text) for stream in stalled), seconds=60)
        slow.until(lambda: all(stream.events for stream in stalled))
        assert all(stream.events[0]["task"]["history"][0]["parts"][0]["text"] == text for stream in stalled)
