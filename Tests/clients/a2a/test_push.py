"""Push configurations on the wire, once the operator allows a target."""

from __future__ import annotations

import pytest
from a2a.types import (
    DeleteTaskPushNotificationConfigRequest, GetTaskPushNotificationConfigRequest, ListTaskPushNotificationConfigsRequest,
    TaskPushNotificationConfig)
from a2a.utils.errors import TaskNotFoundError

from agent import client, first, request, rpc, send


@pytest.fixture(scope="module")
def pushing(tmp_path_factory):
    from appliance import Appliance

    appliance = Appliance(tmp_path_factory.mktemp("push") / "data")
    appliance.tenant("alder")
    appliance.start("--push-allow", "hooks.invalid:443")
    yield appliance, appliance.token("alder")
    appliance.stop()


@pytest.mark.parametrize(("binding", "version"), [("JSONRPC", "1.0"), ("HTTP+JSON", "1.0"), ("JSONRPC", "0.3")])
async def test_configurations_are_made_read_listed_and_deleted(pushing, binding, version):
    appliance, token = pushing
    assert appliance.call("GET", "/.well-known/agent-card.json").json["capabilities"]["pushNotifications"] is True
    async with client(appliance.url, token, binding, version) as agent:
        task = (await first(agent.send_message(request("anything")))).task.id
        made = await agent.create_task_push_notification_config(
            TaskPushNotificationConfig(task_id=task, id="p1", url="https://hooks.invalid/x", token="t"))
        assert (made.id, made.url) == ("p1", "https://hooks.invalid/x")
        got = await agent.get_task_push_notification_config(GetTaskPushNotificationConfigRequest(task_id=task, id="p1"))
        assert got.url == made.url
        listed = await agent.list_task_push_notification_configs(ListTaskPushNotificationConfigsRequest(task_id=task))
        assert [each.id for each in listed.configs] == ["p1"]
        for _ in range(2):
            await agent.delete_task_push_notification_config(DeleteTaskPushNotificationConfigRequest(task_id=task, id="p1"))
        with pytest.raises(TaskNotFoundError):
            await agent.get_task_push_notification_config(GetTaskPushNotificationConfigRequest(task_id=task, id="p1"))


def test_credentials_never_come_back(pushing):
    appliance, token = pushing
    task = send(appliance, token, "anything")["id"]
    secret = {"scheme": "Bearer", "credentials": "hush-7531"}
    made = rpc(appliance, token, "CreateTaskPushNotificationConfig", {"taskId": task, "url": "https://hooks.invalid/x", "authentication": secret})
    assert made.json["result"]["id"] and made.json["result"]["authentication"] == {"scheme": "Bearer"}
    listed = rpc(appliance, token, "ListTaskPushNotificationConfigs", {"taskId": task})
    assert len(listed.json["result"]["configs"]) == 1
    assert "hush-7531" not in made.text + listed.text


def test_old_calls_have_their_own_shapes(pushing):
    appliance, token = pushing
    task = send(appliance, token, "anything")["id"]

    def old(method: str, params: dict):
        body = {"jsonrpc": "2.0", "id": 1, "method": f"tasks/pushNotificationConfig/{method}", "params": params}
        return appliance.call("POST", "/a2a/v1", body, token).json

    config = {"url": "https://hooks.invalid/x", "authentication": {"schemes": ["Bearer"], "credentials": "hush-7531"}}
    shown = {"taskId": task, "pushNotificationConfig": {"id": "default", "url": config["url"], "authentication": {"schemes": ["Bearer"]}}}
    assert old("set", {"taskId": task, "pushNotificationConfig": config})["result"] == shown
    assert old("get", {"id": task})["result"] == shown
    assert old("list", {"id": task})["result"] == [shown]
    deleted = old("delete", {"id": task, "pushNotificationConfigId": "default"})
    assert "result" in deleted and deleted["result"] is None
    assert old("get", {"id": task})["error"]["code"] == -32001
