"""TLS from outside: what is served, what is refused at the start, and what clients see."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import ipaddress
import json
import os
import signal
import socket
import ssl
import subprocess

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from appliance import Appliance, binary, eventually

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


class Authority:
    """Makes certificates the way a public authority does; without an issuer it is the root."""

    def __init__(self, name: str, issuer: "Authority | None" = None) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = (issuer or self).sign(self.name, self.key.public_key(), is_authority=True)

    def sign(self, name, public_key, is_authority=False, start=NOW - DAY, end=NOW + 90 * DAY, hosts=("localhost", "127.0.0.1")):
        builder = (
            x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(public_key)
            .serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True))
        if not is_authority:
            names = [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host) for host in hosts]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def server(self, key=None, **changes):
        key = key or ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        return self.sign(name, key.public_key(), **changes), key


ROOT = Authority("Test root")
ISSUER = Authority("Test issuer", ROOT)


def pem(*certificates) -> bytes:
    return b"".join(entry.public_bytes(serialization.Encoding.PEM) for entry in certificates)


def key_pem(key, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


class Files:
    """A certificate and key on disk, and the options that serve them."""

    def __init__(self, folder, certificate: bytes, key: bytes, mode: int = 0o600) -> None:
        self.certificate, self.key = folder / "served.pem", folder / "served.key"
        self.certificate.write_bytes(certificate)
        self.key.write_bytes(key)
        self.key.chmod(mode)

    @property
    def options(self) -> list[str]:
        return ["--tls-cert", str(self.certificate), "--tls-key", str(self.key)]


@pytest.fixture
def chained(tmp_path):
    """A certificate with its intermediate, and the root that clients trust."""
    certificate, key = ISSUER.server()
    (tmp_path / "root.pem").write_bytes(pem(ROOT.certificate))
    return Files(tmp_path, pem(certificate, ISSUER.certificate), key_pem(key))


def trusting(path, **versions) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(path))
    for name, version in versions.items():
        setattr(context, name, version)
    return context


def get(appliance: Appliance, path: str, context: ssl.SSLContext, headers: dict | None = None, host="127.0.0.1"):
    connection = http.client.HTTPSConnection(host, appliance.port, context=context, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()


def start(appliance: Appliance, context: ssl.SSLContext, *options: str) -> None:
    process = appliance.spawn(*options)

    def is_up() -> bool:
        assert process.poll() is None, appliance.log.read_text()
        try:
            return get(appliance, "/health", context)[0] == 200
        except OSError:
            return False

    eventually(is_up, seconds=30)


def test_a_chain_is_served_and_metadata_says_https(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    start(appliance, context, *chained.options)
    base = f"https://127.0.0.1:{appliance.port}"
    metadata = json.loads(get(appliance, "/.well-known/oauth-protected-resource", context)[1])
    assert metadata["resource"] == base + "/mcp" and metadata["authorization_servers"] == [base]
    assert f"serving on {base}" in appliance.log.read_text()
    # The command line goes through the socket file, where no certificate stands in the way.
    appliance.tenant("acme")
    assert "acme" in appliance.run("tenant", "list").stdout
    assert appliance.stop() == 0


def test_versions_and_protocols(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    start(appliance, context, *chained.options)
    with pytest.raises(ssl.SSLError):
        get(appliance, "/health", trusting(tmp_path / "root.pem", maximum_version=ssl.TLSVersion.TLSv1_2))
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", appliance.port)) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            assert secured.version() == "TLSv1.3" and secured.selected_alpn_protocol() == "h2"
    context.set_alpn_protocols(["spdy/3"])
    with pytest.raises(ssl.SSLError):
        get(appliance, "/health", context)
    appliance.stop()
    start(appliance, trusting(tmp_path / "root.pem"), *chained.options, "--tls-min", "1.2")
    old = trusting(tmp_path / "root.pem", maximum_version=ssl.TLSVersion.TLSv1_2)
    assert get(appliance, "/health", old)[0] == 200
    old.set_ciphers("ECDHE+AES256:!AESGCM:!CHACHA20:@SECLEVEL=1")
    with pytest.raises(ssl.SSLError):
        get(appliance, "/health", old)


async def test_the_official_client(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    appliance.tenant("acme")
    token = appliance.token("acme")
    start(appliance, context, *chained.options)
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, verify=context, timeout=30) as http_client:
        transport = streamable_http_client(f"https://127.0.0.1:{appliance.port}/mcp", http_client=http_client)
        async with Client(transport, read_timeout_seconds=30) as client:
            added = await client.call_tool("add_documents", {"documents": [
                {"id": f"n{number}", "text": f"number {number} " + "about kestrels " * 2000} for number in range(20)]})
            assert added.structured_content["added"] == 20
            found = await client.call_tool("search_documents", {"query": "kestrels", "limit": 20})
            assert len(found.structured_content["hits"]) == 20


def test_large_bodies_both_ways(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    appliance.tenant("acme")
    token = appliance.token("acme")
    start(appliance, context, *chained.options)
    text = "the quick brown heron " * 200_000
    connection = http.client.HTTPSConnection("127.0.0.1", appliance.port, context=context, timeout=60)
    with contextlib.closing(connection):
        fields = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/documents", json.dumps({"documents": [{"id": "big", "text": text}]}), fields)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        assert json.loads(response.read())["added"] == 1
        connection.request("GET", "/v1/documents/big", headers=fields)
        assert json.loads(connection.getresponse().read())["text"] == text


def test_origins_on_a_box_with_tls(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    start(appliance, context, *chained.options, "--allow-host", "box.example")
    def status(host, origin):
        return get(appliance, "/health", context, {"Host": host, "Origin": origin})[0]
    assert status("box.example", "https://box.example") == 200
    assert status("box.example", "http://box.example") == 403
    assert status("localhost", f"http://localhost:{appliance.port}") == 200
    assert status("box.example", "https://evil.example") == 403


def test_plain_http_and_rubbish_on_the_port(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    start(appliance, context, *chained.options)
    answer = appliance.call("GET", "/health")
    assert answer.status == 400 and "https" in answer.text
    answer = appliance.call("POST", "/v1/search", {"query": "x" * 100_000})
    assert answer.status == 400
    for rubbish in (b"\x00" * 64, b"\x16\x03\x01\xff\xff" + b"\x01" * 70_000, b"\x80\x2e\x01\x00\x02", b"ssh"):
        with socket.create_connection(("127.0.0.1", appliance.port), timeout=20) as connection:
            try:
                connection.sendall(rubbish)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            except TimeoutError:
                raise
            except OSError:
                pass  # Closed before all of it was sent.
    assert get(appliance, "/health", context)[0] == 200


def test_a_client_that_leaves_in_the_handshake(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    start(appliance, context, *chained.options)
    for count in (0, 1, 5, 100):
        for _ in range(10):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
            with pytest.raises(ssl.SSLWantReadError):
                client.do_handshake()
            hello = outgoing.read()
            with socket.create_connection(("127.0.0.1", appliance.port)) as connection:
                connection.sendall(hello[: count if count < 100 else None])
    descriptors = lambda: len(os.listdir(f"/proc/{appliance.process.pid}/fd"))
    before = descriptors()
    assert get(appliance, "/health", context)[0] == 200
    eventually(lambda: descriptors() <= before)


def test_a_silent_client_is_closed(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    start(appliance, context, *chained.options)
    with socket.create_connection(("127.0.0.1", appliance.port), timeout=30) as connection:
        connection.sendall(b"\x16\x03\x01")
        assert connection.recv(10) == b""


def test_stop_with_open_connections_ends_them_properly(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    start(appliance, context, *chained.options)
    context.suppress_ragged_eofs = False
    with socket.create_connection(("127.0.0.1", appliance.port), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as secured:
            secured.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert secured.recv(65536).startswith(b"HTTP/1.1 200")
            assert appliance.stop() == 0
            # A cut connection would raise here; the server has said goodbye.
            while secured.recv(65536):
                pass


def test_a_new_certificate_on_sighup(fresh, chained, tmp_path):
    appliance, context = fresh(), trusting(tmp_path / "root.pem")
    start(appliance, context, *chained.options)

    def serial() -> int:
        with socket.create_connection(("127.0.0.1", appliance.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secured:
                return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True)).serial_number

    old = serial()
    chained.key.write_bytes(b"nonsense")
    appliance.process.send_signal(signal.SIGHUP)
    eventually(lambda: "certificate not reloaded" in appliance.log.read_text())
    assert serial() == old
    certificate, key = ISSUER.server()
    chained.certificate.write_bytes(pem(certificate, ISSUER.certificate))
    chained.key.write_bytes(key_pem(key))
    appliance.process.send_signal(signal.SIGHUP)
    eventually(lambda: serial() == certificate.serial_number)
    assert appliance.stop() == 0


SERVER, SERVER_KEY = ISSUER.server()
OTHER, OTHER_KEY = ISSUER.server()


@pytest.mark.parametrize("certificate, key, mode, words", [
    (b"", key_pem(SERVER_KEY), 0o600, ["served.pem", "PEM certificate"]),
    (key_pem(SERVER_KEY), key_pem(SERVER_KEY), 0o600, ["served.pem", "PEM certificate"]),
    (pem(SERVER)[:300], key_pem(SERVER_KEY), 0o600, ["served.pem", "PEM certificate"]),
    (pem(SERVER) + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key_pem(SERVER_KEY), 0o600, ["served.pem"]),
    (pem(SERVER), b"", 0o600, ["served.key", "private key"]),
    (pem(SERVER), pem(SERVER), 0o600, ["served.key", "private key"]),
    (pem(SERVER), key_pem(SERVER_KEY), 0o644, ["served.key", "chmod 600"]),
    (pem(SERVER), key_pem(SERVER_KEY), 0o640, ["served.key", "chmod 600"]),
    (pem(SERVER), key_pem(OTHER_KEY), 0o600, ["does not belong", "served.key", "served.pem"]),
    (pem(SERVER), key_pem(SERVER_KEY, b"secret"), 0o600, ["served.key", "encrypted", "openssl pkey"]),
    (pem(ISSUER.certificate, SERVER), key_pem(SERVER_KEY), 0o600, ["number 2", "first"]),
    (pem(SERVER, ROOT.certificate), key_pem(SERVER_KEY), 0o600, ["certificate 2 did not issue certificate 1"]),
    (pem(SERVER, ROOT.certificate, ISSUER.certificate), key_pem(SERVER_KEY), 0o600, ["certificate 2 did not issue"]),
    (pem(ISSUER.server(SERVER_KEY, start=NOW - 9 * DAY, end=NOW - DAY)[0]), key_pem(SERVER_KEY), 0o600, ["expired on"]),
    (pem(ISSUER.server(SERVER_KEY, start=NOW + DAY)[0]), key_pem(SERVER_KEY), 0o600, ["valid only from", "clock"]),
], ids=[
    "no certificate", "a key for a certificate", "a certificate cut off", "a second that is none", "no key",
    "a certificate for a key", "a key all can read", "a key the group can read", "another certificate's key", "a key with a password",
    "the issuer first", "not the issuer", "one that is missing between", "expired", "not yet valid",
])
def test_refused_at_the_start(fresh, tmp_path, certificate, key, mode, words):
    appliance, files = fresh(), Files(tmp_path, certificate, key, mode)
    done = appliance.run("serve", "--listen", "127.0.0.1:0", *files.options, code=1, timeout=30)
    assert all(word in done.stderr for word in words), done.stderr
    assert "secret" not in done.stderr and "BEGIN" not in done.stderr


def test_missing_files_and_contradictions(fresh, chained, tmp_path):
    appliance = fresh()
    def refused(*options):
        return appliance.run("serve", "--listen", "127.0.0.1:0", *options, code=1, timeout=30).stderr
    absent = str(tmp_path / "absent.pem")
    assert absent in refused("--tls-cert", absent, "--tls-key", str(chained.key)) and "no such file" in refused(
        "--tls-cert", absent, "--tls-key", str(chained.key))
    assert "absent.pem" in refused("--tls-cert", str(chained.certificate), "--tls-key", absent)
    assert "not a PEM file" in refused("--tls-cert", str(tmp_path), "--tls-key", str(chained.key))
    assert "together" in refused("--tls-cert", str(chained.certificate))
    assert "exclude" in refused(*chained.options, "--plain-http")
    assert "https://" in refused(*chained.options, "--public-url", "http://box.example")
    assert "1.2" in appliance.run("serve", *chained.options, "--tls-min", "1.1", code=2).stderr


def test_off_loopback_needs_tls_or_a_word(fresh, chained, tmp_path):
    appliance = fresh()
    wildcard = ["--listen", "0.0.0.0:0", "--public-url", "https://localhost"]
    done = appliance.run("serve", *wildcard, code=1, timeout=30)
    assert "tls self-signed" in done.stderr and "--plain-http" in done.stderr
    with appliance.log.open("ab") as log:
        appliance.process = subprocess.Popen(
            [str(binary()), "serve", "--data", str(appliance.data), *wildcard, *chained.options],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    eventually(lambda: "serving" in appliance.log.read_text(), seconds=30)


def test_self_signed(fresh, tmp_path):
    appliance, out = fresh(), tmp_path / "made"
    words = ["tls", "self-signed", "--host", "box.example", "--host", "10.0.0.7", "--days", "30", "--out", str(out)]
    made = subprocess.run([str(binary()), *words], capture_output=True, text=True, timeout=30)
    assert made.returncode == 0, made.stderr
    certificate = x509.load_pem_x509_certificate((out / "cert.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["box.example", "localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.7", "127.0.0.1", "::1"]
    assert 29 <= (certificate.not_valid_after_utc - NOW).days <= 30
    assert isinstance(certificate.public_key().curve, ec.SECP256R1)
    assert (out / "key.pem").stat().st_mode & 0o777 == 0o600
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    assert fingerprint in made.stdout
    line = made.stdout.strip().splitlines()[-1].split()
    assert line[:2] == ["carrel", "serve"] and line[3] == "box.example:8443"
    start(appliance, trusting(out / "cert.pem"), *line[4:])
    assert get(appliance, "/health", trusting(out / "cert.pem"), host="localhost")[0] == 200
    # Its key may sign nothing else.
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    before = (out / "key.pem").read_bytes()
    again = subprocess.run([str(binary()), *words], capture_output=True, text=True, timeout=30)
    assert again.returncode == 1 and "not overwritten" in again.stderr and (out / "key.pem").read_bytes() == before
    wrong = subprocess.run([str(binary()), "tls", "self-signed", "--host", "no_name", "--out", str(tmp_path / "no")], capture_output=True, text=True)
    assert wrong.returncode == 2 and "no_name" in wrong.stderr and not (tmp_path / "no").exists()
