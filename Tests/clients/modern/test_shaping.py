"""Boosts, decay, pinned and hidden documents, and the rerank endpoint, through the server against plain formulas."""

import datetime
import json
import math
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from appliance import Appliance, refused

SEED = 23
DIMENSION = 384
COUNT = 30
WORDS = ["alder", "birch", "cedar", "damson", "elder", "fir"]
QUERY = "alder cedar"
QUESTION = [random.Random(SEED + 1).gauss(0, 1) for _ in range(DIMENSION)]
ORIGIN = datetime.date(2024, 6, 1)
RERANKED = 8


class Endpoint:
    """A rerank endpoint whose scores and manners the test chooses."""

    def __init__(self):
        self.calls = []
        self.behave = self.by_length
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.calls.append((self.path, dict(self.headers), body))
                status, answer = endpoint.behave(body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except ConnectionError:
                    # Whoever asked has left: it took too long, or answered too much.
                    self.close_connection = True

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1/rerank"

    @staticmethod
    def score(text):
        """Some order that is not the search's, with ties."""
        return (sum(text.encode()) % 7) / 7 - 0.3

    def by_length(self, body):
        results = [{"index": n, "relevance_score": self.score(text)} for n, text in enumerate(body["documents"])]
        random.Random(1).shuffle(results)
        return 200, json.dumps({"results": results, "meta": {"of": "no concern"}}).encode()


@pytest.fixture(scope="module")
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def documents():
    chance = random.Random(SEED)
    made = []
    for number in range(COUNT):
        day = ORIGIN - datetime.timedelta(days=chance.randint(0, 200))
        metadata = {"team": ["hr", "legal", "sales"][number % 3], "stars": chance.randint(0, 50)}
        if number % 5:
            metadata["published"] = day.isoformat()
        if number % 7 == 0:
            metadata["stars"] = [metadata["stars"], metadata["stars"] + 25]
        made.append({
            "id": f"d{number:02}", "title": f"Paper {number}",
            "text": " ".join(chance.choices(WORDS[1:] if number % 6 == 0 else WORDS, k=chance.randint(2, 12))),
            "metadata": metadata,
            "embedding": [chance.gauss(0, 1) + (number % 4) * 0.05 * x for x in QUESTION],
        })
    return made


DOCUMENTS = {document["id"]: document for document in documents()}


@pytest.fixture(scope="module")
def server(tmp_path_factory, endpoint):
    folder = tmp_path_factory.mktemp("shaping")
    key = folder / "key"
    key.write_text("secret-of-the-endpoint\n")
    key.chmod(0o600)
    appliance = Appliance(folder / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("alder")
    appliance.start(
        "--auth-refusals-per-minute", "0", "--search-rerank-url", endpoint.url, "--search-rerank-model", "judge-7",
        "--search-rerank-key-file", str(key), "--search-rerank-timeout-ms", "700",
        "--search-rerank-documents", str(RERANKED))
    token = appliance.token("alder")
    appliance.put(token, list(DOCUMENTS.values()), "papers")
    yield appliance
    appliance.stop()


@pytest.fixture(scope="module")
def token(server):
    return server.token("alder", ttl="2h")


@pytest.fixture
def ask(server, token):
    def ask(path="/v1/search", **members):
        body = {"query": QUERY, "collection": "papers", "embedding": QUESTION, "detail": "ids", "limit": 100, **members}
        answer = server.call(
            "POST", path, {name: value for name, value in body.items() if value is not None}, token)
        assert answer.status == 200, answer.text
        return answer.json
    return ask


@pytest.fixture
def explain(ask):
    return lambda document, **members: ask("/v1/search:explain", document_id=document, **members)


def ids(answer):
    return [hit["doc_id"] for hit in answer["hits"]]


def scores(answer):
    return {hit["doc_id"]: hit["score"] for hit in answer["hits"]}


def shaped(answer, factor):
    """What an answer becomes when each score is multiplied: sorting keeps ties in their order."""
    hits = [(hit["doc_id"], hit["score"] * factor(hit["doc_id"])) for hit in answer["hits"]]
    return sorted(hits, key=lambda hit: -hit[1])


def expect(answer, hits):
    assert ids(answer) == [id for id, _ in hits]
    for id, score in hits:
        assert scores(answer)[id] == pytest.approx(score, rel=1e-12)


def metadata(id, field):
    value = DOCUMENTS[id]["metadata"].get(field)
    return value if isinstance(value, list) else [] if value is None else [value]


# MARK: boosts and decay

@pytest.mark.parametrize("members", [
    {}, {"fusion": "minmax"}, {"fusion": "calibrated"}, {"mode": "bm25", "embedding": None}, {"mode": "vector"}])
def test_boosts_multiply_the_fused_score(ask, members):
    boosts = [
        {"filter": "team = hr", "factor": 1.5}, {"filter": {"stars": {"$gte": 30}}, "factor": 0.25},
        {"filter": "published >= 2024-04", "factor": 1.1},
    ]

    def factor(id):
        product = 1.5 if metadata(id, "team") == ["hr"] else 1
        product *= 0.25 if max(metadata(id, "stars")) >= 30 else 1
        return product * (1.1 if any(day >= "2024-04" for day in metadata(id, "published")) else 1)

    usual = ask(**members)
    answer = ask(boosts=boosts, **members)
    assert ids(answer) != ids(usual)
    expect(answer, shaped(usual, factor))
    assert {hit["fusion_score"] for hit in answer["hits"]} == {hit["fusion_score"] for hit in usual["hits"]}


def fall(curve, distance, scale, offset, decay):
    beyond = max(0, distance - offset)
    if curve == "gauss":
        variance = -scale ** 2 / (2 * math.log(decay))
        return math.exp(-beyond ** 2 / (2 * variance))
    if curve == "exp":
        return math.exp(math.log(decay) / scale * beyond)
    reach = scale / (1 - decay)
    return max(0, (reach - beyond) / reach)


@pytest.mark.parametrize("curve", ["gauss", "exp", "linear"])
@pytest.mark.parametrize("scale, offset, decay, missing", [(40, 0, 0.5, 1), (20, 15, 0.2, 0.3)])
def test_decay_over_dates(ask, curve, scale, offset, decay, missing):
    def factor(id):
        days = [abs((ORIGIN - datetime.date.fromisoformat(day)).days) for day in metadata(id, "published")]
        return fall(curve, min(days), scale, offset, decay) if days else missing

    asked = {"field": "published", "origin": ORIGIN.isoformat(), "scale": f"{scale}d", "curve": curve, "decay": decay}
    if offset:
        asked["offset"] = f"{offset * 24}h"
    if missing != 1:
        asked["missing"] = missing
    expect(ask(decay=[asked]), shaped(ask(), factor))


@pytest.mark.parametrize("curve", ["gauss", "exp", "linear"])
def test_decay_over_numbers_takes_the_nearest_value_and_multiplies_with_others(ask, curve):
    def factor(id):
        near = min(abs(stars - 40) for stars in metadata(id, "stars"))
        return fall(curve, near, 12.5, 3, 0.5) * fall("exp", min(metadata(id, "stars")), 30, 0, 0.9)

    decay = [
        {"field": "stars", "origin": 40, "scale": 12.5, "offset": 3, "curve": curve},
        {"field": "stars", "origin": 0, "scale": 30, "curve": "exp", "decay": 0.9},
    ]
    expect(ask(decay=decay), shaped(ask(), factor))


def test_now_is_the_moment_of_the_first_page_on_every_page(server, token, ask, explain):
    now = datetime.datetime.now(datetime.timezone.utc)
    fresh = [
        {"id": f"n{n}", "text": "alder news", "metadata": {"at": (now - datetime.timedelta(hours=7 * n)).isoformat()}}
        for n in range(9)
    ]
    server.put(token, fresh, "news")
    decay = [{"field": "at", "scale": "1d", "curve": "exp"}]
    options = {"collection": "news", "mode": "bm25", "embedding": None, "query": "alder", "decay": decay}
    whole = ask(**options)
    # By words alone all nine are equal but for their places; half a day is a factor of 0.71.
    told = {hit["doc_id"]: explain(hit["doc_id"], **options) for hit in whole["hits"]}
    for n in range(9):
        entry = told[f"n{n}"]["shaping"]["decay"][0]
        assert abs(datetime.datetime.fromisoformat(entry["origin"].replace("Z", "+00:00")) - now).total_seconds() < 60
        assert entry["distance"] == pytest.approx(7 * 3600 * n, abs=60)
        assert entry["factor"] == pytest.approx(0.5 ** (entry["distance"] / 86_400), rel=1e-9)
    first = ask(limit=4, **options)
    origin = explain(ids(first)[0], **options)["shaping"]["decay"][0]["origin"]
    time.sleep(1.1)
    second = ask(limit=4, cursor=first["next_cursor"], **options)
    assert ids(first) + ids(second) == ids(whole)[:8]
    kept = explain(ids(second)[0], limit=4, cursor=first["next_cursor"], **options)["shaping"]["decay"][0]["origin"]
    later = explain(ids(second)[0], **options)["shaping"]["decay"][0]["origin"]
    assert kept <= origin < later
    server.call("DELETE", "/v1/collections/news?confirm=news", token=token)


def test_the_floor_is_asked_after_the_boosts(ask, explain):
    boosts = [{"filter": "team = hr", "factor": 0.5}]
    whole = ask(boosts=boosts)
    floor = whole["hits"][7]["score"]
    answer = ask(boosts=boosts, min_score=floor)
    assert ids(answer) == [hit["doc_id"] for hit in whole["hits"] if hit["score"] >= floor]
    sunk = next(id for id in ids(whole) if metadata(id, "team") == ["hr"] and scores(ask())[id] >= floor > scores(whole)[id])
    told = explain(sunk, boosts=boosts, min_score=floor)
    assert (told["found"], told["excluded_by"]) == (False, "min_score")
    assert told["shaping"]["score"] == scores(whole)[sunk]


@pytest.mark.parametrize("mode", ["hybrid", "bm25", "vector"])
def test_pages_of_a_shaped_search_fit_together(ask, mode):
    options = {
        "mode": mode, "embedding": None if mode == "bm25" else QUESTION, "depth": 12,
        "boosts": [{"filter": "team = sales", "factor": 1.3}],
        "decay": [{"field": "stars", "origin": 50, "scale": 20}], "pinned": ["d06", "d17", "d00"], "hidden": ["d04", "d08"],
    }
    found, cursor = [], None
    while True:
        page = ask(limit=3, cursor=cursor, **options)
        found += ids(page)
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert found[:12] == ids(ask(limit=12, **options))
    assert found[:3] == ["d06", "d17", "d00"]
    assert len(found) == len(set(found)) and not {"d04", "d08"} & set(found)


# MARK: pinned and hidden

def test_pinned_documents_come_first_in_their_order_also_where_they_do_not_match(ask, explain):
    usual = ask(mode="bm25", embedding=None)
    stranger = next(id for id in DOCUMENTS if id not in ids(usual))
    pinned = [ids(usual)[5], stranger, ids(usual)[1]]
    answer = ask(mode="bm25", embedding=None, pinned=pinned)
    assert ids(answer) == pinned + [id for id in ids(usual) if id not in pinned]
    assert [hit.get("pinned") for hit in answer["hits"][:4]] == [True, True, True, None]
    by_id = {hit["doc_id"]: hit for hit in answer["hits"]}
    before = {hit["doc_id"]: hit for hit in usual["hits"]}
    for id in pinned:
        if id != stranger:
            assert {k: v for k, v in by_id[id].items() if k != "pinned"} == before[id]
    assert by_id[stranger]["score"] == 0 and "bm25_rank" not in by_id[stranger]
    assert (answer["total"], answer["total_relation"]) == (len(ids(usual)) + 1, "at_least")
    told = explain(stranger, mode="bm25", embedding=None, pinned=pinned)
    assert (told["rank"], told["shaping"]["pinned"]) == (2, 2)
    assert explain(ids(usual)[0], mode="bm25", embedding=None, pinned=pinned)["rank"] == 4


def test_a_pinned_document_that_matches_leaves_the_total_exact(ask):
    usual = ask(mode="bm25", embedding=None)
    answer = ask(mode="bm25", embedding=None, pinned=[ids(usual)[3]])
    assert (answer["total"], answer["total_relation"]) == (usual["total"], "exact")


def test_pins_stay_above_the_floor_and_below_the_filter(ask):
    low = ids(ask())[-1]
    answer = ask(pinned=[low], min_score=0.9)
    assert ids(answer)[0] == low and answer["hits"][0]["score"] < 0.9
    team = metadata(low, "team")[0]
    answer = ask(pinned=[low, "nobody"], filter=f"team != {team}")
    assert low not in ids(answer)
    assert any("do not pass the filter" in warning for warning in answer["warnings"])
    assert any("nobody" in warning for warning in answer["warnings"])


def test_distinct_counts_what_is_pinned_first(ask):
    last = ids(ask())[-1]
    answer = ask(pinned=[last], distinct="team")
    assert ids(answer)[0] == last
    assert sorted(metadata(id, "team")[0] for id in ids(answer)) == ["hr", "legal", "sales"]


def test_hidden_documents_are_gone_from_everything(ask, explain):
    usual = ask(mode="bm25", embedding=None, facets=["team"])
    hidden = ids(usual)[:3] + ["nobody"]
    answer = ask(mode="bm25", embedding=None, facets=["team"], hidden=hidden)
    assert ids(answer) == ids(usual)[3:]
    assert answer["total"] == usual["total"] - 3
    count = lambda found: sum(value["count"] for value in found["facets"][0]["values"])
    assert count(answer) == count(usual) - 3
    told = explain(hidden[0], mode="bm25", embedding=None, hidden=hidden)
    assert (told["found"], told["excluded_by"], told["shaping"]["hidden"]) == (False, "hidden", True)
    # The place of each in its ranking is that of a collection without them.
    assert [hit["bm25_rank"] for hit in answer["hits"]] == list(range(1, len(answer["hits"]) + 1))
    assert not set(hidden) & set(ids(ask(hidden=hidden)))


def test_an_id_means_the_documents_of_all_searched_collections(server, token, ask):
    server.put(token, [{"id": "d03", "text": "alder of another collection"}], "others")
    try:
        answer = ask(collection=None, pinned=["d03"])
        assert [(hit["collection"], hit["doc_id"]) for hit in answer["hits"][:2]] == [("others", "d03"), ("papers", "d03")]
        assert "d03" not in ids(ask(collection=None, hidden=["d03"]))
    finally:
        server.call("DELETE", "/v1/collections/others?confirm=others", token=token)


# MARK: the rerank endpoint

def text_of(id):
    return f"{DOCUMENTS[id]['title']}\n{DOCUMENTS[id]['text']}"


def reranked(order):
    """The first documents by the endpoint's scores, ties as they stood, and the rest behind."""
    return sorted(order[:RERANKED], key=lambda id: -Endpoint.score(text_of(id))) + order[RERANKED:]


def test_the_first_documents_are_put_into_the_endpoints_order(ask, explain, endpoint):
    usual = ask()
    endpoint.calls.clear()
    answer = ask(rerank=True)
    [(path, headers, body)] = endpoint.calls
    assert path == "/v1/rerank" and headers["Authorization"] == "Bearer secret-of-the-endpoint"
    assert body == {
        "model": "judge-7", "query": QUERY, "documents": [text_of(id) for id in ids(usual)[:RERANKED]], "top_n": RERANKED}
    assert ids(answer) == reranked(ids(usual)) != ids(usual)
    assert scores(answer) == scores(usual)
    assert not answer["degraded"]
    for place, hit in enumerate(answer["hits"]):
        assert ("rerank_score" in hit) == (place < RERANKED)
        if place < RERANKED:
            assert hit["rerank_score"] == pytest.approx(Endpoint.score(text_of(hit["doc_id"])), abs=1e-6)
    for place, id in enumerate(ids(answer)[:RERANKED + 1]):
        told = explain(id, rerank=True)
        assert told["rank"] == place + 1
        assert told["shaping"].get("rerank", {}).get("rank_before") == (ids(usual).index(id) + 1 if place < RERANKED else None)


def test_one_call_serves_all_pages(ask, endpoint):
    whole = ids(ask(rerank=True, limit=14, depth=14))
    endpoint.calls.clear()
    found, cursor = [], None
    while len(found) < 14:
        page = ask(rerank=True, limit=3, depth=14, cursor=cursor)
        assert not page["degraded"]
        found += ids(page)
        cursor = page["next_cursor"]
        # Other manners behind the first page move nothing.
        endpoint.behave = lambda body: (500, b"")
    endpoint.behave = endpoint.by_length
    assert found[:14] == whole
    assert len(endpoint.calls) == 1


def stall(body):
    time.sleep(1.2)
    return 200, b"{}"


def answering(change):
    def behave(body):
        results = [{"index": n, "relevance_score": n / 10} for n in range(len(body["documents"]))]
        return 200, json.dumps({"results": change(results)}).encode()
    return behave


@pytest.mark.parametrize("behave, words", [
    (stall, "in time"),
    (lambda body: (500, b"broken"), "status 500"),
    (lambda body: (302, b""), "status 302"),
    (lambda body: (200, b"{\"results\": [{\"index\": 0, \"relevance_sc"), "list of results"),
    (lambda body: (200, b"<html>"), "list of results"),
    (lambda body: (200, b"x" * (5 << 20)), "4 MiB"),
    (answering(lambda results: results[:-1]), "7 results for 8"),
    (answering(lambda results: results + results[:1]), "9 results for 8"),
    (answering(lambda results: results[:-1] + results[:1]), "twice"),
    (answering(lambda results: results[:-1] + [{"index": 8, "relevance_score": 1}]), "index"),
    (answering(lambda results: results[:-1] + [{"index": -1, "relevance_score": 1}]), "index"),
    (answering(lambda results: results[:-1] + [{"index": 7}]), "relevance_score"),
    (answering(lambda results: results[:-1] + [{"index": 7, "relevance_score": "good"}]), "relevance_score"),
    (answering(lambda results: results[:-1] + [{"index": 7, "relevance_score": 1e300}]), "relevance_score"),
    (answering(lambda results: results[:-1] + [{"index": 7, "relevance_score": float("nan")}]), "list of results"),
])
def test_an_endpoint_that_fails_costs_the_order_and_nothing_else(ask, endpoint, behave, words):
    usual = ask(limit=4, depth=20)
    endpoint.behave = behave
    try:
        began = time.monotonic()
        answer = ask(rerank=True, limit=4, depth=20)
        assert time.monotonic() - began < 10
        assert answer["hits"] == usual["hits"]
        assert answer["degraded"] is True
        assert any("not reranked" in warning and words in warning for warning in answer["warnings"]), answer["warnings"]
    finally:
        endpoint.behave = endpoint.by_length
    # The endpoint is well again; the pages of that search keep the order they began with.
    endpoint.calls.clear()
    second = ask(rerank=True, limit=4, depth=20, cursor=answer["next_cursor"])
    assert ids(second) == ids(ask(limit=4, depth=20, cursor=usual["next_cursor"]))
    assert second["degraded"] is True and not endpoint.calls
    assert not ask(rerank=True)["degraded"]


def test_diversity_goes_by_the_worth_of_places_once_reranked(ask):
    usual = ask(depth=20)
    order = reranked(ids(usual))
    worth = sorted(scores(usual).values(), reverse=True)

    def unit(id):
        vector = DOCUMENTS[id]["embedding"]
        length = math.sqrt(sum(x * x for x in vector))
        return [x / length for x in vector]

    vectors = {id: unit(id) for id in order}
    left, chosen = list(enumerate(order)), []
    while left:
        def value(entry):
            near = max((sum(x * y for x, y in zip(vectors[entry[1]], vectors[other])) for other in chosen), default=0)
            return (0.6 * worth[entry[0]] - 0.4 * near, -entry[0])
        best = max(left, key=value)
        left.remove(best)
        chosen.append(best[1])
    assert ids(ask(depth=20, rerank=True, diversity=0.4)) == chosen


def test_everything_at_once_in_the_documented_order(ask):
    boosts = [{"filter": "team = legal", "factor": 1.4}]
    hidden, pinned = ids(ask())[:2], [ids(ask())[-1], ids(ask())[4]]
    weighed = shaped(ask(hidden=hidden), lambda id: 1.4 if metadata(id, "team") == ["legal"] else 1)
    floor = weighed[-4][1]
    rest = [id for id, score in weighed if score >= floor and id not in pinned]
    answer = ask(boosts=boosts, hidden=hidden, pinned=pinned, min_score=floor, rerank=True)
    assert ids(answer) == pinned + reranked(rest)


# MARK: doors

def test_agents_and_the_command_line_shape_too(server, token, ask):
    members = {"boosts": [{"filter": "team = hr", "factor": 2}], "pinned": ["d07"], "hidden": ["d08"], "rerank": True,
               "decay": [{"field": "stars", "scale": 20, "origin": 50}]}
    arguments = {"query": QUERY, "collection": "papers", "detail": "ids", "limit": 20, "embedding": QUESTION, **members}
    answer = server.tool("hybrid_search", arguments, token)["result"]["structuredContent"]
    assert answer["hits"] == ask(limit=20, **members)["hits"]
    told = server.tool("explain_hit", arguments | {"document_id": "d07"}, token)["result"]["structuredContent"]
    assert told["shaping"]["pinned"] == 1
    said = json.loads(server.run(
        "search", "--tenant", "alder", "--mode", "bm25", "--boost", "2:team = hr", "--decay", "stars:20:50", "--pin", "d07",
        "--hide", "d08", "--rerank", "--limit", "20", "--json", QUERY).stdout)
    assert ids(said) == ids(ask(mode="bm25", embedding=None, limit=20, **members))
    dated = json.loads(server.run(
        "search", "--tenant", "alder", "--mode", "bm25", "--decay", "published:40d:2024-06-01", "--json", QUERY).stdout)
    decay = [{"field": "published", "scale": "40d", "origin": "2024-06-01"}]
    assert ids(dated) == ids(ask(mode="bm25", embedding=None, limit=10, decay=decay))
    assert "pinned" in server.run("search", "--tenant", "alder", "--pin", "d07", QUERY).stdout
    wrong = server.run("search", "--tenant", "alder", "--boost", "team = hr", QUERY, code=None)
    assert wrong.returncode == 2 and "FACTOR:FILTER" in wrong.stderr


@pytest.mark.parametrize("members, name", [
    ({"boosts": [{"filter": "team = hr"}]}, "boosts[0].factor"),
    ({"boosts": [{"filter": "team = ", "factor": 2}]}, "boosts[0].filter"),
    ({"boosts": [{"filter": "team = hr", "factor": 101}]}, "boosts[0].factor"),
    ({"boosts": [{"filter": "team = hr", "factor": 1}] * 17}, "boosts"),
    ({"decay": [{"field": "stars", "scale": 5}]}, "decay[0].origin"),
    ({"decay": [{"field": "stars", "scale": 0, "origin": 1}]}, "decay[0].scale"),
    ({"decay": [{"field": "published", "scale": "5 weeks"}]}, "decay[0].scale"),
    ({"decay": [{"field": "published", "scale": "5d", "origin": "someday"}]}, "decay[0].origin"),
    ({"decay": [{"field": "published", "scale": "5d", "decay": 1}]}, "decay[0].decay"),
    ({"decay": [{"field": "published", "scale": "5d", "curve": "cubic"}]}, "decay[0].curve"),
    ({"decay": [{"field": "published", "scale": "5d", "offest": "1d"}]}, "decay[0].offest"),
    ({"pinned": [f"p{n}" for n in range(51)]}, "pinned"),
    ({"pinned": ["a", "a"]}, "pinned"),
    ({"pinned": ["a"], "hidden": ["a"]}, "pinned"),
    ({"hidden": [f"p{n}" for n in range(501)]}, "hidden"),
    ({"rerank": "yes"}, "rerank"),
    ({"boosts": [{"filter": "team = hr", "factor": 2}], "sort": ["stars"]}, "boosts"),
    ({"rerank": True, "sort": ["stars"]}, "rerank"),
])
def test_wrong_wishes_are_refused_by_name(server, token, members, name):
    refused(server.call("POST", "/v1/search", {"query": QUERY, **members}, token), 400, "invalid_argument", name)


def test_wishes_that_can_do_nothing_are_told(ask):
    answer = ask(
        boosts=[{"filter": "tem = hr", "factor": 2}], decay=[{"field": "team", "scale": 3, "origin": 1}, {"field": "no", "scale": "1d"}])
    assert answer["hits"] == ask()["hits"]
    for words in ("boosts[0]", "decay[0]: field team is of type keyword", "decay[1]: no document has a field no"):
        assert any(words in warning for warning in answer["warnings"]), answer["warnings"]


def test_cursors_belong_to_the_wishes_they_were_made_with(server, token, ask):
    page = ask(limit=3, pinned=["d01"])
    for members in ({}, {"pinned": ["d02"]}, {"pinned": ["d01"], "rerank": True}):
        body = {"query": QUERY, "collection": "papers", "embedding": QUESTION, "detail": "ids", "limit": 3,
                "cursor": page["next_cursor"], **members}
        refused(server.call("POST", "/v1/search", body, token), 400, "invalid_cursor")


def test_without_an_endpoint_the_order_stays_and_the_answer_says_so(fresh):
    appliance = fresh(CARREL_MODEL="/nonexistent")
    appliance.tenant("birch")
    appliance.start()
    token = appliance.token("birch")
    appliance.put(token, [{"id": "a", "text": "owl"}, {"id": "b", "text": "owl owl"}], "notes")
    usual = appliance.search(token, "owl", mode="bm25")
    answer = appliance.search(token, "owl", mode="bm25", rerank=True)
    assert answer["hits"] == usual["hits"] and answer["degraded"]
    assert any("search.rerank.url" in warning for warning in answer["warnings"])


def test_an_endpoint_is_reached_by_tls_or_on_this_machine_with_a_key_of_its_own(fresh, tmp_path):
    appliance = fresh(CARREL_MODEL="/nonexistent")
    appliance.tenant("birch")

    def serve(*options):
        done = appliance.run("serve", *options, code=None)
        assert done.returncode != 0
        return done.stderr
    for url in ("http://rerank.example.com/v1", "ftp://127.0.0.1/", "https://user@example.com/", "rerank"):
        assert "search.rerank.url" in serve("--search-rerank-url", url)
    key = tmp_path / "key"
    key.write_text("secret")
    key.chmod(0o644)
    named = ("--search-rerank-url", "https://rerank.example.com/v1", "--search-rerank-key-file", str(key))
    assert "chmod 600" in serve(*named)
    key.chmod(0o600)
    key.write_text("two lines\nX-Header: 1")
    assert "printable ASCII" in serve(*named)
    key.unlink()
    assert "cannot be opened" in serve(*named)


def test_an_endpoint_that_fails_again_and_again_is_left_alone(ask, endpoint):
    assert not ask(rerank=True)["degraded"]
    endpoint.behave = lambda body: (503, b"")
    for _ in range(3):
        assert ask(rerank=True)["degraded"]
    endpoint.calls.clear()
    answer = ask(rerank=True)
    assert answer["degraded"] and not endpoint.calls
    assert any("given a pause" in warning for warning in answer["warnings"])
    endpoint.behave = endpoint.by_length
