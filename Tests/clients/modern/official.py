"""The official client, connected with a token."""

from __future__ import annotations

from contextlib import asynccontextmanager

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client


@asynccontextmanager
async def connected(appliance, token: str | None, mode: str = "auto", **options):
    """A connected client; `options` go to `Client`, such as callbacks. Without a token none is sent."""
    async with httpx2.AsyncClient(
        headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=30
    ) as http:
        transport = streamable_http_client(f"{appliance.url}/mcp", http_client=http)
        async with Client(transport, mode=mode, read_timeout_seconds=30, **options) as client:
            yield client
