"""Two tenants with different documents: the second one's credential on every route and tool shows nothing of the first."""

import json
import re
import shutil

import pytest

from corpus import ALDER, SECRETS

FOREIGN = [document["id"] for document in ALDER if document["id"].startswith("alder-")]
#: As long as a foreign id, and nobody's.
UNKNOWN = ["x" * len(id) for id in FOREIGN]
QUERIES = ["Zanzibar payroll Quillbank", "Obsidian merger term sheet forty million", "tourmaline", "Tapes leave the vault", "Marigold"]

#: What differs between two answers for reasons of their own.
VOLATILE = re.compile(r'"(request_id|requestId|took_ms|updated_at)": ?("[^"]*"|[\d.]+)')


def neutral(text: str, id: str) -> str:
    """An answer without what may differ, and without the id asked for."""
    return VOLATILE.sub("", text.replace(id, "ID"))


def shows_nothing(text: str, *asked: str) -> None:
    """No word of the first tenant stands in the text, beyond what the caller said itself."""
    for word in asked:
        text = text.replace(word, "")
    for secret in SECRETS:
        assert secret.lower() not in text.lower(), f"{secret!r} of the first tenant is in: {text[:400]}"


@pytest.fixture(scope="module", autouse=True)
def private_collection(box):
    """A collection whose name only the first tenant may know."""
    box.appliance.put(box.alder, [{"id": "alder-dossier", "text": "Quillbank dossier of Zanzibar"}], "alder-vault")
    box.appliance.settle(box.alder)


REST = [
    ("POST", "/v1/search", lambda: {"query": QUERIES[0], "limit": 1000, "detail": "full"}),
    ("POST", "/v1/search", lambda: {"query": QUERIES[1], "mode": "bm25"}),
    ("POST", "/v1/search", lambda: {"query": QUERIES[3], "mode": "vector", "limit": 1000}),
    ("POST", "/v1/search", lambda: {"query": "x", "embedding": [1.0] * 384, "limit": 1000}),
    ("GET", "/v1/documents?limit=500", None),
    ("GET", "/v1/documents?limit=500&collection=notes", None),
    ("GET", "/v1/documents/shared-id", None),
    ("GET", "/v1/collections", None),
    ("PATCH", "/v1/documents/shared-id?collection=notes", lambda: {"metadata": {"seen": True}}),
    ("POST", "/v1/documents:delete", lambda: {"filter": {"metadata": {"owner": "nobody"}}}),
    ("POST", "/v1/documents:delete?collection=nowhere", lambda: {"filter": {"ids": ["nobody"]}}),
    ("POST", "/v1/documents:bulk?collection=notes&upload=iso", lambda: {"id": "birch-bulk", "text": "gardens"}),
    ("GET", "/v1/collections/notes", None),
    ("DELETE", "/v1/collections/elsewhere?confirm=elsewhere", None),
    ("GET", "/v1/jobs", None),
    ("GET", "/v1/jobs/iso", None),
    ("POST", "/v1/embeddings", lambda: {"input": "gardens", "model": "all-MiniLM-L6-v2"}),
    ("GET", "/v1/models", None),
    ("GET", "/v1/models/all-MiniLM-L6-v2", None),
    ("GET", "/metrics", None),
    ("GET", "/v1/admin/tenants", None),
    ("GET", "/v1/admin/tenants/alder", None),
    ("POST", "/v1/admin/tenants/alder/suspend", None),
    ("POST", "/v1/admin/tenants/alder/resume", None),
    ("DELETE", "/v1/admin/tenants/alder", None),
    ("POST", "/v1/admin/tenants", lambda: {"name": "alder"}),
]


@pytest.mark.parametrize(("method", "path", "body"), REST)
def test_rest_answers_hold_nothing_of_the_other(box, method, path, body):
    answer = box.appliance.call(method, path, body() if body else None, box.birch)
    shows_nothing(answer.text)
    if "/admin/" in path or path == "/metrics":
        assert answer.status == 403


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("tool", ["hybrid_search", "search_documents"])
@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_tool_answers_hold_nothing_of_the_other(box, era, tool, query):
    answer = box.appliance.tool(tool, {"query": query, "limit": 50}, box.birch, era)
    shows_nothing(json.dumps(answer))
    assert all(hit["tenant_id"] == "birch" for hit in answer["result"]["structuredContent"]["hits"])


@pytest.mark.parametrize("tool", ["list_documents", "list_collections"])
def test_listings_hold_nothing_of_the_other(box, tool):
    shows_nothing(json.dumps(box.appliance.tool(tool, {}, box.birch)))


