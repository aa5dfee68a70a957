"""What is like a document: spaces, shaping and receipts, through the tool and its REST door, against plain cosines."""

import math
import random
from collections import Counter

import pytest

from appliance import Appliance, refused

SEED = 41
PATH = "/v1/search:similar"
COUNT = 40


def vector(chance, dimension):
    return [chance.gauss(0, 1) for _ in range(dimension)]


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return dot / math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))


def documents():
    chance = random.Random(SEED)
    made = []
    for number in range(COUNT):
        made.append({
            "id": f"d{number:02}", "text": f"paper {number} on {chance.choice(['owls', 'ships', 'taxes'])}",
            "metadata": {"team": ["hr", "legal"][number % 2], "stars": number},
            "embeddings": {"sky": vector(chance, 8), "sea": vector(chance, 5)},
        })
    return made


DOCUMENTS = {document["id"]: document for document in documents()}


def order(id, space, others=DOCUMENTS):
    """The others by their cosine with a document."""
    own = DOCUMENTS[id]["embeddings"][space]
    scored = [(other, cosine(own, entry["embeddings"][space])) for other, entry in others.items() if other != id]
    return sorted(scored, key=lambda pair: -pair[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("similar") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("alder")
    appliance.tenant("birch")
    appliance.start()
    token = appliance.token("alder", ttl="2h")
    for name, spaces in (("papers", ("sky", "sea")), ("others", ("sky",)), ("bare", ())):
        appliance.call("POST", "/v1/collections", {"name": name}, token)
        for space in spaces:
            made = appliance.call("PUT", f"/v1/collections/{name}/spaces/{space}", {"dimension": {"sky": 8, "sea": 5}[space]}, token)
            assert made.status == 201, made.text
    appliance.put(token, list(DOCUMENTS.values()), "papers")
    appliance.put(token, [{"id": "plain", "text": "owls and ships, owls and taxes, and a word of its own: quibble"}], "papers")
    appliance.put(token, [
        {"id": "d00", "text": "another", "embeddings": {"sky": DOCUMENTS["d01"]["embeddings"]["sky"]}},
        {"id": "far", "text": "far", "embeddings": {"sky": [-x for x in DOCUMENTS["d00"]["embeddings"]["sky"]]}},
    ], "others")
    appliance.put(token, [{"id": "x", "text": "bare"}], "bare")
    yield appliance
    appliance.stop()


@pytest.fixture(scope="module")
def token(server):
    return server.token("alder", ttl="2h")


@pytest.fixture
def ask(server, token):
    """Asks both doors, which say the same."""
    def ask(id, **members):
        body = {"document_id": id, "collection": "papers", "detail": "ids", **members}
        answer = server.call("POST", PATH, body, token)
        assert answer.status == 200, answer.text
        told = answer.json
        if members.get("limit", 10) <= 50 and "receipts" not in members:
            tool = server.tool("find_similar", body, token)["result"]["structuredContent"]
            assert [tool[name] for name in ("hits", "total", "degraded", "warnings")] == \
                [told[name] for name in ("hits", "total", "degraded", "warnings")]
        return told
    return ask


def ids(answer):
    return [hit["doc_id"] for hit in answer["hits"]]


@pytest.mark.parametrize("space", ["sky", "sea"])
def test_the_space_that_is_named_is_compared(ask, space):
    for id in ("d00", "d17", "d39"):
        expected = order(id, space)
        answer = ask(id, space=space, limit=50)
        assert ids(answer) == [other for other, _ in expected] and not answer["degraded"]
        for hit, (_, score) in zip(answer["hits"], expected):
            assert hit["vector_score"] == pytest.approx(score, abs=1e-5)
        found, cursor = [], None
        while len(found) < 39:
            page = ask(id, space=space, limit=7, **({"cursor": cursor} if cursor else {}))
            found, cursor = found + ids(page), page.get("next_cursor")
        assert found == [other for other, _ in expected] and cursor is None
        floor = expected[4][1] - 1e-4
        assert ids(ask(id, space=space, min_vector_score=floor)) == [other for other, _ in expected[:5]]


def test_the_default_space_is_the_collections(ask, server, token):
    settings = "/v1/collections/papers/settings"
    kept = server.call("GET", settings, token=token).json["settings"]
    assert server.call("PUT", settings, kept | {"default_space": "sea"}, token).status == 200
    try:
        assert ids(ask("d03", limit=50)) == [other for other, _ in order("d03", "sea")]
    finally:
        server.call("PUT", settings, kept | {"default_space": None}, token)
    # The space of the model holds nothing here.
    answer = ask("d03")
    assert answer["degraded"] and "no vector yet" in answer["warnings"][0]


def test_another_collection_is_looked_in_by_the_same_space(ask, server, token):
    answer = ask("d00", space="sky", within="others")
    near = cosine(DOCUMENTS["d00"]["embeddings"]["sky"], DOCUMENTS["d01"]["embeddings"]["sky"])
    assert [(hit["doc_id"], hit["collection"]) for hit in answer["hits"]] == [("d00", "others"), ("far", "others")]
    assert [hit["vector_score"] for hit in answer["hits"]] == pytest.approx([near, -1], abs=1e-5)

    def said(status, code, *words, **members):
        refused(server.call("POST", PATH, {"document_id": "d00", "collection": "papers", **members}, token), status, code, *words)

    said(404, "unknown_space", "sea", space="sea", within="others")
    said(404, "unknown_space", "moon", "sky", space="moon")
    said(404, "unknown_collection", within="nowhere")
    said(404, "document_not_found", document_id="nobody")
    refused(server.call("POST", PATH, {"document_id": "d00"}, token), 409, "ambiguous_document", "others", "papers")
    stranger = server.token("birch")
    refused(server.call("POST", PATH, {"document_id": "d00"}, stranger), 404, "document_not_found")
    refused(server.call("POST", PATH, {"document_id": "d00"}, server.token("alder", scope="audit")), 403, "insufficient_scope")


def test_shaping_means_what_it_means_in_a_search(ask):
    plain = ask("d05", space="sky", limit=50)
    scores = {hit["doc_id"]: hit["score"] for hit in plain["hits"]}
    boosts = [{"filter": "team = hr", "factor": 3}]
    decay = [{"field": "stars", "scale": 10, "origin": 0}]

    def factor(id):
        number = int(id[1:])
        return (3 if number % 2 == 0 else 1) * math.exp(math.log(0.5) * (number / 10) ** 2)

    answer = ask("d05", space="sky", limit=50, boosts=boosts, decay=decay)
    expected = sorted(ids(plain), key=lambda id: -scores[id] * factor(id))
    assert ids(answer) == expected != ids(plain)
    for hit in answer["hits"]:
        assert hit["score"] == pytest.approx(scores[hit["doc_id"]] * factor(hit["doc_id"]), rel=1e-9)
    last, first = ids(plain)[-1], ids(plain)[0]
    answer = ask("d05", space="sky", limit=50, pinned=[last], hidden=[first])
    assert ids(answer) == [last] + [id for id in ids(plain) if id not in (first, last)]
    assert answer["hits"][0]["pinned"] is True
    # A page border moves nothing.
    pages = [ask("d05", space="sky", limit=20, boosts=boosts)]
    pages.append(ask("d05", space="sky", limit=20, boosts=boosts, cursor=pages[0]["next_cursor"]))
    assert ids(pages[0]) + ids(pages[1]) == ids(ask("d05", space="sky", limit=50, boosts=boosts))


@pytest.mark.parametrize("members, words", [
    ({"rerank": True}, ["rerank", "no question"]),
    ({"pinned": ["d05"]}, ["pinned", "itself"]),
    ({"fusion": "rrf"}, ["fusion"]), ({"query": "owl"}, ["query"]), ({"mode": "bm25"}, ["mode"]),
    ({"ef": 0}, ["ef", "10000"]), ({"ef": 10_001}, ["ef"]),
    ({"limit": 0}, ["limit"]),
])
def test_what_means_nothing_here_is_refused_by_name(server, token, members, words):
    body = {"document_id": "d05", "collection": "papers", "space": "sky", **members}
    answer = server.call("POST", PATH, body, token)
    refused(answer, 400, "invalid_argument", *words)
    result = server.tool("find_similar", body, token)["result"]
    assert result["isError"], result
    for word in words:
        assert word in str(result), result


def test_hidden_may_name_the_document_and_rerank_may_say_no(ask):
    assert ids(ask("d05", space="sky", hidden=["d05"], rerank=False)) == ids(ask("d05", space="sky"))


def test_the_width_of_the_beam_is_taken(ask):
    # Forty vectors are scanned whatever it is.
    assert ids(ask("d05", space="sky", ef=1)) == ids(ask("d05", space="sky", exact=True)) == ids(ask("d05", space="sky"))


# MARK: receipts

def verified(server, token, receipt):
    answer = server.call("POST", "/v1/search:explain", {"receipt": receipt}, token)
    assert answer.status == 200, answer.text
    return answer.json["verification"]


def causes(found):
    return Counter(reason["cause"] for reason in found["reasons"])


def test_a_receipt_names_the_document_and_is_verified_from_it(server, token, ask):
    wishes = {
        "space": "sky", "limit": 6, "boosts": [{"filter": "team = hr", "factor": 2}], "hidden": ["d09"], "filter": "stars > 3"}
    answer = ask("d05", receipts=True, **wishes)
    for place, hit in enumerate(answer["hits"]):
        receipt = hit["receipt"]
        asked = receipt["request"]
        assert asked["similar_to"] == {"collection": "papers", "doc_id": "d05"} and "embedding" not in asked
        assert (asked["mode"], asked["space"], receipt["rank"]) == ("vector", "sky", place + 1)
        assert receipt["vector"]["score"] == pytest.approx(
            cosine(DOCUMENTS["d05"]["embeddings"]["sky"], DOCUMENTS[hit["doc_id"]]["embeddings"]["sky"]), abs=1e-6)
        found = verified(server, token, receipt)
        assert found["equal"] and found["seal"] == "intact", found
    second = ask("d05", receipts=True, cursor=answer["next_cursor"], **wishes)["hits"][0]["receipt"]
    assert second["rank"] == 7 and verified(server, token, second)["equal"]
    tool = server.tool("find_similar", {"document_id": "d05", "collection": "papers", "detail": "ids", "receipts": True, **wishes}, token)
    [receipt] = [hit["receipt"] for hit in tool["result"]["structuredContent"]["hits"][:1]]
    assert receipt == answer["hits"][0]["receipt"]
    told = server.tool("explain_hit", {"receipt": receipt}, token)["result"]["structuredContent"]
    assert told["verification"]["equal"] is True
    # A receipt of another's is not known, and one that names another document is not what was written.
    refused(server.call("POST", "/v1/search:explain", {"receipt": receipt}, server.token("birch")), 404, "receipt_unknown")
    forged = {**receipt, "request": {**receipt["request"], "similar_to": {"collection": "papers", "doc_id": "d07"}}}
    found = verified(server, token, forged)
    assert not found["equal"] and causes(found)["altered"]


def test_a_receipt_of_an_answer_by_words_is_verified_too(server, token):
    body = {"document_id": "plain", "collection": "papers", "detail": "ids", "receipts": True}
    answer = server.call("POST", PATH, body, token).json
    assert answer["degraded"] and answer["hits"]
    receipt = answer["hits"][0]["receipt"]
    assert receipt["degraded"] is True and receipt["request"]["mode"] == "bm25"
    assert verified(server, token, receipt)["equal"]


def test_a_document_that_changed_or_went_is_said_to_have(server, token):
    home = "leaving"
    server.call("POST", "/v1/collections", {"name": home}, token)
    server.call("PUT", f"/v1/collections/{home}/spaces/sky", {"dimension": 8}, token)
    chance = random.Random(SEED + 1)
    server.put(token, [
        {"id": id, "text": id, "embedding": vector(chance, 8), "space": "sky"} for id in ("source", "near", "other")], home)
    answer = server.call("POST", PATH, {"document_id": "source", "collection": home, "space": "sky", "receipts": True}, token)
    receipt = answer.json["hits"][0]["receipt"]
    assert verified(server, token, receipt)["equal"]
    # PATCH brings a vector as PUT does.
    patched = server.call(
        "PATCH", f"/v1/documents/source?collection={home}", {"embedding": vector(chance, 8), "space": "sky"}, token)
    assert (patched.status, patched.json["updated"]) == (200, 1), patched.text
    found = verified(server, token, receipt)
    assert "vector.query_sha256" in [entry["member"] for entry in found["differences"]] and causes(found)["changes"]
    assert server.call("DELETE", f"/v1/documents/source?collection={home}", token=token).json["deleted"] == 1
    found = verified(server, token, receipt)
    assert not found["equal"] and causes(found)["not_repeatable"]
