"""`carrel demo` as a newcomer meets it."""

import json
import re
import socket
import subprocess
import time
from datetime import datetime

import pytest

from appliance import DEMO, Appliance, binary

MANIFEST = json.loads((DEMO / "manifest.json").read_text())
NAMES = [tenant["name"] for tenant in MANIFEST["tenants"]]


def demo(appliance, port):
    began = time.monotonic()
    done = subprocess.run(
        [binary(), "demo", "--data", appliance.data, "--listen", f"127.0.0.1:{port}"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, env=appliance._environment())
    assert done.returncode == 0, done.stderr
    return done, time.monotonic() - began


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A first demo, with its port taken by somebody else."""
    appliance = Appliance(tmp_path_factory.mktemp("demo") / "data")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done, _ = demo(appliance, port)
    return appliance, done, port


def tokens(appliance):
    text = (appliance.data / "demo.env").read_text()
    return dict(re.findall(r"^(?:export )?(CARREL_TOKEN_\w+)=['\"]?([^'\"\n]+)", text, re.MULTILINE))


def test_it_searches_and_ends_without_a_terminal(shown):
    appliance, done, port = shown
    for tenant in MANIFEST["tenants"]:
        assert tenant["query"] in done.stdout and tenant["title"] in done.stdout
    assert "curl" in done.stdout
    address = re.search(r"http://127\.0\.0\.1:(\d+)", done.stdout)
    assert int(address[1]) > port, "a taken port is stepped over"
    assert all(token in done.stdout for token in tokens(appliance).values())


def test_the_expected_document_comes_first(shown):
    appliance, done, _ = shown
    if "degraded" in done.stderr + done.stdout:
        pytest.skip("no embedding model here")
    for tenant in MANIFEST["tenants"]:
        part = done.stdout[done.stdout.index(tenant["query"]):]
        assert re.search(r"[\w-]+/[\w.-]+\.md", part)[0] == tenant["expected_document"]


def test_its_tokens_are_private_and_kept(shown):
    appliance, _, _ = shown
    assert (appliance.data / "demo.env").stat().st_mode & 0o777 == 0o600
    before = tokens(appliance)
    assert len(before) == 3 and len(set(before.values())) == 3
    listed = {entry["id"]: entry for entry in json.loads(appliance.run("apikey", "list", "--json").stdout)["keys"]}
    assert len(listed) == 3
    for key in before.values():
        entry = listed[key.rsplit("_", 1)[0]]
        assert set(entry["scope"].split()) == {"search", "write"}
        made, ends = (datetime.fromisoformat(entry[name].replace("Z", "+00:00")) for name in ("created_at", "expires_at"))
        assert 0 <= 30 * 86400 - (ends - made).total_seconds() < 1
    _, seconds = demo(appliance, 0)
    assert tokens(appliance) == before
    # The promise is two seconds on a machine with nothing else to do.
    assert seconds < 20


def test_its_folder_serves(shown):
    appliance, _, _ = shown
    appliance.start()
    try:
        for name, token in zip(sorted(NAMES), (value for _, value in sorted(tokens(appliance).items()))):
            found = appliance.ids(token)
            assert len(found) >= 12 and all(id.startswith(name + "/") for id in found)
            for other in MANIFEST["tenants"]:
                hits = appliance.search(token, other["query"], limit=50)["hits"]
                assert all(hit["tenant_id"] == name for hit in hits)
    finally:
        appliance.stop()
