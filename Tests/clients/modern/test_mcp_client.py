"""The tools through the official client, in both eras of the protocol."""

import asyncio
import json

import pytest
from jsonschema import Draft202012Validator
from mcp import MCPError

from official import connected

TOOLS = [
    "hybrid_search", "search_documents", "retrieve_document", "list_documents", "find_similar", "get_passages",
    "list_collections", "explain_hit", "add_documents", "update_document", "delete_documents",
]
READERS = TOOLS[:8]
VERSIONS = {"auto": "2026-07-28", "legacy": "2025-11-25"}


@pytest.fixture(params=VERSIONS)
def mode(request):
    return request.param


@pytest.fixture
async def client(box, mode):
    """A connected client; one task opens and closes it, as its cancel scopes demand."""
    ready, done = asyncio.get_running_loop().create_future(), asyncio.Event()

    async def hold():
        try:
            async with connected(box.appliance, box.alder, mode) as client:
                ready.set_result(client)
                await done.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    holder = asyncio.create_task(hold())
    yield await ready
    done.set()
    await holder


async def call(client, name, arguments):
    """Calls a tool and holds its answer against its own schema and its text twin."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content[0].text
    schema = next(tool.output_schema for tool in (await client.list_tools()).tools if tool.name == name)
    Draft202012Validator(schema).validate(result.structured_content)
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refused(client, name, arguments) -> str:
    result = await client.call_tool(name, arguments)
    assert result.is_error
    return result.content[0].text


async def test_negotiates_the_version_of_its_era(client, mode):
    assert client.protocol_version == VERSIONS[mode]
    assert client.server_info.name.lower() == "carrel"


async def test_lists_the_tools_in_a_stable_order(client):
    first, second = await client.list_tools(), await client.list_tools(cache_mode="bypass")
    assert [tool.name for tool in first.tools] == TOOLS == [tool.name for tool in second.tools]
    for tool in first.tools:
        Draft202012Validator.check_schema(tool.input_schema)
        Draft202012Validator.check_schema(tool.output_schema)
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
        assert tool.description and tool.title
        assert tool.annotations.read_only_hint == (tool.name in READERS)
    assert next(tool for tool in first.tools if tool.name == "delete_documents").annotations.destructive_hint


async def test_declares_only_what_works(client):
    schemas = json.dumps([[tool.input_schema, tool.output_schema] for tool in (await client.list_tools()).tools])
    assert "maxLength" not in schemas
    capabilities = client.server_capabilities.model_dump(by_alias=True, exclude_none=True)
    # What can be pushed is declared where it can be: on the modern wire.
    assert capabilities == {
        "2026-07-28": {
            "tools": {"listChanged": True}, "resources": {"subscribe": True, "listChanged": True}, "prompts": {},
            "completions": {}, "extensions": {"io.modelcontextprotocol/tasks": {}},
        },
        "2025-11-25": {"tools": {}, "resources": {}, "prompts": {}, "completions": {}},
    }[client.protocol_version]


async def test_hides_writing_from_a_reader(box, mode):
    token = box.appliance.token("alder", scope="search")
    async with connected(box.appliance, token, mode) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == READERS


async def test_hybrid_search_finds_and_explains(client, box):
    answer = await call(client, "hybrid_search", {"query": "when are salaries paid in Zanzibar", "limit": 3})
    first = answer["hits"][0]
    assert first["doc_id"] == "alder-payroll"
    assert first["collection"] == "notes" and first["tenant_id"] == "alder"
    assert first["uri"] == "search://documents/notes/alder-payroll"
    assert first["bm25_rank"] == 1 and first["bm25_score"] > 0
    assert 0 < first["score"] <= 1
    assert first["metadata"] == {"owner": "Marigold"}
    assert "Zanzibar" in first["snippet"]
    assert answer["degraded"] == (not box.appliance.has_model)
    if box.appliance.has_model:
        assert first["vector_rank"] >= 1 and -1 <= first["vector_score"] <= 1


async def test_vectors_find_what_shares_no_word(client, box):
    if not box.appliance.has_model:
        pytest.skip("no embedding model here")
    answer = await call(client, "hybrid_search", {"query": "takeover of another company", "limit": 1, "bm25_weight": 0})
    assert answer["hits"][0]["doc_id"] == "alder-merger"
    assert answer["hits"][0]["vector_rank"] == 1


async def test_highlights_count_scalars_of_the_text(client):
    await call(client, "add_documents", {
        "collection": "notes",
        "documents": [{"id": "scalars", "title": "Ünïcode", "text": "🦜 Der Papagei 𝔰𝔞𝔤𝔱 nichts über Quittungsblöcke, e\u0301cole."}]})
    answer = await call(client, "search_documents", {"query": "quittungsblöcke"})
    hit = answer["hits"][0]
    document = await call(client, "retrieve_document", {"document_id": "scalars"})
    marked = [document["text"][span["start"]:span["end"]] for span in hit["highlights"]]
    assert marked == ["Quittungsblöcke"]
    assert document["text"][hit["snippet_start"]:].startswith(hit["snippet"].rstrip("…"))
    await call(client, "delete_documents", {"ids": ["scalars"]})


async def test_search_documents_is_keyword_search(client):
    answer = await call(client, "search_documents", {"query": "tapes vault"})
    assert [hit["doc_id"] for hit in answer["hits"]] == ["alder-backup"]
    assert answer["total"] == 1 and answer["total_relation"] == "exact"
    assert not answer["degraded"] and "vector_rank" not in answer["hits"][0]


async def test_retrieves_whole_documents(client):
    document = await call(client, "retrieve_document", {"document_id": "alder-merger", "collection": "notes"})
    assert document["title"] == "Merger with Obsidian" and document["text"].startswith("Obsidian will")
    assert document["metadata"] == {"owner": "Marigold"}
    alias = await client.call_tool("retrieve_document", {"doc_id": "alder-merger"})
    assert alias.structured_content == document
    assert "no-such-document" in await refused(client, "retrieve_document", {"document_id": "no-such-document"})


async def test_lists_documents_in_pages(client):
    everything = await call(client, "list_documents", {"collection": "notes"})
    found, cursor = [], None
    while True:
        page = await call(client, "list_documents", {"limit": 1, **({"cursor": cursor} if cursor else {})})
        found += page["documents"]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert found == everything["documents"] and len(found) >= 4


async def test_lists_collections(client):
    answer = await call(client, "list_collections", {})
    notes = next(entry for entry in answer["collections"] if entry["name"] == "notes")
    assert notes["documents"] >= 4 and notes["passages"] >= notes["documents"] and notes["waiting"] >= 0


async def test_adds_changes_and_deletes(client):
    place = {"collection": "scratch"}
    draft = {"id": "draft", "title": "Draft", "text": "A pamphlet about kingfishers."}
    added = await call(client, "add_documents", {**place, "documents": [draft]})
    assert (added["added"], added["ids"], added["errors"]) == (1, ["draft"], [])
    again = await call(client, "add_documents", {**place, "documents": [draft]})
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 1)
    changed = await call(client, "add_documents", {**place, "documents": [{**draft, "text": "A pamphlet about bitterns."}]})
    assert changed["updated"] == 1
    found = await call(client, "search_documents", {**place, "query": "bitterns"})
    assert [hit["doc_id"] for hit in found["hits"]] == ["draft"]
    assert (await call(client, "search_documents", {**place, "query": "kingfishers"}))["hits"] == []
    deleted = await call(client, "delete_documents", {**place, "ids": ["draft", "never-there"]})
    assert (deleted["deleted"], deleted["unknown"]) == (1, 1)
    assert (await call(client, "search_documents", {**place, "query": "bitterns"}))["hits"] == []


async def test_bad_entries_do_not_stop_the_others(client):
    documents = [{"id": "good", "text": "fine"}, {"id": 5, "text": "x"}, {"title": ""}, "text"]
    answer = await call(client, "add_documents", {"collection": "scratch", "documents": documents})
    assert answer["added"] == 1 and [error["index"] for error in answer["errors"]] == [1, 2, 3]
    assert all(error["reason"] for error in answer["errors"])
    none = await client.call_tool("add_documents", {"collection": "scratch", "documents": [{"id": 5, "text": "x"}]})
    assert none.is_error
    await call(client, "delete_documents", {"collection": "scratch", "ids": ["good"]})


@pytest.mark.parametrize(("tool", "arguments", "named"), [
    ("hybrid_search", {}, "query"),
    ("hybrid_search", {"query": 5}, "query"),
    ("hybrid_search", {"query": ""}, "query"),
    ("hybrid_search", {"query": "x", "limit": 0}, "limit"),
    ("hybrid_search", {"query": "x", "limit": "ten"}, "limit"),
    ("hybrid_search", {"query": "x", "limit": 1.5}, "limit"),
    ("hybrid_search", {"query": "x", "min_score": 1.1}, "min_score"),
    ("hybrid_search", {"query": "x", "min_vector_score": -2}, "min_vector_score"),
    ("hybrid_search", {"query": "x", "bm25_weight": -1}, "bm25_weight"),
    ("hybrid_search", {"query": "x", "vector_weight": "much"}, "vector_weight"),
    ("hybrid_search", {"query": "x", "bm25_weight": 0, "vector_weight": 0}, "bm25_weight"),
    ("hybrid_search", {"query": "x", "fusion": "loudest"}, "fusion"),
    ("hybrid_search", {"query": "x", "k": 0}, "k"),
    ("hybrid_search", {"query": "x", "detail": "all"}, "detail"),
    ("hybrid_search", {"query": "x", "embedding": [1, 2]}, "embedding"),
    ("hybrid_search", {"query": "x", "embedding": []}, "embedding"),
    ("hybrid_search", {"query": "x", "embedding": ["a"]}, "embedding"),
    ("hybrid_search", {"query": "x", "collection": 3}, "collection"),
    ("hybrid_search", {"query": "x", "cursor": "zz"}, "cursor"),
    ("hybrid_search", {"query": "x", "filter": {}}, "filter"),
    ("search_documents", {"query": "x", "min_score": 0.5}, "min_score"),
    ("search_documents", {"query": None}, "query"),
    ("retrieve_document", {}, "document_id"),
    ("retrieve_document", {"document_id": ""}, "document_id"),
    ("retrieve_document", {"document_id": ["a"]}, "document_id"),
    ("list_documents", {"limit": -1}, "limit"),
    ("list_documents", {"cursor": 7}, "cursor"),
    ("list_collections", {"verbose": True}, "verbose"),
    ("add_documents", {}, "documents"),
    ("add_documents", {"documents": []}, "documents"),
    ("add_documents", {"documents": {"id": "a"}}, "documents"),
    ("add_documents", {"documents": [{"text": "a"}], "collection": "Not A Name"}, "collection"),
    ("delete_documents", {"ids": []}, "ids"),
    ("delete_documents", {"ids": "a"}, "ids"),
    ("delete_documents", {"ids": [1]}, "ids"),
])
async def test_wrong_arguments_are_named(client, tool, arguments, named):
    assert named in await refused(client, tool, arguments)


async def test_unknown_collections_name_those_that_exist(client):
    for tool, arguments in [("hybrid_search", {"query": "x"}), ("search_documents", {"query": "x"}), ("list_documents", {}),
                            ("delete_documents", {"ids": ["a"]}), ("retrieve_document", {"document_id": "a"})]:
        message = await refused(client, tool, {**arguments, "collection": "nowhere"})
        assert "nowhere" in message, tool
        if tool != "retrieve_document":
            assert "notes" in message, tool


async def test_an_unknown_tool_is_a_protocol_error(client):
    with pytest.raises(MCPError) as caught:
        await client.call_tool("drop_everything", {})
    assert caught.value.code == -32602


async def test_an_undeclared_family_is_unknown(client):
    with pytest.raises(MCPError) as caught:
        await client.set_logging_level("debug")
    assert caught.value.code == -32601


async def test_a_limit_above_fifty_is_cut_with_a_warning(client):
    answer = await call(client, "hybrid_search", {"query": "the", "limit": 500})
    assert any("500" in warning and "50" in warning for warning in answer["warnings"])


async def test_many_calls_at_once(client):
    answers = await asyncio.gather(*(client.call_tool("hybrid_search", {"query": "tapes in the vault"}) for _ in range(16)))
    assert all(answer.structured_content["hits"] == answers[0].structured_content["hits"] for answer in answers)
