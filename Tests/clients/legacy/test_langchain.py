"""LangChain's adapters turn the tools into agents' tools and run them."""

import json

from langchain_mcp_adapters.client import MultiServerMCPClient


def client(box, token):
    return MultiServerMCPClient({
        "carrel": {"transport": "streamable_http", "url": f"{box.appliance.url}/mcp", "headers": {"Authorization": f"Bearer {token}"}}})


def answer(message) -> dict:
    """The text twin in whichever form the adapter hands it over."""
    content = message.content if hasattr(message, "content") else message
    if isinstance(content, tuple):
        content = content[0]
    if isinstance(content, list):
        content = content[0] if isinstance(content[0], str) else content[0]["text"]
    return json.loads(content)


async def test_tools_and_a_search(box):
    tools = {tool.name: tool for tool in await client(box, box.alder).get_tools()}
    assert len(tools) == 11
    found = answer(await tools["hybrid_search"].ainvoke({"query": "when are salaries paid in Zanzibar", "limit": 2}))
    assert found["hits"][0]["doc_id"] == "alder-payroll" and len(found["hits"]) <= 2


async def test_a_tenant_sees_its_own(box):
    tools = {tool.name: tool for tool in await client(box, box.birch).get_tools()}
    found = answer(await tools["hybrid_search"].ainvoke({"query": "Zanzibar Quillbank"}))
    assert all(hit["tenant_id"] == "birch" for hit in found["hits"])
    listed = answer(await tools["list_documents"].ainvoke({}))
    assert not any(entry["doc_id"].startswith("alder") for entry in listed["documents"])


async def test_resources_come_whole(box):
    # The adapter reads the first page alone, and every resource of it.
    blobs = await client(box, box.alder).get_resources("carrel")
    assert {str(blob.metadata["uri"]) for blob in blobs} == {"search://collections/notes"}
