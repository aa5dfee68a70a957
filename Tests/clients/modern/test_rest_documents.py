"""Documents and collections over REST: parts changed, many deleted at once, collections shown and dropped."""

import json
import sqlite3
import threading
from urllib.parse import quote

import pytest

from appliance import eventually, refused


@pytest.fixture
def lone(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    return appliance, appliance.token("acme")


def patch(appliance, token, id, body, place="", **headers):
    return appliance.call("PATCH", f"/v1/documents/{quote(id, safe='')}{place}", body, token, headers or None)


def delete(appliance, token, filter, place=""):
    return appliance.call("POST", f"/v1/documents:delete{place}", {"filter": filter}, token)


# PATCH


def test_patch_merges_metadata_and_leaves_the_rest(lone):
    appliance, token = lone
    appliance.put(token, [{"id": "a/1", "title": "Leave", "text": "Parental leave is long.", "metadata": {
        "team": "hr", "tags": ["x", "y"], "deep": {"keep": 1, "drop": 2}, "old": True}}], "notes")
    answer = patch(appliance, token, "a/1", {"metadata": {"team": "people", "old": None, "deep": {"drop": None, "new": [1]}, "tags": ["z"]}})
    assert answer.status == 200 and answer.json["updated"] == 1 and answer.json["ids"] == ["a/1"], answer.text
    document = appliance.document(token, "a/1").json
    assert document["metadata"] == {"team": "people", "tags": ["z"], "deep": {"keep": 1, "new": [1]}}
    assert (document["title"], document["text"]) == ("Leave", "Parental leave is long.")
    assert appliance.search(token, "parental", mode="bm25")["hits"][0]["metadata"] == document["metadata"]
    # Once more changes nothing; null takes all of it away; merge-patch+json is its proper name.
    assert patch(appliance, token, "a/1", {"metadata": {"team": "people", "old": None}}).json["unchanged"] == 1
    assert patch(appliance, token, "a/1", {"metadata": None}, **{"Content-Type": "application/merge-patch+json"}).json["updated"] == 1
    assert appliance.document(token, "a/1").json["metadata"] == {}


def test_patch_changes_title_and_text(lone):
    appliance, token = lone
    appliance.put(token, [{"id": "a", "title": "Old", "text": "A heron.", "metadata": {"k": 1}}])
    assert patch(appliance, token, "a", {"title": "New", "text": "An otter."}).json["updated"] == 1
    document = appliance.document(token, "a").json
    assert (document["title"], document["text"], document["metadata"]) == ("New", "An otter.", {"k": 1})
    assert appliance.search(token, "heron", mode="bm25")["hits"] == []
    assert [hit["doc_id"] for hit in appliance.search(token, "otter", mode="bm25")["hits"]] == ["a"]
    assert patch(appliance, token, "a", {"title": None}).json["updated"] == 1
    assert appliance.document(token, "a").json["title"] == ""
    refused(patch(appliance, token, "a", {"text": None}), 400, "invalid_argument", "both empty")
    assert appliance.document(token, "a").json["text"] == "An otter."


def test_patched_metadata_keeps_the_vectors(lone):
    """The vector leg finds the document at once: neither the model's nor a caller's own vector is made anew or lost."""
    appliance, token = lone
    own = [0.0] * 383 + [1.0]
    appliance.put(token, [{"id": "mine", "text": "words", "embedding": own}, {"id": "models", "text": "a heron in the reeds"}])
    appliance.settle(token)
    for id in ("mine", "models"):
        assert patch(appliance, token, id, {"metadata": {"seen": True}}).json["updated"] == 1
    hit = appliance.search(token, "x", mode="vector", embedding=own, limit=1)["hits"][0]
    assert hit["doc_id"] == "mine" and hit["vector_score"] > 0.999 and hit["metadata"] == {"seen": True}
    waiting = appliance.call("GET", "/v1/collections", token=token).json["collections"][0]["waiting"]
    assert waiting == (0 if appliance.has_model else 1)
    # The same content with the same vector put again is what is there already.
    again = appliance.put(token, [{"id": "mine", "text": "words", "embedding": own, "metadata": {"seen": True}}])
    assert again["unchanged"] == 1


def test_patch_refuses_what_it_cannot_do(lone):
    appliance, token = lone
    appliance.put(token, [{"id": "a", "text": "one"}], "first")
    appliance.put(token, [{"id": "a", "text": "two"}], "second")
    refused(patch(appliance, token, "a", {"metadata": {}}), 409, "ambiguous_document", "first, second")
    refused(patch(appliance, token, "b", {"metadata": {}}), 404, "document_not_found")
    refused(patch(appliance, token, "a", {"metadata": {}}, "?collection=third"), 404, "unknown_collection", "first, second")
    place = "?collection=first"
    for body, word in [({}, "at least one"), ({"metadata": [1]}, "metadata"), ({"title": 7}, "title"), ({"text": ["x"]}, "text"),
                       ({"embedding": [1]}, "embedding"), ({"id": "c"}, "id"), ({"title": "t" * 4097}, "4096")]:
        refused(patch(appliance, token, "a", body, place), 400, "invalid_argument", word)
    refused(patch(appliance, token, "a", "[1]", place), 400, "malformed_json")
    refused(patch(appliance, token, "a", "{", place), 400, "malformed_json")
    assert patch(appliance, token, "a", "{}", place, **{"Content-Type": "text/plain"}).status == 415
    assert patch(appliance, appliance.token("acme", "search"), "a", {"metadata": {}}, place).status == 403
    assert appliance.document(token, "a", "first").json["text"] == "one"
    assert [patch(appliance, token, "a", {"metadata": {"x": 1}}, place).json["updated"],
            appliance.document(token, "a", "second").json["metadata"]] == [1, {}]


def test_patches_at_once_lose_nothing(lone):
    appliance, token = lone
    appliance.put(token, [{"id": "a", "text": "one"}])

    def change(worker):
        for n in range(10):
            assert patch(appliance, token, "a", {"metadata": {f"w{worker}-{n}": n}}).status == 200

    workers = [threading.Thread(target=change, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(appliance.document(token, "a").json["metadata"]) == 40


def test_long_numbers_keep_their_digits(lone):
    appliance, token = lone
    numbers = ["18446744073709551616", "-9223372036854775809", "9223372036854775807", "123456789012345678901234567890"]
    text = '{"id": "a", "text": "x", "metadata": {"n": [' + ",".join(numbers) + "]}}"
    assert appliance.call("POST", "/v1/documents", text, token).status == 201
    assert appliance.bulk(token, [text.replace('"a"', '"b"')]).lines[-1]["summary"]["added"] == 1
    assert patch(appliance, token, "a", {"metadata": {"other": 1}}).status == 200
    for id in ("a", "b"):
        body = appliance.document(token, id).text
        assert '"n":[' + ",".join(numbers) + "]" in body
    assert delete(appliance, token, {"metadata": {"n": [int(number) for number in numbers]}}).json["deleted"] == 2


# Delete by filter


def test_delete_by_ids(lone):
    appliance, token = lone
    appliance.put(token, [{"id": f"d{n}", "text": f"text {n}"} for n in range(5)])
    assert delete(appliance, token, {"ids": ["d0", "d1", "d1", "nobody"]}).json == {"deleted": 2, "unknown": 2, "warnings": []}
    assert appliance.ids(token) == ["d2", "d3", "d4"]


def test_delete_by_metadata(lone):
    appliance, token = lone
    documents = [
        ("plain", {"team": "hr", "year": 2024}), ("more", {"team": "hr", "year": 2024, "x": None}), ("other-year", {"team": "hr", "year": 2025}),
        ("no-year", {"team": "hr"}), ("string-year", {"team": "hr", "year": "2024"}), ("float-year", {"year": 2024.0, "team": "hr"}),
        ("nested", {"team": {"hr": 2024}}), ("none", {})]
    appliance.put(token, [{"id": id, "text": id, "metadata": metadata} for id, metadata in documents])
    assert delete(appliance, token, {"metadata": {"team": "hr", "year": 2024}}).json == {"deleted": 3, "unknown": 0, "warnings": []}
    assert appliance.ids(token) == ["nested", "no-year", "none", "other-year", "string-year"]
    assert delete(appliance, token, {"metadata": {"team": "hr", "year": 2024}}).json["deleted"] == 0
    assert delete(appliance, token, {"metadata": {"team": {"hr": 2024}}}).json["deleted"] == 1
    assert delete(appliance, token, {"metadata": {"x": None}}).json["deleted"] == 0
    assert delete(appliance, token, {"metadata": {"team": "hr"}}).json["deleted"] == 3
    assert appliance.ids(token) == ["none"]
    hits = appliance.search(token, "plain more year", mode="bm25")["hits"]
    assert hits == []


def test_delete_by_metadata_goes_through_many_pages_and_collections(lone):
    appliance, token = lone
    for collection in ("first", "second"):
        lines = [{"id": f"{n:05}", "text": f"t{n}", "metadata": {"even": n % 2 == 0}} for n in range(2500)]
        assert appliance.bulk(token, lines, f"?collection={collection}").lines[-1]["summary"]["added"] == 2500
    assert delete(appliance, token, {"metadata": {"even": True}}, "?collection=first").json["deleted"] == 1250
    assert len(appliance.ids(token, "second")) == 2500
    assert delete(appliance, token, {"metadata": {"even": True}}).json["deleted"] == 1250
    for collection in ("first", "second"):
        assert appliance.ids(token, collection) == [f"{n:05}" for n in range(1, 2500, 2)]


def test_delete_refuses_what_it_cannot_do(lone):
    appliance, token = lone
    appliance.put(token, [{"id": "a", "text": "one", "metadata": {"k": 1}}], "first")
    appliance.put(token, [{"id": "a", "text": "two", "metadata": {"k": 1}}], "second")
    for filter, word in [({}, "either"), ({"ids": ["a"], "metadata": {"k": 1}}, "either"), ({"metadata": {}}, "at least one"),
                         ({"ids": []}, "1 to 1000"), ({"ids": ["x"] * 1001}, "1 to 1000"), ({"ids": ["a", 7]}, "ids[1]"),
                         ({"ids": ["a", ""]}, "ids[1]"), ({"ids": "a"}, "list"), ({"metadata": [1]}, "object"), ({"query": "x"}, "query"),
                         ("all", "filter"), (None, "filter")]:
        refused(delete(appliance, token, filter), 400, "invalid_argument", word)
    refused(appliance.call("POST", "/v1/documents:delete", {"ids": ["a"]}, token), 400, "invalid_argument", "filter")
    refused(delete(appliance, token, {"ids": ["a"]}), 409, "ambiguous_document")
    refused(delete(appliance, token, {"ids": ["a"]}, "?collection=third"), 404, "unknown_collection")
    refused(delete(appliance, token, {"metadata": {"k": 1}}, "?collection=third"), 404, "unknown_collection")
    refused(delete(appliance, token, {"metadata": {"k": 1}}, "?confirm=yes"), 400, "invalid_argument", "confirm")
    assert delete(appliance, appliance.token("acme", "search"), {"ids": ["a"]}).status == 403
    assert len(appliance.ids(token)) == 2


# Collections


def test_a_collection_is_made_shown_and_dropped(lone):
    appliance, token = lone
    made = appliance.call("POST", "/v1/collections", {"name": "notes", "passages": "whole"}, token)
    assert made.status == 201 and made.json == {"name": "notes", "passages": "whole"}
    appliance.put(token, [{"id": "a", "text": "A heron. " * 500}, {"id": "b", "text": "An otter."}], "notes")
    appliance.put(token, [{"id": "c", "text": "A heron too."}], "other")
    shown = appliance.call("GET", "/v1/collections/notes", token=token)
    assert shown.status == 200
    assert {name: shown.json[name] for name in ("name", "documents", "passages", "passage_mode")} == {
        "name": "notes", "documents": 2, "passages": 2, "passage_mode": "whole"}
    assert shown.json in appliance.call("GET", "/v1/collections", token=token).json["collections"]
    for query in ("", "?confirm=", "?confirm=other", "?confirm=NOTES"):
        refused(appliance.call("DELETE", f"/v1/collections/notes{query}", token=token), 400, "invalid_argument", "confirm")
    assert appliance.call("DELETE", "/v1/collections/notes?confirm=notes", token=appliance.token("acme", "search")).status == 403
    dropped = appliance.call("DELETE", "/v1/collections/notes?confirm=notes", token=token)
    assert dropped.status == 200 and dropped.json == {"deleted": "notes", "documents": 2}
    refused(appliance.call("GET", "/v1/collections/notes", token=token), 404, "unknown_collection", "there are: other")
    refused(appliance.call("DELETE", "/v1/collections/notes?confirm=notes", token=token), 404, "unknown_collection")
    assert [hit["doc_id"] for hit in appliance.search(token, "heron otter", mode="bm25")["hits"]] == ["c"]
    assert appliance.document(token, "a").status == 404 and appliance.ids(token) == ["c"]


def test_a_dropped_collection_stays_dropped_and_its_name_is_free(lone):
    appliance, token = lone
    appliance.put(token, [{"id": f"a{n}", "text": f"an old heron {n}"} for n in range(60)], "notes")
    # While its passages wait for vectors.
    assert appliance.call("DELETE", "/v1/collections/notes?confirm=notes", token=token).json["documents"] == 60
    appliance.put(token, [{"id": "a1", "text": "a new otter"}], "notes")
    appliance.settle(token)
    for _ in range(2):
        assert appliance.ids(token) == ["a1"]
        hits = appliance.search(token, "heron", limit=50)["hits"]
        assert {hit["doc_id"] for hit in hits} <= {"a1"}
        appliance.kill()
        appliance.start()
    with sqlite3.connect(appliance.data / "tenants/acme/tenant.sqlite") as file:
        assert file.execute("SELECT count(*), (SELECT count(*) FROM passage) FROM document").fetchone() == (1, 1)
        operations = [row[0] for row in file.execute("SELECT operation || ' ' || target FROM audit ORDER BY id")]
    assert "rest.collections.delete notes" in operations


def test_collection_names_that_are_none(lone):
    appliance, token = lone
    for name in ("A", "-a", "a b", "a" * 64, "", "ä", "../x"):
        refused(appliance.call("POST", "/v1/collections", {"name": name}, token), 400, "invalid_argument")
        if name:
            path = f"/v1/collections/{quote(name, safe='')}"
            refused(appliance.call("GET", path, token=token), 404, "unknown_collection")
            refused(appliance.call("DELETE", f"{path}?confirm={quote(name, safe='')}", token=token), 404, "unknown_collection")
    for body in ({"name": "a", "passages": "some"}, {"name": 7}, {}, {"name": "a", "x": 1}):
        refused(appliance.call("POST", "/v1/collections", body, token), 400, "invalid_argument")
    assert appliance.call("PUT", "/v1/collections/a", {}, token).status == 405


def test_what_waits_for_vectors_is_in_the_metrics(lone):
    appliance, token = lone
    appliance.put(token, [{"id": "a", "text": "x"}])
    appliance.settle(token)
    operator = appliance.operator()

    def gauge():
        lines = appliance.call("GET", "/metrics", token=operator).text.splitlines()
        return [line for line in lines if line.startswith("carrel_passages_waiting ")]

    expected = "carrel_passages_waiting 0" if appliance.has_model else "carrel_passages_waiting 1"
    assert eventually(lambda: gauge() == [expected])


# Another tenant


def test_nothing_reaches_another_tenant(box):
    """Each new door, with the other tenant's ids, collections and metadata: nothing is found, nothing is told."""
    appliance = box.appliance
    appliance.put(box.alder, [{"id": "alder-only", "text": "Quillbank memo", "metadata": {"vault": "alder"}}], "alder-safe")
    before = appliance.document(box.alder, "alder-only").json
    calls = [
        patch(appliance, box.birch, "alder-only", {"metadata": {"x": 1}}),
        patch(appliance, box.birch, "alder-only", {"metadata": {"x": 1}}, "?collection=alder-safe"),
        appliance.call("GET", "/v1/collections/alder-safe", token=box.birch),
        appliance.call("DELETE", "/v1/collections/alder-safe?confirm=alder-safe", token=box.birch),
    ]
    assert [call.status for call in calls] == [404] * 4
    for call in calls:
        assert "Quillbank" not in call.text and "there are: notes" in call.text or "alder-only" in call.text
    assert delete(appliance, box.birch, {"ids": ["alder-only"]}).json["unknown"] == 1
    assert delete(appliance, box.birch, {"metadata": {"vault": "alder"}}).json == {"deleted": 0, "unknown": 0, "warnings": []}
    assert delete(appliance, box.birch, {"ids": ["alder-only"]}, "?collection=alder-safe").status == 404
    assert appliance.document(box.alder, "alder-only").json == before
    assert appliance.call("DELETE", "/v1/collections/alder-safe?confirm=alder-safe", token=box.alder).status == 200


def test_the_operator_changes_nothing(box):
    operator = box.appliance.operator()
    for method, path, body in [
        ("PATCH", "/v1/documents/a", {"metadata": {}}), ("POST", "/v1/documents:delete", {"filter": {"ids": ["a"]}}),
        ("GET", "/v1/collections/notes", None), ("DELETE", "/v1/collections/notes?confirm=notes", None), ("GET", "/v1/jobs", None),
        ("GET", "/v1/jobs/x", None), ("POST", "/v1/embeddings", {"input": "x", "model": "all-MiniLM-L6-v2"}), ("GET", "/v1/models", None)]:
        assert box.appliance.call(method, path, body, operator).status == 403, path
