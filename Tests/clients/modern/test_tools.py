"""find_similar, get_passages, explain_hit and update_document through the official client, and the size of every answer."""

import asyncio
import json
import struct

import pytest
from jsonschema import Draft202012Validator

from official import connected

LIMIT = 32_000
SECTIONS = "".join(
    f"## Station {n}\n\n" + f"The keeper of station {n} writes “no ships” 🚢 into the log. " * 20 + "\n\n" for n in range(120))


@pytest.fixture(scope="module")
def filled(box):
    box.appliance.put(box.alder, [
        {"id": "log", "title": "Logbook", "text": SECTIONS, "metadata": {"place": "coast"}},
        {"id": "ferry", "title": "Ferry", "text": "Ships and ferries cross the strait; the keeper watches the lighthouse."},
        {"id": "tax", "title": "Taxes", "text": "Value added tax is declared every quarter to the revenue office."},
        {"id": "vat", "title": "VAT", "text": "The quarterly declaration of value added tax goes to the revenue office."},
    ], "harbour")
    box.appliance.settle(box.alder)
    return box


def use(box, token, work):
    """Runs `work(call)`, where `call` holds every answer against its schema, its text twin and the budget."""
    async def go():
        async with connected(box.appliance, token) as client:
            schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}

            async def call(name, fails=False, **arguments):
                result = await client.call_tool(name, arguments)
                text = result.content[0].text
                assert result.is_error == fails, text
                assert len(text.encode()) <= LIMIT
                if fails:
                    return text
                Draft202012Validator(schemas[name]).validate(result.structured_content)
                assert json.loads(text) == result.structured_content
                return result.structured_content

            await work(call)

    asyncio.run(go())


def test_what_is_like_a_document(filled):
    async def work(call):
        answer = await call("find_similar", document_id="tax", collection="harbour", limit=2)
        ids = [hit["doc_id"] for hit in answer["hits"]]
        assert ids[0] == "vat" and "tax" not in ids
        assert answer["degraded"] == (not filled.appliance.has_model)
        if filled.appliance.has_model:
            first, second = (hit["vector_score"] for hit in answer["hits"])
            assert 1 > first > second
            near = await call("find_similar", document_id="tax", collection="harbour", min_vector_score=first - 1e-6)
            assert [hit["doc_id"] for hit in near["hits"]] == ["vat"]
        else:
            assert any("no vector yet" in warning for warning in answer["warnings"])
        assert "no-such" in await call("find_similar", fails=True, document_id="no-such")

    use(filled, filled.alder, work)


def test_without_vectors_words_stand_in(fresh):
    appliance = fresh(CARREL_MODEL="/nowhere")
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme")
    appliance.put(token, [
        {"id": "a", "text": "The barn owl hunts voles at dusk."}, {"id": "b", "text": "Voles fear the owl."},
        {"id": "c", "text": "Nothing of the kind."}])

    async def work(call):
        answer = await call("find_similar", document_id="a")
        assert answer["degraded"] and "no vector yet" in answer["warnings"][0]
        assert [hit["doc_id"] for hit in answer["hits"]][0] == "b"

    class Box:
        pass

    box = Box()
    box.appliance = appliance
    use(box, token, work)


def test_passages_read_on_from_a_hit(filled):
    async def work(call):
        place = {"document_id": "log", "collection": "harbour"}
        found = await call("search_documents", query="station 57", collection="harbour", limit=1)
        hit = found["hits"][0]["passage"]
        around = await call("get_passages", **place, around=hit["start"], neighbours=1)
        numbers = [passage["number"] for passage in around["passages"]]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        middle = around["passages"][1]
        assert middle["start"] == hit["start"] and middle["end"] == hit["end"] and middle["heading"] == hit["heading"]
        for passage in around["passages"]:
            assert SECTIONS[passage["start"]:passage["end"]] == passage["text"]
        again = await call("get_passages", **place, ids=[middle["id"]])
        assert again["passages"] == [middle]
        first = await call("get_passages", **place, first=1)
        last = await call("get_passages", **place, last=1)
        assert first["passages"][0]["start"] == 0 and last["passages"][0]["end"] == len(SECTIONS)
        assert "give one of them" in await call("get_passages", fails=True, **place, first=1, last=1)

    use(filled, filled.alder, work)


