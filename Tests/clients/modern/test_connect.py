"""`carrel connect`: what it prints is used as it is; what it writes leaves everything else alone."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

import corpus
from appliance import Appliance, binary, eventually

KEY = re.compile(r"crl_[0-9a-f]{16}_[0-9a-f]{64}")
CLIENTS = ["claude-desktop", "claude-code", "cursor", "vscode", "langgraph"]
#: Where the entry stands, and where the client looks below a home or project folder.
FILES = {
    "claude-desktop": ("mcpServers", ".config/Claude/claude_desktop_config.json"),
    "claude-code": ("mcpServers", ".claude.json"), "cursor": ("mcpServers", ".cursor/mcp.json"),
    "vscode": ("servers", ".vscode/mcp.json"),
}


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """A server with one tenant and some documents."""
    appliance = Appliance(tmp_path_factory.mktemp("connect") / "data")
    appliance.tenant("acme")
    appliance.start()
    appliance.put(appliance.token("acme"), corpus.ALDER, "notes")
    yield appliance
    appliance.stop()


@pytest.fixture
def home(tmp_path):
    """A user's home folder, which is the project folder too."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def connect(acme, home, *words, code=0, input=None):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARREL_", "XDG_"))}
    done = subprocess.run(
        [str(binary()), "connect", *map(str, words), "--data", str(acme.data)], cwd=home, capture_output=True, text=True,
        timeout=60, stdin=subprocess.DEVNULL, env=kept | {"HOME": str(home)})
    assert done.returncode == code, done.stderr
    return done


async def searches(entry) -> set[str]:
    """Starts what a client would start and searches; the tools it has."""
    server = StdioServerParameters(command=entry["command"], args=entry["args"], env=entry["env"], cwd="/")
    async with Client(stdio_client(server), read_timeout_seconds=30) as client:
        found = await client.call_tool("hybrid_search", {"query": "when are salaries paid in Zanzibar"})
        assert found.structured_content["hits"][0]["doc_id"] == "alder-payroll"
        return {tool.name for tool in (await client.list_tools()).tools}


def works(acme, key: str) -> bool:
    return acme.call("POST", "/v1/search", {"query": "x"}, key).status == 200


@pytest.mark.parametrize("client", ["claude-desktop", "cursor", "vscode"])
async def test_the_snippet_is_used_as_printed(acme, home, client):
    done = connect(acme, home, client)
    entry = json.loads(done.stdout)[FILES[client][0]]["carrel"]
    assert KEY.fullmatch(entry["env"]["CARREL_TOKEN"]) and Path(entry["command"]).is_absolute()
    assert entry.get("type") == ("stdio" if client == "vscode" else None)
    # It may search and read, and nothing else.
    assert not {"add_documents", "delete_documents"} & await searches(entry)
    assert not KEY.search(done.stderr) and "apikey revoke" in done.stderr
    assert list(home.iterdir()) == []


async def test_the_line_for_claude_code(acme, home):
    line = connect(acme, home, "claude-code").stdout.strip()
    words = shlex.split(line)
    assert words[:4] == ["claude", "mcp", "add", "carrel"] and "\n" not in line
    command = words[words.index("--") + 1:]
    name, key = words[words.index("--env") + 1].split("=", 1)
    await searches({"command": command[0], "args": command[1:], "env": {name: key}})


def test_the_program_for_langgraph(acme, home, tmp_path):
    python = Path(os.environ.get("CARREL_LEGACY_PYTHON") or _legacy_python())
    program = tmp_path / "tools.py"
    program.write_text(connect(acme, home, "langgraph").stdout)
    compile(program.read_text(), str(program), "exec")
    if not python.exists():
        pytest.skip("the environment with langchain-mcp-adapters is not there")
    done = subprocess.run([str(python), str(program)], capture_output=True, text=True, timeout=60, cwd="/")
    assert done.returncode == 0, done.stderr
    assert "hybrid_search" in done.stdout.split() and "add_documents" not in done.stdout
    assert "no configuration file" in connect(acme, home, "langgraph", "--write", code=2).stderr


def _legacy_python() -> Path:
    return Path(os.sys.prefix).parent / "venv-legacy" / "bin" / "python"


