"""The bridge between standard input and output and /mcp: official client, faults, restarts, limits."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
import pytest
from mcp import MCPError, StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

from appliance import binary, eventually, free_port
from stdio import Bridge

META = {"_meta": {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}


@pytest.fixture
def bridge():
    """Starts bridges that end with the test."""
    made: list[Bridge] = []

    def start(*options: str, **environment: str) -> Bridge:
        made.append(Bridge(*options, **environment))
        return made[-1]

    yield start
    for one in made:
        one.kill()


def initialize(bridge: Bridge) -> None:
    answer = bridge.ask(
        "start", "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "test", "version": "1"})
    assert answer["result"]["protocolVersion"] == "2025-11-25"
    bridge.send(method="notifications/initialized")


def parameters(*options: str, **environment: str) -> StdioServerParameters:
    return StdioServerParameters(command=str(binary()), args=["stdio", *map(str, options)], env=environment)


@pytest.mark.parametrize("mode, version", [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_the_official_client(box, mode, version):
    server = parameters("--url", box.appliance.url, CARREL_TOKEN=box.alder)
    async with Client(stdio_client(server), mode=mode, read_timeout_seconds=30) as client:
        assert client.protocol_version == version and client.server_info.name == "carrel"
        assert len((await client.list_tools()).tools) >= 7
        found = await client.call_tool("hybrid_search", {"query": "when are salaries paid in Zanzibar"})
        assert found.structured_content["hits"][0]["doc_id"] == "alder-payroll"
        wrong = await client.call_tool("hybrid_search", {"query": "x", "limit": "many"})
        assert wrong.is_error
        with pytest.raises(MCPError) as caught:
            await client.call_tool("no_such_tool", {})
        assert caught.value.code == -32602


async def test_many_calls_at_once(box):
    server = parameters("--url", box.appliance.url, CARREL_TOKEN=box.alder)
    async with Client(stdio_client(server), read_timeout_seconds=30) as client:
        seen = []

        async def search(number: int) -> None:
            found = await client.call_tool("search_documents", {"query": "Zanzibar", "limit": 1 + number % 5})
            seen.append(len(found.structured_content["hits"]) >= 1)

        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(search, number)
        assert seen == [True] * 100


async def test_without_url_the_folder_is_enough(box):
    server = parameters("--data", box.appliance.data, "--tenant", "birch")
    async with Client(stdio_client(server), read_timeout_seconds=30) as client:
        found = await client.call_tool("hybrid_search", {"query": "Zanzibar Quillbank"})
        assert all(hit["tenant_id"] == "birch" for hit in found.structured_content["hits"])
        # The credential it makes for itself may search and no more.
        assert "add_documents" not in [tool.name for tool in (await client.list_tools()).tools]


def test_headers_of_both_eras_follow_from_the_lines(box, bridge):
    one = bridge("--url", box.appliance.url, CARREL_TOKEN=box.alder)
    # Without its header the modern call would be refused, and so would a wrong name.
    answer = one.ask(1, "tools/call", name="list_collections", arguments={}, **META)
    assert answer["result"]["resultType"] == "complete"
    odd = one.ask(2, "tools/call", name="ünknown\ntool ", arguments={}, **META)
    assert odd["error"]["code"] == -32602
    initialize(one)
    assert "resultType" not in one.ask(3, "tools/call", name="list_collections", arguments={})["result"]
    assert one.finish() == []


def test_odd_lines_are_answered_and_the_rest_goes_on(box, bridge):
    one = bridge("--url", box.appliance.url, CARREL_TOKEN=box.alder)
    for line, code, id in (
        (b"rubbish", -32700, None), (b'{"jsonrpc":"2.0"', -32700, None), (b"\xff\xfe", -32700, None), (b"42", -32600, None),
        (b'{"jsonrpc":"1.0","id":5,"method":"ping"}', -32600, 5), (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":"a","method":"ping","params":[]}', -32600, "a"),
        (b'{"jsonrpc":"2.0","id":6,"method":"pi\\r\\nng: x"}', -32601, 6),
        (b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"a\\nb"}}}', -32602, 7),
        (b"[" * 10_000, -32700, None),
    ):
        one.write(line + b"\n")
        answer = one.receive()
        assert (answer["error"]["code"], answer["id"]) == (code, id), line
    one.write(b"\n   \n\r\n")
    one.write(b'{"jsonrpc":"2.0","id":8,"method":"ping"}\r\n')
    assert one.receive() == {"jsonrpc": "2.0", "id": 8, "result": {}}
    # Byte by byte, and a last line without an end.
    for byte in b'{"jsonrpc":"2.0","id":9,"method":"ping"}\n':
        one.write(bytes([byte]))
    assert one.receive()["id"] == 9
    one.write(b'{"jsonrpc":"2.0","id":10,"method":"ping"}')
    assert [message["id"] for message in one.finish()] == [10]


def test_lines_over_the_limit(box, bridge):
    one = bridge("--url", box.appliance.url, CARREL_TOKEN=box.alder)
    large = one.ask(1, "ping", padding="x" * (5 << 20))
    assert "4194304" in large["error"]["message"] and "carrel import" in large["error"]["message"]
    one.write(b'{"jsonrpc":"2.0","id":2,"method":"ping","params":{"padding":"' + b"x" * (20 << 20) + b'"}}\n')
    huge = one.receive()
    assert huge["id"] is None and huge["error"]["code"] == -32600
    assert one.ask(3, "ping")["result"] == {}


def test_a_batch_of_the_revision_that_has_them(box, bridge):
    one = bridge("--url", box.appliance.url, CARREL_TOKEN=box.alder)
    one.write(b'[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]\n')
    line = json.loads(one._lines.get(timeout=30))
    assert sorted(entry["id"] for entry in line) == [1, 2]


def test_refused_keys_are_said_to_the_client(box, bridge):
    one = bridge("--url", box.appliance.url, CARREL_TOKEN="wrong")
    error = one.ask(1, "ping")["error"]
    assert error["code"] == -31001
    assert one.finish() == []
    assert "wrong" not in one.talk


def test_the_server_goes_and_comes_back(fresh, bridge):
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    appliance.start()
    one = bridge("--url", appliance.url, CARREL_TOKEN=token)
    initialize(one)
    assert one.ask(1, "ping")["result"] == {}
    port = appliance.port
    appliance.kill()
    # Sent while nobody is there, answered when somebody is.
    for number in range(2, 12):
        one.send(id=number, method="tools/call", params={"name": "list_collections", "arguments": {}})
    assert one.is_silent(1)
    appliance.start(port=port)
    answers = [one.receive() for _ in range(10)]
    assert sorted(answer["id"] for answer in answers) == list(range(2, 12))
    assert all("result" in answer for answer in answers)
    assert one.finish() == []
    # Another pipe than the answers': whole only when the bridge has ended.
    assert "trying again" in one.talk and "is back" in one.talk


def test_a_server_that_stays_away_is_an_error_for_each_request(bridge):
    one = bridge("--url", f"http://127.0.0.1:{free_port()}", CARREL_TOKEN="key")
    for number in range(3):
        one.send(id=number, method="tools/call", params={"name": "list_collections", "arguments": {}})
    one.send(method="notifications/initialized")
    answers = one.finish(timeout=60)
    assert sorted(answer["id"] for answer in answers) == [0, 1, 2]
    for answer in answers:
        assert "carrel serve" in answer["error"]["message"] and "make it again" in answer["error"]["message"]
        assert answer["error"]["data"]["kind"] == "server_unreachable"


async def test_the_official_client_over_a_restart(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    server = parameters("--data", appliance.data, "--scope", "search,write")
    async with Client(stdio_client(server), read_timeout_seconds=60) as client:
        await client.call_tool("add_documents", {"documents": [{"id": "one", "text": "About ospreys."}]})
        appliance.kill()
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, appliance.start)
            found = await client.call_tool("search_documents", {"query": "ospreys"})
        assert [hit["doc_id"] for hit in found.structured_content["hits"]] == ["one"]


class Scripted(BaseHTTPRequestHandler):
    """Answers as a test says: what our own server never does, other servers and proxies do."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((dict(self.headers), body))
        self.server.script(self, body)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def scripted():
    servers = []

    def start(script):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
        server.script, server.seen = script, []
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server, f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_event_streams_line_by_line(scripted, bridge):
    more = threading.Event()

    def script(handler, body):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        handler.send_header("Connection", "close")
        handler.end_headers()
        progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}}
        handler.wfile.write(b": hello\n\nid: 1\nevent: message\ndata: " + json.dumps(progress).encode() + b"\n\n")
        handler.wfile.write(b"event: other\ndata: nothing\n\ndata: not json\n\n")
        handler.wfile.flush()
        more.wait(20)
        pretty = json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": {"line": "a\nb"}}, indent=1)
        text = "".join(f"data: {line}\r\n" for line in pretty.splitlines()) + "\r\n"
        for byte in text.encode():
            handler.wfile.write(bytes([byte]))
        handler.wfile.flush()

    _, url = scripted(script)
    one = bridge("--url", url, CARREL_TOKEN="key")
    one.send(id=1, method="tools/call", params={"name": "slow", "arguments": {}})
    # The first message comes while the call still runs.
    assert one.receive()["method"] == "notifications/progress"
    more.set()
    assert one.receive() == {"jsonrpc": "2.0", "id": 1, "result": {"line": "a\nb"}}
    assert one.finish() == []


