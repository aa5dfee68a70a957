"""The article's old routes: off unless asked for, and then a thin face of the same tasks."""

from __future__ import annotations

import http.client
import json

import pytest

from agent import rpc
from appliance import Appliance, eventually

NOTES = [{"id": f"n{n}", "text": f"Kestrels hover over field {n}."} for n in range(3)]


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("old") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    for name in ("alder", "birch"):
        appliance.tenant(name)
    appliance.start("--legacy-tasks-api")
    appliance.token_of = {name: appliance.token(name, user="ada") for name in ("alder", "birch")}
    appliance.put(appliance.token_of["alder"], NOTES)
    yield appliance
    appliance.stop()


def made(old, input, capability="hybrid-search", token=None, **fields):
    answer = old.call("POST", "/tasks", {"capability": capability, "input": input, **fields}, token or old.token_of["alder"])
    assert answer.status == 201, answer.text
    assert answer.headers["Location"] == "/tasks/" + answer.json["id"]
    return answer.json


def settled(old, id, token=None):
    def over():
        task = old.call("GET", f"/tasks/{id}", token=token or old.token_of["alder"]).json
        return task["state"] not in ("pending", "running") and task
    return eventually(over)


def followed(old, id, after=None):
    """Every event of a task, until its stream ends."""
    connection = http.client.HTTPConnection("127.0.0.1", old.port, timeout=30)
    headers = {"Authorization": "Bearer " + old.token_of["alder"]} | ({"Last-Event-ID": str(after)} if after else {})
    connection.request("GET", f"/tasks/{id}/events", headers=headers)
    response = connection.getresponse()
    assert (response.status, response.headers["Content-Type"], response.headers["Deprecation"]) == (200, "text/event-stream", "true")
    found = []
    for block in response.read().decode().replace(": ping\n", "").split("\n\n"):
        if fields := dict(line.split(": ", 1) for line in block.splitlines()):
            assert fields["event"] == "task_update"
            found.append((int(fields["id"]), json.loads(fields["data"])))
    connection.close()
    return found


def test_they_are_off_unless_asked_for(box):
    for method, path in [("GET", "/agent"), ("POST", "/tasks"), ("GET", "/tasks"), ("GET", "/tasks/x"), ("DELETE", "/tasks/x"), ("GET", "/tasks/x/events")]:
        answer = box.appliance.call(method, path, token=box.alder)
        assert (answer.status, answer.json["code"]) == (404, "route_not_found")
        assert answer.headers["Deprecation"] is None
    assert "/tasks" not in box.appliance.call("GET", "/openapi.json").json["paths"]


def test_a_task_from_its_beginning_to_its_end(old):
    begun = made(old, {"query": "kestrels", "limit": 2}, user_id="ada", agent_id="carrel")
    assert (begun["agent_id"], begun["capability"], begun["input"]) == ("carrel", "hybrid-search", {"query": "kestrels", "limit": 2})
    assert begun["state"] == "pending" and begun["result"] is None and begun["error"] is None and begun["completed_at"] is None
    task = settled(old, begun["id"])
    assert task["state"] == "completed" and task["error"] is None
    assert task["created_at"] == begun["created_at"] <= task["updated_at"] == task["completed_at"]
    found = [value["hits"] for value in task["result"].values() if "hits" in value]
    assert found and all(len(hits) == 2 for hits in found) and all(isinstance(value, (dict, str)) for value in task["result"].values())
    # The same task by A2A.
    same = rpc(old, old.token_of["alder"], "GetTask", {"id": begun["id"]}).json["result"]
    assert same["status"]["state"] == "TASK_STATE_COMPLETED"
    assert [part["data"]["hits"] for artifact in same["artifacts"] for part in artifact["parts"] if "hits" in part.get("data", {})] == found
    ended = old.call("DELETE", f"/tasks/{begun['id']}", token=old.token_of["alder"])
    assert (ended.status, ended.json["code"]) == (409, "task_not_cancelable")


