"""What the official client hides: statuses, header fields, bodies, streams."""

from __future__ import annotations

import json

import pytest

from agent import events, message, reason, rpc, send

JSON = "application/json"
A2A = "application/a2a+json"


@pytest.fixture(scope="module")
def searcher(box) -> str:
    return box.appliance.token("alder", scope="search", user="reader")


# Who calls


def test_strangers_are_refused_in_the_form_of_the_binding(box):
    for token in (None, "wrong"):
        answer = rpc(box.appliance, token, "GetTask", {"id": "x"})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="a2a", error="invalid_token"')
        assert answer.json["id"] == "r1" and answer.json["error"]["code"] == -32000
        assert reason(answer) == "UNAUTHENTICATED"
        answer = box.appliance.call("GET", "/a2a/rest/tasks", token=token)
        assert answer.status == 401 and "WWW-Authenticate" in answer.headers
        assert (answer.json["error"]["code"], answer.json["error"]["status"], reason(answer)) == (401, "UNAUTHENTICATED", "UNAUTHENTICATED")
    # Before anything is known of the path or the body.
    assert box.appliance.call("GET", "/a2a/rest/nope").status == 401
    assert box.appliance.call("POST", "/a2a/v1", "{bad").json["id"] is None


def test_a_scope_that_lacks_is_named(box):
    token = box.appliance.token("alder", scope="audit", user="auditor")
    answer = rpc(box.appliance, token, "ListTasks")
    assert (answer.status, answer.json["error"]["code"], reason(answer)) == (403, -32000, "PERMISSION_DENIED")
    assert 'error="insufficient_scope", scope="search"' in answer.headers["WWW-Authenticate"]
    assert box.appliance.call("GET", "/a2a/rest/tasks", token=token).json["error"]["status"] == "PERMISSION_DENIED"


def test_rates_are_told_with_the_time_to_wait(fresh):
    appliance = fresh()
    appliance.tenant("slow", "--rate", "1/h", "--burst", "1")
    appliance.start()
    token = appliance.token("slow")
    assert rpc(appliance, token, "ListTasks").status == 200
    answer = rpc(appliance, token, "ListTasks")
    assert (answer.status, answer.json["error"]["code"], reason(answer)) == (429, -32000, "RATE_LIMIT_EXCEEDED")
    assert int(answer.headers["Retry-After"]) > 0
    assert appliance.call("GET", "/a2a/rest/tasks", token=token).json["error"]["status"] == "RESOURCE_EXHAUSTED"


def test_others_tasks_are_unknown_byte_for_byte(box, searcher):
    mine = send(box.appliance, box.alder)["id"]
    unknown = "0" * len(mine)
    params = {
        "GetTask": lambda id: {"id": id}, "CancelTask": lambda id: {"id": id}, "SubscribeToTask": lambda id: {"id": id},
        "SendMessage": lambda id: {"message": message(taskId=id)}, "SendStreamingMessage": lambda id: {"message": message(taskId=id)},
    }
    for stranger in (box.birch, searcher):
        for method, make in params.items():
            seen = rpc(box.appliance, stranger, method, make(mine))
            none = rpc(box.appliance, stranger, method, make(unknown))
            assert seen.json["error"]["code"] == -32001
            assert seen.body == none.body.replace(unknown.encode(), mine.encode())
        assert rpc(box.appliance, stranger, "ListTasks").json["result"]["totalSize"] == 0 or stranger == box.birch
        for path in (f"/a2a/rest/tasks/{mine}", f"/a2a/rest/tasks/{mine}:subscribe"):
            assert box.appliance.call("GET", path, token=stranger).status == 404
    assert rpc(box.appliance, box.alder, "GetTask", {"id": mine}).json["result"]["id"] == mine


def test_a_tenant_that_is_named_must_be_ones_own(box):
    task = send(box.appliance, box.alder)["id"]
    assert "result" in rpc(box.appliance, box.alder, "GetTask", {"id": task, "tenant": "alder"}).json
    foreign = rpc(box.appliance, box.alder, "GetTask", {"id": task, "tenant": "birch"})
    assert foreign.json["error"]["code"] == -32001
    assert box.appliance.call("GET", f"/a2a/rest/alder/tasks/{task}", token=box.alder).status == 200
    other = box.appliance.call("GET", f"/a2a/rest/birch/tasks/{task}", token=box.alder)
    assert (other.status, reason(other)) == (404, "TASK_NOT_FOUND")


# Sizes and types


def test_a_body_that_is_too_large_is_refused_unread(box):
    length = {"Content-Length": str((16 << 20) + 1), "Content-Type": JSON}
    answer = box.appliance.call("POST", "/a2a/v1", b"{}", box.alder, headers=length)
    assert (answer.status, answer.json["error"]["code"]) == (413, -32600)
    answer = box.appliance.call("POST", "/a2a/rest/message:send", b"{}", box.alder, headers=length)
    assert (answer.status, answer.json["error"]["code"]) == (413, 413)