@pytest.mark.parametrize(("foreign", "unknown"), zip(FOREIGN, UNKNOWN))
def test_a_foreign_id_is_an_unknown_id(box, foreign, unknown):
    def answers(id):
        calls = [
            box.appliance.document(box.birch, id),
            box.appliance.document(box.birch, id, "notes"),
            box.appliance.call("DELETE", f"/v1/documents/{id}", token=box.birch),
            box.appliance.call("DELETE", f"/v1/documents/{id}?collection=notes", token=box.birch),
            box.appliance.call("PATCH", f"/v1/documents/{id}", {"metadata": {"x": 1}}, box.birch),
            box.appliance.call("PATCH", f"/v1/documents/{id}?collection=notes", {"metadata": {"x": 1}}, box.birch),
            box.appliance.call("POST", "/v1/documents:delete", {"filter": {"ids": [id]}}, box.birch),
            box.appliance.rpc("tools/call", {"name": "retrieve_document", "arguments": {"document_id": id}}, box.birch),
            box.appliance.rpc("tools/call", {"name": "retrieve_document", "arguments": {"document_id": id}}, box.birch, "legacy"),
            box.appliance.rpc(
                "tools/call", {"name": "retrieve_document", "arguments": {"document_id": f"search://documents/notes/{id}"}}, box.birch),
            box.appliance.rpc("tools/call", {"name": "delete_documents", "arguments": {"ids": [id]}}, box.birch),
            box.appliance.rpc("resources/read", {"uri": f"search://documents/notes/{id}"}, box.birch, Mcp_Name=f"search://documents/notes/{id}"),
        ]
        return [(call.status, neutral(call.text, id)) for call in calls]

    assert answers(foreign) == answers(unknown)
    assert box.appliance.document(box.alder, foreign).status == 200


def test_a_foreign_collection_is_an_unknown_collection(box):
    def answers(name):
        calls = [
            box.appliance.call("POST", "/v1/search", {"query": "dossier", "collection": name}, box.birch),
            box.appliance.call("GET", f"/v1/documents?collection={name}", token=box.birch),
            box.appliance.document(box.birch, "alder-dossier", name),
            box.appliance.call("DELETE", f"/v1/documents/alder-dossier?collection={name}", token=box.birch),
            box.appliance.call("PATCH", f"/v1/documents/alder-dossier?collection={name}", {"title": "x"}, box.birch),
            box.appliance.call("POST", f"/v1/documents:delete?collection={name}", {"filter": {"metadata": {"a": 1}}}, box.birch),
            box.appliance.call("GET", f"/v1/collections/{name}", token=box.birch),
            box.appliance.call("DELETE", f"/v1/collections/{name}?confirm={name}", token=box.birch),
            box.appliance.rpc("tools/call", {"name": "hybrid_search", "arguments": {"query": "x", "collection": name}}, box.birch),
            box.appliance.rpc("tools/call", {"name": "list_documents", "arguments": {"collection": name}}, box.birch),
            box.appliance.rpc("tools/call", {"name": "delete_documents", "arguments": {"ids": ["a"], "collection": name}}, box.birch),
        ]
        for call in calls:
            shows_nothing(call.text, name, "alder-dossier")
        return [(call.status, neutral(call.text, name)) for call in calls]

    assert answers("alder-vault") == answers("xxxxx-xxxxx")


def test_equal_ids_are_different_documents(box):
    assert "tourmaline" in box.appliance.document(box.alder, "shared-id").json["text"]
    assert "amethyst" in box.appliance.document(box.birch, "shared-id").json["text"]
    box.appliance.put(box.birch, [{"id": "alder-payroll", "text": "birch writes under the other's id"}], "notes")
    assert "Quillbank" in box.appliance.document(box.alder, "alder-payroll").json["text"]
    assert box.appliance.call("DELETE", "/v1/documents/alder-payroll", token=box.birch).json["deleted"] == 1
    assert "Quillbank" in box.appliance.document(box.alder, "alder-payroll").json["text"]


def test_a_foreign_cursor_opens_nothing(box):
    page = box.appliance.search(box.alder, "the Zanzibar", limit=1, mode="bm25")
    listing = box.appliance.call("GET", "/v1/documents?limit=1", token=box.alder).json
    assert page["next_cursor"] and listing["next_cursor"]
    calls = [
        box.appliance.call(
            "POST", "/v1/search", {"query": "the Zanzibar", "limit": 1, "mode": "bm25", "cursor": page["next_cursor"]}, box.birch),
        box.appliance.call("GET", f"/v1/documents?limit=500&cursor={listing['next_cursor']}", token=box.birch),
        box.appliance.rpc(
            "tools/call", {"name": "list_documents", "arguments": {"cursor": listing["next_cursor"]}}, box.birch),
    ]
    for call in calls:
        shows_nothing(call.text)


