"""The official client of the 1.x line and LangChain's adapters over `carrel stdio`."""

import json

from langchain_mcp_adapters.client import MultiServerMCPClient
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from appliance import binary


async def test_the_legacy_client(box):
    server = StdioServerParameters(
        command=str(binary()), args=["stdio", "--url", box.appliance.url], env={"CARREL_TOKEN": box.alder})
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as client:
        assert (await client.initialize()).protocolVersion == "2025-11-25"
        await client.send_ping()
        assert len((await client.list_tools()).tools) >= 7
        found = await client.call_tool("hybrid_search", {"query": "when are salaries paid in Zanzibar"})
        assert found.structuredContent["hits"][0]["doc_id"] == "alder-payroll"


async def test_langchain(box):
    client = MultiServerMCPClient({"carrel": {
        "transport": "stdio", "command": str(binary()), "args": ["stdio", "--data", str(box.appliance.data), "--tenant", "birch"]}})
    tools = {tool.name: tool for tool in await client.get_tools()}
    found = await tools["hybrid_search"].ainvoke({"query": "Zanzibar Quillbank"})
    text = found if isinstance(found, str) else found[0]["text"]
    assert all(hit["tenant_id"] == "birch" for hit in json.loads(text)["hits"])
