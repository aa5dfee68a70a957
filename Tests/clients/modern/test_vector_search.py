"""What is asked of the ranking by meaning: exact answers, hits that differ, likes under a filter; with vectors of our own."""

import json
import math
import random

import pytest

from appliance import Appliance, eventually, refused

DIMENSION = 384
GROUPS = 12
COPIES = 8


def unit(vector):
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector]


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b))


def noise(rng, scale):
    return [rng.gauss(0, scale) for _ in range(DIMENSION)]


RNG = random.Random(7)
CENTRES = [unit(noise(RNG, 1)) for _ in range(GROUPS)]
# Groups of near copies around directions that share a part with the question.
QUERY = unit(noise(RNG, 1))
VECTORS = {
    f"g{group:02}-{copy}": unit([0.6 * q + 0.7 * c + n for q, c, n in zip(QUERY, CENTRES[group], noise(RNG, 0.008))])
    for group in range(GROUPS) for copy in range(COPIES)
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("vectors") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("acme")
    appliance.start()
    try:
        token = appliance.token("acme")
        documents = [
            {"id": id, "text": f"heron {id}", "embedding": vector, "metadata": {"group": int(id[1:3]), "copy": int(id[4:])}}
            for id, vector in VECTORS.items()
        ]
        appliance.put(token, documents, "notes")
        appliance.put(token, [{"id": "bare", "text": "heron heron heron"}], "notes")
        yield appliance, token
    finally:
        appliance.stop()


def ids(answer):
    return [hit["doc_id"] for hit in answer["hits"]]


def by_cosine(vector, among=VECTORS):
    return sorted(among, key=lambda id: -cosine(vector, among[id]))


def diverse(order, relevance, weight, count):
    """Maximal marginal relevance, as the paper says it."""
    chosen = []
    while len(chosen) < count:
        def value(id):
            likeness = max((cosine(VECTORS[id], VECTORS[other]) for other in chosen), default=0)
            return (1 - weight) * relevance[id] - weight * likeness
        chosen.append(max((id for id in order if id not in chosen), key=value))
    return chosen


def test_an_exact_answer_is_that_of_comparing_all(desk):
    appliance, token = desk
    for number in range(5):
        query = unit(noise(random.Random(number), 1))
        fields = {"mode": "vector", "embedding": query, "limit": 40, "detail": "ids"}
        exact = appliance.search(token, "x", **fields, exact=True)
        assert ids(exact) == by_cosine(query)[:40]
        for hit in exact["hits"]:
            assert abs(hit["vector_score"] - cosine(query, VECTORS[hit["doc_id"]])) < 1e-5
        # So small a collection is scanned either way.
        assert appliance.search(token, "x", **fields)["hits"] == exact["hits"]
        some = {id: vector for id, vector in VECTORS.items() if id.endswith("3")}
        filtered = appliance.search(token, "x", **fields, exact=True, filter="copy = 3")
        assert ids(filtered) == by_cosine(query, some)


def test_diversity_keeps_near_copies_apart(desk):
    appliance, token = desk
    fields = {"mode": "vector", "embedding": QUERY, "detail": "ids"}
    plain = appliance.search(token, "x", **fields, limit=GROUPS)
    answer = appliance.search(token, "x", **fields, limit=GROUPS, diversity=0.5)
    relevance = {id: cosine(QUERY, vector) for id, vector in VECTORS.items()}
    assert ids(answer) == diverse(by_cosine(QUERY), relevance, 0.5, GROUPS)
    assert len({id[:3] for id in ids(answer)}) == GROUPS > len({id[:3] for id in ids(plain)})
    assert ids(answer)[0] == ids(plain)[0]
    # Pages fit together.
    pages, cursor = [], None
    for _ in range(3):
        more = {"cursor": cursor} if cursor else {}
        page = appliance.search(token, "x", **fields, limit=4, diversity=0.5, **more)
        pages += ids(page)
        cursor = page["next_cursor"]
    assert pages == ids(answer)
    # A cursor of another diversity is none.
    refused(appliance.call("POST", "/v1/search", {"query": "x", **fields, "diversity": 0.4, "cursor": cursor}, token),
            400, "invalid_cursor")
    assert ids(appliance.search(token, "x", **fields, limit=GROUPS, diversity=0)) == ids(plain)


def test_an_explanation_tells_how_diversity_placed_a_document(desk):
    appliance, token = desk
    fields = {"query": "x", "mode": "vector", "embedding": QUERY, "diversity": 0.5}
    plain = by_cosine(QUERY)
    order = ids(appliance.search(token, **fields, limit=50))
    for rank in (1, 2, 9, 40):
        id = order[rank - 1]
        answer = appliance.call("POST", "/v1/search:explain", {**fields, "document_id": id}, token)
        assert answer.status == 200, answer.text
        told = answer.json["diversity"]
        assert answer.json["rank"] == rank and told["rank_before"] == plain.index(id) + 1 and told["diversity"] == 0.5
        if rank > 1:
            likeness = max(cosine(VECTORS[id], VECTORS[other]) for other in order[:rank - 1])
            nearest = order[told["similar_to_rank"] - 1]
            assert abs(told["similarity"] - likeness) < 1e-5
            assert abs(cosine(VECTORS[id], VECTORS[nearest]) - likeness) < 1e-5
            assert abs(told["value"] - (0.5 * cosine(QUERY, VECTORS[id]) - 0.5 * likeness)) < 1e-5
        else:
            assert "similarity" not in told
    plainly = appliance.call("POST", "/v1/search:explain", {**fields, "diversity": 0, "document_id": order[0]}, token)
    assert "diversity" not in plainly.json


def test_documents_without_a_vector_keep_their_places(desk):
    appliance, token = desk
    answer = appliance.search(token, "heron", mode="bm25", diversity=0.9, limit=5)
    plain = appliance.search(token, "heron", mode="bm25", limit=5)
    assert ids(plain)[0] == ids(answer)[0] == "bare"
    assert any("1 of the documents found have no vector" in warning for warning in answer["warnings"])
    assert ids(plain) != ids(answer) and len({id[:3] for id in ids(answer)}) == 5
    appliance.put(token, [{"id": f"w{n}", "text": f"stork {n}"} for n in range(3)], "words")
    bare = appliance.search(token, "stork", collection="words", mode="bm25", diversity=0.5)
    assert len(bare["hits"]) == 3 and any("diversity was not applied" in warning for warning in bare["warnings"])


def test_hybrid_answers_become_diverse_by_their_scores(desk):
    appliance, token = desk
    fields = {"embedding": QUERY, "collection": "notes", "filter": "copy < 4"}
    plain = appliance.search(token, "heron", **fields, limit=100)
    answer = appliance.search(token, "heron", **fields, limit=10, diversity=0.6)
    order = ids(plain)
    assert len(order) == GROUPS * 4
    assert ids(answer) == diverse(order, {hit["doc_id"]: hit["score"] for hit in plain["hits"]}, 0.6, 10)
    scores = {hit["doc_id"]: hit["score"] for hit in plain["hits"]}
    assert all(hit["score"] == scores[hit["doc_id"]] for hit in answer["hits"])


def test_likes_can_be_filtered_and_diverse(desk):
    appliance, token = desk

    def similar(**arguments):
        result = appliance.tool("find_similar", {"document_id": "g03-1", **arguments}, token)["result"]
        return result["structuredContent"] if not result.get("isError") else result["content"][0]["text"]

    others = {id: vector for id, vector in VECTORS.items() if id != "g03-1"}
    origin = VECTORS["g03-1"]
    assert ids(similar(limit=7)) == by_cosine(origin, others)[:7]
    some = {id: vector for id, vector in others.items() if id.endswith("-2")}
    assert ids(similar(limit=20, filter="copy = 2")) == by_cosine(origin, some)
    assert ids(similar(limit=20, filter={"copy": 2})) == by_cosine(origin, some)
    relevance = {id: cosine(origin, vector) for id, vector in others.items()}
    wanted = diverse(by_cosine(origin, others), relevance, 0.6, 6)
    assert ids(similar(limit=6, diversity=0.6)) == wanted
    assert "is wrong at character 8" in similar(filter="copy = = 2")
    assert "diversity" in similar(diversity=2)


def test_wrong_values_are_refused(desk):
    appliance, token = desk
    for fields, word in [
        ({"diversity": 1.5}, "diversity"), ({"diversity": "much"}, "diversity"), ({"exact": 1}, "exact"),
        ({"diversity": 0.5, "sort": ["copy"]}, "diversity"), ({"ef": 0}, "ef"), ({"ef": 10_001}, "ef"),
    ]:
        refused(appliance.call("POST", "/v1/search", {"query": "heron", **fields}, token), 400, "invalid_argument", word)


def test_the_command_line_asks_for_the_same(desk):
    appliance, token = desk
    found = appliance.run("search", "heron", "--tenant", "acme", "--collection", "notes", "--exact", "--ef", "300",
                          "--diversity", "0.9", "--limit", "5", "--json").stdout
    assert '"g0' in found
    wrong = appliance.run("search", "heron", "--diversity", "7", code=2).stderr
    assert "--diversity takes a number from 0" in wrong


# The meter


def series(appliance, operator, name):
    """The values of a metric by their labels."""
    text = appliance.call("GET", "/metrics", token=operator).text
    found = {}
    for line in text.splitlines():
        if line.startswith((name + " ", name + "{")):
            labels, value = line.rsplit(" ", 1)
            found[labels.removeprefix(name)] = float(value)
    return found


@pytest.fixture(scope="module")
def metered(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("metered") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("acme")
    appliance.start("--recall-share", "1")
    token = appliance.token("acme")
    appliance.put(token, [{"id": id, "text": "heron", "embedding": vector} for id, vector in VECTORS.items()], "notes")
    yield appliance, token
    appliance.stop()


def test_a_share_of_the_answers_is_compared_with_the_truth(metered):
    appliance, token = metered
    operator = appliance.operator()
    fields = {"mode": "vector", "limit": 10, "detail": "ids"}
    asked = 40
    answers = []
    for number in range(asked):
        query = unit(noise(random.Random(number), 1))
        answers.append(appliance.search(token, "x", embedding=query, **fields))
        # Slowly enough for the meter, which lets go what it has no time for.
        eventually(lambda: sum(series(appliance, operator, "carrel_recall_samples_total").values())
                   + sum(series(appliance, operator, "carrel_recall_samples_skipped_total").values()) == number + 1)
    label = '{tenant_id="acme"}'
    assert series(appliance, operator, "carrel_recall_samples_total")[label] >= 30
    assert series(appliance, operator, "carrel_recall_at_10") == {label: 1}
    assert series(appliance, operator, "carrel_recall_recommended_ef") == {
        '{tenant_id="acme",recall="0.95"}': 16, '{tenant_id="acme",recall="0.99"}': 16}
    # Neither words alone nor exact answers are its business.
    before = sum(series(appliance, operator, "carrel_recall_samples_total").values())
    appliance.search(token, "heron", mode="bm25")
    appliance.search(token, "x", embedding=QUERY, exact=True, **fields)
    assert sum(series(appliance, operator, "carrel_recall_samples_total").values()) == before
    # Sampled or not, an answer is the same.
    appliance.stop()
    appliance.start("--recall-share", "0")
    for number in (0, 17, 39):
        again = appliance.search(token, "x", embedding=unit(noise(random.Random(number), 1)), **fields)
        assert {**again, "took_ms": 0} == {**answers[number], "took_ms": 0}
    assert series(appliance, operator, "carrel_recall_samples_total") == {}


def test_bench_search_measures_recall_and_recommends(metered, tmp_path):
    appliance, _ = metered
    file = tmp_path / "queries.jsonl"
    file.write_text("".join(json.dumps({"embedding": unit(noise(random.Random(n), 1))}) + "\n" for n in range(6)))
    words = ["bench", "search", "--tenant", "acme", "--collection", "notes", "--queries", file]
    told = json.loads(appliance.run(*words, "--ef", "64,16", "--json").stdout)
    assert told["queries"] == 6 and told["recommended_ef"] == {"0.95": 16, "0.99": 16}
    assert [row.get("ef") for row in told["results"]] == [None, 16, 64] and told["results"][0]["exact"] is True
    for row in told["results"]:
        assert row["recall@10"] == 1 and 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]
    shown = appliance.run(*words, "--count", "2").stdout
    assert shown.startswith("2 queries") and "for recall 0.95: ef 16" in shown
    assert "--ef takes" in appliance.run(*words, "--ef", "16,,3", code=2).stderr
    file.write_text('{"text": "heron"}\n')
    assert "nothing to measure" in appliance.run(*words, code=1).stderr
    file.write_text('{"id": "q1"}\n')
    assert ":1: expected an object" in appliance.run(*words, code=1).stderr
