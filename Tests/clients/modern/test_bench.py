"""`carrel bench`: figures of one's own data; what is counted must be what was done, and nothing may be left behind."""

import json
import os
import subprocess

import pytest

from appliance import Appliance, binary

DOCUMENTS = 40
OPERATION = 'operation="rest.search"'


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    appliance = Appliance(folder / "data", environment={"CARREL_MODEL": "/nonexistent"})
    for tenant in ("acme", "basalt"):
        appliance.tenant(tenant)
    appliance.tenant("paused")
    appliance.run("tenant", "suspend", "paused")
    appliance.start()
    try:
        for tenant in ("acme", "basalt"):
            appliance.put(
                appliance.token(tenant), [{"id": f"d{n}", "text": f"report {n} on herons"} for n in range(DOCUMENTS)], "notes")
        queries = folder / "queries.jsonl"
        queries.write_text('{"text": "herons"}\n{"text": "report 7"}\n')
        yield appliance, queries
    finally:
        if appliance.process and appliance.process.poll() is None:
            appliance.stop()


def bench_index(tmp_path, *words, code=0):
    """`carrel bench index`, which takes no data folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARREL_")}
    environment |= {"CARREL_MODEL": "/nonexistent", "TMPDIR": str(tmp_path), "CARREL_DATA": str(tmp_path / "mine")}
    done = subprocess.run(
        [str(binary()), "bench", "index", *map(str, words)], capture_output=True, text=True, timeout=60, env=environment,
        stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stderr
    return done


def test_index_imports_into_a_folder_of_its_own_and_removes_it(tmp_path):
    file = tmp_path / "docs.jsonl"
    file.write_text("".join(json.dumps({"id": f"d{n}", "text": f"report {n} on herons"}) + "\n" for n in range(DOCUMENTS)))
    told = json.loads(bench_index(tmp_path, file, "--no-embeddings", "--json").stdout)
    assert told["import"]["added"] == DOCUMENTS and told["import"]["passages"] == DOCUMENTS
    assert told["import"]["index_bytes"] > 0 and told["documents_per_s"] > 0
    assert told["opened_ms"] > 0 and told["first_answer_ms"] > 0
    assert told["cpu_s"] > 0 and 1e6 < told["after"]["anonymous_bytes"] < told["after"]["resident_bytes"]
    shown = bench_index(tmp_path, file, "--no-embeddings").stdout
    assert f"{DOCUMENTS} added" in shown and "opened again in" in shown
    assert os.listdir(tmp_path) == ["docs.jsonl"], "something was left behind"


def test_index_says_when_there_was_nothing_to_index(tmp_path):
    (tmp_path / "bad.jsonl").write_text("no JSON\n")
    assert "nothing was indexed" in bench_index(tmp_path, tmp_path / "bad.jsonl", code=1).stderr
    assert os.listdir(tmp_path) == ["bad.jsonl"]
    assert "say what to index" in bench_index(tmp_path, code=2).stderr


def test_serve_counts_what_a_running_server_answered(desk):
    appliance, queries = desk
    words = ["bench", "serve", "--tenant", "acme", "--queries", queries, "--mode", "bm25", "--seconds", "1"]
    searches = lambda: appliance.call("GET", "/metrics", token=appliance.operator()).text
    count = lambda text: sum(
        float(line.split()[-1]) for line in text.splitlines()
        if line.startswith("carrel_request_duration_seconds_count{") and OPERATION in line)
    before = count(searches())
    told = json.loads(appliance.run(*words, "--callers", "2", "--json").stdout)
    # The first one is not counted by the command.
    assert told["server"] is True and count(searches()) - before == told["searches"] + 1
    assert told["searches"] > 5 and told["refused"] == {}
    times = told["times"]
    assert 0 < times["p50_ms"] <= times["p95_ms"] <= times["p99_ms"] <= times["longest_ms"]
    assert told["after"]["cpu_s"] > told["before"]["cpu_s"] and told["cpu_ms_per_search"] > 0
    slow = json.loads(appliance.run(*words, "--rate", "10", "--json").stdout)
    assert 5 <= slow["searches"] <= 10 and slow["rate"] == 10
    shown = appliance.run(*words).stdout
    assert "the server, through its socket" in shown and "milliseconds: p50" in shown
    assert "--callers takes" in appliance.run(*words, "--callers", "9", code=2).stderr
    assert "no collection" in appliance.run(*words, "--collection", "nowhere", code=1).stderr


def test_tenants_are_woken_where_no_server_runs(desk):
    appliance, queries = desk
    assert "stop it first" in appliance.run("bench", "tenants", code=1).stderr
    appliance.stop()
    told = json.loads(appliance.run("bench", "tenants", "--json").stdout)
    assert told["tenants"] == 2, "one of three is suspended"
    assert told["first"]["p50_ms"] > 0 and told["second"]["p50_ms"] > 0
    assert told["after"]["anonymous_bytes"] > 1e6
    assert json.loads(appliance.run("bench", "tenants", "--count", "1", "--json").stdout)["tenants"] == 1
    shown = appliance.run("bench", "tenants", "--query", "herons").stdout
    assert shown.startswith("2 tenants") and "second answer" in shown
    # Without a server the command answers by itself.
    told = json.loads(appliance.run(
        "bench", "serve", "--tenant", "acme", "--queries", queries, "--mode", "bm25", "--seconds", "1", "--json").stdout)
    assert told["server"] is False and told["searches"] > 5
