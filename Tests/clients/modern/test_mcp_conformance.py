"""The fixtures of the MCP suite (MCP.md section 12), each with its exact text, through the official client and on the wire."""

import asyncio
import json

import mcp_types as types
import pytest
from mcp import MCPError
from mcp.client.subscriptions import PromptsListChanged, ResourceUpdated, ToolsListChanged

from conformance import Conformance
from official import connected
from wire import EventStream, call, headers, message

EVERYTHING = {"elicitation": {}, "sampling": {}, "roots": {}}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Conformance(tmp_path_factory.mktemp("conformance") / "data")
    yield server.start()
    server.stop()


def tool(server, name, arguments=None, capabilities=None, **round):
    return call(server, "tools/call", {"name": name, "arguments": arguments or {}} | round, None, capabilities)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_content(server, mode):
    async with connected(server, None, mode) as client:
        async def blocks(name):
            result = await client.call_tool(name, {})
            return result.is_error, [block.model_dump(by_alias=True, exclude_none=True) for block in result.content]

        assert await blocks("test_simple_text") == (
            False, [{"type": "text", "text": "This is a simple text response for testing."}])
        _, [image] = await blocks("test_image_content")
        assert (image["type"], image["mimeType"]) == ("image", "image/png")
        _, [audio] = await blocks("test_audio_content")
        assert (audio["type"], audio["mimeType"]) == ("audio", "audio/wav")
        assert (await blocks("test_embedded_resource"))[1] == [{"type": "resource", "resource": {
            "uri": "test://embedded-resource", "mimeType": "text/plain", "text": "This is an embedded resource content."}}]
        _, mixed = await blocks("test_multiple_content_types")
        assert mixed[0] == {"type": "text", "text": "Multiple content types test:"}
        assert mixed[1]["mimeType"] == "image/png"
        assert (mixed[2]["resource"]["uri"], mixed[2]["resource"]["mimeType"]) == (
            "test://mixed-content-resource", "application/json")
        assert await blocks("test_error_handling") == (
            True, [{"type": "text", "text": "This tool intentionally returns an error for testing"}])
        for name in ("test_streaming_elicitation", "test_logging_tool"):
            assert not (await blocks(name))[0]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_prompts_and_resources(server, mode):
    async with connected(server, None, mode) as client:
        async def prompt(name, arguments=None):
            return [message.content for message in (await client.get_prompt(name, arguments)).messages]

        assert (await prompt("test_simple_prompt"))[0].text == "This is a simple prompt for testing."
        filled = await prompt("test_prompt_with_arguments", {"arg1": "hello", "arg2": "world"})
        assert filled[0].text == "Prompt with arguments: arg1='hello', arg2='world'"
        resource, text = await prompt("test_prompt_with_embedded_resource", {"resourceUri": "test://example"})
        assert (str(resource.resource.uri), resource.resource.text, text.text) == (
            "test://example", "Embedded resource content for testing.", "Please process the embedded resource above.")
        image, text = await prompt("test_prompt_with_image")
        assert (image.mime_type, text.text) == ("image/png", "Please analyze the image above.")
        with pytest.raises(MCPError) as missing:
            await prompt("test_prompt_with_arguments", {"arg1": "x"})
        assert missing.value.code == -32602

        static = (await client.read_resource("test://static-text")).contents[0]
        assert (static.mime_type, static.text) == ("text/plain", "This is the content of the static text resource.")
        binary = (await client.read_resource("test://static-binary")).contents[0]
        assert binary.mime_type == "image/png" and binary.blob
        data = (await client.read_resource("test://template/123/data")).contents[0]
        assert json.loads(data.text) == {"id": "123", "templateTest": True, "data": "Data for ID: 123"}
        assert (await client.read_resource("test://watched-resource")).contents[0].text
        # What the suite looks for stands on the first page.
        assert {"test://static-text", "test://static-binary", "test://watched-resource"} <= {
            str(entry.uri) for entry in (await client.list_resources()).resources}
        assert "test://template/{id}/data" in [
            entry.uri_template for entry in (await client.list_resource_templates()).resource_templates]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_progress(server, mode):
    seen = []

    async def on_progress(progress, total, text):
        seen.append((progress, total))

    async with connected(server, None, mode) as client:
        result = await client.call_tool("test_tool_with_progress", {}, progress_callback=on_progress)
        assert not result.is_error
    assert seen == [(0, 100), (50, 100), (100, 100)]


async def test_schemas_pass_untouched(server):
    listed = call(server, "tools/list", {}, None).json["result"]["tools"]
    schema = next(entry["inputSchema"] for entry in listed if entry["name"] == "json_schema_2020_12_tool")
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$defs"]["address"]["$anchor"] == "addressDef"
    assert schema["properties"]["address"] == {"$ref": "#/$defs/address"}
    assert {"allOf", "if", "then", "else"} <= schema.keys() and schema["additionalProperties"] is False


async def test_change_notices(server):
    async with connected(server, None) as client:
        async with client.listen(
            tools_list_changed=True, prompts_list_changed=True, resource_subscriptions=["test://watched-resource"]
        ) as stream:
            events = aiter(stream)
            for name, event in [
                ("test_trigger_tool_change", ToolsListChanged()), ("test_trigger_prompt_change", PromptsListChanged()),
                ("test_trigger_resource_change", ResourceUpdated(uri="test://watched-resource")),
            ]:
                await client.call_tool(name, {})
                assert await asyncio.wait_for(anext(events), 10) == event
    narrow = EventStream(server.port, "subscriptions/listen", {"notifications": {"promptsListChanged": True}})
    narrow.next()
    tool(server, "test_trigger_tool_change")
    tool(server, "test_trigger_prompt_change")
    assert narrow.next()["method"] == "notifications/prompts/list_changed"


