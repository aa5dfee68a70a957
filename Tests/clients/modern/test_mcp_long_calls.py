"""Progress, taking back, asking back, and tasks."""

import json
import time

import mcp_types as types
import pytest
from mcp import MCPError

from appliance import eventually
from official import connected
from wire import TASKS, EventStream, call, headers, message

FORMS = {"elicitation": {}}


def documents(count, tag="d"):
    return [{"id": f"{tag}{number}", "text": f"document {number} of {tag}"} for number in range(count)]


@pytest.fixture(scope="module")
def appliance(tmp_path_factory):
    from appliance import Appliance

    appliance = Appliance(tmp_path_factory.mktemp("long") / "data")
    for name in ("alder", "birch"):
        appliance.tenant(name)
    appliance.start()
    yield appliance
    appliance.stop()


@pytest.fixture
def alder(appliance):
    return appliance.token("alder")


# Progress


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_import_tells_how_far_it_is(appliance, alder, mode):
    seen = []

    async def on_progress(progress, total, text):
        seen.append((progress, total))

    async with connected(appliance, alder, mode) as client:
        batch = {"documents": documents(250, mode), "collection": mode}
        result = await client.call_tool("add_documents", batch, progress_callback=on_progress)
        assert result.structured_content["added"] == 250
        assert seen == [(100, 250), (200, 250), (250, 250)]
        seen.clear()
        result = await client.call_tool("add_documents", batch | {"documents": documents(5, mode)}, progress_callback=on_progress)
        assert (result.structured_content["unchanged"], seen) == (5, [])


def test_a_stream_comes_only_to_those_who_asked(appliance, alder):
    params = {"name": "add_documents", "arguments": {"documents": documents(150), "collection": "plain"}}
    assert call(appliance, "tools/call", params, alder).headers["Content-Type"] == "application/json"
    small = params | {"arguments": {"documents": documents(3), "collection": "plain"}}
    assert call(appliance, "tools/call", small, alder, progressToken="p").headers["Content-Type"] == "application/json"
    fields = headers("tools/call", params, alder, Accept="application/json")
    asked = appliance.call("POST", "/mcp", message("tools/call", params, progressToken="p"), headers=fields)
    assert asked.headers["Content-Type"] == "application/json"
    stream = EventStream(appliance.port, "tools/call", params, alder, progressToken=5)
    assert stream.type == "text/event-stream"
    told = stream.rest()
    assert [entry["params"]["progress"] for entry in told[:-1]] == [100, 150]
    assert all(entry["params"]["progressToken"] == 5 for entry in told[:-1])
    assert told[-1]["id"] == 7 and told[-1]["result"]["structuredContent"]["unchanged"] == 150


def test_refusals_come_before_the_stream(appliance):
    reader = appliance.token("alder", scope="search")
    params = {"name": "add_documents", "arguments": {"documents": documents(150)}}
    refused = call(appliance, "tools/call", params, reader, progressToken="p")
    assert (refused.status, refused.json["error"]["code"]) == (403, -31002)
    legacy = call(appliance, "tools/call", params, reader, era="legacy", progressToken="p")
    assert (legacy.status, legacy.json["error"]["code"]) == (200, -31002)


# Asking back


async def test_a_delete_asks_the_user(appliance, alder):
    asked, answers = [], []

    async def on_elicit(context, params):
        asked.append(params)
        return answers.pop(0)

    appliance.put(alder, documents(3, "q"), "ask")
    async with connected(appliance, alder, elicitation_callback=on_elicit) as client:
        call = {"ids": ["q0", "q1"], "collection": "ask"}
        for answer in [
            types.ElicitResult(action="decline"), types.ElicitResult(action="cancel"),
            types.ElicitResult(action="accept", content={"ok": False}),
        ]:
            answers.append(answer)
            kept = await client.call_tool("delete_documents", call)
            assert (kept.structured_content["deleted"], len(kept.structured_content["warnings"])) == (0, 1)
        assert len(appliance.ids(alder, "ask")) == 3
        # An answer that is none is asked again.
        answers += [types.ElicitResult(action="accept", content={}), types.ElicitResult(action="accept", content={"ok": True})]
        gone = await client.call_tool("delete_documents", call)
        assert gone.structured_content["deleted"] == 2
        assert appliance.ids(alder, "ask") == ["q2"]
    assert len(asked) == 5
    assert asked[0].message == "Delete 2 documents from collection ask for good? They are: q0, q1"


def test_a_confirmation_is_good_for_one_call_of_one_user(appliance, alder):
    appliance.put(alder, documents(2, "s"), "seal")
    params = {"name": "delete_documents", "arguments": {"ids": ["s0"], "collection": "seal"}}
    first = call(appliance, "tools/call", params, alder, FORMS).json["result"]
    assert first["resultType"] == "input_required" and "ttlMs" not in first
    state = first["requestState"]
    yes = {"inputResponses": {"confirm": {"action": "accept", "content": {"ok": True}}}, "requestState": state}

    def code(changed, token=alder):
        answer = call(appliance, "tools/call", params | yes | changed, token, FORMS)
        return answer.status, answer.json.get("error", {}).get("code")

    assert code({"requestState": state + "A"}) == (400, -32602)
    assert code({"requestState": state[:-2] + "AA"}) == (400, -32602)
    assert code({"requestState": ""}) == (400, -32602)
    assert code({"arguments": {"ids": ["s1"], "collection": "seal"}}) == (400, -32602)
    assert code({}, appliance.token("alder", user="other")) == (400, -32602)
    assert code({}, appliance.token("birch")) == (400, -32602)
    # An answer without the state was asked for by nobody.
    unasked = params | {"inputResponses": yes["inputResponses"]}
    assert call(appliance, "tools/call", unasked, alder, FORMS).json["result"]["resultType"] == "input_required"
    assert len(appliance.ids(alder, "seal")) == 2
    # Another token of the same user, members in another order, an extra answer: the same call.
    again = {"name": "delete_documents", "arguments": {"collection": "seal", "ids": ["s0"]}} | yes
    again["inputResponses"] = yes["inputResponses"] | {"extra": 5}
    done = call(appliance, "tools/call", again, appliance.token("alder"), FORMS).json["result"]
    assert (done["resultType"], done["structuredContent"]["deleted"]) == ("complete", 1)


