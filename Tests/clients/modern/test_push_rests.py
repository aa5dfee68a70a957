"""Receivers that fail for long: left alone, tried again, given up, made anew. The executable's pauses are tenths of a second."""

from __future__ import annotations

import time

import pytest

from appliance import eventually
from conformance import Conformance
from test_push import receivers  # noqa: F401

V1 = {"A2A-Version": "1.0"}
ALONE, GIVEN_UP = "push receiver left alone", "push receiver given up"
# A turn of the task's: the question is answered, and asked again.
TURN = ["WORKING", "INPUT_REQUIRED"]


@pytest.fixture
def server(tmp_path):
    server = Conformance(tmp_path / "data")
    yield server.start("--push", "fast")
    server.stop()


def say(server, task: str | None = None, push: dict | None = None) -> dict:
    """One message; the task asks for another when it is through with it."""
    message = {"messageId": "tck-input-required", "role": "ROLE_USER", "parts": [{"text": "x"}]} | ({"taskId": task} if task else {})
    body = {"message": message} | ({"configuration": {"taskPushNotificationConfig": push}} if push else {})
    answer = server.call("POST", "/a2a/rest/message:send", body, headers=V1).json["task"]
    assert answer["status"]["state"] == "TASK_STATE_INPUT_REQUIRED"
    return answer["id"]


def make(server, task: str, push: dict) -> None:
    answer = server.call("POST", f"/a2a/rest/tasks/{task}/pushNotificationConfigs", push, headers=V1)
    assert answer.status == 200, answer.text


def says(server, words: str) -> None:
    eventually(lambda: words in server.log.read_text(), seconds=30)


def test_a_receiver_that_comes_back_gets_what_waited(server, receivers):
    # Two events with two tries each are skipped; the third has two and fails once more behind its first rest.
    failing, other = receivers(statuses=[500] * 7), receivers()
    task = say(server)
    make(server, task, {"id": "p", "url": failing.url})
    make(server, task, {"id": "q", "url": other.url})
    for _ in range(4):
        say(server, task)
    says(server, ALONE)
    eventually(lambda: len(failing.calls) >= 13, seconds=30)
    assert other.states == TURN * 4, "nobody waits for another's receiver"
    bodies = [body for _, _, body in failing.calls]
    assert bodies[0] == bodies[1] and bodies[2] == bodies[3]
    # The one that waited came in the end, and behind it all others, each once and in their order.
    assert bodies[4] == bodies[5] == bodies[6] == bodies[7]
    assert bodies[7:] == [body for _, _, body in other.calls][2:]
    say(server, task)
    eventually(lambda: failing.states[-2:] == TURN and len(failing.calls) == 15)
    assert GIVEN_UP not in server.log.read_text()


def test_a_receiver_that_never_comes_back_is_given_up_until_it_is_made_anew(server, receivers):
    receiver = receivers(statuses=[500] * 1_000)
    task = say(server, push={"id": "p", "url": receiver.url})
    say(server, task)
    says(server, GIVEN_UP)
    # Two tries for each of three events, and one behind each of three rests.
    assert len(receiver.calls) == 9
    say(server, task)
    time.sleep(1)
    assert len(receiver.calls) == 9
    receiver.statuses = []
    make(server, task, {"id": "p", "url": receiver.url})
    say(server, task)
    eventually(lambda: receiver.states[-1] == "INPUT_REQUIRED" and len(receiver.calls) >= 11)
    assert receiver.states[9:] == TURN


def test_one_made_anew_waits_for_no_rest(server, receivers):
    old, new = receivers(statuses=[500] * 1_000), receivers()
    task = say(server, push={"id": "p", "url": old.url})
    say(server, task)
    says(server, ALONE)
    make(server, task, {"id": "p", "url": new.url})
    say(server, task)
    eventually(lambda: new.states == TURN)
    count = len(old.calls)
    time.sleep(2)
    assert len(old.calls) == count and GIVEN_UP not in server.log.read_text()