def test_a_large_message_is_taken(box):
    answer = rpc(box.appliance, box.alder, "SendMessage", {"message": message("Zanzibar " * 10_000)})
    assert answer.status == 200 and "error" not in answer.json, answer.text[:300]


def test_media_types(box):
    post = lambda path, body, **headers: box.appliance.call("POST", path, body, box.alder, headers={k.replace("_", "-"): v for k, v in headers.items()})
    plain = post("/a2a/v1", "not json", Content_Type="text/plain")
    assert (plain.status, plain.json["error"]["code"], plain.json["id"]) == (200, -32005, None)
    plain = post("/a2a/rest/message:send", "not json", Content_Type="text/plain")
    assert (plain.status, reason(plain)) == (415, "CONTENT_TYPE_NOT_SUPPORTED")
    body = json.dumps({"message": message()})
    for asked, told in ((JSON, JSON), (A2A, A2A), (A2A + "; charset=utf-8", A2A)):
        assert post("/a2a/rest/message:send", body, Content_Type=asked).headers["Content-Type"] == told
    get = lambda **headers: box.appliance.call("GET", "/a2a/rest/tasks", token=box.alder, headers=headers).headers["Content-Type"]
    assert (get(), get(Accept=JSON), get(Accept=A2A)) == (A2A, JSON, A2A)
    unknown = message() | {"parts": [{"text": "x", "mediaType": "image/png"}]}
    assert rpc(box.appliance, box.alder, "SendMessage", {"message": unknown}).json["error"]["code"] == -32005
    answer = post("/a2a/rest/message:send", json.dumps({"message": unknown}))
    assert (answer.status, reason(answer)) == (400, "CONTENT_TYPE_NOT_SUPPORTED")
    modes = {"message": message(), "configuration": {"acceptedOutputModes": ["audio/wav"]}}
    assert rpc(box.appliance, box.alder, "SendMessage", modes).json["error"]["code"] == -32005


# Versions


def test_versions_by_header_query_and_name(box):
    old = {"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": {"id": "x"}}
    new = old | {"method": "GetTask"}
    code = lambda body, path="/a2a/v1", **headers: box.appliance.call(
        "POST", path, body, box.alder, headers=headers and {"A2A-Version": headers["version"]}).json["error"]["code"]
    assert [code(new), code(new, version=""), code(new, version="1.0"), code(new, "/a2a/v1?A2A-Version=1.0")] == [-32001] * 4
    assert [code(old), code(old, version="0.3"), code(old, "/a2a/v1/?A2A-Version=0.3")] == [-32001] * 3
    assert [code(new, version="0.3"), code(old, version="1.0"), code(new, version="99.0"), code(new, "/a2a/v1?A2A-Version=0.3")] == [-32009] * 4
    answer = box.appliance.call("GET", "/a2a/rest/tasks?A2A-Version=0.3", token=box.alder)
    assert (answer.status, reason(answer)) == (400, "VERSION_NOT_SUPPORTED")
    assert "1.0" in answer.json["error"]["message"]


# Streams


def lines_of(answer):
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Accel-Buffering"] == "no"
    return events(answer)


def test_events_have_their_place_in_the_log(box):
    answer = rpc(box.appliance, box.alder, "SendStreamingMessage", {"message": message()})
    found = lines_of(answer)
    task = found[0][2]["result"]["task"]["id"]
    assert {name for name, _, _ in found} == {"message"}
    places = [place for _, place, _ in found]
    start = int(places[0].split(":")[1])
    assert places == [f"{task}:{start + index}" for index in range(len(found))]
    assert all(data["id"] == "r1" and data["jsonrpc"] == "2.0" for _, _, data in found)
    # What came behind any of them can be had again, exactly.
    for index in range(len(found) - 1):
        again = rpc(box.appliance, box.alder, "SubscribeToTask", {"id": task}, Last_Event_ID=places[index])
        assert lines_of(again) == found[index + 1:]
    for method in ("GET", "POST"):
        path = f"/a2a/rest/tasks/{task}:subscribe"
        again = lines_of(box.appliance.call(method, path, token=box.alder, headers={"Last-Event-ID": places[0]}))
        assert [data for _, _, data in again] == [data["result"] for _, _, data in found[1:]]


def test_the_first_event_obeys_the_history_length(box):
    params = {"message": message(), "configuration": {"historyLength": 0}}
    found = lines_of(rpc(box.appliance, box.alder, "SendStreamingMessage", params))
    assert "history" not in found[0][2]["result"]["task"]