def test_session_and_version_are_kept(scripted, bridge):
    def script(handler, body):
        if body["method"] == "initialize":
            result = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}
            time.sleep(0.3)
            handler.answer(200, json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": result}).encode(), Mcp_Session_Id="s-1")
        elif "id" in body:
            handler.answer(200, json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": {}}).encode())
        else:
            handler.answer(202)

    server, url = scripted(script)
    one = bridge("--url", url + "/elsewhere", CARREL_TOKEN="key")
    # All at once: what follows the handshake waits for it.
    for message in (
        {"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}},
        {"method": "notifications/initialized"}, {"id": 2, "method": "tools/list"}, {"id": 9, "result": {}},
    ):
        one.send(**message)
    assert sorted(message["id"] for message in (one.receive(), one.receive())) == [1, 2]
    assert one.finish() == []
    first, *later = server.seen
    assert "MCP-Protocol-Version" not in first[0] and "Mcp-Session-Id" not in first[0]
    assert len(later) == 3 and all(
        fields["MCP-Protocol-Version"] == "2025-06-18" and fields["Mcp-Session-Id"] == "s-1" for fields, _ in later)
    assert all(fields["Authorization"] == "Bearer key" for fields, _ in server.seen)


def test_what_is_no_answer_becomes_an_error(scripted, bridge):
    def script(handler, body):
        case = body["params"]["case"]
        if case == "html":
            handler.answer(502, b"<html>\nbad gateway\n</html>", Content_Type="text/html")
        elif case == "problem":
            handler.answer(413, b'{"title": "Too large", "detail": "the limit is 4 MiB"}', Content_Type="application/problem+json")
        elif case == "empty":
            handler.answer(202)
        elif case == "foreign":
            handler.answer(200, b'{"jsonrpc":"2.0","id":777,"result":{}}')
        elif case == "no id":
            handler.answer(400, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}')
        elif case == "cut":
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b'{"jsonrpc"')
            handler.close_connection = True
        elif case == "cut stream":
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.send_header("Connection", "close")
            handler.end_headers()

    _, url = scripted(script)
    one = bridge("--url", url, CARREL_TOKEN="key")
    for number, (case, words) in enumerate([
        ("html", "502"), ("problem", "the limit is 4 MiB"), ("empty", "202"), ("foreign", "200"), ("no id", "?"),
        ("cut", "not known"), ("cut stream", "holds no message"),
    ]):
        answer = one.ask(number, "tools/call", name="x", case=case)
        assert words in answer["error"]["message"], (case, answer)
    assert one.finish() == []


def test_a_call_that_may_have_run_is_not_repeated(scripted, bridge):
    def script(handler, body):
        handler.close_connection = True

    server, url = scripted(script)
    one = bridge("--url", url, CARREL_TOKEN="key")
    assert "not known" in one.ask(1, "tools/call", name="pay")["error"]["message"]
    assert len(server.seen) == 1


def test_cancelling_on_both_wires(scripted, bridge):
    gone, release = threading.Event(), threading.Event()

    def script(handler, body):
        if "id" not in body:
            handler.answer(202)
            return
        handler.connection.settimeout(20)
        if not handler.connection.recv(1):
            gone.set()
        handler.close_connection = True

    server, url = scripted(script)
    one = bridge("--url", url, CARREL_TOKEN="key")
    one.send(id=1, method="tools/call", params={"name": "slow", **META})
    eventually(lambda: len(server.seen) == 1)
    one.send(method="notifications/cancelled", params={"requestId": 1})
    assert gone.wait(20) and one.is_silent(0.3)
    # The closed request says it all where each request is for itself; the handshake's wire wants the notification too.
    assert len(server.seen) == 1
    gone.clear()
    one.send(id="two", method="tools/call", params={"name": "slow"})
    eventually(lambda: len(server.seen) == 2)
    one.send(method="notifications/cancelled", params={"requestId": "two", "reason": "enough"})
    eventually(lambda: any(body.get("method") == "notifications/cancelled" for _, body in server.seen))
    assert gone.wait(20)
    assert one.finish() == []


def test_the_end_of_input_waits_for_answers(scripted, bridge):
    def script(handler, body):
        if body["method"] == "subscriptions/listen":
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.end_headers()
            time.sleep(20)
            return
        time.sleep(1)
        handler.answer(200, json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": {}}).encode())

    server, url = scripted(script)
    one = bridge("--url", url, CARREL_TOKEN="key")
    one.send(id="forever", method="subscriptions/listen", params=META)
    for number in range(5):
        one.send(id=number, method="ping")
    eventually(lambda: len(server.seen) == 6)
    begin = time.monotonic()
    assert sorted(message["id"] for message in one.finish()) == [0, 1, 2, 3, 4]
    assert time.monotonic() - begin < 10


def test_nobody_reads_the_answers(box):
    done = subprocess.run(
        f"yes '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}}' | {binary()} stdio --url {box.appliance.url} | head -n 3",
        shell=True, capture_output=True, text=True, timeout=60, env={"CARREL_TOKEN": box.alder, "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 3


def test_no_token_crosses_the_network_in_the_clear(bridge, tmp_path):
    def refused(*options, **environment):
        one = bridge(*options, **environment)
        assert one.process.wait(30) in (1, 2)
        return eventually(lambda: one.talk)

    assert "in the clear" in refused("--url", "http://box.example", CARREL_TOKEN="key")
    assert "apikey create" in refused("--url", "https://box.example")
    assert "takes http" in refused("--url", "box.example:8080", CARREL_TOKEN="key")
    assert "absent" in refused("--url", "https://box.example", "--cacert", str(tmp_path / "absent"), CARREL_TOKEN="key")
    assert "--data" in refused("--data", str(tmp_path / "none")) and not (tmp_path / "none").exists()
    file = tmp_path / "key"
    file.write_text("crl_key\n")
    file.chmod(0o644)
    assert "chmod 600" in refused("--url", "https://box.example", "--token-file", str(file))


def test_the_key_from_a_file(box, bridge, tmp_path):
    file = tmp_path / "key"
    file.write_text(box.alder + "\n")
    file.chmod(0o600)
    one = bridge("--url", box.appliance.url + "/", "--token-file", str(file))
    assert one.ask(1, "ping")["result"] == {}


def test_a_self_signed_certificate(fresh, bridge, tmp_path):
    subprocess.run([str(binary()), "tls", "self-signed", "--out", str(tmp_path / "tls")], check=True, capture_output=True)
    certificate, key = tmp_path / "tls" / "cert.pem", tmp_path / "tls" / "key.pem"
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    appliance.spawn("--tls-cert", str(certificate), "--tls-key", str(key))
    eventually(lambda: "serving on" in appliance.log.read_text(), seconds=30)
    url = f"https://localhost:{appliance.port}"
    trusting = bridge("--url", url, "--cacert", str(certificate), CARREL_TOKEN=token)
    assert trusting.ask(1, "ping")["result"] == {}
    answer = bridge("--url", url, CARREL_TOKEN=token).ask(1, "ping")
    assert "--cacert" in answer["error"]["message"]
