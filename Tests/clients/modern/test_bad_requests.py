"""Requests that no client should send: each is refused with the right status, and the server goes on."""

import json
import socket

import pytest

BULK = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(autouse=True)
def lives(box):
    """After every test the server answers as before, and holds none of it for a fault of its own."""
    yield
    assert '"status":500' not in box.appliance.log.read_text()
    assert box.appliance.process.poll() is None
    assert box.appliance.search(box.alder, "payroll", mode="bm25")["hits"][0]["doc_id"] == "alder-payroll"


def problem(answer, status, code=None):
    """A REST error: problem+json with its five members."""
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json
    assert body["status"] == status and body["title"] and body["detail"] and body["type"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    if code:
        assert body["code"] == code
    return body["detail"]


BROKEN = [b"", b"{", b'{"query": "x",}', b'{"query": "x"} trailing', b'{"query": "\xff"}', b"[1, 2", b'{"query": "\\ud800"}', b"NaN",
          b"[" * 10_000 + b"]" * 10_000, b'{"query": 1e999}', b"\x00", b"{'query': 'x'}"]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_broken_json(box, body):
    problem(box.appliance.call("POST", "/v1/search", body, box.alder), 400)
    answer = box.appliance.call(
        "POST", "/mcp", body, box.alder,
        {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"})
    assert answer.status == 400 and answer.json["error"]["code"] in (-32700, -32600) and answer.json["id"] is None


@pytest.mark.parametrize("body", [[], "text", 5, None, True])
def test_json_that_is_no_object(box, body):
    problem(box.appliance.call("POST", "/v1/search", json.dumps(body), box.alder), 400)


@pytest.mark.parametrize(("fields", "named"), [
    ({}, "query"), ({"query": 1}, "query"), ({"query": None}, "query"), ({"query": ["x"]}, "query"), ({"query": ""}, "query"),
    ({"query": "x", "limit": "5"}, "limit"), ({"query": "x", "limit": 1001}, "limit"), ({"query": "x", "limit": 0}, "limit"),
    ({"query": "x", "limit": 2.5}, "limit"), ({"query": "x", "mode": "magic"}, "mode"), ({"query": "x", "depth": 5000}, "depth"),
    ({"query": "x", "fusion": "loudest"}, "fusion"), ({"query": "x", "k": -1}, "k"), ({"query": "x", "detail": 1}, "detail"),
    ({"query": "x", "min_score": 2}, "min_score"), ({"query": "x", "ef": 0}, "ef"), ({"query": "x", "embedding": "x"}, "embedding"),
    ({"query": "x", "embedding": [0.0] * 384}, "embedding"), ({"query": "x", "embedding": [1.0]}, "embedding"),
    ({"query": "x", "cursor": "AAAA"}, "cursor"), ({"query": "x", "unheard_of": 1}, "unheard_of"),
    ({"query": "x" * (128 * 1024 + 1)}, "query"),
])
def test_wrong_fields_of_a_search_are_named(box, fields, named):
    assert named in problem(box.appliance.call("POST", "/v1/search", fields, box.alder), 400)


@pytest.mark.parametrize(("fields", "named"), [
    ({}, "text"), ({"text": 5}, "text"), ({"text": "x", "id": ""}, "id"), ({"text": "x", "id": "y" * 513}, "id"),
    ({"text": "x", "metadata": []}, "metadata"), ({"text": "x", "content": "y"}, "content"), ({"text": "x", "colour": "red"}, "colour"),
    ({"text": "x", "embedding": [1.0]}, "embedding"), ({"documents": "x"}, "documents"), ({"documents": []}, "documents"),
    ({"documents": [{"text": "x"}, {"text": 7}]}, "documents[1].text"), ({"documents": [{"text": "x"}] * 1001}, "documents"),
])
def test_wrong_fields_of_a_document_are_named(box, fields, named):
    before = box.appliance.ids(box.alder)
    assert named.split(".")[-1] in problem(box.appliance.call("POST", "/v1/documents?collection=notes", fields, box.alder), 400)
    assert box.appliance.ids(box.alder) == before


def test_paths_and_methods(box):
    problem(box.appliance.call("GET", "/v1/nothing", token=box.alder), 404, "route_not_found")
    answer = box.appliance.call("PATCH", "/v1/search", {}, box.alder)
    problem(answer, 405)
    assert "POST" in answer.headers["Allow"]
    for method in ("GET", "DELETE"):
        answer = box.appliance.call(method, "/mcp", token=box.alder)
        assert answer.status == 405 and answer.headers["Allow"] == "POST"


def test_documents_that_are_not_there(box):
    problem(box.appliance.document(box.alder, "nobody"), 404, "document_not_found")
    elsewhere = box.appliance.call("POST", "/v1/search", {"query": "x", "collection": "nowhere"}, box.alder)
    assert "notes" in problem(elsewhere, 404, "unknown_collection")
    assert box.appliance.call("DELETE", "/v1/documents/nobody", token=box.alder).json["unknown"] == 1
    problem(box.appliance.call("PUT", "/v1/documents/a", {"id": "b", "text": "x"}, box.alder), 400)


def test_a_query_string_is_checked(box):
    problem(box.appliance.call("GET", "/v1/documents?limit=0", token=box.alder), 400)
    problem(box.appliance.call("GET", "/v1/documents?limit=5&limit=6", token=box.alder), 400)
    problem(box.appliance.call("GET", "/v1/documents?cursor=%ZZ", token=box.alder), 400)
    problem(box.appliance.call("GET", "/v1/documents?cursor=zz", token=box.alder), 400, "invalid_cursor")
    problem(box.appliance.call("GET", "/v1/documents?upwards=1", token=box.alder), 400)


def test_bodies_above_the_limit(box):
    large = {"query": "x", "cursor": "y" * (4 << 20)}
    assert box.appliance.call("POST", "/v1/search", {"query": "x", "cursor": "y" * (16 << 20)}, box.alder).status == 413
    fields = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call",
              "Mcp-Name": "hybrid_search"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "hybrid_search", "arguments": large}}
    assert box.appliance.call("POST", "/mcp", body, box.alder, fields).status == 413


def test_bulk_lines(box):
    lines = [
        {"id": "line-1", "text": "first bulk line"}, "not json", {"id": "line-3"}, "", {"id": "line-5", "text": 5},
        {"id": "line-6", "text": "z" * (16 << 20)}, {"id": "line-7", "text": "last bulk line"},
    ]
    answer = box.appliance.bulk(box.alder, lines, "?collection=bulk")
    assert answer.status == 200
    failed = {event["line"]: event["error"] for event in answer.lines if "line" in event}
    assert sorted(failed) == [2, 3, 5, 6] and all(failed.values())
    assert "16777216" in failed[6] or "16 MiB" in failed[6]
    assert max(event.get("committed_lines", 0) for event in answer.lines) == 7
    summary = answer.lines[-1]["summary"]
    assert summary["complete"] and (summary["lines"], summary["added"], summary["failed"]) == (7, 2, 4)
    assert box.appliance.ids(box.alder, "bulk") == ["line-1", "line-7"]


def test_bulk_counts_errors_beyond_a_hundred(box):
    answer = box.appliance.bulk(box.alder, ["{"] * 250, "?collection=bulk")
    events = answer.lines
    assert sum("error" in event and "line" in event for event in events) >= 100
    summary = events[-1]["summary"]
    assert summary["failed"] == 250
    assert summary["errors_not_listed"] == 250 - sum("line" in event for event in events)


def test_the_last_of_equal_ids_wins(box):
    answer = box.appliance.bulk(
        box.alder, [{"id": "twin", "text": "older version"}, {"id": "other", "text": "x"}, {"id": "twin", "text": "newer version"}], "?collection=bulk")
    assert answer.lines[-1]["summary"]["complete"]
    assert box.appliance.document(box.alder, "twin", "bulk").json["text"] == "newer version"
    assert box.appliance.ids(box.alder, "bulk").count("twin") == 1
    hits = box.appliance.search(box.alder, "version", collection="bulk", mode="bm25")["hits"]
    assert [hit["doc_id"] for hit in hits] == ["twin"]


def test_a_file_of_lines_without_its_last_newline(box):
    body = '{"id": "tail-1", "text": "a"}\r\n{"id": "tail-2", "text": "b"}'
    answer = box.appliance.call("POST", "/v1/documents:bulk?collection=bulk", body, box.alder, BULK)
    assert answer.lines[-1]["summary"]["added"] == 2


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.evil.example.com", "10.0.0.1", "localhost.evil", ""])
def test_a_wrong_host(box, host):
    for method, path in [("GET", "/"), ("GET", "/health"), ("POST", "/mcp"), ("POST", "/v1/search"), ("GET", "/nothing")]:
        answer = box.appliance.call(method, path, {} if method == "POST" else None, box.alder, {"Host": host})
        assert answer.status in ((421,) if host else (400, 421)), path


def test_right_hosts(box):
    port = box.appliance.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "localhost", f"LOCALHOST:{port}", f"[::1]:{port}"):
        assert box.appliance.call("GET", "/health", headers={"Host": host}).status == 200, host


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "http://127.0.0.1.evil.example.com", "file://", "http://localhost@evil.com"])
def test_a_wrong_origin(box, origin):
    for method, path in [("GET", "/"), ("GET", "/health"), ("POST", "/mcp"), ("POST", "/v1/search")]:
        answer = box.appliance.call(method, path, {} if method == "POST" else None, box.alder, {"Origin": origin})
        assert answer.status == 403, path