def test_what_goes_wrong_before_the_first_event_is_an_ordinary_answer(box):
    answer = rpc(box.appliance, box.alder, "SubscribeToTask", {"id": "nope"})
    assert (answer.status, answer.headers["Content-Type"], answer.json["error"]["code"]) == (200, JSON, -32001)
    done = send(box.appliance, box.alder)["id"]
    answer = rpc(box.appliance, box.alder, "SubscribeToTask", {"id": done})
    assert answer.json["error"]["code"] == -32004
    for method in ("GET", "POST"):
        answer = box.appliance.call(method, f"/a2a/rest/tasks/{done}:subscribe", token=box.alder)
        assert (answer.status, reason(answer)) == (400, "UNSUPPORTED_OPERATION")
    answer = box.appliance.call("POST", "/a2a/rest/message:stream", {"message": {}}, box.alder)
    assert (answer.status, reason(answer)) == (400, "INVALID_PARAMS")


def test_an_old_stream_says_which_event_is_the_last(box):
    body = {"jsonrpc": "2.0", "id": 1, "method": "message/stream", "params": {
        "message": {"kind": "message", "messageId": "m", "role": "user", "parts": [{"kind": "text", "text": "Zanzibar"}]}}}
    results = [data["result"] for _, _, data in lines_of(box.appliance.call("POST", "/a2a/v1", body, box.alder))]
    assert results[0]["kind"] == "task" and results[0]["status"]["state"] == "submitted"
    assert {result["kind"] for result in results[1:]} == {"status-update", "artifact-update"}
    finals = [result["final"] for result in results if result["kind"] == "status-update"]
    assert finals == [False] * (len(finals) - 1) + [True]


# Repeats, history, push, paths


def test_an_idempotency_key_stands_for_one_task(box):
    key = {"Idempotency_Key": "order-7"}
    first = send(box.appliance, box.alder, "Zanzibar", **key)
    again = send(box.appliance, box.alder, "Zanzibar", **key)
    assert first["id"] == again["id"]
    other = rpc(box.appliance, box.alder, "SendMessage", {"message": message("other")}, **key)
    assert other.json["error"]["code"] == -32602, other.text
    body = {"message": message("Zanzibar")}
    answer = box.appliance.call("POST", "/a2a/rest/message:send", body, box.alder, headers={"Idempotency-Key": "order-7"})
    assert answer.status == 422, answer.text


def test_results_are_bare_and_obey_the_history_length(box):
    task = send(box.appliance, box.alder)
    assert task["history"] and task["artifacts"]
    got = rpc(box.appliance, box.alder, "GetTask", {"id": task["id"], "history_length": 0}).json["result"]
    assert "history" not in got and got["id"] == task["id"]
    none = rpc(box.appliance, box.alder, "SendMessage", {"message": message(), "configuration": {"historyLength": 0}})
    assert "history" not in none.json["result"]["task"]
    assert "null" not in none.text
    immediate = rpc(box.appliance, box.alder, "SendMessage", {"message": message(), "configuration": {"returnImmediately": True}})
    assert immediate.json["result"]["task"]["status"]["state"] == "TASK_STATE_SUBMITTED"


def test_push_is_off_until_it_is_configured(box):
    task = send(box.appliance, box.alder)["id"]
    config = {"taskId": task, "id": "p", "url": "https://example.com/hook"}
    for method in ("CreateTaskPushNotificationConfig", "GetTaskPushNotificationConfig", "DeleteTaskPushNotificationConfig", "ListTaskPushNotificationConfigs"):
        assert rpc(box.appliance, box.alder, method, config).json["error"]["code"] == -32003
    path = f"/a2a/rest/tasks/{task}/pushNotificationConfigs"
    for method, place in (("GET", path), ("POST", path), ("GET", path + "/p"), ("DELETE", path + "/p")):
        answer = box.appliance.call(method, place, config if method == "POST" else None, box.alder)
        assert (answer.status, reason(answer)) == (400, "PUSH_NOTIFICATION_NOT_SUPPORTED")
    inline = {"message": message(), "configuration": {"taskPushNotificationConfig": {"url": "https://example.com/hook"}}}
    assert rpc(box.appliance, box.alder, "SendMessage", inline).json["error"]["code"] == -32003


def test_paths_that_are_none(box):
    for method, path, status in (
        ("GET", "nope", 404), ("GET", "tasks/a/b", 404), ("DELETE", "tasks/a", 405), ("GET", "message:send", 405), ("GET", "v1/tasks", 404),
        ("GET", "v1/extendedAgentCard", 404), ("GET", "card", 404), ("GET", "alder/v1/tasks/a", 404), ("DELETE", "v1/tasks/a", 405),
    ):
        answer = box.appliance.call(method, "/a2a/rest/" + path, token=box.alder)
        assert (answer.status, reason(answer)) == (status, "METHOD_NOT_FOUND"), path
    assert box.appliance.call("GET", "/a2a/v1", token=box.alder).status == 405
    escaped = send(box.appliance, box.alder)["id"]
    assert box.appliance.call("POST", f"/a2a/rest/tasks/{escaped}%3Acancel", token=box.alder).json["error"]["code"] == 400
