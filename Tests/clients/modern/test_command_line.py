"""The command line: the same with a server up or down, data on stdout, talk on stderr, exit codes 0, 1 and 2."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from appliance import DEMO

NOTES = [
    {"id": "heron", "title": "Heron", "text": "The heron stands still in shallow water and waits for fish."},
    {"id": "swift", "title": "Swift", "text": "Swifts sleep while flying and build nests under roofs."},
    {"id": "owl", "title": "Owl", "text": "The owl hunts at night and hears a mouse below the snow."},
]


@pytest.fixture(params=["down", "up"])
def acme(fresh, request):
    """A folder with one tenant, and a server on it or none."""
    appliance = fresh()
    appliance.tenant("acme")
    if request.param == "up":
        appliance.start()
    return appliance


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(json.dumps(note) + "\n" for note in NOTES))
    return path


def hits(appliance, query, *options):
    done = appliance.run("search", "--json", *options, query)
    return [hit["doc_id"] for hit in json.loads(done.stdout)["hits"]]


def test_import_and_search(acme, notes):
    done = acme.run("import", notes)
    assert done.stdout == "" and "3 added" in done.stderr
    assert hits(acme, "heron fish")[0] == "heron"
    assert "3 unchanged" in acme.run("import", notes).stderr
    shown = acme.run("search", "owl mouse", "--mode", "bm25")
    assert "owl" in shown.stdout and "mouse" in shown.stdout
    assert acme.run("search", "zebra", "--mode", "bm25").stdout == ""


def test_search_json_is_the_answer_of_rest(acme, notes):
    acme.run("import", notes)
    answer = json.loads(acme.run("search", "birds that sleep while flying", "--json", "--limit", "2", "--mode", "bm25").stdout)
    assert {"hits", "total", "total_relation", "degraded", "warnings", "index_fingerprint", "took_ms"} <= set(answer)
    assert answer["hits"][0]["doc_id"] == "swift" and len(answer["hits"]) <= 2


def test_bad_lines_are_reported_with_number_and_reason(acme, tmp_path):
    path = tmp_path / "mixed.jsonl"
    path.write_text('{"id": "a", "text": "alpha"}\nnot json\n\n{"id": "b"}\n{"id": "c", "text": "gamma"}\n{"id": 4, "text": "x"}\n')
    done = acme.run("import", path, code=3)
    assert "2 added" in done.stderr and "3 left out" in done.stderr
    for number in (2, 4, 6):
        assert f"{path}:{number}: " in done.stderr
    report = json.loads(acme.run("import", path, "--json", code=3).stdout)
    assert report["unchanged"] == 2 and report["left_out"] == 3
    assert [problem["origin"] for problem in report["problems"]] == [f"{path}:{number}" for number in (2, 4, 6)]
    assert all(problem["reason"] for problem in report["problems"])


def test_nothing_but_bad_lines_is_a_failure(acme, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text("nothing\n")
    acme.run("import", path, code=1)


def test_import_from_standard_input(acme):
    done = acme.run("import", "-", input="".join(json.dumps(note) + "\n" for note in NOTES))
    assert "3 added" in done.stderr
    assert hits(acme, "heron", "--mode", "bm25") == ["heron"]


def test_import_of_a_folder(acme, tmp_path):
    folder = tmp_path / "papers"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "first.md").write_text("# The first paper\n\nAbout cormorants.\n")
    (folder / "deep" / "second.txt").write_text("About pelicans.\n")
    (folder / "deep" / "er" / "third.jsonl").write_text(json.dumps({"id": "third", "text": "About gannets."}) + "\n")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.md").write_text("# Hidden\n")
    (folder / "latin.md").write_bytes(b"# \xff\xfe\n")
    (folder / "link.md").symlink_to("/etc/passwd")
    done = acme.run("import", folder)
    assert "4 added" in done.stderr
    assert ".png 1" in done.stderr and f"{folder}/latin.md as windows-1252" in done.stderr
    assert f"{folder}/link.md: a symbolic link" in done.stderr
    listed = hits(acme, "about", "--mode", "bm25")
    assert sorted(listed) == ["papers/deep/second.txt", "papers/first.md", "third"]
    answer = json.loads(acme.run("search", "--json", "cormorants", "--mode", "bm25").stdout)
    assert answer["hits"][0]["title"] == "The first paper"
    # The same again, from elsewhere, changes nothing.
    shutil.copytree(folder, tmp_path / "copy" / "papers", symlinks=True)
    assert "4 unchanged" in acme.run("import", tmp_path / "copy" / "papers" / "").stderr


def test_collections_and_passages(acme, tmp_path):
    long = tmp_path / "long.md"
    long.write_text("# Long\n\n" + "".join(f"## Part {n}\n\n" + f"Sentence {n} about whimbrels. " * 40 + "\n\n" for n in range(6)))
    acme.run("import", long, "--collection", "split")
    acme.run("import", long, "--collection", "whole", "--passages", "whole")
    split, whole = (json.loads(acme.run("import", long, "--collection", name, "--json").stdout) for name in ("split", "whole"))
    assert split["passages"] >= 6 and whole["passages"] == 1
    done = acme.run("import", long, "--collection", "whole", "--passages", "auto", code=1)
    assert "whole" in done.stderr


def test_no_wait_and_no_embeddings(acme, notes):
    acme.run("import", notes, "--no-wait")
    acme.run("import", notes, "--no-embeddings", "--collection", "words")
    assert hits(acme, "heron", "--mode", "bm25", "--collection", "words") == ["heron"]


def test_which_tenant(fresh, notes):
    appliance = fresh()
    done = appliance.run("import", notes)
    assert "default" in done.stderr
    assert hits(appliance, "heron", "--mode", "bm25") == ["heron"]
    appliance.tenant("second")
    done = appliance.run("search", "heron", code=1)
    assert "default" in done.stderr and "second" in done.stderr
    assert hits(appliance, "heron", "--tenant", "second", "--mode", "bm25") == []
    appliance.environment["CARREL_TENANT"] = "default"
    assert hits(appliance, "heron", "--mode", "bm25") == ["heron"]
    done = appliance.run("search", "heron", "--tenant", "third", code=1)
    assert "third" in done.stderr


def test_tenants(acme):
    acme.run("tenant", "create", "beta", "--tier", "pro")
    listed = {entry["name"]: entry for entry in json.loads(acme.run("tenant", "list", "--json").stdout)["tenants"]}
    assert set(listed) == {"acme", "beta"} and listed["beta"]["tier"] == "pro" and listed["acme"]["tier"] == "local"
    assert "beta" in acme.run("tenant", "list").stdout
    acme.run("tenant", "create", "beta", code=1)
    for name in ("UPPER", "../up", "a/b", "", "-dash", "x" * 64):
        acme.run("tenant", "create", name, code=None).returncode in (1, 2)
    assert json.loads(acme.run("tenant", "suspend", "beta", "--json").stdout)["state"] == "suspended"
    assert json.loads(acme.run("tenant", "resume", "beta", "--json").stdout)["state"] == "active"
    assert acme.run("tenant", "delete", "beta", code=None).returncode != 0
    acme.run("tenant", "delete", "beta", "--yes")
    acme.run("tenant", "show", "beta", code=1)
    assert not (acme.data / "tenants" / "beta").exists()


def test_a_token_is_printed_alone(acme):
    done = acme.run("token", "issue", "--tenant", "acme", "--user", "me")
    assert done.stdout.count(".") == 2 and done.stdout.count("\n") == 1
    for words in (("--tenant", "acme"), ("--tenant", "acme", "--user", "me", "--scope", "everything"),
                  ("--tenant", "acme", "--user", "me", "--scope", "operator"), ("--tenant", "acme", "--user", "me", "--ttl", "soon")):
        acme.run("token", "issue", *words, code=2)
    acme.run("token", "issue", "--tenant", "nobody", "--user", "me", code=1)


def test_a_token_made_while_serving_works_at_once(acme):
    if acme.process is None:
        acme.start()
    assert acme.call("GET", "/v1/collections", token=acme.token("acme")).status == 200


@pytest.fixture
def judged(tmp_path):
    queries, qrels = tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    queries.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in [
        ("q1", "heron water"), ("q2", "owl night"), ("q3", "swift roofs"), ("q4", "not judged")]))
    # The third is judged wrong on purpose: the mean is known.
    qrels.write_text("query-id\tcorpus-id\tscore\nq1\theron\t1\nq2\towl\t1\nq3\theron\t1\n")
    return queries, qrels


def test_eval(acme, notes, judged, tmp_path):
    acme.run("import", notes, "--collection", "birds")
    queries, qrels = judged
    common = ("eval", "--collection", "birds", "--queries", queries, "--qrels", qrels, "--mode", "bm25")
    numbers = json.loads(acme.run(*common, "--json", "--run", tmp_path / "run.tsv").stdout)
    assert numbers["queries"] == 3
    assert numbers["ndcg@10"] == pytest.approx(2 / 3, abs=1e-4) and numbers["recall@100"] == pytest.approx(2 / 3, abs=1e-4)
    assert numbers["mrr"] == pytest.approx(2 / 3, abs=1e-4)
    assert "q1\theron\t1" in (tmp_path / "run.tsv").read_text()
    per_query = acme.run(*common, "--per-query").stdout
    assert all(f"{id}\t" in per_query for id in ("q1", "q2", "q3"))
    acme.run("eval", "--collection", "nowhere", "--queries", queries, "--qrels", qrels, "--mode", "bm25", code=1)
    acme.run("eval", "--collection", "birds", "--queries", tmp_path / "none", "--qrels", qrels, code=1)


def test_eval_refuses_while_passages_wait(fresh, notes, judged):
    appliance = fresh(CARREL_MODEL="/nowhere")
    appliance.tenant("acme")
    appliance.run("import", notes, "--collection", "birds", "--no-embeddings")
    done = appliance.run("eval", "--collection", "birds", "--queries", judged[0], "--qrels", judged[1], code=1)
    assert "vector" in done.stderr


@pytest.mark.parametrize("words", [
    ("nonsense",), ("search",), ("import",), ("tenant",), ("tenant", "create"), ("search", "x", "--limit", "many"), ("search", "x", "--mode", "magic"),
    ("search", "x", "--unheard-of"), ("serve", "extra"), ("token", "issue"), ("eval",), ("import", "x", "--passages", "some"),
])
def test_wrong_usage_is_2(fresh, words):
    done = fresh().run(*words, code=2)
    assert done.stdout == "" and done.stderr


def test_failures_are_1(acme, tmp_path):
    assert "nowhere.jsonl" in acme.run("import", tmp_path / "nowhere.jsonl", code=1).stderr
    acme.run("search", "x", "--collection", "nowhere", code=1)


def test_help_and_version(fresh):
    appliance = fresh()
    for words in (("--help",), ("serve", "--help"), ("tenant", "create", "--help"), ("version",)):
        done = appliance.run(*words)
        assert done.stdout and done.stderr == ""


def test_commands_at_the_same_time(acme, notes):
    """One waits for the other, whoever holds the folder first."""
    acme.run("import", notes)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == ["owl"] for found in pool.map(lambda _: hits(acme, "owl", "--mode", "bm25"), range(8)))


def test_a_limited_tenant_can_be_filled(fresh, tmp_path):
    """The rate is for the tenant's callers; waiting for vectors asks often."""
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(json.dumps({"id": f"n{n}", "text": f"Number {n}. " + "A sentence about lapwings. " * 40}) + "\n" for n in range(150)))
    appliance = fresh()
    appliance.tenant("acme", "--rate", "10/min")
    appliance.start()
    assert "150 added" in appliance.run("import", path).stderr


