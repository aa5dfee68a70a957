"""Judgments that a collection keeps: over HTTP and from the command line, with the server up and down."""

import json
import sqlite3

import pytest
import pytrec_eval

from appliance import refused


@pytest.fixture(scope="module")
def judged(box):
    documents = [{"id": f"d {number}" if number % 2 else f"d{number}", "text": f"owls see word{number} at night"} for number in range(12)]
    box.appliance.put(box.alder, documents, "owls")
    box.appliance.put(box.alder, documents[:1], "other")
    return box


def path(name="owls"):
    return f"/v1/collections/{name}/judgments"


def keep(box, queries, token=None, name="owls"):
    return box.appliance.call("POST", path(name), {"queries": queries}, token or box.alder)


def kept(box, name="owls", token=None):
    """Everything that is kept, page by page."""
    found, cursor = {}, ""
    while True:
        answer = box.appliance.call("GET", f"{path(name)}?limit=2{cursor}", None, token or box.alder).json
        for query in answer["queries"]:
            assert query["id"] not in found
            found[query["id"]] = (query["text"], {entry["doc_id"]: entry["grade"] for entry in query["judgments"]})
        if "next_cursor" not in answer:
            assert answer["query_count"] == len(found)
            assert answer["judgment_count"] == sum(len(grades) for _, grades in found.values())
            return found
        cursor = "&cursor=" + answer["next_cursor"]


@pytest.fixture
def empty(judged):
    for name in ("owls", "other"):
        assert judged.appliance.call("DELETE", f"{path(name)}?confirm={name}", None, judged.alder).status == 200
    return judged


def test_a_later_word_takes_the_place_of_an_earlier_one(empty):
    box = empty
    answer = keep(box, [{"id": "q1", "text": "night", "judgments": {"d0": 1, "d 1": 0}}, {"id": "q2", "text": "day"}])
    assert (answer.status, answer.json["query_count"], answer.json["judgment_count"]) == (200, 2, 2)
    assert keep(box, [{"id": "q1", "judgments": {"d0": 3, "d 1": None, "gone": -1}}]).status == 200
    assert keep(box, [{"id": "q3", "text": "eyes"}]).status == 200
    assert kept(box) == {"q1": ("night", {"d0": 3, "gone": -1}), "q2": ("day", {}), "q3": ("eyes", {})}
    entry = box.appliance.call("GET", path(), None, box.alder).json["queries"][0]["judgments"][0]
    assert entry["user"] and entry["judged_at"].endswith("Z")
    assert kept(box, "other") == {}
    assert box.appliance.call("DELETE", path() + "?query=q2", None, box.alder).json["deleted"] == 1
    assert box.appliance.call("DELETE", path() + "?query=q2", None, box.alder).json["deleted"] == 0
    assert set(kept(box)) == {"q1", "q3"}


