"""The identity provider's own certificate: whose is trusted, which are refused, and how the log says so."""

from __future__ import annotations

import os
import shlex
import ssl

import pytest

import appliance as programs
from appliance import eventually, refused
from idp import IdentityProvider
from test_identity_provider import configure, search
from test_tls import DAY, ISSUER, NOW, ROOT, Authority, Files, key_pem, pem

OTHER = Authority("Another root")
LINE = "identity provider's keys not fetched"


@pytest.fixture
def provider(tmp_path):
    provider = IdentityProvider(context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    show(provider, tmp_path, ISSUER)
    yield provider
    provider.stop()


def show(provider: IdentityProvider, folder, issuer: Authority, **changes) -> None:
    """Has the provider show a certificate of this authority from now on."""
    certificate, key = issuer.server(**changes)
    chain = [certificate] + ([ISSUER.certificate] if issuer is ISSUER else [])
    files = Files(folder, pem(*chain), key_pem(key))
    provider.context.load_cert_chain(files.certificate, files.key)


def trusting(fresh, provider, folder, *authorities: Authority):
    """A box that trusts these authorities for its provider; without any, those of the system."""
    changes = {"loopback_http": False}
    if authorities:
        file = folder / "authorities.pem"
        file.write_bytes(pem(*(authority.certificate for authority in authorities)))
        changes["cacert"] = str(file)
    box = configure(fresh(), provider, **changes)
    box.tenant("acme")
    return box


def test_a_provider_of_a_trusted_authority(fresh, provider, tmp_path):
    box = trusting(fresh, provider, tmp_path, OTHER, ROOT).start()
    assert search(box, provider.token()).status == 200
    assert LINE not in box.log.read_text()


@pytest.mark.parametrize("trusted, shown, words", [
    ([OTHER], {}, ["authorities.pem (auth.oidc.cacert)"]),
    ([], {}, ["the system's authorities"]),
    ([ROOT], {"start": NOW - 9 * DAY, "end": NOW - DAY}, ["has expired"]),
    ([ROOT], {"start": NOW + DAY}, ["not yet valid"]),
    ([ROOT], {"hosts": ["idp.example.com", "10.0.0.1"]}, ["127.0.0.1", "valid for this host"]),
    ([ROOT], {"hosts": ["localhost"]}, ["127.0.0.1", "valid for this host"]),
], ids=["another authority", "the system's authorities", "expired", "not yet valid", "another host", "another name of this host"])
def test_a_certificate_that_is_refused(fresh, provider, tmp_path, trusted, shown, words):
    show(provider, tmp_path, ISSUER, **shown)
    box = trusting(fresh, provider, tmp_path, *trusted).start()
    refused(search(box, provider.token()), 503, "identity_provider_unavailable", provider.issuer)
    said = eventually(lambda: [line for line in box.log.read_text().splitlines() if LINE in line])[0]
    for word in [provider.issuer, "certificate", *words]:
        assert word in said, said
    # Nothing was said to somebody who is not the provider.
    assert provider.asked == []
    assert search(box, box.token("acme")).status == 200


def test_a_renewed_certificate_is_taken(fresh, provider, tmp_path):
    show(provider, tmp_path, OTHER)
    box = trusting(fresh, provider, tmp_path, ROOT).start()
    assert search(box, provider.token()).status == 503
    show(provider, tmp_path, ISSUER)
    eventually(lambda: search(box, provider.token()).status == 200, seconds=15, step=0.5)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a folder over the system's authorities")
def test_a_file_takes_the_place_of_the_systems_folder(fresh, provider, tmp_path, monkeypatch):
    """The system trusts the provider's root, the file another: the file holds."""
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "root.pem").write_bytes(pem(ROOT.certificate))
    (folder / "ca-certificates.crt").write_bytes(pem(ROOT.certificate))
    assert os.system(f"openssl rehash {shlex.quote(str(folder))}") == 0
    real = programs.binary()
    script = tmp_path / "mounted"
    script.write_text(
        f"#!/bin/sh\nexec unshare -m sh -c 'mount --bind {folder} /etc/ssl/certs && exec {real} \"$@\"' carrel \"$@\"\n")
    script.chmod(0o755)
    box = trusting(fresh, provider, tmp_path, OTHER)
    monkeypatch.setenv("CARREL_BIN", str(script))
    box.start()
    assert search(box, provider.token()).status == 503
    box.stop()
    configure(box, provider, loopback_http=False)
    box.start()
    assert search(box, provider.token()).status == 200


@pytest.mark.parametrize(
    "content", [None, b"", b"no certificate", pem(ROOT.certificate)[:200], "folder"],
    ids=["missing", "empty", "text", "cut short", "folder"])
def test_files_that_hold_no_authority(fresh, provider, tmp_path, content):
    file = tmp_path / "none.pem"
    if content == "folder":
        file.mkdir()
    elif content is not None:
        file.write_bytes(content)
    box = configure(fresh(), provider, cacert=str(file), loopback_http=False)
    said = box.run("serve", "--listen", "127.0.0.1:0", code=1).stderr
    assert "auth.oidc.cacert" in said and str(file) in said