async def test_over_tls_with_a_certificate_of_our_own(fresh, home, tmp_path):
    subprocess.run([str(binary()), "tls", "self-signed", "--out", str(tmp_path / "tls")], check=True, capture_output=True)
    appliance = fresh()
    appliance.tenant("acme")
    certificate = tmp_path / "tls" / "cert.pem"
    appliance.spawn("--tls-cert", str(certificate), "--tls-key", str(tmp_path / "tls" / "key.pem"))
    eventually(lambda: "serving on" in appliance.log.read_text(), seconds=30)
    url = f"https://localhost:{appliance.port}"
    entry = json.loads(connect(appliance, home, "cursor", "--url", url, "--cacert", certificate).stdout)["mcpServers"]["carrel"]
    assert entry["args"] == ["stdio", "--url", url + "/mcp", "--cacert", str(certificate)]
    server = StdioServerParameters(command=entry["command"], args=entry["args"], env=entry["env"])
    async with Client(stdio_client(server), read_timeout_seconds=30) as client:
        assert (await client.call_tool("list_collections", {})).structured_content["collections"] == []
    connect(appliance, home, "cursor", "--url", "http://box.example", code=2)
    connect(appliance, home, "cursor", "--cacert", certificate, code=2)


@pytest.mark.parametrize("client", FILES)
async def test_write_makes_the_file(acme, home, client):
    key, name = FILES[client]
    done = connect(acme, home, client, "--write", "--yes")
    file = home / name
    assert file.stat().st_mode & 0o777 == 0o600
    entry = json.loads(file.read_text())[key]["carrel"]
    await searches(entry)
    # The key goes into the file and nowhere else.
    assert not KEY.search(done.stdout + done.stderr) and "+ " in done.stderr
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == [file.name]


OTHERS = """{
    "theme" : "dark",
    "mcpServers": {
        "zulu": { "command": "z", "env": {"SECRET": "a \\" }, \\u00e9"} },
        "alpha": {"command":"a","args":[1.50, 12345678901234567890, 1e2]}
    },
    "last": [ {"mcpServers": 1}, "carrel" ]
}
"""


async def test_write_keeps_everything_else(acme, home):
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text(OTHERS)
    done = connect(acme, home, "cursor", "--write", "--yes")
    text = file.read_text()
    entry = json.loads(text)["mcpServers"].pop("carrel")
    # Byte for byte, but for what was put in: order, layout and numbers stay.
    start = text.index(',\n        "carrel": {')
    end = text.index("\n        }", start) + len("\n        }")
    assert text[:start] + text[end:] == OTHERS
    assert list(json.loads(text)["mcpServers"]) == ["zulu", "alpha", "carrel"]
    copies = list(file.parent.glob("mcp.json.before-carrel-*"))
    assert len(copies) == 1 and copies[0].read_text() == OTHERS and copies[0].stat().st_mode & 0o777 == 0o600
    assert "SECRET" not in done.stderr and str(copies[0]) in done.stderr
    await searches(entry)


def test_the_change_of_a_file_on_one_line_shows_nothing_else(acme, home):
    file = home / "mcp.json"
    file.write_text('{"mcpServers": {"other": {"env": {"TOKEN": "SECRET-1"}}}, "more": {"TOKEN": "SECRET-2", "n": "' + "x" * 90 + '"}}')
    done = connect(acme, home, "cursor", "--write", "--yes", "--file", file)
    assert "carrel" in done.stderr and "SECRET" not in done.stderr
    assert json.loads(file.read_text())["more"]["TOKEN"] == "SECRET-2"


def test_write_again_replaces_and_revokes(acme, home):
    connect(acme, home, "cursor", "--write", "--yes")
    file = home / ".cursor" / "mcp.json"
    first = json.loads(file.read_text())["mcpServers"]["carrel"]["env"]["CARREL_TOKEN"]
    assert works(acme, first)
    done = connect(acme, home, "cursor", "--write", "--yes")
    second = json.loads(file.read_text())["mcpServers"]["carrel"]["env"]["CARREL_TOKEN"]
    assert second != first and "replaced" in done.stderr and "revoked" in done.stderr
    assert not KEY.search(done.stderr)
    eventually(lambda: not works(acme, first), seconds=3)
    assert works(acme, second) and list(json.loads(file.read_text())["mcpServers"]) == ["carrel"]
    # Only one line differs: the key's.
    lines = [line for line in done.stderr.splitlines() if line.strip().startswith(("- ", "+ "))]
    assert len(lines) == 2 and all("CARREL_TOKEN" in line for line in lines)


