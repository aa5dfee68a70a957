"""PATCH brings vectors as PUT does, and the search tool takes the width of the beam as REST does."""

import pytest

from appliance import Appliance, refused

ONE = "/v1/documents/{}?collection=notes"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("patch") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("alder")
    appliance.start()
    token = appliance.token("alder", ttl="2h")
    appliance.call("POST", "/v1/collections", {"name": "notes"}, token)
    for name, dimension in (("sky", 3), ("sea", 2)):
        assert appliance.call("PUT", f"/v1/collections/notes/spaces/{name}", {"dimension": dimension}, token).status == 201
    appliance.token_ = token
    yield appliance
    appliance.stop()


def patch(server, id, **members):
    return server.call("PATCH", ONE.format(id), members, server.token_)


def score(server, id, space, query):
    """The cosine of one document's vector with another; nil where it has none."""
    answer = server.search(server.token_, "x", collection="notes", mode="vector", space=space, embedding=query, detail="ids")
    return next((hit["vector_score"] for hit in answer["hits"] if hit["doc_id"] == id and "vector_rank" in hit), None)


def test_vectors_come_with_a_patch(server):
    server.put(server.token_, [{"id": "a", "title": "Owl", "text": "an owl", "metadata": {"n": 1}}], "notes")
    assert score(server, "a", "sky", [1, 0, 0]) is None
    done = patch(server, "a", embedding=[1, 0, 0], space="sky")
    assert (done.status, done.json["updated"]) == (200, 1), done.text
    assert score(server, "a", "sky", [1, 0, 0]) == pytest.approx(1)
    # The same once more changes nothing; several come at once, beside words.
    assert patch(server, "a", embedding=[1, 0, 0], space="sky").json["unchanged"] == 1
    done = patch(server, "a", embeddings={"sky": [0, 1, 0], "sea": [1, 1]}, metadata={"n": 2})
    assert done.json["updated"] == 1
    assert score(server, "a", "sky", [0, 1, 0]) == pytest.approx(1) == score(server, "a", "sea", [2, 2])
    kept = server.document(server.token_, "a", "notes").json
    assert (kept["title"], kept["text"], kept["metadata"]) == ("Owl", "an owl", {"n": 2})
    # What a patch does not name stays, as long as the words do.
    patch(server, "a", metadata={"n": 3})
    assert score(server, "a", "sky", [0, 1, 0]) == pytest.approx(1) == score(server, "a", "sea", [2, 2])
    server.stop()
    server.start()
    assert score(server, "a", "sky", [0, 1, 0]) == pytest.approx(1) == score(server, "a", "sea", [2, 2])


@pytest.mark.parametrize("members, words", [
    ({"embedding": [1, 0], "space": "sky"}, ["sky", "3 numbers"]),
    ({"embedding": [1, 0, 0], "space": "moon"}, ["moon"]),
    ({"embedding": [0, 0, 0], "space": "sky"}, ["zeros"]),
    ({"embedding": "near", "space": "sky"}, ["embedding"]),
    ({"embedding": None, "space": "sky"}, ["embedding"]),
    ({"space": "sky"}, ["space", "missing"]),
    ({"embeddings": {"sky": [1]}}, ["sky"]),
    ({"embeddings": {"sky": []}}, ["embeddings.sky"]),
    ({"embedding": [1, 0, 0], "space": "sky", "embeddings": {"sky": [1, 0, 0]}}, ["both"]),
    ({}, ["embedding"]),
])
def test_vectors_that_do_not_belong_are_refused_by_name(server, members, words):
    server.put(server.token_, [{"id": "b", "text": "a bat", "embedding": [0, 0, 1], "space": "sky"}], "notes")
    refused(patch(server, "b", **members), 400, "invalid_argument", *words)
    assert score(server, "b", "sky", [0, 0, 1]) == pytest.approx(1)


@pytest.mark.parametrize("ef, taken", [(1, True), (10_000, True), (0, False), (10_001, False), (-3, False), ("wide", False)])
def test_the_tool_takes_the_width_of_the_beam_within_bounds(server, ef, taken):
    arguments = {"query": "owl", "collection": "notes", "space": "sky", "embedding": [0, 1, 0], "ef": ef}
    result = server.tool("hybrid_search", arguments, server.token_)["result"]
    assert bool(result.get("isError")) is not taken, result
    if not taken:
        assert "ef" in str(result["content"])
    else:
        rest = server.call("POST", "/v1/search", arguments, server.token_).json
        assert result["structuredContent"]["hits"] == rest["hits"]
    told = server.tool("explain_hit", {**arguments, "document_id": "a"}, server.token_)["result"]
    assert bool(told.get("isError")) is not taken
