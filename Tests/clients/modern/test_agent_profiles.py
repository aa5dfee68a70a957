"""What an agent's card says that it cannot do is refused by the error of that capability, over both bindings."""

from __future__ import annotations

import pytest

from conformance import Conformance

V1 = {"A2A-Version": "1.0"}
EXTENSION = "urn:a2a:tck:required-extension"
MESSAGE = {"message": {"messageId": "tck-complete-task", "role": "ROLE_USER", "parts": [{"text": "x"}]}}
PUSH = {"url": "https://example.com/hook"}


def serving(tmp_path_factory, profile: str):
    server = Conformance(tmp_path_factory.mktemp(profile) / "data")
    server.start("--profile", profile)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    yield from serving(tmp_path_factory, "bare")


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    yield from serving(tmp_path_factory, "extension")


def rpc(server, method: str, params: dict, **headers: str):
    fields = V1 | {name.replace("_", "-"): value for name, value in headers.items()}
    return server.call("POST", "/a2a/v1", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, headers=fields).json


def reason(answer) -> tuple[int, str]:
    """The status or code, and the reason that ErrorInfo names."""
    error = answer["error"]
    return error["code"], (error.get("data") or error["details"])[0]["reason"]


def test_the_card_says_what_is_off(bare):
    capabilities = bare.call("GET", "/a2a/1.0/.well-known/agent-card.json").json["capabilities"]
    assert [capabilities[name] for name in ("streaming", "pushNotifications", "extendedAgentCard")] == [False, False, False]


def test_what_is_off_is_refused_and_the_rest_works(bare):
    task = rpc(bare, "SendMessage", MESSAGE)["result"]["task"]
    assert task["status"]["state"] == "TASK_STATE_COMPLETED"
    id, configs = task["id"], f"/a2a/rest/tasks/{task['id']}/pushNotificationConfigs"
    push = {"taskId": id, "id": "c"}
    for method, params, refusal in [
        ("SendStreamingMessage", MESSAGE, (-32004, "UNSUPPORTED_OPERATION")),
        ("SubscribeToTask", {"id": id}, (-32004, "UNSUPPORTED_OPERATION")),
        ("CreateTaskPushNotificationConfig", PUSH | {"taskId": id}, (-32003, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("GetTaskPushNotificationConfig", push, (-32003, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("ListTaskPushNotificationConfigs", {"taskId": id}, (-32003, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("DeleteTaskPushNotificationConfig", push, (-32003, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("SendMessage", MESSAGE | {"configuration": {"taskPushNotificationConfig": PUSH}}, (-32003, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("GetExtendedAgentCard", {}, (-32004, "UNSUPPORTED_OPERATION")),
    ]:
        assert reason(rpc(bare, method, params)) == refusal, method
    for verb, path, body, refusal in [
        ("POST", "/a2a/rest/message:stream", MESSAGE, (400, "UNSUPPORTED_OPERATION")),
        ("GET", f"/a2a/rest/tasks/{id}:subscribe", None, (400, "UNSUPPORTED_OPERATION")),
        ("POST", configs, PUSH, (400, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("GET", configs, None, (400, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("GET", configs + "/c", None, (400, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("DELETE", configs + "/c", None, (400, "PUSH_NOTIFICATION_NOT_SUPPORTED")),
        ("GET", "/a2a/rest/extendedAgentCard", None, (400, "UNSUPPORTED_OPERATION")),
    ]:
        answer = bare.call(verb, path, body, headers=V1)
        assert (answer.status, reason(answer.json)) == (refusal[0], refusal), path
    assert rpc(bare, "GetTask", {"id": id})["result"]["id"] == id
    assert id in [each["id"] for each in rpc(bare, "ListTasks", {})["result"]["tasks"]]


def test_a_required_extension_must_be_declared(extended):
    declared = extended.call("GET", "/a2a/1.0/.well-known/agent-card.json").json["capabilities"]["extensions"]
    assert declared == [{"uri": EXTENSION, "required": True}]
    for method, params in [("SendMessage", MESSAGE), ("SendStreamingMessage", MESSAGE), ("ListTasks", {}), ("GetTask", {"id": "x"})]:
        assert reason(rpc(extended, method, params)) == (-32008, "EXTENSION_SUPPORT_REQUIRED"), method
    for verb, path, body in [("POST", "/a2a/rest/message:send", MESSAGE), ("GET", "/a2a/rest/tasks", None)]:
        answer = extended.call(verb, path, body, headers=V1)
        assert (answer.status, reason(answer.json)[1]) == (400, "EXTENSION_SUPPORT_REQUIRED"), path
    # Named beside another one, in any order.
    task = rpc(extended, "SendMessage", MESSAGE, A2A_Extensions=f"https://example.com/x, {EXTENSION}")["result"]["task"]
    assert task["status"]["state"] == "TASK_STATE_COMPLETED"
    rest = extended.call("GET", f"/a2a/rest/tasks/{task['id']}", headers=V1 | {"A2A-Extensions": EXTENSION})
    assert rest.status == 200
    other = rpc(extended, "GetTask", {"id": task["id"]}, A2A_Extensions=EXTENSION + "x")
    assert reason(other)[1] == "EXTENSION_SUPPORT_REQUIRED"
