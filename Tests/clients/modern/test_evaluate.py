"""`POST /v1/collections/{name}:evaluate`, and `carrel eval` on kept judgments: the same report, and what is set of it."""

import json
import random
import select
import socket
import sqlite3
import struct

import pytest
import pytrec_eval

from appliance import eventually, refused

SEED = 23
MEASURES = {"ndcg_cut_10", "ndcg_cut_3", "recall_100", "recip_rank", "success_10"}


@pytest.fixture(scope="module")
def judged(box):
    """120 documents of random words, 30 queries; what the ranking by words finds first is what is relevant, more or less."""
    chance = random.Random(SEED)
    words = [f"{a}{b}" for a in ("ban", "cor", "del", "fam", "gor", "hul") for b in ("ta", "ri", "ko", "pe", "lu")]
    documents = [
        {"id": f"d{number}", "title": chance.choice(words), "text": " ".join(chance.choices(words, k=chance.randint(5, 40)))}
        for number in range(120)
    ]
    box.appliance.put(box.alder, documents, "graded")
    box.appliance.settle(box.alder)
    queries = []
    for number in range(30):
        text = " ".join(chance.sample(words, 3))
        found = ranked(box, text, mode="bm25")
        grades = {id: 2 if place < 2 else 1 for place, id in enumerate(found[:5])}
        grades |= {id: 0 for id in chance.sample([d["id"] for d in documents], 20) if id not in grades}
        queries.append({"id": f"q{number:02}", "text": text, "judgments": grades})
    # One that nobody found an answer to.
    queries.append({"id": "none", "text": words[0], "judgments": {"d0": 0}})
    answer = box.appliance.call("POST", "/v1/collections/graded/judgments", {"queries": queries}, box.alder)
    assert answer.status == 200, answer.text
    return box, queries


def ranked(box, text, **members):
    body = {"query": text, "collection": "graded", "limit": 100, "detail": "ids", **members}
    return [hit["doc_id"] for hit in box.appliance.call("POST", "/v1/search", body, box.alder).json["hits"]]


def evaluate(box, runs, token=None, name="graded", **members):
    return box.appliance.call("POST", f"/v1/collections/{name}:evaluate", {"runs": runs, **members}, token or box.alder)


def command(box, *options, **more):
    return box.appliance.run("eval", "--tenant", "alder", "--collection", "graded", *options, **more)


def trec(queries, rankings):
    """What pytrec_eval measures of a ranking."""
    qrels = {query["id"]: query["judgments"] for query in queries if any(query["judgments"].values())}
    run = {id: {d: float(len(documents) - place) for place, d in enumerate(documents)} for id, documents in rankings.items() if id in qrels}
    return pytrec_eval.RelevanceEvaluator(qrels, MEASURES).evaluate(run)


def test_rankings_are_those_of_searches_and_measures_those_of_trec_eval(judged):
    box, queries = judged
    own = {"name": "own", "search": {"mode": "bm25", "typos": False}}
    answer = evaluate(box, ["default", "bm25", own], detail="rankings").json
    assert [run["name"] for run in answer["rankings"]] == ["default", "bm25", "own"]
    rankings = {run["name"]: {query["id"]: query["documents"] for query in run["queries"]} for run in answer["rankings"]}
    for query in queries[:5]:
        assert rankings["bm25"][query["id"]] == ranked(box, query["text"], mode="bm25")
        assert rankings["default"][query["id"]] == ranked(box, query["text"])
    report = evaluate(box, ["default", "bm25", own], detail="queries").json
    assert report["queries"] == 30 == len(report["by_query"])
    for place, name in enumerate(("default", "bm25", "own")):
        measured = trec(queries, rankings[name])
        for query in report["by_query"]:
            told, true = query["runs"][place], measured[query["id"]]
            assert told["ndcg@10"] == pytest.approx(true["ndcg_cut_10"], abs=1e-9)
            assert told["recall@100"] == pytest.approx(true["recall_100"], abs=1e-9)
            assert told["success@10"] == true["success_10"]
            assert told["mrr"] == pytest.approx(true["recip_rank"] if true["recip_rank"] >= 0.1 else 0, abs=1e-9)
        mean = sum(m["ndcg_cut_10"] for m in measured.values()) / 30
        assert report["runs"][place]["ndcg@10"] == pytest.approx(mean, abs=1e-9)
    assert 0 < report["runs"][0]["unjudged@10"] < 1
    short = evaluate(box, ["bm25"], cutoff=3).json
    assert short["ndcg@3"] == pytest.approx(
        sum(m["ndcg_cut_3"] for m in trec(queries, rankings["bm25"]).values()) / 30, abs=1e-9)


def test_the_command_says_what_the_route_says(judged):
    box, _ = judged
    runs = ["default", "bm25", "rrf"] if box.appliance.has_model else ["bm25"]
    told = json.loads(command(box, "--compare", ",".join(runs), "--json").stdout)
    answered = evaluate(box, runs).json
    assert answered.pop("warnings") == []
    assert told == answered
    assert "unjudged@10" in command(box, "--mode", "bm25").stdout