def test_every_answer_says_that_it_is_deprecated(old):
    token = old.token_of["alder"]
    for answer in [
        old.call("GET", "/agent", token=token), old.call("GET", "/tasks", token=token), old.call("GET", "/tasks/none", token=token),
        old.call("GET", "/tasks"), old.call("POST", "/tasks", {}, token),
    ]:
        assert answer.headers["Deprecation"] == "true", answer.text
        assert answer.headers["Link"] == '</.well-known/agent-card.json>; rel="successor-version"'
    assert old.call("GET", "/health").headers["Deprecation"] is None
    assert old.call("GET", "/agent", token=token).json["capabilities"] == ["rag", "hybrid-search"]
    assert {"/agent", "/tasks", "/tasks/{id}", "/tasks/{id}/events"} <= set(old.call("GET", "/openapi.json").json["paths"])
    card = old.call("GET", "/.well-known/agent-card.json").text
    assert "/tasks" not in card


def test_events_come_in_order_and_end_with_the_last(old):
    id = made(old, {"query": "what do kestrels do"}, "rag")["id"]
    events = followed(old, id)
    numbers = [number for number, _ in events]
    assert numbers == sorted(set(numbers))
    states = [event["state"] for _, event in events]
    assert states[-1] == "completed" and "completed" not in states[:-1] and set(states) <= {"pending", "running", "completed"}
    assert all(set(event) == {"task_id", "state", "message", "data", "timestamp"} and event["task_id"] == id for _, event in events)
    # Of a task that is over: its end alone, and what came behind a place in the log.
    assert [event["state"] for _, event in followed(old, id)] == ["completed"]
    whole = followed(old, id, after=1)
    assert [number for number, _ in whole] == list(range(2, numbers[-1] + 1))
    assert any(event["message"] == "search" or (event["data"] or {}).get("step") == "search" for _, event in whole)
    assert followed(old, id, after=numbers[-3])[0][0] == numbers[-2]
    assert old.call("GET", "/tasks/none/events", token=old.token_of["alder"]).status == 404


def test_lists_by_limit_and_offset(old):
    token = old.token("birch", user="lister")
    old.put(old.token_of["birch"], NOTES)
    ids = [settled(old, made(old, {"query": f"field {n}"}, token=token)["id"], token)["id"] for n in range(5)]
    page = lambda query: [task["id"] for task in old.call("GET", "/tasks" + query, token=token).json]
    assert page("") == page("?agent_id=carrel") == ids[::-1]
    assert page("?limit=2&offset=1") == ids[::-1][1:3] and page("?offset=4") == ids[:1] and page("?offset=9") == []
    assert page("?agent_id=other") == []
    assert old.call("GET", "/tasks?limit=1", token=token).json[0]["result"]
    for query in ("?limit=0", "?limit=101", "?offset=-1", "?page=2"):
        assert old.call("GET", "/tasks" + query, token=token).status == 400


def test_others_tasks_are_unknown(old):
    id = made(old, {"query": "kestrels"})["id"]
    for token in (old.token_of["birch"], old.token("alder", user="other")):
        for method, path in [("GET", f"/tasks/{id}"), ("DELETE", f"/tasks/{id}"), ("GET", f"/tasks/{id}/events")]:
            answer = old.call(method, path, token=token)
            assert (answer.status, answer.json["code"]) == (404, "task_not_found")
    assert old.call("GET", "/tasks").status == 401
    assert old.call("GET", "/tasks", token=old.token("alder", scope="audit")).status == 403


@pytest.mark.parametrize("body, field", [
    ({"input": {}}, "capability"), ({"capability": "none", "input": {}}, "skill"), ({"capability": "rag", "input": [1]}, "input"),
    ({"capability": "rag", "input": {}, "agent_id": "other"}, "agent_id"), ({"capability": "rag", "user_id": "eve"}, "user_id"),
    ({"capability": "rag", "priority": 1}, "priority"), ({"capability": "hybrid-search", "input": {"query": "x", "limit": "many"}}, "limit"),
])
def test_wrong_tasks_are_refused(old, body, field):
    answer = old.call("POST", "/tasks", body, old.token_of["alder"])
    assert answer.status == 400 and field in answer.json["detail"], answer.text
