"""What carrel says about itself, and to somebody who mistypes: read as it is, and kept in golden/help.txt.

CARREL_UPDATE_GOLDEN=1 writes the golden file anew; look at the difference before you commit it.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from appliance import REPOSITORY, binary

GOLDEN = Path(__file__).parent / "golden" / "help.txt"


def carrel(*words, code=0):
    done = subprocess.run([binary(), *words], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{words}: {done.returncode} {done.stderr}"
    return done


@pytest.fixture(scope="module")
def commands():
    """Every command of the overview: the first words of its lines, up to an operand."""
    found = []
    for line in carrel("--help").stdout.splitlines():
        match = re.match(r"  ((?:[a-z][a-z-]* ?)+)", line)
        if match and not line.startswith("   "):
            found.append(match.group(1).strip())
    assert {"import", "search", "serve", "tenant create", "completions"} <= set(found)
    return found


def pages(commands):
    texts = {"carrel --help": carrel("--help").stdout}
    for command in commands:
        done = carrel(*command.split(), "--help")
        assert done.stderr == ""
        texts[f"carrel {command} --help"] = done.stdout
    return texts


def test_golden(commands):
    text = "".join(f"$ {line}\n{page}\n" for line, page in pages(commands).items())
    if os.environ.get("CARREL_UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text(), "the help changed; CARREL_UPDATE_GOLDEN=1 keeps the new one"


def test_form(commands):
    for line, page in pages(commands).items():
        assert all(len(row) <= 80 for row in page.splitlines()), line
        assert "usage: carrel " in page, line
        # Each option is there once and says something.
        options = re.findall(r"^  (--?[a-z][a-z-]*)", page, re.M)
        assert len(options) == len(set(options)), line
        for block in re.findall(r"^  --?[a-z].*(?:\n {3,}.*)*", page, re.M):
            assert len(re.sub(r"^ *\S+( [A-Z][\w:/,.]*)?", "", block).split()) >= 2, block


def test_every_command_is_in_the_manual(commands):
    manual = "".join(page.read_text() for page in sorted((REPOSITORY / "docs" / "cli").glob("*.md")))
    missing = [command for command in commands if f"carrel {command}" not in manual]
    assert not missing


def test_ways_to_ask(commands):
    overview = carrel("--help").stdout
    assert carrel().stdout == carrel("help").stdout == carrel("-h").stdout == overview
    assert carrel("help", "search").stdout == carrel("search", "-h").stdout == carrel("search", "--help").stdout
    assert "tenant create NAME" in carrel("tenant", "--help").stdout
    assert carrel("search", "--limit", "wrong", "--help").stdout == carrel("search", "--help").stdout


@pytest.mark.parametrize("words, said", [
    (("serach", "x"), "did you mean search?"),
    (("frobnicate",), "there is no command frobnicate"),
    (("tenant",), "tenant create, tenant list"),
    (("tenant", "crate"), "there is no command tenant crate"),
    (("search", "x", "--mdoe", "bm25"), "did you mean --mode?"),
    (("search", "x", "--mode", "magic"), "hybrid, bm25 or vector, not 'magic'"),
    (("search", "x", "--limit", "many"), "a whole number from 1 to 1000, not 'many'"),
    (("search", "x", "--limit"), "--limit N"),
    (("search",), "say what to search for"),
    (("tenant", "show"), "NAME is missing"),
    (("tenant", "show", "a", "b"), "'b' is one word too many"),
    (("token", "issue"), "--user is missing"),
    (("completions", "tcsh"), "bash, zsh or fish, not 'tcsh'"),
])
def test_wrong_words(words, said, tmp_path):
    done = carrel(*words, code=2)
    assert done.stdout == "" and said in done.stderr
    assert done.stderr.startswith("carrel") and "--help" in done.stderr or "there are" in done.stderr


def test_json_everywhere(fresh, tmp_path):
    """Whatever prints data prints JSON on request, one value on standard output."""
    import json

    appliance = fresh()
    notes = tmp_path / "notes.jsonl"
    notes.write_text('{"id": "1", "text": "alpha"}\n')

    def value(*words, **options):
        return json.loads(appliance.run(*words, "--json", **options).stdout)

    assert value("import", notes, "--no-embeddings")["added"] == 1
    assert value("search", "alpha", "--mode", "bm25")["hits"]
    assert value("tenant", "create", "acme")["name"] == "acme"
    assert len(value("tenant", "list")["tenants"]) == 2
    token = value("token", "issue", "--tenant", "acme", "--user", "ada")
    assert token["token"].count(".") == 2 and token["expires_at"].endswith("Z")
    seen = value("token", "inspect", token["token"])
    assert seen["verdict"] == "good" and seen["claims"]["jti"] == token["jti"]
    assert value("token", "revoke", token["jti"]) == {"revoked": token["jti"]}
    assert value("token", "inspect", token["token"])["verdict"] == "revoked"
    assert value("token", "operator")["token"]
    assert value("version")["version"]
    assert value("tenant", "delete", "acme", "--yes") == {"deleted": "acme"}
    appliance.start("--json")
    started = json.loads(next(line for line in appliance.log.read_text().splitlines() if '"mcp"' in line))
    assert started["address"] == appliance.url and started["mcp"] == appliance.url + "/mcp"