def test_judgments_and_rankings_sent_along(judged):
    box, queries = judged
    sent = [{"id": "a", "text": queries[0]["text"], "judgments": {"d1": 1, "d2": 0}}, {"id": "b", "text": "x", "judgments": {"d3": 1}}]
    runs = [{"name": "right", "rankings": {"a": ["d1"], "b": ["d3", "d1"]}}, {"name": "wrong", "rankings": {"a": ["d2", "d1"]}}]
    answer = evaluate(box, runs, queries=sent).json
    assert [run["ndcg@10"] for run in answer["runs"]] == [1, pytest.approx(0.63093 / 2, abs=1e-5)]
    assert (answer["comparisons"][0]["losses"], answer["comparisons"][0]["ties"]) == (2, 0)
    assert "default" not in answer


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "runs"),
        ({"runs": []}, "1 to 20"),
        ({"runs": ["rrf", "rrf"]}, "another run"),
        ({"runs": ["nonsense"]}, "runs[0]"),
        ({"runs": [7]}, "runs[0]"),
        ({"runs": [{"name": "x"}]}, "either"),
        ({"runs": [{"name": "", "search": {}}]}, "empty"),
        ({"runs": [{"name": "x", "search": {"limit": 5}}]}, "limit"),
        ({"runs": [{"name": "x", "search": {"colour": 5}}]}, "colour"),
        ({"runs": [{"name": "x", "rankings": {"q": ["a", "a"]}}]}, "once"),
        ({"runs": ["rrf"], "cutoff": 0}, "1 to 100"),
        ({"runs": ["rrf"], "queries": [{"id": "q"}]}, "text"),
        ({"runs": ["rrf"], "queries": [{"id": "q", "text": "x", "judgments": {"d": None}}]}, "whole number"),
        ({"runs": ["rrf"], "queries": [{"id": "q", "text": "x", "judgments": {"d": 0}}]}, "above 0"),
        ({"runs": ["rrf", "bm25"], "queries": [{"id": f"q{n}", "text": "x"} for n in range(2501)]}, "5000"),
        ({"runs": ["rrf"], "detail": "all"}, "detail"),
    ],
)
def test_what_cannot_be_meant_is_refused(judged, body, words):
    box, _ = judged
    answer = box.appliance.call("POST", "/v1/collections/graded:evaluate", body, box.alder)
    refused(answer, 400, "invalid_argument", words)


def test_only_what_is_the_callers_own(judged):
    box, _ = judged
    refused(evaluate(box, ["rrf"], token=box.birch), 404, "unknown_collection")
    refused(evaluate(box, ["rrf"], token=box.appliance.token("alder", scope="audit")), 403, "insufficient_scope")
    refused(evaluate(box, ["rrf"], name="notes"), 400, "invalid_argument", "keeps none")


def test_files_still_serve(judged, tmp_path):
    """The rankings of every run in TREC's form, read back as a run, are no different from those made anew."""
    box, queries = judged
    command(box, "--compare", "bm25", "--trec", str(tmp_path))
    with open(tmp_path / "bm25.run") as run, open(tmp_path / "qrels.txt") as qrels:
        measured = pytrec_eval.RelevanceEvaluator(pytrec_eval.parse_qrel(qrels), {"ndcg_cut_10"}).evaluate(pytrec_eval.parse_run(run))
    answer = json.loads(command(box, "--compare", f"bm25,file={tmp_path / 'bm25.run'}", "--json").stdout)
    assert answer["comparisons"][0]["ties"] == 30 == len(measured)
    assert answer["runs"][1]["ndcg@10"] == pytest.approx(sum(m["ndcg_cut_10"] for m in measured.values()) / 30, abs=1e-9)


# --apply


def settings(box):
    return box.appliance.call("GET", "/v1/collections/graded/settings", None, box.alder).json["settings"]


def test_only_what_is_significantly_better_is_set(judged, tmp_path):
    box, queries = judged
    if not box.appliance.has_model:
        pytest.skip("without vectors every fusion ranks alike")
    before = settings(box)
    mostly_words = tmp_path / "words.json"
    mostly_words.write_text('{"bm25_weight": 1, "vector_weight": 0.01}')
    mostly_meaning = tmp_path / "meaning.json"
    mostly_meaning.write_text('{"bm25_weight": 0.01, "vector_weight": 1}')
    # The judgments are those of words: meaning alone is worse, and not set whatever is allowed.
    done = command(box, "--apply", "--allow-not-worse", "--compare", f"meaning={mostly_meaning}")
    assert "nothing was set" in done.stdout and "worse" in done.stdout and settings(box) == before
    done = command(box, "--apply", "--compare", f"rrf,meaning={mostly_meaning},words={mostly_words}", "--json")
    choice = json.loads(done.stdout)["default"]
    assert (choice["verdict"], choice["run"], choice["applied"]) == ("better", "words", True)
    assert choice["settings"] == {"bm25_weight": 1, "vector_weight": 0.01} == {
        name: value for name, value in settings(box).items() if before.get(name) != value}
    # From now on searches that say nothing rank like it.
    for query in queries[:3]:
        assert ranked(box, query["text"]) == ranked(box, query["text"], bm25_weight=1, vector_weight=0.01)
    done = command(box, "--apply", "--compare", f"words={mostly_words}")
    assert "nothing was set" in done.stdout and "as the present one does" in done.stdout
    box.appliance.call("PUT", "/v1/collections/graded/settings", before, box.alder)