@pytest.mark.parametrize("capabilities, era", [({}, "modern"), ({"elicitation": {"url": {}}}, "modern"), (None, "legacy")])
def test_a_client_without_forms_deletes_what_it_names(appliance, alder, capabilities, era):
    appliance.put(alder, [{"id": "gone", "text": "x"}], "named")
    params = {"name": "delete_documents", "arguments": {"ids": ["gone"], "collection": "named"}}
    result = call(appliance, "tools/call", params, alder, capabilities, era).json["result"]
    assert result["structuredContent"]["deleted"] == 1


# Tasks


def task(appliance, method, id, token, **more):
    return call(appliance, f"tasks/{method}", {"taskId": id} | more, token, {"extensions": {TASKS: {}}})


def start(appliance, token, count, collection):
    params = {"name": "add_documents", "arguments": {"documents": documents(count, collection), "collection": collection}}
    return call(appliance, "tools/call", params, token, {"extensions": {TASKS: {}}}).json["result"]


def test_a_bulk_import_goes_on_as_a_task(appliance, alder):
    made = start(appliance, alder, 500, "bulk")
    assert made["resultType"] == "task" and made["status"] == "working"
    assert {"taskId", "createdAt", "lastUpdatedAt", "ttlMs", "pollIntervalMs"} <= set(made) and "result" not in made
    assert len(made["taskId"]) == 32

    def ended():
        found = task(appliance, "get", made["taskId"], alder).json["result"]
        assert found["resultType"] == "complete"
        return found if found["status"] != "working" else None

    done = eventually(ended)
    assert (done["status"], done["result"]["structuredContent"]["added"]) == ("completed", 500)
    assert json.loads(done["result"]["content"][0]["text"]) == done["result"]["structuredContent"]
    assert done["statusMessage"] == "500 of 500 documents"
    assert len(appliance.ids(alder, "bulk")) == 500
    # Both are taken note of, whatever has ended.
    for method in ("cancel", "update"):
        answer = task(appliance, method, made["taskId"], alder, **({"inputResponses": {}} if method == "update" else {}))
        assert answer.json["result"].keys() == {"resultType", "_meta"}
    assert ended()["status"] == "completed"


def test_a_task_is_its_makers_alone(appliance, alder):
    id = start(appliance, alder, 101, "own")["taskId"]
    for token in (appliance.token("birch"), appliance.token("alder", user="other")):
        for method in ("get", "cancel", "update"):
            answer = task(appliance, method, id, token)
            unknown = task(appliance, method, "0" * 32, token)
            assert (answer.status, answer.json["error"]["code"]) == (400, -32602)
            assert answer.text.replace(id, "") == unknown.text.replace("0" * 32, "")
    assert task(appliance, "get", id, appliance.token("alder")).status == 200
    undeclared = call(appliance, "tasks/get", {"taskId": id}, alder)
    assert (undeclared.status, undeclared.json["error"]["code"]) == (400, -32021)
    assert undeclared.json["error"]["data"] == {"requiredCapabilities": {"extensions": {TASKS: {}}}}
    assert call(appliance, "tasks/get", {"taskId": id}, alder, era="legacy").json["error"]["code"] == -32601


def test_a_cancelled_task_stays_cancelled(appliance, alder):
    made = start(appliance, alder, 1000, "stop")
    assert task(appliance, "cancel", made["taskId"], alder).status == 200
    status = task(appliance, "get", made["taskId"], alder).json["result"]["status"]
    assert status in ("cancelled", "completed")
    time.sleep(0.5)
    assert task(appliance, "get", made["taskId"], alder).json["result"]["status"] == status
    if status == "cancelled":
        assert len(appliance.ids(alder, "stop")) < 1000


def test_without_the_extension_a_bulk_import_is_answered_whole(appliance, alder):
    params = {"name": "add_documents", "arguments": {"documents": documents(150, "w"), "collection": "whole"}}
    result = call(appliance, "tools/call", params, alder).json["result"]
    assert (result["resultType"], result["structuredContent"]["added"]) == ("complete", 150)


# Errors of the protocol


async def test_errors_have_the_code_of_their_era(appliance, alder):
    for mode, missing in (("auto", -32602), ("legacy", -32002)):
        async with connected(appliance, alder, mode) as client:
            for ask, code in [
                (client.read_resource("search://collections/none"), missing),
                (client.get_prompt("none", {}), -32602), (client.list_resources(cursor="zz"), -32602),
                (client.list_prompts(cursor="zz"), -32602), (client.list_resource_templates(cursor="zz"), -32602),
            ]:
                with pytest.raises(MCPError) as refused:
                    await ask
                assert refused.value.code == code
