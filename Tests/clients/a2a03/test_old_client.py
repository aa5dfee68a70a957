"""The last client of A2A 0.3, unchanged."""

from __future__ import annotations

import uuid

import httpx
import pytest
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import Message, Part, Role, TaskIdParams, TaskQueryParams, TextPart, TransportProtocol


def message(text: str, **fields) -> Message:
    return Message(message_id=str(uuid.uuid4()), role=Role.user, parts=[Part(root=TextPart(text=text))], **fields)


@pytest.fixture(params=[TransportProtocol.jsonrpc, TransportProtocol.http_json], ids=["JSONRPC", "HTTP+JSON"])
async def clients(box, request):
    """Blocking and streaming, over both bindings."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {box.alder}"}, timeout=30) as http:
        card = await A2ACardResolver(http, box.appliance.url).get_agent_card()
        make = lambda streaming: ClientFactory(ClientConfig(
            httpx_client=http, supported_transports=[request.param], use_client_preference=True, streaming=streaming)).create(card)
        yield make(False), make(True)


@pytest.mark.parametrize("path", ["", "/a2a/0.3"])
async def test_the_card_is_one_of_0_3(box, path):
    async with httpx.AsyncClient() as http:
        card = await A2ACardResolver(http, box.appliance.url + path).get_agent_card()
    assert (card.protocol_version, card.preferred_transport) == ("0.3.0", "JSONRPC")
    assert card.url == box.appliance.url + "/a2a/v1"
    assert [(each.url, each.transport) for each in card.additional_interfaces] == [(box.appliance.url + "/a2a/rest", "HTTP+JSON")]
    assert card.supports_authenticated_extended_card and card.security == [{"bearer": ["search"]}]
    assert card.security_schemes["bearer"].root.scheme == "Bearer"


async def test_sends_and_streams_complete(clients):
    for client in clients:
        events = [event async for event in client.send_message(message("Zanzibar"))]
        task = events[-1][0] if isinstance(events[-1], tuple) else events[-1]
        assert task.status.state.value == "completed" and task.artifacts
        got = await client.get_task(TaskQueryParams(id=task.id, history_length=1))
        assert got.id == task.id and len(got.history) == 1


async def test_errors_and_the_extended_card(clients):
    blocking, _ = clients
    # Over HTTP+JSON this client shows the status alone.
    with pytest.raises(Exception, match="Task not found|404 Not Found"):
        await blocking.get_task(TaskQueryParams(id="nope"))
    with pytest.raises(Exception, match="Task not found|404 Not Found"):
        await blocking.cancel_task(TaskIdParams(id="nope"))
    assert (await blocking.get_card()).skills
