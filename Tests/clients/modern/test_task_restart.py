"""Tasks over kill -9: what was sent is what was logged, nothing is lost and nothing comes twice."""

from __future__ import annotations

import http.client
import json
import sqlite3
import threading
import time
import uuid

import pytest
from appliance import eventually
from conformance import Conformance

V1 = {"A2A-Version": "1.0"}


@pytest.fixture
def server(tmp_path):
    server = Conformance(tmp_path / "data")
    server.start()
    yield server
    server.kill()


def send(server, text: str) -> str:
    message = {"messageId": str(uuid.uuid4()), "role": "ROLE_USER", "parts": [{"text": text}]}
    body = {"message": message, "configuration": {"returnImmediately": True}}
    answer = server.call("POST", "/a2a/rest/message:send", body, headers=V1)
    assert answer.status == 200, answer.text
    task = answer.json["task"]
    assert task["status"]["state"] == "TASK_STATE_SUBMITTED"
    return task["id"]


class Follower(threading.Thread):
    """Reads one stream until it ends or the server is gone."""

    def __init__(self, port: int, task: str, after: int | None = None):
        super().__init__(daemon=True)
        self.port, self.task, self.after = port, task, after
        self.events: list[tuple[int, dict]] = []
        self.start()

    def run(self) -> None:
        headers = V1 | ({"Last-Event-ID": f"{self.task}:{self.after}"} if self.after is not None else {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", f"/a2a/rest/tasks/{self.task}:subscribe", headers=headers)
            number = None
            for line in connection.getresponse():
                if line.startswith(b"id: "):
                    number = int(line.decode().strip().rpartition(":")[2])
                elif line.startswith(b"data: "):
                    self.events.append((number, json.loads(line[6:])))
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()


def log_of(server, task: str) -> list[tuple[int, dict]]:
    """The log as it lies on the disk."""
    with sqlite3.connect(f"file:{server.data}/tenants/conformance/tenant.sqlite?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT e.sequence, e.body FROM task_event e JOIN task t ON t.number = e.task WHERE t.id = ? ORDER BY 1", (task,))
        return [(sequence, json.loads(body)) for sequence, body in rows]


def test_followers_go_on_over_a_kill_where_they_were(server):
    tasks = [send(server, "slow job") for _ in range(3)]
    followers = [Follower(server.port, task) for task in tasks]
    eventually(lambda: all(len(each.events) >= 3 for each in followers))
    server.kill()
    for each in followers:
        each.join(timeout=20)
        assert not each.is_alive()

    before = {}
    for task, follower in zip(tasks, followers):
        logged = dict(log_of(server, task))
        assert list(logged) == list(range(1, len(logged) + 1)), "the log has no gap"
        # First the task as it was, then what was logged behind it, as it was logged.
        (snapshot, first), *live = follower.events
        assert "task" in first
        assert [number for number, _ in live] == list(range(snapshot + 1, snapshot + 1 + len(live)))
        for number, event in live:
            assert event == logged[number], "sent before it was written"
        before[task] = follower.events[-1][0]

    server.start()
    again = [Follower(server.port, task, before[task]) for task in tasks]
    for task, follower in zip(tasks, again):
        follower.join(timeout=40)
        assert not follower.is_alive()
        logged = log_of(server, task)
        assert follower.events == logged[before[task]:], "every event behind the last one seen, once, in order"
        last = logged[-1][1]["statusUpdate"]["status"]
        assert last["state"] == "TASK_STATE_COMPLETED"
        answer = server.call("GET", f"/a2a/rest/tasks/{task}", headers=V1)
        assert answer.json["status"] == last


def test_a_question_waits_over_a_kill_and_a_canceled_task_stays_canceled(server):
    message = {"messageId": "tck-input-required-1", "role": "ROLE_USER", "parts": [{"text": "?"}]}
    asked = server.call("POST", "/a2a/rest/message:send", {"message": message}, headers=V1).json["task"]
    assert asked["status"]["state"] == "TASK_STATE_INPUT_REQUIRED"
    canceled = send(server, "slow job")
    assert server.call("POST", f"/a2a/rest/tasks/{canceled}:cancel", {}, headers=V1).status == 200
    server.kill()
    server.start()
    time.sleep(1)
    assert server.call("GET", f"/a2a/rest/tasks/{asked['id']}", headers=V1).json == asked
    stopped = server.call("GET", f"/a2a/rest/tasks/{canceled}", headers=V1).json
    assert stopped["status"]["state"] == "TASK_STATE_CANCELED"
    message = {"messageId": "tck-complete-task-1", "role": "ROLE_USER", "taskId": asked["id"], "parts": [{"text": "!"}]}
    done = server.call("POST", "/a2a/rest/message:send", {"message": message}, headers=V1).json["task"]
    assert (done["id"], done["status"]["state"]) == (asked["id"], "TASK_STATE_COMPLETED")
    assert [each["role"] for each in done["history"]] == ["ROLE_USER", "ROLE_AGENT", "ROLE_USER"]


def test_an_orderly_stop_leaves_the_work_for_the_next_start(server):
    task = send(server, "slow job")
    eventually(lambda: len(log_of(server, task)) >= 3)
    server.stop()
    assert log_of(server, task)[-1][1]["statusUpdate"]["status"]["state"] == "TASK_STATE_WORKING"
    server.start()
    # Nobody asks: the start itself takes it up.
    eventually(lambda: "COMPLETED" in json.dumps(log_of(server, task)[-1][1]), seconds=30)