@pytest.mark.parametrize(("tool", "texts"), [
    ("get_passages", lambda page: [passage["text"] for passage in page["passages"]]),
    ("retrieve_document", lambda page: [page["text"]]),
])
def test_a_long_document_comes_in_pages(filled, tool, texts):
    async def work(call):
        parts, cursor = [], {}
        while True:
            page = await call(tool, document_id="log", collection="harbour", **cursor)
            parts += texts(page)
            if "next_cursor" not in page:
                break
            assert page["warnings"]
            cursor = {"cursor": page["next_cursor"]}
        assert "".join(parts) == SECTIONS and len(SECTIONS) > 2 * LIMIT
        other = "retrieve_document" if tool == "get_passages" else "get_passages"
        assert "cursor" in await call(other, fails=True, document_id="log", collection="harbour", **cursor)

    use(filled, filled.alder, work)


def single(value):
    """A number as Float32, where the scores of the engines live."""
    return struct.unpack("f", struct.pack("f", value))[0]


@pytest.mark.parametrize("options", [
    {}, {"mode": "bm25"}, {"mode": "vector"}, {"fusion": "minmax"}, {"k": 7, "bm25_weight": 3}, {"min_score": 0.5},
    {"min_vector_score": 0.3}, {"limit": 1},
])
def test_an_explanation_adds_up_to_the_hit(filled, options):
    query = "who watches ships and the lighthouse"
    searched = filled.appliance.search(filled.alder, query, collection="harbour", **options)

    async def work(call):
        for place, hit in enumerate(searched["hits"]):
            why = await call("explain_hit", query=query, collection="harbour", document_id=hit["doc_id"], **options)
            assert why["found"] and why["rank"] == place + 1 and "excluded_by" not in why
            assert why["fusion"]["score"] == hit["score"] and why["fusion"]["fusion_score"] == hit["fusion_score"]
            assert why["index_fingerprint"] == searched["index_fingerprint"]
            shares = [why["fusion"][leg] for leg in ("bm25", "vector") if leg in why["fusion"]]
            assert sum(share["contribution"] for share in shares) == hit["fusion_score"]
            for leg in ("bm25", "vector"):
                if f"{leg}_rank" in hit:
                    assert why["fusion"][leg]["rank"] == why[leg]["rank"] == hit[f"{leg}_rank"]
                    assert why[leg]["score"] == hit[f"{leg}_score"]
            if "bm25_rank" in hit:
                total = sum(term["contribution"] for term in why["bm25"]["terms"])
                assert single(total) == single(hit["bm25_score"])
        rest = filled.appliance.call(
            "POST", "/v1/search:explain", {"query": query, "collection": "harbour", "document_id": "tax", **options}, filled.alder)
        assert rest.status == 200
        why = await call("explain_hit", query=query, collection="harbour", document_id="tax", **options)
        assert {**why, "took_ms": 0} == {**rest.json, "took_ms": 0}
        if "tax" not in [hit["doc_id"] for hit in searched["hits"]] and "next_cursor" not in searched:
            assert not why["found"] and why["excluded_by"] in ("no_match", "depth", "min_score", "min_vector_score")

    use(filled, filled.alder, work)


def test_a_document_changes_in_parts(filled):
    async def work(call):
        place = {"collection": "scratch-tools"}
        await call("add_documents", **place, documents=[{"id": "n", "title": "Note", "text": "Swifts.", "metadata": {"a": 1, "b": 2}}])
        place |= {"document_id": "n"}
        report = await call("update_document", **place, metadata={"a": None, "c": 3})
        assert (report["added"], report["updated"], report["ids"]) == (0, 1, ["n"])
        document = await call("retrieve_document", **place)
        assert (document["title"], document["text"], document["metadata"]) == ("Note", "Swifts.", {"b": 2, "c": 3})
        await call("update_document", **place, text="Martins.")
        assert (await call("search_documents", query="martins", collection="scratch-tools"))["hits"][0]["doc_id"] == "n"
        assert "no-such" in await call("update_document", fails=True, document_id="no-such", title="x")
        assert "metadata" in await call("update_document", fails=True, **place)

    use(filled, filled.alder, work)


def test_another_tenants_documents_are_unknown(filled):
    async def work(call):
        for tool, more in [("find_similar", {}), ("get_passages", {}), ("explain_hit", {"query": "ships"}), ("update_document", {"title": "x"})]:
            theirs = await call(tool, fails=True, document_id="log", **more)
            assert theirs == (await call(tool, fails=True, document_id="gol", **more)).replace('"gol"', '"log"')

    use(filled, filled.birch, work)
