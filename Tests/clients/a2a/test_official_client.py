"""The official client, unchanged, over every binding and version of the card."""

from __future__ import annotations

import pytest
from a2a.types import (
    CancelTaskRequest, GetTaskPushNotificationConfigRequest, GetTaskRequest, ListTasksRequest, SubscribeToTaskRequest, TaskState)
from a2a.utils.errors import (
    A2AError, InvalidParamsError, PushNotificationNotSupportedError, TaskNotCancelableError, TaskNotFoundError,
    UnsupportedOperationError)

from agent import BINDINGS, client, first, request

INTERFACES = [("JSONRPC", "1.0"), ("HTTP+JSON", "1.0"), ("JSONRPC", "0.3"), ("HTTP+JSON", "0.3")]


@pytest.mark.parametrize(("binding", "version"), INTERFACES)
async def test_a_send_waits_for_the_answer(box, binding, version):
    async with client(box.appliance.url, box.alder, binding, version) as agent:
        event = await first(agent.send_message(request("Zanzibar")))
        task = event.task
        assert task.status.state == TaskState.TASK_STATE_COMPLETED
        assert task.artifacts and task.context_id and task.status.HasField("timestamp")
        got = await agent.get_task(GetTaskRequest(id=task.id))
        assert [artifact.artifact_id for artifact in got.artifacts] == [artifact.artifact_id for artifact in task.artifacts]
        assert [part.text for part in got.history[0].parts] == ["Zanzibar"]


@pytest.mark.parametrize(("binding", "version"), INTERFACES)
async def test_a_stream_begins_with_the_task_and_ends_with_its_end(box, binding, version):
    async with client(box.appliance.url, box.alder, binding, version, streaming=True) as agent:
        events = [event async for event in agent.send_message(request("Zanzibar"))]
        kinds = [event.WhichOneof("payload") for event in events]
        assert kinds[0] == "task" and events[0].task.status.state == TaskState.TASK_STATE_SUBMITTED
        assert kinds[-1] == "status_update" and events[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED
        streamed = {event.artifact_update.artifact.artifact_id for event in events if event.WhichOneof("payload") == "artifact_update"}
        stored = await agent.get_task(GetTaskRequest(id=events[0].task.id))
        assert {artifact.artifact_id for artifact in stored.artifacts} == streamed != set()


@pytest.mark.parametrize("binding", BINDINGS)
async def test_lists_have_pages_filters_and_totals(box, binding):
    async with client(box.appliance.url, box.birch, binding) as agent:
        conversation = (await first(agent.send_message(request("garden")))).task.context_id
        for _ in range(2):
            await first(agent.send_message(request("garden", context_id=conversation)))
        page = await agent.list_tasks(ListTasksRequest(context_id=conversation, page_size=2))
        rest = await agent.list_tasks(ListTasksRequest(context_id=conversation, page_size=2, page_token=page.next_page_token))
        assert (len(page.tasks), page.total_size, len(rest.tasks), rest.next_page_token) == (2, 3, 1, "")
        assert not {task.id for task in page.tasks} & {task.id for task in rest.tasks}
        assert not any(task.artifacts for task in page.tasks)
        full = await agent.list_tasks(ListTasksRequest(
            context_id=conversation, status=TaskState.TASK_STATE_COMPLETED, include_artifacts=True, history_length=0))
        assert all(task.artifacts and not task.history for task in full.tasks)
        with pytest.raises(InvalidParamsError):
            await agent.list_tasks(ListTasksRequest(page_token="not-a-token"))


@pytest.mark.parametrize("binding", BINDINGS)
async def test_errors_arrive_as_the_clients_own(box, binding):
    async with client(box.appliance.url, box.alder, binding, streaming=True) as agent:
        for call in (
            agent.get_task(GetTaskRequest(id="nope")), agent.cancel_task(CancelTaskRequest(id="nope")),
            first(agent.subscribe(SubscribeToTaskRequest(id="nope"))),
            first(agent.send_message(request("x", task_id="nope"))),
        ):
            with pytest.raises(TaskNotFoundError):
                await call
        done = [event async for event in agent.send_message(request("Zanzibar"))][0].task
        with pytest.raises(TaskNotCancelableError):
            await agent.cancel_task(CancelTaskRequest(id=done.id))
        with pytest.raises(UnsupportedOperationError):
            await first(agent.subscribe(SubscribeToTaskRequest(id=done.id)))
        with pytest.raises(UnsupportedOperationError):
            await first(agent.send_message(request("again", task_id=done.id)))
        with pytest.raises(PushNotificationNotSupportedError):
            await agent.get_task_push_notification_config(GetTaskPushNotificationConfigRequest(task_id=done.id, id="p"))


@pytest.mark.parametrize("binding", BINDINGS)
async def test_an_old_client_gets_old_errors(box, binding):
    async with client(box.appliance.url, box.alder, binding, "0.3") as agent:
        with pytest.raises(TaskNotFoundError, match="^Task not found$"):
            await agent.get_task(GetTaskRequest(id="nope"))
        with pytest.raises(A2AError):
            await agent.cancel_task(CancelTaskRequest(id="nope"))