def test_a_key_with_a_wrong_secret_is_not_revoked(acme, home):
    key = json.loads(connect(acme, home, "cursor").stdout)["mcpServers"]["carrel"]["env"]["CARREL_TOKEN"]
    file = home / "mcp.json"
    forged = key[:-64] + "0" * 64
    for token in (forged, "someone-elses", "crl_0000000000000000_" + "0" * 64):
        file.write_text(json.dumps({"mcpServers": {"carrel": {"command": "x", "env": {"CARREL_TOKEN": token}}}}))
        done = connect(acme, home, "cursor", "--write", "--yes", "--file", file)
        assert "revoked" not in done.stderr and token not in done.stderr
    assert works(acme, key)


def count_keys(acme) -> int:
    return len(json.loads(acme.run("apikey", "list", "--json").stdout)["keys"])


@pytest.mark.parametrize("text, words", [
    ('{"servers": {', "byte"), ('{\n  // mine\n  "servers": {}\n}', "comments"), ('{"servers": {},}', "comments"),
    ('[]', "object"), ('{"servers": []}', "servers"), ('"text"', "object"), ('\ufeff{}', "byte"),
])
def test_damaged_files_are_left_alone(acme, home, text, words):
    file = home / ".vscode" / "mcp.json"
    file.parent.mkdir()
    file.write_text(text)
    before = count_keys(acme)
    done = connect(acme, home, "vscode", "--write", "--yes", code=1)
    assert words in done.stderr and "nothing was changed" in done.stderr and "carrel connect vscode" in done.stderr
    assert file.read_text() == text and list(file.parent.iterdir()) == [file] and count_keys(acme) == before


@pytest.mark.parametrize("text", ["", "  \n", "{}", '{"servers":{}}', '{"inputs": [],\n\t"servers": {}\n}'])
def test_small_files(acme, home, text):
    file = home / ".vscode" / "mcp.json"
    file.parent.mkdir()
    file.write_text(text)
    connect(acme, home, "vscode", "--write", "--yes")
    made = json.loads(file.read_text())
    assert made["servers"]["carrel"]["type"] == "stdio"
    assert set(made) == {"servers"} | set(json.loads(text or "{}") if text.strip() else {})


def test_a_link_stays_a_link(acme, home):
    (home / "dotfiles").mkdir()
    (home / "dotfiles" / "mcp.json").write_text("{}")
    (home / ".cursor").mkdir()
    (home / ".cursor" / "mcp.json").symlink_to("../dotfiles/mcp.json")
    connect(acme, home, "cursor", "--write", "--yes")
    assert (home / ".cursor" / "mcp.json").is_symlink()
    assert "carrel" in json.loads((home / "dotfiles" / "mcp.json").read_text())["mcpServers"]


def test_nobody_to_ask(acme, home):
    before = count_keys(acme)
    assert "--yes" in connect(acme, home, "cursor", "--write", code=2).stderr
    assert not (home / ".cursor").exists() and count_keys(acme) == before
    connect(acme, home, "cursor", "--yes", code=2)
    connect(acme, home, "emacs", code=2)
    connect(acme, home, code=2)
    connect(acme, home, "cursor", "--tenant", "nobody", code=1)
    connect(acme, home, "cursor", "--ttl", "soon", code=2)
    assert count_keys(acme) == before


@pytest.mark.parametrize("answer, is_written", [("y", True), ("n", False), ("", False)])
def test_asking_on_a_terminal(acme, home, answer, is_written):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(binary()), "connect", "cursor", "--write", "--data", str(acme.data)], cwd=home, stdin=theirs, stdout=theirs,
        stderr=theirs, env={"HOME": str(home), "PATH": os.environ["PATH"]})
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 4096)
    assert b"CARREL_TOKEN" in shown and not KEY.search(shown.decode())
    os.write(ours, answer.encode() + b"\n")
    try:
        while block := os.read(ours, 4096):
            shown += block
    except OSError:
        pass  # The other end is closed.
    os.close(ours)
    assert process.wait(30) == 0
    assert (home / ".cursor" / "mcp.json").exists() is is_written
    assert is_written or b"nothing was written" in shown
