"""Every line of the README does what it says."""

import json

import pytest

import readme


@pytest.fixture(scope="module")
def blocks():
    found = readme.blocks(readme.README.read_text())
    assert len(found) >= 8
    return found


@pytest.fixture(scope="module")
def transcript(blocks, tmp_path_factory):
    run = readme.Run(tmp_path_factory.mktemp("readme"))
    run.write_files(blocks)
    output = run.run(run.shell(blocks))
    return run, output


def section(output, line):
    """What a line of the README printed."""
    _, _, rest = output.partition(f": {line}")
    assert rest, f"the README has no line {line!r}"
    return rest.split("\n@ ", 1)[0]


def test_every_block_is_run_or_says_why_not(blocks):
    for block in blocks:
        assert block.language == "sh" or block.mark in ("file", "prints", "not run"), f"README.md:{block.line}"
        if block.mark == "not run":
            assert len(block.value.split()) >= 3, f"README.md:{block.line}: say why"


def test_the_first_answer_is_from_the_own_documents(transcript):
    run, output = transcript
    assert "Documents/office/bookkeeping.md" in section(output, './carrel search "how long do we keep invoices"').split("\n2. ")[0]
    assert "5 added" in section(output, "./carrel import ~/Documents")


def test_connect_prints_a_key_of_its_own(transcript):
    _, output = transcript
    printed = section(output, "./carrel connect claude-desktop")
    snippet = json.loads(printed[printed.index("{"):printed.rindex("}") + 1])
    assert snippet["mcpServers"]["carrel"]["env"]["CARREL_TOKEN"].startswith("crl_")


def test_the_agent_finds_something(transcript):
    _, output = transcript
    assert "Documents/office/bookkeeping.md" in section(output, "venv/bin/python agent.py")


def test_printed_blocks_are_what_is_printed(blocks, transcript):
    run, _ = transcript
    shown = [block for block in blocks if block.mark == "prints"]
    assert len(shown) >= 4
    for block in shown:
        printed = run.printed(block.value)
        assert readme.is_like(block.text, printed), f"README.md:{block.line}: {block.value} prints\n{printed}"
