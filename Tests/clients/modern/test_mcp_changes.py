"""`subscriptions/listen`: who is told of what, and how a stream ends."""

import asyncio
import signal
import time

import pytest
from mcp.client.subscriptions import ResourcesListChanged, ResourceUpdated

from appliance import eventually
from official import connected
from wire import META, EventStream, call

ID = META + "subscriptionId"


def listen(appliance, token, notifications, **more):
    return EventStream(appliance.port, "subscriptions/listen", {"notifications": notifications}, token, **more)


def put(appliance, token, *ids, collection="c"):
    appliance.put(token, [{"id": id, "text": f"text of {id} {time.time_ns()}"} for id in ids], collection)


@pytest.fixture
def two(fresh):
    appliance = fresh()
    for name in ("alder", "birch"):
        appliance.tenant(name)
    appliance.start()
    return appliance, appliance.token("alder"), appliance.token("birch")


async def test_the_official_client_is_told(two):
    appliance, alder, birch = two
    put(appliance, alder, "a", "b")
    async with connected(appliance, alder) as client:
        watched = ["search://documents/c/a", "search://collections/c", "nonsense"]
        async with client.listen(
            tools_list_changed=True, prompts_list_changed=True, resources_list_changed=True, resource_subscriptions=watched
        ) as stream:
            assert stream.honored.model_dump(exclude_none=True) == {
                "tools_list_changed": True, "resources_list_changed": True, "resource_subscriptions": watched[:2]}
            events = aiter(stream)

            async def told(count):
                return {await asyncio.wait_for(anext(events), 10) for _ in range(count)}

            put(appliance, birch, "a")  # Another tenant's document of the same name.
            put(appliance, alder, "a")
            assert await told(2) == {ResourceUpdated(uri=uri) for uri in watched[:2]}
            put(appliance, alder, "b")
            assert await told(1) == {ResourceUpdated(uri="search://collections/c")}
            put(appliance, alder, "x", collection="new")
            assert await told(1) == {ResourcesListChanged()}
            await client.call_tool("delete_documents", {"ids": ["a"], "collection": "c"})
            assert await told(2) == {ResourceUpdated(uri=uri) for uri in watched[:2]}
            dropped = appliance.call("DELETE", "/v1/collections/c?confirm=c", token=alder)
            assert dropped.status == 200
            assert await told(3) == {ResourcesListChanged(), *(ResourceUpdated(uri=uri) for uri in watched[:2])}
            # A stop is said, not a break.
            ends = asyncio.create_task(asyncio.wait_for(anext(events, None), 10))
            await asyncio.sleep(0)
            appliance.process.send_signal(signal.SIGTERM)
            assert await ends is None


def test_the_wire_of_a_stream(two):
    appliance, alder, _ = two
    stream = listen(
        appliance, alder, {"resourceSubscriptions": ["search://documents/c/%61", "search://documents/c/b/passages/1"]}, id="sub-1")
    assert (stream.status, stream.type) == (200, "text/event-stream")
    assert stream.response.headers["Cache-Control"] == "no-cache, no-transform"
    assert stream.response.headers["X-Accel-Buffering"] == "no"
    assert "Mcp-Session-Id" not in stream.response.headers
    first = stream.next()
    assert first["method"] == "notifications/subscriptions/acknowledged"
    assert first["params"]["notifications"] == {
        "resourceSubscriptions": ["search://documents/c/%61", "search://documents/c/b/passages/1"]}
    put(appliance, alder, "a", "b")
    told = [stream.next(), stream.next()]
    # Spelled as the client did, and no list that was not asked for.
    assert [entry["params"]["uri"] for entry in told] == ["search://documents/c/%61", "search://documents/c/b/passages/1"]
    assert all(entry["params"]["_meta"] == {ID: "sub-1"} for entry in [first, *told])
    appliance.process.send_signal(signal.SIGTERM)
    last = stream.rest()
    assert len(last) == 1 and last[0]["id"] == "sub-1" and last[0]["result"]["resultType"] == "complete"
    assert last[0]["result"]["_meta"][ID] == "sub-1"
    assert appliance.process.wait(timeout=20) == 0


def test_a_client_that_takes_no_stream_gets_none(two):
    appliance, alder, _ = two
    answer = appliance.rpc("subscriptions/listen", {"notifications": {}}, alder, Accept="application/json")
    assert (answer.status, answer.json["id"]) == (406, 7)
    assert appliance.rpc("subscriptions/listen", {"notifications": {}}, alder, "legacy").json["error"]["code"] == -32601


def test_a_stream_ends_with_its_credential(two):
    appliance, alder, _ = two
    short = appliance.token("alder", ttl="5s")
    stream = listen(appliance, short, {"resourcesListChanged": True})
    assert stream.next()["method"] == "notifications/subscriptions/acknowledged"
    began = time.monotonic()
    last = stream.rest()
    assert time.monotonic() - began < 15
    assert [entry.get("id") for entry in last] == [7] and "result" in last[0]


def test_a_revoked_credential_is_told_nothing_more(two):
    appliance, alder, _ = two
    key = appliance.run("apikey", "create", "--tenant", "alder", "--user", "amy", "--scope", "search").stdout.strip()
    stream = listen(appliance, key, {"resourceSubscriptions": ["search://documents/c/a"]})
    stream.next()
    appliance.run("apikey", "revoke", key)
    eventually(lambda: appliance.call("GET", "/v1/collections", token=key).status == 401)
    put(appliance, alder, "a")
    assert [entry.get("id") for entry in stream.rest()] == [7]


def test_streams_of_one_credential_are_counted(fresh):
    appliance = fresh()
    appliance.tenant("alder")
    appliance.start("--streams-per-credential", "3")
    alder, other = appliance.token("alder"), appliance.token("alder", user="other")
    streams = [listen(appliance, alder, {"resourcesListChanged": True}) for _ in range(3)]
    assert all(stream.next() for stream in streams)
    refused = call(appliance, "subscriptions/listen", {"notifications": {}}, alder)
    assert (refused.status, refused.json["error"]["code"]) == (429, -31003)
    assert refused.headers["Retry-After"]
    assert listen(appliance, other, {"resourcesListChanged": True}).next()
    streams.pop().close()

    def reopens():
        stream = listen(appliance, alder, {"resourcesListChanged": True})
        return stream.status == 200

    deadline = time.monotonic() + 15
    while not reopens():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_reader_that_stalls_holds_up_nobody(two):
    appliance, alder, _ = two
    stalled = listen(appliance, alder, {"resourceSubscriptions": ["search://documents/c/a"]})
    stalled.next()
    for _ in range(200):
        put(appliance, alder, "a")
    fast = listen(appliance, alder, {"resourceSubscriptions": ["search://documents/c/a"]}, id=8)
    fast.next()
    put(appliance, alder, "a")
    assert fast.next()["params"]["uri"] == "search://documents/c/a"
    # What waited was joined: fewer messages than writes, and at least one.
    assert stalled.next()["params"]["uri"] == "search://documents/c/a"
