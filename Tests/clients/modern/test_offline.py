"""The product on a machine without any network: an empty network namespace, loopback alone."""

import json
import shutil
import subprocess

import pytest

from appliance import DEMO, Appliance, binary

MANIFEST = json.loads((DEMO / "manifest.json").read_text())
NAMESPACE = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


def can_unshare() -> bool:
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not can_unshare(), reason="network namespaces need unshare and ip, and leave to use them")


def inside(appliance: Appliance, *words: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*NAMESPACE, str(binary()), *map(str, words), "--data", str(appliance.data)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, env=appliance._environment())


def test_the_demo_runs_and_searches_by_meaning(tmp_path):
    done = inside(Appliance(tmp_path / "data"), "demo", "--listen", "127.0.0.1:18431")
    assert done.returncode == 0, done.stderr
    for tenant in MANIFEST["tenants"]:
        assert tenant["query"] in done.stdout and tenant["title"] in done.stdout


def test_nothing_but_loopback_is_ever_connected(tmp_path):
    """Every connect(2) of an import and a search, as the kernel saw them: unix sockets and loopback only."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    appliance = Appliance(tmp_path / "data")
    notes = tmp_path / "notes.txt"
    notes.write_text("Invoices are kept for ten years.\n")
    for words in (["import", notes], ["search", "how long do we keep invoices"]):
        trace = tmp_path / f"{words[0]}.trace"
        done = subprocess.run(
            ["strace", "-f", "-e", "trace=connect,sendto", "-o", str(trace), str(binary()), *map(str, words), "--data", str(appliance.data)],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, env=appliance._environment())
        assert done.returncode == 0, done.stderr
        foreign = [line for line in trace.read_text().splitlines() if "AF_INET" in line and "127.0.0.1" not in line and "::1" not in line]
        assert foreign == []