def test_a_byte_order_mark_is_no_part_of_a_line(acme, tmp_path):
    path = tmp_path / "windows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "first", "text": "alpha"}\r\n{"id": "second", "text": "beta"}\r\n')
    assert "2 added" in acme.run("import", path).stderr


def test_options_may_stand_behind_arguments(acme, notes):
    acme.run("import", notes, "--tenant", "acme")
    assert hits(acme, "heron") == hits(acme, "heron", "--tenant", "acme")


def test_the_folder_is_private(acme):
    acme.token("acme")
    assert acme.data.stat().st_mode & 0o777 == 0o700
    for path in acme.data.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_demo_documents(acme):
    manifest = json.loads((DEMO / "manifest.json").read_text())
    everything = set()
    for tenant in manifest["tenants"]:
        assert len(tenant["documents"]) >= 12
        texts = {(DEMO / document).read_text() for document in tenant["documents"]}
        assert not texts & everything and len(texts) == len(tenant["documents"])
        everything |= texts
        acme.tenant(tenant["name"])
        acme.run("import", DEMO / tenant["name"], "--tenant", tenant["name"], "--no-embeddings")
        found = hits(acme, tenant["query"], "--tenant", tenant["name"], "--mode", "bm25", "--limit", "5")
        assert len(found) == 5
        assert set(found) <= set(tenant["documents"])


def test_the_demo_questions(fresh):
    appliance = fresh()
    manifest = json.loads((DEMO / "manifest.json").read_text())
    for tenant in manifest["tenants"]:
        appliance.tenant(tenant["name"])
    appliance.start()
    if not appliance.has_model:
        pytest.skip("no embedding model here")
    for tenant in manifest["tenants"]:
        appliance.run("import", DEMO / tenant["name"], "--tenant", tenant["name"])
        assert hits(appliance, tenant["query"], "--tenant", tenant["name"])[0] == tenant["expected_document"]