def test_scores_do_not_tell_what_the_other_holds(box):
    """Statistics are a tenant's own: adding to one moves no score of the other."""
    # Vectors that birch waits for still would change birch's own index.
    box.appliance.settle(box.birch)
    before = box.appliance.search(box.birch, "gardeners backup roses", mode="bm25")
    box.appliance.put(box.alder, [{"id": f"alder-noise-{n}", "text": "gardeners backup roses " * 5} for n in range(50)], "notes")
    after = box.appliance.search(box.birch, "gardeners backup roses", mode="bm25")
    assert before["hits"] == after["hits"] and before["index_fingerprint"] == after["index_fingerprint"]
    for n in range(50):
        box.appliance.call("DELETE", f"/v1/documents/alder-noise-{n}?collection=notes", token=box.alder)


def test_no_argument_chooses_the_tenant(box):
    for extra in ({"tenant": "alder"}, {"tenant_id": "alder"}, {"tenant_uid": "alder"}):
        answer = box.appliance.call("POST", "/v1/search", {"query": "Zanzibar", **extra}, box.birch)
        assert answer.status == 400
        shows_nothing(answer.text)
    for headers in ({"X-Tenant-Id": "alder"}, {"X-Tenant": "alder"}, {"tenant_id": "alder"}):
        answer = box.appliance.call("POST", "/v1/search", {"query": "Zanzibar"}, box.birch, headers)
        shows_nothing(answer.text)
    assert box.appliance.call("GET", "/v1/documents?tenant=alder", token=box.birch).status == 400


def test_the_operator_opens_no_document(box):
    operator = box.appliance.operator()
    for method, path, body in [("POST", "/v1/search", {"query": "Zanzibar"}), ("GET", "/v1/documents", None),
                               ("GET", "/v1/documents/alder-payroll", None), ("GET", "/v1/collections", None),
                               ("GET", "/v1/collections/notes", None), ("GET", "/v1/jobs", None), ("GET", "/v1/models", None),
                               ("POST", "/v1/embeddings", {"input": "x", "model": "m"}),
                               ("POST", "/v1/documents:delete", {"filter": {"metadata": {"a": 1}}}),
                               ("PATCH", "/v1/documents/alder-payroll", {"title": "x"}),
                               ("DELETE", "/v1/collections/notes?confirm=notes", None),
                               ("POST", "/v1/documents", {"text": "x"})]:
        answer = box.appliance.call(method, path, body, operator)
        assert answer.status == 403, path
        shows_nothing(answer.text)
    listed = box.appliance.rpc("tools/list", {}, operator).json
    assert listed["result"]["tools"] == []


def test_a_recreated_tenant_gets_no_leftovers(fresh, tmp_path):
    """A deletion that died half-way leaves a folder behind; the next tenant of that name does not get it."""
    appliance = fresh()
    appliance.tenant("phoenix")
    appliance.start()
    appliance.put(appliance.token("phoenix"), [{"id": "ashes", "text": "Quillbank ashes"}])
    appliance.stop()
    folder = appliance.data / "tenants" / "phoenix"
    shutil.copytree(folder, tmp_path / "copy")
    appliance.run("tenant", "delete", "phoenix", "--yes")
    shutil.copytree(tmp_path / "copy", folder)
    appliance.tenant("phoenix")
    appliance.start()
    token = appliance.token("phoenix")
    assert appliance.search(token, "ashes")["hits"] == [] and appliance.document(token, "ashes").status == 404


def test_a_recreated_tenant_is_another(fresh):
    appliance = fresh()
    appliance.tenant("phoenix")
    appliance.start()
    old = appliance.token("phoenix")
    appliance.put(old, [{"id": "ashes", "text": "Quillbank ashes"}])
    appliance.run("tenant", "delete", "phoenix", "--yes")
    assert appliance.call("POST", "/v1/search", {"query": "ashes"}, old).status == 401
    appliance.tenant("phoenix")
    new = appliance.token("phoenix")
    assert appliance.search(new, "ashes")["hits"] == []
    assert appliance.document(new, "ashes").status == 404
    for answer in (appliance.call("POST", "/v1/search", {"query": "ashes"}, old), appliance.call("GET", "/v1/collections", token=old),
                   appliance.rpc("tools/list", {}, old)):
        assert answer.status == 401
        assert "invalid_token" in answer.headers["WWW-Authenticate"]
