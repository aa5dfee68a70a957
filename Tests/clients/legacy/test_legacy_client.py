"""The official client of the 1.x line: handshake, tools, and errors that keep the connection."""

import json
from contextlib import asynccontextmanager

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.exceptions import McpError


@asynccontextmanager
async def session(appliance, token):
    async with streamablehttp_client(f"{appliance.url}/mcp", headers={"Authorization": f"Bearer {token}"}) as (reading, writing, _):
        async with ClientSession(reading, writing) as client:
            yield client, await client.initialize()


async def test_handshake_and_search(box):
    async with session(box.appliance, box.alder) as (client, initialized):
        assert initialized.protocolVersion == "2025-11-25" and initialized.serverInfo.name.lower() == "carrel"
        await client.send_ping()
        assert len((await client.list_tools()).tools) == 11
        result = await client.call_tool("hybrid_search", {"query": "when are salaries paid in Zanzibar"})
        assert not result.isError and result.structuredContent["hits"][0]["doc_id"] == "alder-payroll"
        assert json.loads(result.content[0].text) == result.structuredContent


async def test_errors_keep_the_connection(box):
    async with session(box.appliance, box.alder) as (client, _):
        with pytest.raises(McpError) as caught:
            await client.call_tool("no_such_tool", {})
        assert caught.value.error.code == -32602
        with pytest.raises(McpError):
            await client.get_prompt("no_such_prompt")
        wrong = await client.call_tool("hybrid_search", {"query": "x", "limit": "many"})
        assert wrong.isError and "limit" in wrong.content[0].text
        assert (await client.call_tool("list_collections", {})).structuredContent["collections"]


async def test_a_rate_limit_keeps_the_connection(fresh):
    appliance = fresh()
    appliance.tenant("slow", "--rate", "3/min")
    appliance.start()
    async with session(appliance, appliance.token("slow")) as (client, _):
        with pytest.raises(McpError) as caught:
            for _ in range(8):
                await client.call_tool("list_collections", {})
        assert caught.value.error.code == -31003
        await client.send_ping()


async def test_writing_and_isolation(box):
    async with session(box.appliance, box.birch) as (client, _):
        added = await client.call_tool(
            "add_documents", {"documents": [{"id": "legacy", "text": "A note on merlins."}], "collection": "notes"})
        assert added.structuredContent["added"] == 1
        found = await client.call_tool("search_documents", {"query": "merlins"})
        assert [hit["doc_id"] for hit in found.structuredContent["hits"]] == ["legacy"]
        foreign = await client.call_tool("hybrid_search", {"query": "Zanzibar Quillbank Obsidian"})
        assert "Zanzibar" not in foreign.content[0].text and "alder" not in foreign.content[0].text
        deleted = await client.call_tool("delete_documents", {"ids": ["legacy"]})
        assert deleted.structuredContent["deleted"] == 1
