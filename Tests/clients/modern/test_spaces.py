"""Vector spaces of a collection: made, filled, searched, changed, chosen and dropped, each by itself; and a change of model."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from urllib.parse import quote

import pytest

from appliance import REPOSITORY, Appliance, eventually, refused

SEED = 20
LIST = "/v1/collections/{}/spaces"
ONE = "/v1/collections/{}/spaces/{}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("spaces") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("alder")
    appliance.tenant("birch")
    appliance.start("--auth-refusals-per-minute", "0")
    yield appliance
    appliance.stop()


@pytest.fixture(scope="module")
def token(server):
    return server.token("alder", ttl="2h")


def make(server, token, name, space, **settings):
    answer = server.call("PUT", ONE.format(name, space), settings, token)
    assert answer.status in (200, 201), answer.text
    return answer.json


def listed(server, token, name):
    answer = server.call("GET", LIST.format(name), token=token)
    assert answer.status == 200, answer.text
    return answer.json


def shown(server, token, name, space):
    return next((entry for entry in listed(server, token, name)["spaces"] if entry["name"] == space), None)


def nearest(server, token, name, space, vector, **fields):
    answer = server.search(token, "x", collection=name, mode="vector", space=space, embedding=vector, **fields)
    assert not answer["degraded"], answer["warnings"]
    return [hit["doc_id"] for hit in answer["hits"]]


def vectors(count, dimension, seed=SEED):
    generator = random.Random(seed)
    return [[generator.uniform(-1, 1) for _ in range(dimension)] for _ in range(count)]


def by_distance(rows, query):
    order = sorted(range(len(rows)), key=lambda row: (sum((a - b) ** 2 for a, b in zip(rows[row], query)), row))
    return [f"d{row}" for row in order]


def by_product(rows, query):
    order = sorted(range(len(rows)), key=lambda row: (-sum(a * b for a, b in zip(rows[row], query)), row))
    return [f"d{row}" for row in order]


def collection(server, token, name, *spaces):
    answer = server.call("POST", "/v1/collections", {"name": name, "passages": "whole"}, token)
    assert answer.status == 201, answer.text
    for space, settings in spaces:
        make(server, token, name, space, **settings)


def test_two_spaces_stand_side_by_side_through_a_restart(server, token):
    plane, sky = vectors(40, 2), vectors(40, 7, seed=SEED + 1)
    collection(server, token, "side", ("plane", {"dimension": 2, "metric": "euclidean"}), ("sky", {"dimension": 7, "metric": "dot"}))
    report = server.put(token, [
        {"id": f"d{row}", "text": f"text {row}", "embeddings": {"plane": plane[row], "sky": sky[row]}} for row in range(40)
    ], "side")
    assert (report["added"], report["errors"]) == (40, [])

    def check():
        for query in vectors(5, 2, seed=3):
            assert nearest(server, token, "side", "plane", query, limit=40) == by_distance(plane, query)
        for query in vectors(5, 7, seed=4):
            assert nearest(server, token, "side", "sky", query, limit=40) == by_product(sky, query)
        spaces = {entry["name"]: entry for entry in listed(server, token, "side")["spaces"]}
        assert {name: spaces[name]["vectors"] for name in spaces} == {"caller": 0, "plane": 40, "sky": 40}
        assert (spaces["plane"]["dimension"], spaces["sky"]["dimension"]) == (2, 7)
        assert spaces["plane"]["filled_by"] == "callers" and spaces["sky"]["settings"]["metric"] == "dot"

    check()
    server.stop()
    server.start("--auth-refusals-per-minute", "0")
    check()
    # Deleting a document takes it out of both; the other documents stay where they were.
    assert server.call("DELETE", "/v1/documents/d7?collection=side", token=token).status == 200
    assert "d7" not in nearest(server, token, "side", "plane", plane[7], limit=40)
    assert "d7" not in nearest(server, token, "side", "sky", sky[7], limit=40)
    assert {entry["name"]: entry["vectors"] for entry in listed(server, token, "side")["spaces"]} == {
        "caller": 0, "plane": 39, "sky": 39}


def test_a_vector_follows_its_text_and_a_new_one_takes_its_place(server, token):
    collection(server, token, "follow", ("plane", {"dimension": 2}))
    server.put(token, [{"id": "a", "text": "one", "embedding": [1, 0], "space": "plane"}], "follow")
    server.put(token, [{"id": "b", "text": "two", "embedding": [0, 1], "space": "plane"}], "follow")
    assert nearest(server, token, "follow", "plane", [1, 0.1]) == ["a", "b"]
    # The text stays: so does the vector, whatever else changes.
    answer = server.call("PATCH", "/v1/documents/a?collection=follow", {"metadata": {"k": 1}}, token)
    assert answer.status == 200, answer.text
    assert nearest(server, token, "follow", "plane", [1, 0.1]) == ["a", "b"]
    # The same text with another vector.
    assert server.put(token, [{"id": "a", "text": "one", "embedding": [0, -1], "space": "plane"}], "follow")["updated"] == 1
    assert nearest(server, token, "follow", "plane", [1, 0.1]) == ["b", "a"]
    # Both in one batch: the later version has no vector of its own and the same text.
    server.bulk(token, [
        {"id": "c", "text": "three", "embedding": [1, 0], "space": "plane"}, {"id": "c", "text": "three", "title": ""},
    ], "?collection=follow")
    assert nearest(server, token, "follow", "plane", [1, 0.1])[0] == "c"
    # Another text: the old vector says nothing about it.
    server.put(token, [{"id": "a", "text": "four"}], "follow")
    assert nearest(server, token, "follow", "plane", [1, 0.1]) == ["c", "b"]


def test_what_does_not_belong_is_refused_by_name(server, token):
    collection(server, token, "strict", ("plane", {"dimension": 2}))
    put = lambda document: server.put(token, [document], "strict")["errors"][0]["reason"]
    assert put({"text": "x", "embedding": [1, 2, 3], "space": "plane"}) == "embedding must have 2 numbers for space plane, not 3"
    assert "no vector space plain; make it first" in put({"text": "x", "embedding": [1, 2], "space": "plain"})
    assert "must have 384 numbers for space caller" in put({"text": "x", "embedding": [1, 2]})
    assert "not all zeros" in put({"text": "x", "embedding": [0, 0], "space": "plane"})
    assert "both hold a vector" in put({"text": "x", "embedding": [1, 0], "space": "plane", "embeddings": {"plane": [1, 0]}})
    ask = lambda **fields: server.call("POST", "/v1/search", {"query": "x", "collection": "strict"} | fields, token)
    refused(ask(space="plane", embedding=[1, 2, 3]), 400, "invalid_argument", "must have 2 numbers for space plane, not 3")
    refused(ask(space="plane"), 400, "invalid_argument", "callers bring", "embedding")
    refused(ask(space="plain", embedding=[1, 2]), 404, "unknown_space", "plain", "plane")
    change = lambda space, **fields: server.call("PUT", ONE.format("strict", space), fields, token)
    refused(change("plane", dimension=3), 400, "invalid_argument", "dimension", "is 2 in this space")
    refused(change("new"), 400, "invalid_argument", "dimension", "is required")
    refused(change("new", dimension=4097), 400, "invalid_argument", "4096")
    refused(change("new", dimension=4, m=24, ef_construction=16), 400, "invalid_argument", "at least m")
    refused(change("new", dimension=4, metric="taxicab"), 400, "invalid_argument", "cosine, dot, euclidean")
    refused(change("New", dimension=4), 400, "invalid_argument", "space")
    refused(change(quote("a/b", safe=""), dimension=4), 400, "invalid_argument", "model")
    refused(change("caller", dimension=384), 400, "invalid_argument", "settings are the collection's own")
    refused(server.call("PUT", ONE.format("nowhere", "plane"), {"dimension": 2}, token), 404, "unknown_collection")
    # A name has one dimension in a tenant, and another tenant's names are its own.
    collection(server, token, "strict2")
    refused(server.call("PUT", ONE.format("strict2", "plane"), {"dimension": 3}, token), 400, "invalid_argument", "must be 2")
    other = server.token("birch")
    collection(server, other, "strict", ("plane", {"dimension": 3}))
    assert shown(server, token, "strict", "plane")["dimension"] == 2
    # A floor of the cosine means nothing elsewhere.
    make(server, token, "strict", "flat", dimension=2, metric="euclidean")
    refused(
        ask(space="flat", embedding=[1, 2], min_vector_score=0.5), 400, "invalid_argument", "min_vector_score", "cosine")
    for number in range(14):
        make(server, token, "strict", f"s{number}", dimension=2)
    refused(change("last", dimension=2), 400, "invalid_argument", "16")


def test_a_default_is_set_and_a_space_dropped(server, token):
    collection(server, token, "choice", ("own", {"dimension": 2}))
    server.put(token, [{"id": "a", "text": "word", "embedding": [1, 0], "space": "own"}], "choice")
    settings = "/v1/collections/choice/settings"
    kept = server.call("GET", settings, token=token).json["settings"]
    refused(server.call("PUT", settings, kept | {"default_space": "plain"}, token), 404, "unknown_space", "plain")
    assert server.call("PUT", settings, kept | {"default_space": "own"}, token).status == 200
    answer = listed(server, token, "choice")
    assert (answer["default_space"], answer["is_default_set"]) == ("own", True)
    # Vectors without a space now go there, and are compared there.
    server.put(token, [{"id": "b", "text": "other", "embedding": [0, 1]}], "choice")
    found = server.search(token, "x", collection="choice", mode="vector", embedding=[0, 1])
    assert [hit["doc_id"] for hit in found["hits"]] == ["b", "a"] and not found["degraded"]
    words = server.search(token, "word", collection="choice")
    assert words["degraded"] and "holds callers' vectors: send the query's embedding" in " ".join(words["warnings"])
    assert [hit["doc_id"] for hit in words["hits"]] == ["a"]
    drop = lambda query: server.call("DELETE", ONE.format("choice", "own") + query, token=token)
    refused(drop(""), 400, "invalid_argument", "confirm")
    refused(drop("?confirm=own"), 400, "invalid_argument", "default")
    assert server.call("PUT", settings, kept, token).status == 200
    answer = drop("?confirm=own")
    assert (answer.status, answer.json) == (200, {"deleted": "own", "vectors": 2})
    refused(drop("?confirm=own"), 404, "unknown_space", "own")
    refused(
        server.call("DELETE", ONE.format("choice", "caller") + "?confirm=caller", token=token), 400, "invalid_argument",
        "installed model")
    assert [entry["name"] for entry in listed(server, token, "choice")["spaces"]] == ["caller"]
    # Its name and number are free again, and nothing of it comes back.
    make(server, token, "choice", "own", dimension=3)
    assert shown(server, token, "choice", "own")["vectors"] == 0
    server.stop()
    server.start("--auth-refusals-per-minute", "0")
    again = shown(server, token, "choice", "own")
    assert (again["vectors"], again["dimension"]) == (0, 3)


def test_an_index_is_made_anew_while_it_is_searched(server, token):
    count = 10_200
    rows = vectors(count, 6, seed=SEED + 2)
    collection(server, token, "large", ("wide", {"dimension": 6, "metric": "euclidean", "codes": "fp32", "m": 8}))
    server.bulk(token, [
        {"id": f"d{row}", "text": f"t{row % 9}", "embeddings": {"wide": rows[row]}} for row in range(count)
    ], "?collection=large")
    assert shown(server, token, "large", "wide")["vectors"] == count
    files = lambda: {entry["name"] for entry in server.call("GET", "/v1/collections/large/files", token=token).json["files"]}
    graph = lambda: {name for name in files() if name.endswith(".hnsw")}
    query = vectors(1, 6, seed=9)[0]
    right = by_distance(rows, query)[:10]
    ask = lambda: nearest(server, token, "large", "wide", query, limit=10, ef=400)
    assert len(set(ask()) & set(right)) >= 9
    changed = make(server, token, "large", "wide", metric="euclidean", codes="int8", m=12, ef=300)
    assert changed["settings"] == {"metric": "euclidean", "codes": "int8", "m": 12, "ef_construction": 64, "ef": 300}
    # What arrives while it is made is in it.
    server.put(token, [{"id": "late", "text": "late", "embeddings": {"wide": query}}], "large")

    def is_made():
        assert ask()[0] == "late"
        return shown(server, token, "large", "wide")["is_current"]

    eventually(is_made, 180)
    assert ask()[0] == "late" and len(set(ask()) & set(right)) >= 8
    first = graph()
    assert len(first) == 1
    # Another metric, from the same rows.
    make(server, token, "large", "wide", metric="dot", codes="int8", m=12)
    eventually(lambda: shown(server, token, "large", "wide")["is_current"], 180)
    second = graph()
    assert len(second) == 1 and not second & first
    best = by_product(rows + [query], query)[:10]
    found = nearest(server, token, "large", "wide", query, limit=10, ef=400)
    assert len(set("d10200" if name == "late" else name for name in found) & set(best)) >= 9
    server.stop()
    server.start("--auth-refusals-per-minute", "0")
    assert shown(server, token, "large", "wide")["is_current"]
    assert nearest(server, token, "large", "wide", query, limit=10, ef=400) == found


def test_settings_of_vectors_are_kept_and_checked(server, token):
    collection(server, token, "kept")
    path = "/v1/collections/kept/settings"
    answer = server.call("PUT", path, {"vectors": {"codes": "fp32", "m": 20, "ef_construction": 90, "ef": 55}}, token)
    assert answer.json["settings"]["vectors"] == {"codes": "fp32", "m": 20, "ef_construction": 90, "ef": 55}
    eventually(lambda: server.call("GET", path, token=token).json["is_current"], 20)
    assert shown(server, token, "kept", "caller")["settings"]["codes"] == "fp32"
    refused(server.call("PUT", path, {"vectors": {"codes": "int9"}}, token), 400, "invalid_argument", "fp32, int8, 4bit")
    refused(server.call("PUT", path, {"vectors": {"metric": "dot"}}, token), 400, "invalid_argument", "vectors.metric")
    bytes_by_codes = shown(server, token, "kept", "caller")["walk_bytes"]
    assert set(bytes_by_codes) == {"fp32", "int8", "4bit"}


def test_tools_and_commands_take_spaces(server, token):
    collection(server, token, "doors", ("plane", {"dimension": 2}))
    added = server.tool("add_documents", {
        "documents": [{"id": "a", "text": "word", "embedding": [1, 0], "space": "plane"}], "collection": "doors"}, token)
    assert added["result"]["structuredContent"]["added"] == 1, added
    found = server.tool("hybrid_search", {"query": "x", "collection": "doors", "space": "plane", "embedding": [1, 0]}, token)
    assert found["result"]["structuredContent"]["hits"][0]["vector_rank"] == 1, found
    spaces = next(
        entry["spaces"] for entry in server.tool("list_collections", {}, token)["result"]["structuredContent"]["collections"]
        if entry["name"] == "doors")
    assert {"name": "plane", "dimension": 2, "vectors": 1, "is_default": False} in spaces
    updated = server.tool("update_document", {
        "document_id": "a", "collection": "doors", "text": "new", "embedding": [0, 1], "space": "plane"}, token)
    assert updated["result"]["structuredContent"]["updated"] == 1, updated
    assert nearest(server, token, "doors", "plane", [0, 1]) == ["a"]
    run = lambda *words, **options: server.run("collection", "spaces", "doors", *words, "--tenant", "alder", **options)
    assert "plane" in run().stdout
    run("put", "air", "--set", "dimension=5", "--set", "metric=dot")
    run("set-default", "air")
    assert json.loads(run("--json").stdout)["default_space"] == "air"
    run("set-default")
    assert "say --yes" in run("drop", "air", code=2).stderr
    run("drop", "air", "--yes")
    assert [entry["name"] for entry in json.loads(run("list", "--json").stdout)["spaces"]] == ["caller", "plane"]
    assert "there is no action" in run("vanish", code=2).stderr
    # By text there is nothing to compare with.
    failed = server.run("search", "--tenant", "alder", "--collection", "doors", "--space", "plane", "word", code=None)
    assert failed.returncode != 0 and "callers bring" in failed.stderr
    reader = server.token("alder", scope="search")
    refused(server.call("PUT", ONE.format("doors", "sky"), {"dimension": 2}, reader), 403, "insufficient_scope")
    refused(server.call("DELETE", ONE.format("doors", "plane") + "?confirm=plane", token=reader), 403, "insufficient_scope")


def packs(folder):
    """The installed model, and the same with one weight changed: to the server another model."""
    places = [os.environ.get("CARREL_MODEL", ""), str(REPOSITORY / "data/models/minilm-l6-v2.q8.pack")]
    path = next((place for place in places if place and os.path.isfile(place)), None)
    if path is None:
        pytest.skip("no model pack")
    one, other = folder / "one.pack", folder / "other.pack"
    shutil.copy(path, one)
    pack = bytearray(one.read_bytes())
    pack[-1] ^= 1
    # The hash of what follows the header of 64 bytes stands at its end.
    pack[32:64] = hashlib.sha256(pack[64:]).digest()
    other.write_bytes(pack)
    return one, other


def test_another_model_fills_a_space_of_its_own(tmp_path):
    one, other = packs(tmp_path)
    server = Appliance(tmp_path / "data", environment={"CARREL_MODEL": str(one)})
    server.tenant("alder")
    token = server.token("alder", ttl="2h")
    try:
        server.start()
        server.put(token, [{"id": "a", "text": "an owl hunts at night"}, {"id": "b", "text": "taxes are due in spring"}], "notes")
        server.settle(token)
        before = listed(server, token, "notes")["default_space"]
        server.stop()
        # Without the old model its vectors can be asked by vectors alone, and the new space fills by itself.
        server.environment = {"CARREL_MODEL": str(other)}
        server.start()
        server.settle(token)
        answer = listed(server, token, "notes")
        after = answer["default_space"]
        spaces = {entry["name"]: entry for entry in answer["spaces"]}
        assert after != before and set(spaces) == {before, after}
        assert (spaces[before]["vectors"], spaces[before]["is_loaded"]) == (2, False)
        assert (spaces[after]["vectors"], spaces[after]["is_loaded"]) == (2, True)
        found = server.search(token, "which bird is awake after dark", mode="vector")
        assert not found["degraded"] and found["hits"][0]["doc_id"] == "a"
        refused(
            server.call("POST", "/v1/search", {"query": "x", "space": before}, token), 400, "invalid_argument", "not loaded")
        settings = "/v1/collections/notes/settings"
        kept = server.call("GET", settings, token=token).json["settings"]
        assert server.call("PUT", settings, kept | {"default_space": before}, token).status == 200
        found = server.search(token, "owl")
        assert found["degraded"] and "of a model that is not loaded" in " ".join(found["warnings"])
        server.stop()
        # With it, it can be asked as before.
        server.environment = {"CARREL_MODEL": str(other), "CARREL_PREVIOUS_MODEL": str(one)}
        server.start()
        found = server.search(token, "which bird is awake after dark", mode="vector")
        assert not found["degraded"] and found["hits"][0]["doc_id"] == "a"
        assert server.call("PUT", settings, kept, token).status == 200
        drop = server.call("DELETE", ONE.format("notes", quote(before, safe="")) + "?confirm=" + quote(before, safe=""), token=token)
        assert (drop.status, drop.json) == (200, {"deleted": before, "vectors": 2})
        assert [entry["name"] for entry in listed(server, token, "notes")["spaces"]] == [after]
    finally:
        server.stop()
