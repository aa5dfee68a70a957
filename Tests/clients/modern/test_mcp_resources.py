"""Resources, prompts and completion through the official client, in both eras."""

import json

import mcp_types as types
import pytest
from mcp import MCPError

from official import connected

MODES = ["auto", "legacy"]


@pytest.mark.parametrize("mode", MODES)
async def test_what_is_listed_can_be_read(box, mode):
    async with connected(box.appliance, box.alder, mode) as client:
        resources = (await client.list_resources()).resources
        assert [str(entry.uri) for entry in resources] == ["search://collections/notes"]
        collection = json.loads((await client.read_resource(str(resources[0].uri))).contents[0].text)
        assert collection["documents"] == len(box.appliance.ids(box.alder, "notes"))
        hit = (await client.call_tool("hybrid_search", {"query": "the", "limit": 1})).structured_content["hits"][0]
        whole = (await client.read_resource(hit["uri"])).contents[0]
        stored = box.appliance.document(box.alder, hit["doc_id"], "notes").json
        assert (whole.text, whole.mime_type) == (stored["text"], "text/markdown")
        passages = []
        while True:
            try:
                passages.append((await client.read_resource(f"{hit['uri']}/passages/{len(passages) + 1}")).contents[0].text)
            except MCPError:
                break
        assert passages and "".join(passages) == stored["text"]


@pytest.mark.parametrize("mode, code", [("auto", -32602), ("legacy", -32002)])
async def test_an_address_of_another_tenant_is_an_unknown_one(box, mode, code):
    own = box.appliance.ids(box.alder, "notes")[0]
    async with connected(box.appliance, box.birch, mode) as client:
        errors = []
        for uri in [f"search://documents/notes/{own}", "search://documents/notes/no-such", "search://nonsense", "x:y"]:
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
            errors.append((refused.value.code, refused.value.error.message.replace(uri, "URI"), refused.value.error.data))
            assert refused.value.error.data == {"uri": uri}
        assert {(error[0], error[1]) for error in errors} == {(code, "Resource not found: URI")}


@pytest.mark.parametrize("mode", MODES)
async def test_every_prompt_can_be_used(box, mode):
    first, second = box.appliance.ids(box.alder, "notes")[:2]
    words = box.appliance.document(box.alder, first, "notes").json["text"][:60]
    async with connected(box.appliance, box.alder, mode) as client:
        prompts = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
        assert list(prompts) == ["answer_with_citations", "compare_documents", "research_brief", "summarise"]
        arguments = {
            "answer_with_citations": {"question": words}, "research_brief": {"topic": words},
            "compare_documents": {"first_document": first, "second_document": second}, "summarise": {"document_id": first},
        }
        for name, prompt in prompts.items():
            assert {entry.name for entry in prompt.arguments if entry.required} == set(arguments[name])
            messages = (await client.get_prompt(name, arguments[name])).messages
            assert messages[-1].content.type == "text"
            assert any(message.content.type == "resource" for message in messages)
            with pytest.raises(MCPError) as refused:
                await client.get_prompt(name, {})
            assert refused.value.code == -32602


@pytest.mark.parametrize("mode", MODES)
async def test_ids_are_completed_within_the_tenant(box, mode):
    mine = box.appliance.ids(box.alder, "notes")
    template = types.ResourceTemplateReference(type="ref/resource", uri="search://documents/{collection}/{id}")
    prompt = types.PromptReference(type="ref/prompt", name="summarise")
    async with connected(box.appliance, box.alder, mode) as client:
        found = (await client.complete(template, {"name": "id", "value": mine[0][:2]}, {"collection": "notes"})).completion
        assert found.values == [id for id in mine if id.startswith(mine[0][:2])]
        assert (found.total, found.has_more) == (len(found.values), False)
        assert (await client.complete(prompt, {"name": "collection", "value": "n"})).completion.values == ["notes"]
    async with connected(box.appliance, box.birch, mode) as client:
        foreign = [id for id in mine if id not in box.appliance.ids(box.birch, "notes")]
        assert (await client.complete(prompt, {"name": "document_id", "value": foreign[0]})).completion.values == []