def test_a_capability_that_is_missing(server):
    answer = tool(server, "test_missing_capability")
    assert (answer.status, answer.json["error"]["code"]) == (400, -32021)
    assert answer.json["error"]["data"] == {"requiredCapabilities": {"sampling": {}}}
    assert not tool(server, "test_missing_capability", capabilities={"sampling": {}}).json["result"]["isError"]


@pytest.mark.parametrize("header, status, code", [
    ("eu", 200, None), ("=?base64?ZXU=?=", 200, None), (None, 400, -32020), ("us", 400, -32020), ("=?base64?ZXU?=", 400, -32020)])
def test_an_argument_that_is_a_header_too(server, header, status, code):
    params = {"name": "test_x_mcp_header", "arguments": {"region": "eu"}}
    more = {} if header is None else {"Mcp_Param_Region": header}
    answer = server.call("POST", "/mcp", message("tools/call", params), headers=headers("tools/call", params, None, **more))
    assert (answer.status, answer.json.get("error", {}).get("code")) == (status, code)


async def test_the_official_client_sends_that_header(server):
    async with connected(server, None) as client:
        await client.list_tools()
        result = await client.call_tool("test_x_mcp_header", {"region": "é"})
        assert result.content[0].text == "region=é"


async def test_asking_back_through_the_official_client(server):
    answers = {"name": "Ann", "color": "red", "ok": True, "context": "tests"}

    async def elicit(context, params):
        wanted = params.requested_schema["required"][0]
        return types.ElicitResult(action="accept", content={wanted: answers[wanted]})

    async def sample(context, params):
        return types.CreateMessageResult(role="assistant", content=types.TextContent(type="text", text="Paris"), model="m")

    async def roots(context):
        return types.ListRootsResult(roots=[types.Root(uri="file:///r", name="r")])

    async with connected(
        server, None, elicitation_callback=elicit, sampling_callback=sample, list_roots_callback=roots
    ) as client:
        async def text(name):
            return (await client.call_tool("test_input_required_result_" + name, {})).content[0].text

        assert await text("elicitation") == "Hello, Ann!"
        assert await text("sampling") == "Paris"
        assert await text("list_roots") == "Roots: file:///r"
        assert await text("multiple_inputs") == "Paris Ann, 1 roots"
        assert "state-ok" in await text("request_state")
        assert await text("multi_round") == "Ann likes red"
        prompt = await client.get_prompt("test_input_required_result_prompt", {})
        assert prompt.messages[0].content.text == "Use this context: tests"


def test_asking_back_on_the_wire(server):
    name = "test_input_required_result_elicitation"
    first = tool(server, name, capabilities=EVERYTHING).json["result"]
    assert first["resultType"] == "input_required" and list(first["inputRequests"]) == ["user_name"]
    assert "ttlMs" not in first and "content" not in first
    for answers in [{}, {"wrong": {"action": "accept", "content": {"name": "A"}}}, {"user_name": 12345},
                    {"user_name": {"action": "accept", "content": {"name": 5}}}]:
        again = tool(server, name, capabilities=EVERYTHING, inputResponses=answers).json["result"]
        assert again["resultType"] == "input_required"
    extra = {"user_name": {"action": "accept", "content": {"name": "Al"}}, "more": {"action": "accept", "content": {}}}
    assert tool(server, name, capabilities=EVERYTHING, inputResponses=extra).json["result"]["content"][0]["text"] == "Hello, Al!"
    assert tool(server, name, capabilities=EVERYTHING, inputResponses=None).json["error"]["code"] == -32602

    confirm = {"inputResponses": {"confirm": {"action": "accept", "content": {"ok": True}}}}
    for name in ("test_input_required_result_request_state", "test_input_required_result_tampered_state"):
        state = tool(server, name, capabilities=EVERYTHING).json["result"]["requestState"]
        refused = tool(server, name, capabilities=EVERYTHING, requestState=state + "-TAMPERED", **confirm)
        assert (refused.status, refused.json["error"]["code"]) == (400, -32602)
        assert tool(server, name, capabilities=EVERYTHING, requestState=state, **confirm).json["result"]["content"][0]["text"] == "state-ok"

    only = tool(server, "test_input_required_result_capabilities", capabilities={"sampling": {}}).json["result"]
    assert [entry["method"] for entry in only["inputRequests"].values()] == ["sampling/createMessage"]
    undeclared = tool(server, "test_input_required_result_elicitation")
    assert (undeclared.status, undeclared.json["error"]["code"]) == (400, -32021)
    # Methods that never ask.
    for method in ("tools/list", "resources/list", "prompts/list", "server/discover"):
        assert call(server, method, {}, None, EVERYTHING).json["result"]["resultType"] == "complete"


def test_the_product_has_no_fixtures(box):
    names = [entry["name"] for entry in box.appliance.rpc("tools/list", {}, box.alder).json["result"]["tools"]]
    assert not [name for name in names if name.startswith("test_")]
    assert box.appliance.rpc("tools/list").status == 401
