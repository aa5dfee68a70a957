"""Thousands of subscribers of one task: each gets every event in order, and none costs much."""

from __future__ import annotations

import json
import resource
import ssl
import subprocess
import time

import http.client
import pytest

from appliance import Appliance, binary, eventually
from subscribers import Fleet, anonymous_kilobytes

VERSION = {"A2A-Version": "1.0", "Content-Type": "application/json"}


class Caller:
    """Calls of A2A over HTTP+JSON, with TLS or without."""

    def __init__(self, appliance: Appliance, token: str, context: ssl.SSLContext | None) -> None:
        self.appliance, self.token, self.context = appliance, token, context

    def post(self, path: str, body: dict) -> dict:
        if self.context:
            connection = http.client.HTTPSConnection("localhost", self.appliance.port, context=self.context, timeout=60)
        else:
            connection = http.client.HTTPConnection("localhost", self.appliance.port, timeout=60)
        try:
            connection.request("POST", "/a2a/rest" + path, json.dumps(body), VERSION | {"Authorization": f"Bearer {self.token}"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            assert response.status == 200, answer
            return answer
        finally:
            connection.close()

    def send(self, parts: list[dict], task: str | None = None) -> dict:
        message = {"messageId": str(time.time_ns()), "role": "ROLE_USER", "parts": parts, "metadata": {"skillId": "rag"}}
        if task:
            message["taskId"] = task
        return self.post("/message:send", {"message": message})["task"]

    def subscription(self, task: str) -> bytes:
        return (
            f"GET /a2a/rest/tasks/{task}:subscribe HTTP/1.1\r\nHost: localhost\r\nA2A-Version: 1.0\r\n"
            f"Authorization: Bearer {self.token}\r\nAccept: text/event-stream\r\n\r\n").encode()


def serve(appliance: Appliance, folder, with_tls: bool) -> ssl.SSLContext | None:
    if not with_tls:
        appliance.start()
        return None
    subprocess.run([str(binary()), "tls", "self-signed", "--out", str(folder / "tls")], check=True, capture_output=True, timeout=30)
    appliance.spawn("--tls-cert", str(folder / "tls/cert.pem"), "--tls-key", str(folder / "tls/key.pem"))
    eventually(lambda: "serving on" in appliance.log.read_text(), seconds=30)
    return ssl.create_default_context(cafile=str(folder / "tls/cert.pem"))


def watch(fresh, folder, count: int, with_tls: bool) -> float:
    """So many watch one task to its end; gives the kilobytes each cost while it watched."""
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    context = serve(appliance, folder, with_tls)
    caller, pid = Caller(appliance, token, context), appliance.process.pid
    # The skill has no question yet, so the task waits for one, and everybody with it.
    asked = caller.send([{"data": {"limit": 3}}])
    assert asked["status"]["state"] == "TASK_STATE_INPUT_REQUIRED"
    warm = Fleet(appliance.port, caller.subscription(asked["id"]), context)
    warm.add(20)
    warm.read_until(lambda s: s.ids, 30)
    before = anonymous_kilobytes(pid)
    fleet = Fleet(appliance.port, caller.subscription(asked["id"]), context)
    try:
        fleet.add(count)
        fleet.read_until(lambda s: s.ids, 240)
        each = (anonymous_kilobytes(pid) - before) / count
        stalled = Fleet(appliance.port, caller.subscription(asked["id"]), context)
        stalled.add(10, is_stalled=True)
        done = caller.send([{"text": "How long do herons wait?"}], asked["id"])
        assert done["status"]["state"] == "TASK_STATE_COMPLETED"
        # Every stream ends with the task, properly, and holds its last event.
        fleet.read_until(lambda s: s.has_last_chunk, 240)
        first = fleet.all[0].ids
        assert len(first) >= 6 and first == sorted(set(first)), first
        others = [s.ids for s in fleet.all if s.ids != first]
        assert not others, f"{len(others)} subscribers saw something else, such as {others[0]} instead of {first}"
        assert caller.send([{"text": "And egrets?"}])["status"]["state"] == "TASK_STATE_COMPLETED"
        stalled.close()
    finally:
        fleet.close()
        warm.close()
    assert appliance.stop() == 0
    return each


@pytest.fixture(autouse=True)
def descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("with_tls", [False, True], ids=["plain", "tls"])
def test_a_hundred_subscribers(fresh, tmp_path, with_tls):
    watch(fresh, tmp_path, 100, with_tls)


@pytest.mark.slow
@pytest.mark.crowd
def test_two_thousand_subscribers_with_tls(fresh, tmp_path):
    each = watch(fresh, tmp_path, 2_000, with_tls=True)
    print(f"2,000 subscribers with TLS: {each:.1f} kB each")
    assert each <= 25


@pytest.mark.slow
@pytest.mark.crowd
def test_eight_thousand_subscribers(fresh, tmp_path, descriptors):
    if descriptors < 8_200:
        pytest.skip(f"8,000 connections need more descriptors than the {descriptors} this process may have")
    print(f"8,000 subscribers: {watch(fresh, tmp_path, 8_000, with_tls=False):.1f} kB each")