def test_a_right_origin(box):
    assert box.appliance.call("GET", "/health", headers={"Origin": box.appliance.url}).status == 200


def test_media_types_of_mcp(box):
    usual = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
    both = "application/json, text/event-stream"
    assert box.appliance.call("POST", "/mcp", b"{}", box.alder, {**usual, "Accept": both, "Content-Type": "text/plain"}).status == 415
    assert box.appliance.call("POST", "/mcp", b"{}", box.alder, {**usual, "Accept": "text/html"}).status == 406


def raw(box, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", box.appliance.port), timeout=10) as connection:
        connection.sendall(data)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except OSError:
            pass
        return answer


@pytest.mark.parametrize("data", [
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
    b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n",
], ids=range(12))
def test_broken_http(box, data):
    status = raw(box, data).split(b" ", 2)[1:2]
    assert not status or status[0].startswith(b"4") or status[0] == b"505", status


def test_a_client_gone_in_mid_response(box):
    body = json.dumps({"query": "the", "detail": "full", "limit": 1000}).encode()
    head = (f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {box.alder}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    box.appliance.put(box.alder, [{"id": f"big-{n}", "text": "the long text " * 5000} for n in range(60)], "big")
    for reading in (0, 1, 5000):
        for _ in range(5):
            connection = socket.create_connection(("127.0.0.1", box.appliance.port), timeout=10)
            connection.sendall(head + body)
            if reading:
                connection.recv(reading)
            # A reset, not a farewell.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.close()
    half = socket.create_connection(("127.0.0.1", box.appliance.port), timeout=10)
    half.sendall(head + body[:10])
    half.close()


def test_the_wire_of_both_eras(box):
    appliance, token = box.appliance, box.alder
    modern = appliance.rpc("tools/list", {}, token)
    assert modern.status == 200 and modern.json["result"]["resultType"] == "complete" and "Mcp-Session-Id" not in modern.headers
    assert modern.headers["Cache-Control"] == "no-store"
    legacy = appliance.rpc("tools/list", {}, token, "legacy")
    assert legacy.status == 200 and "resultType" not in legacy.json["result"]
    assert appliance.rpc("no/such", {}, token).status == 404
    assert appliance.rpc("no/such", {}, token).json["error"]["code"] == -32601
    gone = appliance.rpc("no/such", {}, token, "legacy")
    assert gone.status == 200 and gone.json["error"]["code"] == -32601 and gone.json["id"] == 7
    unknown = appliance.rpc("tools/call", {"name": "no_such_tool", "arguments": {}}, token)
    assert unknown.json["error"]["code"] == -32602
    mismatch = appliance.rpc("tools/call", {"name": "list_collections", "arguments": {}}, token, Mcp_Name="hybrid_search")
    assert mismatch.status == 400 and mismatch.json["error"]["code"] == -32020
    future = appliance.rpc("tools/list", {}, token, MCP_Protocol_Version="2099-01-01")
    assert future.status == 400


def test_refusals_echo_the_id(box):
    answer = box.appliance.rpc("tools/list", {})
    assert answer.status == 401 and answer.json["id"] == 7 and answer.json["error"]["code"] == -31001
    reader = box.appliance.token("alder", scope="search")
    call = {"name": "delete_documents", "arguments": {"ids": ["alder-payroll"]}}
    modern = box.appliance.rpc("tools/call", call, reader)
    assert modern.status == 403 and modern.json["error"]["code"] == -31002 and modern.json["id"] == 7
    assert 'scope="write"' in modern.headers["WWW-Authenticate"]
    legacy = box.appliance.rpc("tools/call", call, reader, "legacy")
    assert legacy.status == 200 and legacy.json["error"]["code"] == -31002
