"""Fusion as a setting: the request wins over the collection, that over the server, that over rrf."""

import json
import random

import pytest

from appliance import Appliance, refused

SEED = 11
DIMENSION = 384
PATH = "/v1/collections/{}/settings"
WORDS = ["alder", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel"]
QUERY = "alder cedar hazel"
QUESTION = [random.Random(SEED + 1).gauss(0, 1) for _ in range(DIMENSION)]


def documents(count, seed):
    chance = random.Random(seed)
    return [
        {
            "id": f"{seed}-{number:02}", "text": " ".join(chance.choices(WORDS, k=chance.randint(2, 14))),
            "embedding": [chance.gauss(0, 1) + (number % 3) * 0.03 * x for x in QUESTION],
        }
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("fusion") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("alder")
    appliance.start("--auth-refusals-per-minute", "0")
    token = appliance.token("alder")
    appliance.put(token, documents(40, SEED), "one")
    appliance.put(token, documents(30, SEED + 7), "two")
    yield appliance
    appliance.stop()


@pytest.fixture(scope="module")
def token(server):
    return server.token("alder", ttl="2h")


@pytest.fixture(autouse=True)
def unset(server, token):
    yield
    for name in ("one", "two"):
        configure(server, token, name)


def configure(server, token, name, **settings):
    answer = server.call("PUT", PATH.format(name), settings, token)
    assert answer.status == 200, answer.text
    return answer.json["settings"]


def ask(server, token, **members):
    body = {"query": QUERY, "collection": "one", "embedding": QUESTION, "detail": "ids", "limit": 20, **members}
    answer = server.call("POST", "/v1/search", {name: value for name, value in body.items() if value is not None}, token)
    assert answer.status == 200, answer.text
    return answer.json


def explain(server, token, document, **members):
    body = {"query": QUERY, "collection": "one", "embedding": QUESTION, "document_id": document, **members}
    answer = server.call("POST", "/v1/search:explain", body, token)
    assert answer.status == 200, answer.text
    return answer.json


@pytest.mark.parametrize("settings", [
    {"fusion": "minmax"}, {"fusion": "calibrated"}, {"fusion": "minmax", "bm25_weight": 3, "vector_weight": 1},
    {"k": 3}, {"bm25_weight": 1, "vector_weight": 0}, {"fusion": "calibrated", "vector_weight": 2},
])
def test_a_setting_answers_like_the_request_that_says_it(server, token, settings):
    usual = ask(server, token)
    said = ask(server, token, **settings)
    assert said["hits"] != usual["hits"]
    assert {name: configure(server, token, "one", **settings)[name] for name in settings} == settings
    kept = ask(server, token)
    assert kept["hits"] == said["hits"]
    assert kept["index_fingerprint"] != usual["index_fingerprint"]
    # The request wins, member by member.
    plain = {"fusion": "rrf", "bm25_weight": 0.5, "vector_weight": 0.5, "k": 60}
    assert ask(server, token, **{name: plain[name] for name in settings})["hits"] == usual["hits"]
    fusion = explain(server, token, kept["hits"][0]["doc_id"])["fusion"]
    assert fusion["method"] == settings.get("fusion", "rrf")
    assert fusion["score"] == kept["hits"][0]["score"]
    configure(server, token, "one")
    assert ask(server, token)["hits"] == usual["hits"]


def test_weight_and_feedback_of_calibrated(server, token):
    document = ask(server, token, fusion="calibrated")["hits"][3]["doc_id"]
    usual = explain(server, token, document, fusion="calibrated")["fusion"]
    assert (usual["weight"], usual["feedback"]["step"]) == (0.6, 0.2)
    configure(server, token, "one", weight=1.8, feedback=0)
    changed = explain(server, token, document, fusion="calibrated")["fusion"]
    assert (changed["weight"], changed["feedback"]["step"], changed["feedback"]["contribution"]) == (1.8, 0, 0)
    assert changed["bm25"]["scale"] == pytest.approx(3 * usual["bm25"]["scale"])
    assert changed["vector"]["scale"] == usual["vector"]["scale"]
    assert changed["fusion_score"] == pytest.approx(
        3 * usual["bm25"]["contribution"] + usual["vector"]["contribution"])


def test_collections_together_are_each_joined_its_own_way_and_merged_by_score(server, token):
    configure(server, token, "one", fusion="calibrated")
    configure(server, token, "two", fusion="minmax")
    own = {name: ask(server, token, collection=name, limit=100)["hits"] for name in ("one", "two")}
    assert own["two"] == ask(server, token, collection="two", limit=100, fusion="minmax")["hits"]
    together = ask(server, token, collection=None, limit=100)["hits"]
    assert together == sorted(own["one"] + own["two"], key=lambda hit: -hit["score"])
    assert {hit["collection"] for hit in together} == {"one", "two"}


def test_a_setting_of_the_fusion_does_not_shorten_the_pages_of_one_ranking(server, token):
    configure(server, token, "one", fusion="minmax")
    found, cursor = [], None
    while True:
        page = ask(server, token, mode="bm25", embedding=None, limit=4, depth=4, cursor=cursor)
        found += [hit["doc_id"] for hit in page["hits"]]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert len(found) == len(set(found)) == page["total"] > 12


def test_a_cursor_says_that_the_setting_has_changed(server, token):
    page = ask(server, token, limit=3)
    configure(server, token, "one", fusion="minmax")
    then = ask(server, token, limit=3, cursor=page["next_cursor"])
    assert any(warning.startswith("index_changed") for warning in then["warnings"])


@pytest.mark.parametrize("settings, member", [
    ({"fusion": "best"}, "fusion"), ({"bm25_weight": -1}, "bm25_weight"), ({"vector_weight": 1001}, "vector_weight"),
    ({"bm25_weight": 0, "vector_weight": 0}, "bm25_weight"), ({"k": 0}, "k"), ({"weight": 10.5}, "weight"),
    ({"feedback": 1.5}, "feedback"), ({"feedback": "much"}, "feedback"),
])
def test_wrong_settings_are_refused_by_name_and_change_nothing(server, token, settings, member):
    before = configure(server, token, "one", fusion="minmax", feedback=0.1)
    refused(server.call("PUT", PATH.format("one"), settings, token), 400, "invalid_argument", member)
    assert server.call("GET", PATH.format("one"), token=token).json["settings"] == before


def test_weights_that_together_are_0_are_refused_when_asked(server, token):
    configure(server, token, "one", bm25_weight=0)
    body = {"query": QUERY, "collection": "one", "embedding": QUESTION, "vector_weight": 0}
    refused(server.call("POST", "/v1/search", body, token), 400, "invalid_argument", "bm25_weight")
    assert ask(server, token, mode="bm25", vector_weight=0, embedding=None)["hits"]


def test_agents_get_the_collections_fusion_too(server, token):
    configure(server, token, "one", fusion="minmax")
    answer = server.tool(
        "hybrid_search", {"query": QUERY, "collection": "one", "embedding": QUESTION, "detail": "ids", "limit": 20}, token)
    assert answer["result"]["structuredContent"]["hits"] == ask(server, token)["hits"]


def test_the_command_line_sets_and_takes_back(server, token):
    shown = server.run("collection", "settings", "one", "--set", "fusion=calibrated", "--set", "feedback=0").stdout
    assert 'fusion = "calibrated"' in shown and "feedback = 0" in shown
    settings = json.loads(
        server.run("collection", "settings", "one", "--set", "fusion=null", "--set", "feedback=null", "--json").stdout)
    assert "fusion" not in settings["settings"] and "feedback" not in settings["settings"]


def test_the_server_has_a_say_and_a_restart_forgets_nothing(server, token):
    by_rank, by_score, both = (ask(server, token, fusion=how) for how in ("rrf", "minmax", "calibrated"))
    configure(server, token, "two", fusion="calibrated", k=9)
    two = ask(server, token, collection="two")["hits"]
    server.stop()
    server.start("--auth-refusals-per-minute", "0", "--search-fusion", "minmax")
    token = server.token("alder")
    assert ask(server, token)["hits"] == by_score["hits"] != by_rank["hits"]
    assert ask(server, token)["index_fingerprint"] != by_score["index_fingerprint"]
    assert ask(server, token, fusion="rrf")["hits"] == by_rank["hits"]
    assert ask(server, token, collection="two")["hits"] == two
    configure(server, token, "one", fusion="calibrated")
    assert ask(server, token)["hits"] == both["hits"]
    server.stop()
    (server.data / "config.json").write_text(json.dumps({"search": {"fusion": "best"}}))
    wrong = server.run("search", "--tenant", "alder", "alder", code=None)
    assert wrong.returncode != 0 and "search.fusion" in wrong.stderr and "rrf | minmax | calibrated" in wrong.stderr
    (server.data / "config.json").write_text(json.dumps({"search": {"fusion": "minmax"}}))
    server.start("--auth-refusals-per-minute", "0")
    configure(server, token, "one")
    assert ask(server, token)["hits"] == by_score["hits"]