def test_what_is_not_worse_is_set_where_that_is_allowed(judged, tmp_path):
    box, queries = judged
    if not box.appliance.has_model:
        pytest.skip("without vectors every fusion ranks alike")
    before = settings(box)
    # A constant that moves a few documents and means nothing.
    other = tmp_path / "other.json"
    other.write_text('{"k": 61}')
    for k in (50, 40, 30, 20):
        other.write_text(json.dumps({"k": k}))
        report = json.loads(command(box, "--compare", f"default,other={other}", "--json").stdout)
        if report["default"]["verdict"] == "not_worse":
            break
    assert report["default"]["verdict"] == "not_worse"
    done = command(box, "--apply", "--compare", f"other={other}")
    assert "nothing was set" in done.stdout and "--allow-not-worse" in done.stdout and settings(box) == before
    done = command(box, "--apply", "--allow-not-worse", "--compare", f"other={other}", "--json")
    assert json.loads(done.stdout)["default"]["applied"] is True
    assert settings(box)["k"] == json.loads(other.read_text())["k"]
    box.appliance.call("PUT", "/v1/collections/graded/settings", before, box.alder)


def test_nothing_is_set_where_no_run_can_be_a_setting(judged):
    box, _ = judged
    if not box.appliance.has_model:
        pytest.skip("the present default needs vectors")
    before = settings(box)
    done = command(box, "--apply", "--compare", "bm25")
    assert "nothing was set" in done.stdout and "no run can be a default" in done.stdout and settings(box) == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--allow-not-worse"], "--apply"),
        (["--apply", "--self"], "judgments"),
        (["--self", "--queries", "x"], "leave out"),
        (["--queries", "x"], "--qrels"),
        (["--apply", "--mode", "bm25"], "leave out"),
    ],
)
def test_words_that_contradict_each_other_are_refused(judged, options, words):
    assert words in command(judged[0], *options, code=2).stderr


def test_without_kept_judgments_the_command_says_what_to_do(judged):
    box, _ = judged
    done = box.appliance.run("eval", "--tenant", "alder", "--collection", "notes", "--mode", "bm25", code=1)
    assert "carrel judge" in done.stderr

# Bounds


def audited(box):
    """The outcomes of evaluations so far, in order."""
    with sqlite3.connect(f"file:{box.appliance.data}/tenants/alder/tenant.sqlite?mode=ro", uri=True) as file:
        rows = file.execute("SELECT outcome FROM audit WHERE operation = 'rest.collections.evaluate' ORDER BY id").fetchall()
    return [outcome for (outcome,) in rows]


def test_four_run_at_once_and_one_that_is_left_ends(judged):
    box, _ = judged
    chance = random.Random(SEED)
    words = [f"{a}{b}" for a in ("ban", "cor", "del", "fam") for b in ("ta", "ri", "ko", "pe", "lu")]
    queries = [{"id": f"q{n}", "text": " ".join(chance.choices(words, k=30))} for n in range(500)]
    runs = [{"name": f"r{n}", "search": {"mode": "bm25"}} for n in range(10)]
    body = json.dumps({"runs": runs, "queries": queries, "detail": "rankings"}).encode()
    head = (
        f"POST /v1/collections/graded:evaluate HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {box.alder}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    left = []
    try:
        for _ in range(6):
            connection = socket.create_connection(("127.0.0.1", box.appliance.port), timeout=30)
            left.append(connection)
            connection.sendall(head + body)
        # The first to be answered are those that came too late.
        answered, _, _ = select.select(left, [], [], 60)
        answer = answered[0].recv(4096).decode()
        assert answer.startswith("HTTP/1.1 503 ") and '"busy"' in answer and "\r\nRetry-After: " in answer
        # Searches go on.
        assert ranked(box, "banta", mode="bm25")
    finally:
        for connection in left:
            # No polite end: a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
    assert eventually(lambda: evaluate(box, ["bm25"], detail="rankings").status == 200, seconds=60)
    eventually(lambda: sum(outcome in ("cancelled", "timeout") for outcome in audited(box)) >= 4, seconds=60)
