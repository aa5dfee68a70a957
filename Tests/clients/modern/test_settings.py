"""Settings of collections: what may be set, what it does to answers, and how an index is made anew while it is searched."""

from __future__ import annotations

import json
import threading
import time

import pytest

from appliance import Appliance, eventually, refused

PATH = "/v1/collections/{}/settings"
DEFAULTS = {
    "k1": 1.2, "b": 0.75, "title_weight": 2,
    "analysis": {
        "language": "english", "stop_words": "none", "ideographs": "characters", "identifiers": False, "synonyms": [],
        "protected_words": [],
    },
    "vectors": {"codes": "4bit", "m": 16, "ef_construction": 64},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("settings") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("alder")
    appliance.start("--auth-refusals-per-minute", "0")
    yield appliance
    appliance.stop()


@pytest.fixture(scope="module")
def token(server):
    return server.token("alder", ttl="2h")


def put(server, token, name, settings):
    answer = server.call("PUT", PATH.format(name), settings, token)
    assert answer.status == 200, answer.text
    return answer.json


def current(server, token, name):
    return eventually(lambda: (shown := server.call("GET", PATH.format(name), token=token).json)["is_current"] and shown, 120)


def found(server, token, name, query):
    return [hit["doc_id"] for hit in server.search(token, query, collection=name, mode="bm25")["hits"]]


def terms(server, token, name, text, **fields):
    answer = server.call("POST", f"/v1/collections/{name}:analyze", {"text": text, **fields}, token)
    assert answer.status == 200, answer.text
    return [entry["term"] for entry in answer.json["tokens"]]


def test_settings_are_shown_and_replaced(server, token):
    server.put(token, [{"id": "a", "title": "Owls", "text": "an owl at night"}], "birds")
    shown = server.call("GET", PATH.format("birds"), token=token).json
    assert shown.pop("etag")
    assert shown == {"collection": "birds", "passages": "auto", "settings": DEFAULTS, "is_current": True}
    changed = put(server, token, "birds", {"k1": 0.9, "analysis": {"title_language": "german"}})
    wanted = {**DEFAULTS, "k1": 0.9, "analysis": {**DEFAULTS["analysis"], "title_language": "german"}}
    assert changed["settings"] == {**wanted, "analysis": wanted["analysis"]}
    assert current(server, token, "birds")["settings"] == wanted
    put(server, token, "birds", {})
    assert current(server, token, "birds")["settings"] == DEFAULTS, "what is left out has its default"


def test_wrong_settings_are_named(server, token):
    server.put(token, [{"id": "a", "text": "one"}], "wrong")
    cases = [
        ({"k1": -1}, "k1"), ({"b": 2}, "b"), ({"title_weight": 17}, "title_weight"), ({"k2": 1}, "k2"),
        ({"analysis": []}, "analysis"), ({"analysis": {"language": "klingon"}}, "analysis.language"),
        ({"analysis": {"title_language": 3}}, "analysis.title_language"),
        ({"analysis": {"stop_words": "some"}}, "analysis.stop_words"),
        ({"analysis": {"stop_words": ["a", 1]}}, "analysis.stop_words[1]"),
        ({"analysis": {"ideographs": "no"}}, "analysis.ideographs"),
        ({"analysis": {"identifiers": 1}}, "analysis.identifiers"),
        ({"analysis": {"synonyms": ["a, b", "c"]}}, "analysis.synonyms[1]"),
        ({"analysis": {"synonyms": ["a, ?"]}}, "analysis.synonyms[0]"),
        ({"analysis": {"synonyms": ["a => b => c"]}}, "analysis.synonyms[0]"),
        ({"analysis": {"protected_words": ["x" * 300]}}, "analysis.protected_words[0]"),
        ({"analysis": {"stemmer": "english"}}, "analysis.stemmer"),
    ]
    for settings, name in cases:
        refused(server.call("PUT", PATH.format("wrong"), settings, token), 400, "invalid_argument", name)
    assert server.call("GET", PATH.format("wrong"), token=token).json["settings"] == DEFAULTS
    refused(server.call("PUT", PATH.format("none"), {}, token), 404, "unknown_collection", "none")
    reader = server.token("alder", scope="search")
    refused(server.call("PUT", PATH.format("wrong"), {}, reader), 403, "insufficient_scope")
    assert server.call("GET", PATH.format("wrong"), token=reader).status == 200


def test_scores_change_at_once_and_the_fingerprint_with_them(server, token):
    server.put(token, [{"id": "a", "text": "owl owl owl"}, {"id": "b", "text": "owl and a long line about other birds"}], "scores")
    before = server.search(token, "owl", collection="scores", mode="bm25")
    changed = put(server, token, "scores", {"k1": 0})
    assert changed["is_current"], "no index depends on k1"
    after = server.search(token, "owl", collection="scores", mode="bm25")
    assert after["index_fingerprint"] != before["index_fingerprint"]
    assert len({hit["bm25_score"] for hit in after["hits"]}) == 1 < len({hit["bm25_score"] for hit in before["hits"]})
    put(server, token, "scores", {})
    again = server.search(token, "owl", collection="scores", mode="bm25")
    for answer in (before, again):
        del answer["took_ms"]
    assert again == before


def test_languages_stop_words_synonyms_identifiers_and_ideographs(server, token):
    documents = {
        "haus": "Die Häuser am Fluss", "code": "call parseHTTPHeader in src/net/http.c", "cjk": "東京都の天気",
        "syn": "a notebook on the desk",
    }
    server.put(token, [{"id": key, "text": text} for key, text in documents.items()], "mixed")
    questions = [("Haus", "haus"), ("header", "code"), ("東京", "cjk"), ("laptop", "syn")]
    assert [found(server, token, "mixed", query) for query, _ in questions[:2] + questions[3:]] == [[], [], []]
    put(server, token, "mixed", {"analysis": {
        "language": "german", "stop_words": "language", "identifiers": True, "ideographs": "bigrams",
        "synonyms": ["laptop => notebook"]}})
    current(server, token, "mixed")
    for query, wanted in questions:
        assert found(server, token, "mixed", query) == [wanted], query
    assert found(server, token, "mixed", "die am") == []
    assert terms(server, token, "mixed", "Die Häuser") == ["haus"]
    assert terms(server, token, "mixed", "notebook") == ["notebook", "laptop"]
    assert terms(server, token, "mixed", "notebook", **{"as": "query"}) == ["notebook"]
    hit = server.search(token, "laptop", collection="mixed", mode="bm25")["hits"][0]
    marked = [hit["snippet"][mark["start"] - hit["snippet_start"]:mark["end"] - hit["snippet_start"]] for mark in hit["highlights"]]
    assert marked == ["notebook"]


def test_tokens_say_where_they_stand(server, token):
    server.put(token, [{"id": "a", "text": "one"}], "tokens")
    answer = server.call("POST", "/v1/collections/tokens:analyze", {"text": "é Running shoes", "field": "title"}, token).json
    assert answer == {"warnings": [], "tokens": [
        {"term": "e", "surface": "é", "position": 0, "start": 0, "end": 1},
        {"term": "run", "surface": "Running", "position": 1, "start": 2, "end": 9},
        {"term": "shoe", "surface": "shoes", "position": 2, "start": 10, "end": 15}]}
    many = server.call("POST", "/v1/collections/tokens:analyze", {"text": "x " * 10_001}, token).json
    assert len(many["tokens"]) == 10_000 and "10000" in many["warnings"][0]
    for body, name in [({}, "text"), ({"text": 1}, "text"), ({"text": "a", "field": "body"}, "field"), ({"text": "a", "as": "x"}, "as")]:
        refused(server.call("POST", "/v1/collections/tokens:analyze", body, token), 400, "invalid_argument", name)
    refused(server.call("POST", "/v1/collections/none:analyze", {"text": "a"}, token), 404, "unknown_collection")


def test_an_index_is_made_anew_while_it_is_searched_and_written(server, token):
    """Ten thousand passages change their language; reads and writes go on, and nothing is lost or found twice."""
    lines = [{"id": f"d{number}", "text": f"Wort{number % 100} Bücher Häuser {number}"} for number in range(10_000)]
    assert server.bulk(token, lines, "?collection=large").status == 200
    assert found(server, token, "large", "Buch") == []
    totals, stop = set(), threading.Event()

    def search():
        while not stop.is_set():
            answer = server.search(token, "Bücher", collection="large", mode="bm25", limit=1)
            assert answer["hits"], "never without an index"
            totals.add(answer["total"])
            # An index is made anew at idle priority: leave it a core.
            time.sleep(0.02)

    searcher = threading.Thread(target=search)
    searcher.start()
    try:
        shown = put(server, token, "large", {"analysis": {"language": "german"}})
        assert shown["settings"]["analysis"]["language"] == "german"
        for number in range(20):
            server.put(token, [{"id": f"n{number}", "text": f"Neues Häuser {number}"}], "large")
            assert server.call("DELETE", f"/v1/documents/d{number}?collection=large", token=token).status == 200
            server.put(token, [{"id": f"d{number + 50}", "text": "Türme"}], "large")
        current(server, token, "large")
    finally:
        stop.set()
        searcher.join()
    assert min(totals) >= 10_000 - 40 and max(totals) <= 10_000, totals

    def total(query):
        answer = server.search(token, query, collection="large", mode="bm25", limit=1000)
        assert len({hit["doc_id"] for hit in answer["hits"]}) == len(answer["hits"])
        return answer["total"]

    assert total("Buch") == 10_000 - 40
    assert total("Haus") == 10_000 - 40 + 20
    assert total("Turm") == 20
    entry = next(entry for entry in server.call("GET", "/v1/collections", token=token).json["collections"] if entry["name"] == "large")
    assert entry["documents"] == 10_000 and "reindexing" not in entry
    # A fresh index of the same rows scores the same.
    before = server.search(token, "Buch Haus Wort7", collection="large", mode="bm25", limit=50)
    assert server.stop() == 0
    server.start("--auth-refusals-per-minute", "0", port=server.port)
    after = server.search(token, "Buch Haus Wort7", collection="large", mode="bm25", limit=50)
    assert [(hit["doc_id"], hit["bm25_score"]) for hit in after["hits"]] == [(hit["doc_id"], hit["bm25_score"]) for hit in before["hits"]]
    assert after["total"] == before["total"]


def test_a_change_that_is_broken_off_begins_again(fresh):
    server = fresh("broken", CARREL_MODEL="/nonexistent")
    server.tenant("alder")
    server.start("--auth-refusals-per-minute", "0")
    token = server.token("alder")
    lines = [{"id": f"d{number}", "text": f"Häuser {number} " + "Wort " * 50} for number in range(5_000)]
    assert server.bulk(token, lines, "?collection=notes").status == 200
    put(server, token, "notes", {"analysis": {"language": "german"}})
    server.kill()
    server.start("--auth-refusals-per-minute", "0")
    assert server.call("GET", PATH.format("notes"), token=token).json["settings"]["analysis"]["language"] == "german"
    current(server, token, "notes")
    assert server.search(token, "Haus", collection="notes", mode="bm25")["total"] == 5_000
    # The last of several changes holds.
    for language in ("french", "none", "german", "english"):
        put(server, token, "notes", {"analysis": {"language": language}})
    assert current(server, token, "notes")["settings"]["analysis"]["language"] == "english"
    assert server.search(token, "Haus", collection="notes", mode="bm25")["total"] == 0
    assert server.search(token, "Häuser", collection="notes", mode="bm25")["total"] == 5_000


def test_the_command_line(server, token, tmp_path):
    server.put(token, [{"id": "a", "text": "one"}], "cli")

    def run(*words, code=0, **options):
        return server.run(*words, "--tenant", "alder", code=code, **options)

    shown = run("collection", "settings", "cli").stdout
    assert "k1 = 1.2\n" in shown and 'language = "english"\n' in shown
    changed = json.loads(run(
        "collection", "settings", "cli", "--set", "language=german", "--set", "k1=0.5", "--set", 'synonyms=["a, b"]', "--json").stdout)
    assert changed["settings"]["k1"] == 0.5 and changed["settings"]["analysis"]["synonyms"] == ["a, b"]
    run("collection", "settings", "cli", "--set", "title_weight=4")
    kept = json.loads(run("collection", "settings", "cli", "--json").stdout)["settings"]
    assert (kept["title_weight"], kept["k1"], kept["analysis"]["language"]) == (4, 0.5, "german"), "one setting is changed, the others stay"
    file = tmp_path / "settings.json"
    file.write_text('{"b": 0.1}')
    assert json.loads(run("collection", "settings", "cli", "--set", file, "--json").stdout)["settings"] == {**DEFAULTS, "b": 0.1}
    run("collection", "settings", "cli", "--set", "-", input='{"analysis": {"language": "german"}}')
    current(server, token, "cli")
    assert run("analyze", "--collection", "cli", "Die Häuser").stdout == "0  die  Die\n1  haus  Häuser\n"
    assert [entry["term"] for entry in json.loads(run("analyze", "--collection", "cli", "--json", "Häuser").stdout)["tokens"]] == ["haus"]
    assert "k1" in run("collection", "settings", "cli", "--set", "k1=x", code=1).stderr
    assert "none" in run("collection", "settings", "none", code=1).stderr
    assert "collection" in run("analyze", "word", code=1).stderr, "several collections, none named"
    assert run("analyze", code=2).stderr and run("collection", "settings", "cli", "--set", "=x", code=2).stderr
