"""MCP on the bare wire: what a client library hides, streams above all."""

from __future__ import annotations

import http.client
import json
from typing import Any

META = "io.modelcontextprotocol/"
TASKS = META + "tasks"


def headers(method: str, params: dict, token: str | None, era: str = "modern", **more: str) -> dict[str, str]:
    fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if token:
        fields["Authorization"] = f"Bearer {token}"
    if era == "modern":
        fields |= {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
        name = params.get("name") or params.get("uri") or params.get("taskId")
        if name:
            fields["Mcp-Name"] = name
    else:
        fields["MCP-Protocol-Version"] = "2025-11-25"
    return fields | {name.replace("_", "-"): value for name, value in more.items()}


def message(method: str, params: dict | None = None, capabilities: dict | None = None, id: Any = 7, era: str = "modern", **meta: Any) -> dict:
    params = dict(params or {})
    if era == "modern":
        meta = {META + "protocolVersion": "2026-07-28", META + "clientCapabilities": capabilities or {}} | meta
    if meta:
        params["_meta"] = meta
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


class EventStream:
    """One POST whose answer is read event by event."""

    def __init__(self, port: int, method: str, params: dict, token: str | None = None, timeout: float = 20, era: str = "modern", **more: Any) -> None:
        body = message(method, params, era=era, **more)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self._connection.request("POST", "/mcp", json.dumps(body), headers(method, params, token, era))
        self.response = self._connection.getresponse()

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def type(self) -> str:
        return self.response.headers.get("Content-Type", "")

    def next(self) -> Any:
        """The next message, comments left out; None at the end."""
        data = None
        while line := self.response.readline():
            line = line.rstrip(b"\n")
            if line.startswith(b"data: "):
                data = json.loads(line[6:])
            elif not line and data is not None:
                return data
        return None

    def rest(self) -> list[Any]:
        """Every message up to the end."""
        return list(iter(self.next, None))

    def close(self) -> None:
        # The response keeps the socket open by itself.
        self.response.close()
        self._connection.close()


def call(appliance: Any, method: str, params: dict, token: str | None, capabilities: dict | None = None, era: str = "modern", **meta: Any) -> Any:
    """One call answered as JSON; the answer with its status."""
    return appliance.call(
        "POST", "/mcp", message(method, params, capabilities, era=era, **meta), headers=headers(method, params, token, era))
