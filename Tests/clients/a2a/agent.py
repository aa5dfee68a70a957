"""The official A2A client, and raw requests for what it hides."""

from __future__ import annotations

import contextlib
import json
import uuid
from typing import Any

import httpx
from a2a.client import ClientConfig, ClientFactory
from a2a.client.card_resolver import A2ACardResolver
from a2a.types import AgentCard, Message, Part, Role, SendMessageConfiguration, SendMessageRequest

from appliance import Answer, Appliance

BINDINGS = ["JSONRPC", "HTTP+JSON"]


def request(text: str, immediate: bool = False, history: int | None = None, **fields: Any) -> SendMessageRequest:
    """What the official client sends for one text."""
    configuration = SendMessageConfiguration(return_immediately=immediate)
    if history is not None:
        configuration.history_length = history
    message = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=[Part(text=text)], **fields)
    return SendMessageRequest(message=message, configuration=configuration)


@contextlib.asynccontextmanager
async def client(url: str, token: str, binding: str = "JSONRPC", version: str = "1.0", streaming: bool = False):
    """The official client on one interface of the card."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        narrowed = AgentCard()
        narrowed.CopyFrom(card)
        del narrowed.supported_interfaces[:]
        narrowed.supported_interfaces.extend(
            each for each in card.supported_interfaces
            if each.protocol_binding == binding and each.protocol_version == version)
        assert narrowed.supported_interfaces, f"the card has no {binding}/{version}"
        configuration = ClientConfig(httpx_client=http, supported_protocol_bindings=[binding], streaming=streaming)
        yield ClientFactory(configuration).create(narrowed)


async def first(events) -> Any:
    async for event in events:
        return event


def message(text: str = "Zanzibar", **fields: Any) -> dict:
    return {"messageId": "m-1", "role": "ROLE_USER", "parts": [{"text": text}], **fields}


def rpc(appliance: Appliance, token: str | None, method: str, params: Any = None, **headers: str) -> Answer:
    """One JSON-RPC call of 1.0."""
    body = {"jsonrpc": "2.0", "id": "r1", "method": method, "params": params or {}}
    fields = {"A2A-Version": "1.0"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return appliance.call("POST", "/a2a/v1", body, token, fields)


def send(appliance: Appliance, token: str, text: str = "Zanzibar", **headers: str) -> dict:
    """A settled task."""
    answer = rpc(appliance, token, "SendMessage", {"message": message(text)}, **headers)
    assert answer.status == 200 and "result" in answer.json, answer.text
    return answer.json["result"]["task"]


def events(answer: Answer) -> list[tuple[str, str, Any]]:
    """Name, id and data of each event of a stream."""
    found = []
    for block in answer.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields.get("event", "message"), fields.get("id", ""), json.loads(fields["data"])))
    return found


def reason(answer: Answer) -> str:
    """Of an error in either binding."""
    error = answer.json["error"]
    return (error.get("data") or error.get("details"))[0]["reason"]