@pytest.mark.parametrize(
    ("queries", "words"),
    [
        ([{"id": "q"}], "queries[0].text"),
        ([{"text": "x"}], "queries[0].id"),
        ([{"id": "a\tb", "text": "x"}], "control"),
        ([{"id": "a" * 513, "text": "x"}], "512"),
        ([{"id": "q", "text": " "}], "empty"),
        ([{"id": "q", "text": "x" * 4097}], "4096"),
        ([{"id": "q", "text": "x", "judgments": {"d": 1.5}}], "judgments.d"),
        ([{"id": "q", "text": "x", "judgments": {"d": 101}}], "-100 to 100"),
        ([{"id": "q", "text": "x", "judgments": {"": 1}}], "1 to 512"),
        ([{"id": "q", "text": "x"}, {"id": "q", "text": "y"}], "another query"),
        ([{"id": "ok", "text": "x"}, {"id": "never seen"}], "queries[1].text"),
        ([{"id": "q", "text": "x", "colour": 1}], "colour"),
        ([], "1 to 1000"),
        ([{"id": f"q{n}", "text": "x"} for n in range(1001)], "1 to 1000"),
        ([{"id": "q", "text": "x", "judgments": {f"d{n}": 1 for n in range(20001)}}], "20000"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(empty, queries, words):
    refused(keep(empty, queries), 400, "invalid_argument", words)
    assert kept(empty) == {}


def test_only_those_who_may_write_judge(empty):
    box = empty
    reader = box.appliance.token("alder", scope="search")
    refused(keep(box, [{"id": "q", "text": "x"}], reader), 403, "insufficient_scope")
    refused(box.appliance.call("DELETE", path() + "?confirm=owls", None, reader), 403, "insufficient_scope")
    refused(box.appliance.call("DELETE", path(), None, box.alder), 400, "invalid_argument", "confirm")
    refused(box.appliance.call("GET", path(), None, box.birch), 404, "unknown_collection")
    assert keep(box, [{"id": "q", "text": "x"}]).status == 200
    assert set(kept(box, token=reader)) == {"q"}


def test_a_deleted_collection_takes_its_judgments_along(empty):
    box = empty
    box.appliance.put(box.alder, [{"id": "a", "text": "x"}], "short")
    assert keep(box, [{"id": "q", "text": "x", "judgments": {"a": 1}}], name="short").status == 200
    assert box.appliance.call("DELETE", "/v1/collections/short?confirm=short", None, box.alder).status == 200
    box.appliance.put(box.alder, [{"id": "a", "text": "x"}], "short")
    assert kept(box, "short") == {}


# From the command line


def files(folder, queries, qrels):
    (folder / "q.jsonl").write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in queries.items()))
    (folder / "q.tsv").write_text("".join(f"{q}\t{d}\t{g}\n" for q, grades in qrels.items() for d, g in grades.items()))
    return "--queries", str(folder / "q.jsonl"), "--qrels", str(folder / "q.tsv")


def judge(server, *words, **more):
    place = words[0], "--tenant", "alder", "--collection", "owls"
    return server.run("judge", *place, *words[1:], **more)


def test_files_come_out_as_they_went_in(empty, tmp_path):
    box = empty
    queries = {"q1": "owls at night", "q 2": "word3", "q3": "nobody has judged this"}
    qrels = {"q1": {"d0": 2, "d 1": 0}, "q 2": {"d 3": 1}}
    done = judge(box.appliance, "import", *files(tmp_path, queries, {**qrels, "unknown": {"d0": 1}}), "--json")
    answer = json.loads(done.stdout)
    assert (answer["queries"], answer["judgments"], answer["left_out"]) == (3, 3, 1)
    assert kept(box) == {id: (text, qrels.get(id, {})) for id, text in queries.items()}
    out = tmp_path / "out"
    out.mkdir()
    judge(box.appliance, "export", "--queries", str(out / "q.jsonl"), "--qrels", str(out / "q.tsv"))
    assert {l["id"]: l["text"] for l in map(json.loads, (out / "q.jsonl").read_text().splitlines())} == queries
    assert {tuple(l.split("\t")) for l in (out / "q.tsv").read_text().splitlines()} == {
        (q, d, str(g)) for q, grades in qrels.items() for d, g in grades.items()}
    done = judge(box.appliance, "list", "--json")
    assert [query["id"] for query in json.loads(done.stdout)["queries"]] == sorted(queries)
    assert "owls at night" in judge(box.appliance, "list").stdout
    # A blank has no place in TREC's form.
    assert "blank" in judge(box.appliance, "export", "--trec", "--qrels", str(out / "trec"), code=1).stderr
    judge(box.appliance, "delete", "q 2")
    keep(box, [{"id": "q1", "judgments": {"d 1": None, "d2": 1}}])
    judge(box.appliance, "export", "--trec", "--qrels", str(out / "trec"))
    with open(out / "trec") as trec:
        assert pytrec_eval.parse_qrel(trec) == {"q1": {"d0": 2, "d2": 1}}
    # Without texts, judgments of what is kept.
    (tmp_path / "more.tsv").write_text("q3 0 d4 1\nq9 0 d4 1\n")
    answer = json.loads(judge(box.appliance, "import", "--qrels", str(tmp_path / "more.tsv"), "--json").stdout)
    assert (answer["judgments"], answer["left_out"]) == (1, 1)
    judge(box.appliance, "delete", "--all")
    assert kept(box) == {}
    assert "--all" in judge(box.appliance, "delete", code=2).stderr
    assert "--queries" in judge(box.appliance, "import", code=2).stderr


def test_hits_are_judged_with_a_key(empty):
    box = empty
    done = judge(box.appliance, "ask", "--hits", "12", "--json", "owls see night", input="y\nwhat\nNo\ns\n\nyes\nq\n")
    answer = json.loads(done.stdout)
    assert (answer["judged"], answer["relevant"], answer["skipped"]) == (3, 2, 1)
    [(id, (text, grades))] = kept(box).items()
    assert id.startswith("ask-") and text == "owls see night" and sorted(grades.values()) == [0, 1, 1]
    # What is judged is not shown again, and the end of the input is the end.
    done = judge(box.appliance, "ask", "--hits", "12", "--json", text, input="n\n" * 2)
    assert json.loads(done.stdout)["judged"] == 2
    assert "1/9" in done.stderr and not any(f"({document})" in done.stderr for document in grades)
    # Without a query those are asked that are kept, one after the other.
    keep(box, [{"id": "b", "text": "word1", "judgments": {}}])
    done = judge(box.appliance, "ask", "--hits", "12", input="s\n" * 7 + "y\n")
    assert "\nword1\n" in done.stderr and "judged 1, 1 of them relevant, passed over 7" in done.stderr
    assert len(kept(box)[id][1]) == 5 and len(kept(box)["b"][1]) == 1


def test_with_the_server_down_it_is_the_same(fresh, tmp_path):
    server = fresh("down")
    server.tenant("alder")
    server.start()
    token = server.token("alder")
    server.put(token, [{"id": f"d{n}", "text": f"owl {n}"} for n in range(3)], "owls")
    server.stop()
    judge(server, "import", *files(tmp_path, {"q": "owl"}, {"q": {"d1": 1}}))
    judge(server, "ask", "owl", input="y\ny\ny\n")
    done = judge(server, "list", "--json")
    [query] = json.loads(done.stdout)["queries"]
    assert query["id"] == "q" and {e["doc_id"]: e["grade"] for e in query["judgments"]} == {"d0": 1, "d1": 1, "d2": 1}
    server.start()
    answer = server.call("GET", path(), None, server.token("alder")).json
    assert answer["judgment_count"] == 3


def test_changes_are_in_the_audit_chain(empty):
    box = empty
    assert keep(box, [{"id": "q", "text": "x"}]).status == 200
    with sqlite3.connect(f"file:{next((box.appliance.data / 'tenants').glob('alder*'))}/tenant.sqlite?mode=ro", uri=True) as file:
        rows = file.execute("SELECT operation, target FROM audit ORDER BY id DESC LIMIT 5").fetchall()
    assert ("rest.collections.judgments.put", "owls (judgments of 1 queries)") in rows
