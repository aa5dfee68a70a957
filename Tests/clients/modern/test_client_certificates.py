"""Clients that show certificates: who is let in, who is turned away, and what a certificate does not open."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance import Appliance, eventually
from test_tls import DAY, NOW, ROOT, Authority, chained, key_pem, pem, trusting  # noqa: F401

CLIENTS = Authority("Client authority")
STRANGER = Authority("Another authority")


def client_files(folder, authority: Authority, name: str = "backup-robot", usage=ExtendedKeyUsageOID.CLIENT_AUTH,
                 start=NOW - DAY, end=NOW + 9 * DAY) -> tuple[str, str]:
    """A client's certificate and key on disk."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acmé"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(authority.name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False).sign(authority.key, hashes.SHA256()))
    where = (folder / f"{name}.pem", folder / f"{name}.key")
    where[0].write_bytes(pem(certificate))
    where[1].write_bytes(key_pem(key))
    return str(where[0]), str(where[1])


def showing(folder, files: tuple[str, str] | None) -> ssl.SSLContext:
    context = trusting(folder / "root.pem")
    if files:
        context.load_cert_chain(*files)
    return context


def get(appliance: Appliance, path: str, context: ssl.SSLContext, token: str | None = None) -> int:
    connection = http.client.HTTPSConnection("127.0.0.1", appliance.port, context=context, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        return connection.getresponse().status


def start(appliance: Appliance, *options: str) -> None:
    process = appliance.spawn(*options)

    def is_up() -> bool:
        assert process.poll() is None, appliance.log.read_text()
        return "serving on" in appliance.log.read_text()

    eventually(is_up, seconds=30)


@pytest.fixture
def authority(tmp_path):
    path = tmp_path / "clients.pem"
    path.write_bytes(pem(CLIENTS.certificate))
    return path


def log_lines(appliance: Appliance) -> list[dict]:
    return [json.loads(line) for line in appliance.log.read_text().splitlines() if line.startswith("{")]


def test_only_whom_the_authority_vouches_for(fresh, chained, authority, tmp_path):
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    start(appliance, *chained.options, "--tls-client-ca", str(authority))
    good = showing(tmp_path, client_files(tmp_path, CLIENTS))
    assert get(appliance, "/v1/collections", good, token) == 200
    # A certificate is no credential.
    assert get(appliance, "/v1/collections", good) == 401
    wrong = {
        "no certificate": None,
        "another authority": client_files(tmp_path, STRANGER, "stranger"),
        "expired": client_files(tmp_path, CLIENTS, "late", start=NOW - 9 * DAY, end=NOW - DAY),
        "not yet valid": client_files(tmp_path, CLIENTS, "early", start=NOW + DAY),
        "a server's certificate": client_files(tmp_path, CLIENTS, "server", usage=ExtendedKeyUsageOID.SERVER_AUTH),
    }
    for what, files in wrong.items():
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            pytest.fail(f"{what}: {get(appliance, '/health', showing(tmp_path, files), token)}")
    assert get(appliance, "/v1/collections", good, token) == 200
    # Commands go through the socket file, where nobody is asked.
    assert "acme" in appliance.run("tenant", "list").stdout
    appliance.stop()
    names = {line["client_certificate"] for line in log_lines(appliance) if "client_certificate" in line}
    assert names == {"CN=backup-robot,O=Acm\\C3\\A9"}, names


def test_optional(fresh, chained, authority, tmp_path):
    appliance = fresh()
    start(appliance, *chained.options, "--tls-client-ca", str(authority), "--tls-client-optional")
    assert get(appliance, "/health", showing(tmp_path, None)) == 200
    assert get(appliance, "/health", showing(tmp_path, client_files(tmp_path, CLIENTS))) == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        get(appliance, "/health", showing(tmp_path, client_files(tmp_path, STRANGER, "stranger")))


def test_an_intermediate_is_authority_enough(fresh, chained, tmp_path):
    intermediate = Authority("Clients of one site", CLIENTS)
    (tmp_path / "site.pem").write_bytes(pem(intermediate.certificate))
    appliance = fresh()
    start(appliance, *chained.options, "--tls-client-ca", str(tmp_path / "site.pem"))
    assert get(appliance, "/health", showing(tmp_path, client_files(tmp_path, intermediate))) == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        get(appliance, "/health", showing(tmp_path, client_files(tmp_path, CLIENTS, "elsewhere")))


def test_sighup_takes_a_new_authority(fresh, chained, authority, tmp_path):
    appliance = fresh()
    start(appliance, *chained.options, "--tls-client-ca", str(authority))
    old, new = (showing(tmp_path, client_files(tmp_path, who, name)) for who, name in ((CLIENTS, "old"), (STRANGER, "new")))

    def is_let_in(context: ssl.SSLContext) -> bool:
        try:
            return get(appliance, "/health", context) == 200
        except (ssl.SSLError, ConnectionError):
            return False

    assert is_let_in(old) and not is_let_in(new)
    authority.write_bytes(b"nonsense")
    appliance.process.send_signal(signal.SIGHUP)
    eventually(lambda: "certificate not reloaded" in appliance.log.read_text())
    assert is_let_in(old) and not is_let_in(new)
    authority.write_bytes(pem(STRANGER.certificate))
    appliance.process.send_signal(signal.SIGHUP)
    eventually(lambda: is_let_in(new))
    assert not is_let_in(old)


def test_refused_at_the_start(fresh, chained, tmp_path):
    def refused(content: bytes | None, *options: str) -> str:
        path = tmp_path / "ca.pem"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        return fresh().run("serve", "--listen", "127.0.0.1:0", *options, "--tls-client-ca", str(path), code=1, timeout=30).stderr

    late = Authority("Late")
    ended = late.sign(late.name, late.key.public_key(), is_authority=True, start=NOW - 9 * DAY, end=NOW - DAY)
    own = x509.load_pem_x509_certificate(chained.certificate.read_bytes())
    assert "no such file" in refused(None, *chained.options)
    assert "PEM certificate" in refused(b"", *chained.options)
    assert "expired on" in refused(pem(CLIENTS.certificate, ended), *chained.options)
    assert "not an authority" in refused(pem(own), *chained.options)
    assert "--tls-cert" in refused(pem(CLIENTS.certificate))
    alone = fresh().run("serve", "--listen", "127.0.0.1:0", *chained.options, "--tls-client-optional", code=1)
    assert "--tls-client-ca" in alone.stderr
