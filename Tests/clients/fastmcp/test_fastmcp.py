"""The client of fastmcp: another implementation that opens with `server/discover`."""

import pytest
from fastmcp import Client
from fastmcp.client.auth import BearerAuth
from fastmcp.exceptions import ToolError


def client(box, token):
    return Client(f"{box.appliance.url}/mcp", auth=BearerAuth(token))


async def test_a_search_and_the_document_behind_it(box):
    async with client(box, box.alder) as session:
        names = [tool.name for tool in await session.list_tools()]
        assert names[0] == "hybrid_search" and "retrieve_document" in names
        found = (await session.call_tool("hybrid_search", {"query": "when are salaries paid in Zanzibar"})).structured_content
        best = found["hits"][0]
        assert best["doc_id"] == "alder-payroll"
        whole = (await session.call_tool("retrieve_document", {"document_id": best["doc_id"]})).structured_content
        assert "Quillbank" in whole["text"]


async def test_wrong_arguments_and_an_unknown_tool_are_told(box):
    async with client(box, box.alder) as session:
        with pytest.raises(ToolError, match="`query` is required"):
            await session.call_tool("hybrid_search", {})
        with pytest.raises(Exception, match="no_such_tool"):
            await session.call_tool("no_such_tool", {})


async def test_a_tenant_sees_its_own(box):
    async with client(box, box.birch) as session:
        found = (await session.call_tool("hybrid_search", {"query": "Zanzibar Quillbank"})).structured_content
        assert found["hits"] and all(hit["tenant_id"] == "birch" for hit in found["hits"])


async def test_a_bad_token_is_refused(box):
    with pytest.raises(Exception, match="401|not valid|Authentication"):
        async with client(box, "crl_wrong") as session:
            await session.list_tools()
