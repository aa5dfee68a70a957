"""Several addresses at once, socket files for others, and proxies whose word is taken."""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import subprocess

import pytest

from appliance import Appliance, binary, eventually, free_port


class OverSocket(http.client.HTTPConnection):
    """HTTP through a socket file."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict]:
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"{}")
    finally:
        connection.close()


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | {name.replace("_", "-"): value for name, value in more.items()}


def test_three_listeners_at_once(fresh, tmp_path):
    appliance, second, path = fresh(), free_port(), str(tmp_path / "http.sock")
    appliance.tenant("acme")
    token = appliance.token("acme")
    appliance.start("--listen", f"[::1]:{second}", "--listen", f"unix:{path}?mode=666")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o666
    for connection in (
        lambda: http.client.HTTPConnection("127.0.0.1", appliance.port, timeout=20),
        lambda: http.client.HTTPConnection("::1", second, timeout=20),
        lambda: OverSocket(path),
    ):
        assert ask(connection(), "/v1/collections", bearer(token))[0] == 200
        # A socket file opens no door: whoever comes through it shows a credential like everybody.
        assert ask(connection(), "/v1/collections")[0] == 401
        assert ask(connection(), "/health", {"Host": "evil.example"})[0] == 421
        assert ask(connection(), "/health", {"Origin": "https://evil.example"})[0] == 403
    # What clients are told is the first address.
    assert ask(OverSocket(path), "/.well-known/oauth-protected-resource")[1]["resource"] == f"{appliance.url}/mcp"
    assert appliance.stop() == 0
    assert not os.path.exists(path)


def test_socket_files_alone(fresh, tmp_path):
    appliance, path = fresh(), str(tmp_path / "http.sock")
    appliance.tenant("acme")
    token = appliance.token("acme")
    (appliance.data / "config.json").write_text(json.dumps({"listen": [f"unix:{path}"]}))
    with appliance.log.open("ab") as log:
        appliance.process = subprocess.Popen(
            [str(binary()), "serve", "--data", str(appliance.data)], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    eventually(lambda: os.path.exists(path) and "serving" in appliance.log.read_text(), seconds=30)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    assert ask(OverSocket(path), "/v1/collections", bearer(token))[0] == 200
    assert "acme" in appliance.run("tenant", "list").stdout
    assert appliance.stop() == 0


def test_rates_hold_on_a_socket_for_others_and_not_on_the_own_one(fresh, tmp_path):
    appliance, path = fresh(), str(tmp_path / "http.sock")
    appliance.tenant("acme", "--rate", "1/m", "--burst", "1")
    token = appliance.token("acme")
    appliance.start("--listen", f"unix:{path}")
    statuses = [ask(OverSocket(path), "/v1/collections", bearer(token))[0] for _ in range(3)]
    assert statuses == [200, 429, 429]
    own = str(appliance.data / "run" / "carrel.sock")
    assert [ask(OverSocket(own), "/v1/collections", bearer(token))[0] for _ in range(3)] == [200, 200, 200]


def test_an_address_in_use_stops_the_start_and_leaves_nothing(fresh, tmp_path):
    appliance, path = fresh(), str(tmp_path / "http.sock")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = appliance.run("serve", "--listen", f"unix:{path}", "--listen", address, code=1)
    assert "in use" in done.stderr and address in done.stderr
    assert not os.path.exists(path)


@pytest.mark.parametrize("options, words", [
    (["--listen", "127.0.0.1:0", "--listen", "192.0.2.1:0"], ["192.0.2.1", "--tls-cert"]),
    (["--listen", "127.0.0.1:0", "--listen", "[::]:0", "--plain-http"], ["--public-url"]),
    (["--listen", "unix:relative"], ["unix:/PATH"]),
    (["--trusted-proxy", "0.0.0.0/0"], ["trusted_proxies", "10.1.0.0/16"]),
    (["--trusted-proxy", "proxy.example"], ["trusted_proxies"]),
])
def test_refused_at_the_start(fresh, options, words):
    done = fresh().run("serve", *options, code=1)
    assert all(word in done.stderr for word in words), done.stderr


def refusals(appliance: Appliance, count: int, **headers: str) -> list[int]:
    """The statuses of so many calls with a bad token."""
    fields = bearer("crl_0000000000000000_" + "0" * 64, **headers)
    return [appliance.call("GET", "/v1/collections", headers=fields).status for _ in range(count)]


def test_a_trusted_proxy_tells_clients_apart(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    appliance.start("--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8", "--auth-refusals-per-minute", "3")
    assert refusals(appliance, 5, X_Forwarded_For="192.0.2.7") == [401, 401, 401, 429, 429]
    # Its left part is the client's own invention and changes nothing.
    assert refusals(appliance, 2, X_Forwarded_For="1.1.1.1, 192.0.2.7, 10.0.0.9") == [429, 429]
    assert refusals(appliance, 1, X_Forwarded_For="192.0.2.8") == [401]
    assert refusals(appliance, 1, Forwarded='for="[2001:db8::1]:99"') == [401]
    # A network of IPv6 is one client.
    assert refusals(appliance, 4, Forwarded='for="[2001:db8::2]"') == [401, 401, 429, 429]
    assert appliance.call("GET", "/v1/collections", headers=bearer(token, X_Forwarded_For="192.0.2.7")).status == 200
    appliance.stop()
    lines = [json.loads(line) for line in appliance.log.read_text().splitlines() if line.startswith("{")]
    clients = {line["client"] for line in lines if "client" in line}
    assert {"192.0.2.7", "192.0.2.8", "2001:db8::1"} <= clients


def test_nobody_else_is_believed(fresh):
    appliance = fresh()
    appliance.start("--trusted-proxy", "192.0.2.1", "--auth-refusals-per-minute", "3")
    assert refusals(appliance, 2, X_Forwarded_For="192.0.2.7") == [401, 401]
    assert refusals(appliance, 2, X_Forwarded_For="192.0.2.8") == [401, 429]


def test_behind_a_proxy_that_ends_tls(fresh):
    appliance = fresh()
    appliance.start("--trusted-proxy", "127.0.0.1", "--allow-host", "box.example")
    def status(origin: str, **headers: str) -> int:
        fields = {"Host": "box.example", "Origin": origin} | {name.replace("_", "-"): value for name, value in headers.items()}
        return appliance.call("GET", "/health", headers=fields).status
    assert status("https://box.example", X_Forwarded_Proto="https") == 200
    assert status("http://box.example", X_Forwarded_Proto="https") == 403
    assert status("http://box.example", X_Forwarded_Proto="http") == 200


def test_one_client_behind_a_proxy_cannot_take_everything(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    appliance.start("--trusted-proxy", "127.0.0.1", "--limits-connections-per-address", "2")
    def half_an_upload(client: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", appliance.port), timeout=20)
        connection.sendall(
            f"POST /v1/documents:bulk HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {client}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        return connection
    running = [half_an_upload("192.0.2.7") for _ in range(2)]
    def status(client: str) -> int:
        return appliance.call("GET", "/health", headers={"X-Forwarded-For": client}).status
    eventually(lambda: status("192.0.2.7") == 503)
    assert status("192.0.2.8") == 200
    metrics = appliance.call("GET", "/metrics", token=appliance.operator()).text
    count = next(line for line in metrics.splitlines() if line.startswith('carrel_connections_refused_total{limit="address"}'))
    assert int(count.split()[-1]) >= 1
    for connection in running:
        connection.close()
    eventually(lambda: status("192.0.2.7") == 200)
