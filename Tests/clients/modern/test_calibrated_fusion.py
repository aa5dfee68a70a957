"""Calibrated fusion through the server, against the formula written down plainly in here."""

import math
import random

import pytest

SEED = 5
DIMENSION = 384
COUNT = 60


def unit(vector):
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector]


def dot(one, other):
    return sum(x * y for x, y in zip(one, other))


@pytest.fixture(scope="module")
def mixed(box):
    """Documents of a few words; every sixth without a vector; those of one half lie near the question."""
    chance = random.Random(SEED)
    words = ["alder", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "iris", "juniper", "kale", "larch"]
    center = unit([chance.gauss(0, 1) for _ in range(DIMENSION)])
    vectors, texts = {}, {}
    for number in range(COUNT):
        id = f"m{number:02}"
        texts[id] = " ".join(chance.choices(words, k=chance.randint(2, 14)))
        share = chance.uniform(0, 0.8) if number % 2 else 0.05
        vectors[id] = unit([share * c + (1 - share) * chance.gauss(0, 1) / math.sqrt(DIMENSION) for c in center])
    box.appliance.put(
        box.alder, [{"id": id, "text": texts[id], "embedding": vectors[id]} for id in texts], "mixed")
    return box, texts, vectors, center


def ask(box, **options):
    answer = box.appliance.call(
        "POST", "/v1/search", {"collection": "mixed", "detail": "ids", "typos": False, **options}, box.alder)
    assert answer.status == 200, answer.text
    return answer.json


def formula(mixed, query, depth, weights=(0.5, 0.5)):
    """Documents with their sums, best first."""
    box, texts, vectors, center = mixed
    keyword = {hit["doc_id"]: hit["bm25_score"] for hit in ask(box, query=query, mode="bm25", limit=1000)["hits"]}
    cosine = {id: dot(vector, center) for id, vector in vectors.items()}
    by_words = sorted(keyword, key=lambda id: (-keyword[id], id))[:depth]
    by_meaning = sorted(cosine, key=lambda id: (-cosine[id], id))[:depth]
    candidates = sorted(set(by_words) | set(by_meaning))
    squares = attainable = 0
    for word in set(query.split()):
        df = sum(word in text.split() for text in texts.values())
        idf = math.log(1 + (COUNT - df + 0.5) / (df + 0.5))
        attainable += idf
        squares += idf * idf * df / COUNT
    b = {id: keyword.get(id, 0) for id in candidates}
    most = max(b.values())
    wb = 0.6 * min(1, most / attainable / 0.15) * min(most / math.sqrt(squares), 10) / most if most else 0
    mean = [sum(vector[axis] for vector in vectors.values()) / COUNT for axis in range(DIMENSION)]
    mu = dot(mean, center)
    rho = (max(cosine[id] for id in candidates) - mu) / (1 - mu)
    gate = max(0, min(1, 2 * rho / math.sqrt(2 * math.log(COUNT) / DIMENSION) - 2.5)) if most else 1
    wd = gate / 0.10
    wb, wd = wb * 2 * weights[0] / sum(weights), wd * 2 * weights[1] / sum(weights)
    s = {id: wb * b[id] + wd * cosine[id] for id in candidates}
    near = sorted(candidates, key=lambda id: (-s[id], -cosine[id], id))[:2]
    m = [sum(vectors[id][axis] for id in near) / len(near) for axis in range(DIMENSION)]
    if wd:
        s = {id: s[id] + 0.2 * wd * (dot(m, vectors[id]) - cosine[id]) for id in candidates}
    return sorted(s.items(), key=lambda entry: (-entry[1], -cosine[entry[0]], entry[0])), keyword, cosine, (by_words, by_meaning)


@pytest.mark.parametrize("depth", [3, 10, 100])
@pytest.mark.parametrize("query", ["alder", "birch cedar damson", "hazel iris alder larch kale", "nothing alder", "nothing"])
def test_sums_and_order_are_those_of_the_formula(mixed, query, depth):
    box, _, _, center = mixed
    expected, keyword, cosine, (by_words, by_meaning) = formula(mixed, query, depth)
    # A page that is longer than the depth deepens it.
    hits = ask(box, query=query, embedding=center, fusion="calibrated", depth=depth, limit=depth)["hits"]
    assert len(hits) == min(depth, len(expected))
    sums = dict(expected)
    for hit in hits:
        id = hit["doc_id"]
        assert hit["fusion_score"] == pytest.approx(sums[id], abs=2e-4), id
        assert hit["score"] == pytest.approx(1 / (1 + math.exp((5 - hit["fusion_score"]) / 2)), abs=1e-9)
        # Both scores are told whoever found it; a rank only by the list it stands in.
        assert hit["bm25_score"] == pytest.approx(keyword.get(id, 0), abs=1e-6)
        assert hit["vector_score"] == pytest.approx(cosine[id], abs=1e-5)
        assert hit.get("bm25_rank") == (by_words.index(id) + 1 if id in by_words else None)
        assert hit.get("vector_rank") == (by_meaning.index(id) + 1 if id in by_meaning else None)
    told = [hit["fusion_score"] for hit in hits]
    assert told == sorted(told, reverse=True)
    assert told == pytest.approx([sum for _, sum in expected[:depth]], abs=2e-4)


def test_weights_shift_the_legs(mixed):
    box, _, _, center = mixed
    expected, *_ = formula(mixed, "birch cedar damson", 100, weights=(0.8, 0.2))
    hits = ask(
        box, query="birch cedar damson", embedding=center, fusion="calibrated", bm25_weight=0.8, vector_weight=0.2,
        limit=200)["hits"]
    sums = dict(expected)
    assert all(hit["fusion_score"] == pytest.approx(sums[hit["doc_id"]], abs=2e-4) for hit in hits)


def test_an_explanation_adds_up_to_the_hit(mixed):
    box, _, _, center = mixed
    request = {"query": "birch cedar damson", "embedding": center, "fusion": "calibrated", "depth": 20}
    hits = ask(box, limit=20, **request)["hits"]
    assert len(hits) == 20 and any("bm25_rank" not in hit for hit in hits)
    for hit in hits:
        answer = box.appliance.call(
            "POST", "/v1/search:explain", {"collection": "mixed", "typos": False, "document_id": hit["doc_id"], **request},
            box.alder)
        assert answer.status == 200, answer.text
        fusion = answer.json["fusion"]
        assert fusion["method"] == "calibrated"
        total = fusion["bm25"]["contribution"] + fusion["vector"]["contribution"] + fusion["feedback"]["contribution"]
        assert total == pytest.approx(hit["fusion_score"], abs=1e-9) and fusion["fusion_score"] == hit["fusion_score"]
        assert fusion["bm25"]["scale"] * fusion["bm25"]["score"] == pytest.approx(fusion["bm25"]["contribution"], abs=1e-9)


def test_without_vectors_it_is_the_order_of_words(mixed):
    box, *_ = mixed
    words = [hit["doc_id"] for hit in ask(box, query="alder fir", mode="bm25", limit=50)["hits"]]
    calibrated = [hit["doc_id"] for hit in ask(box, query="alder fir", mode="bm25", fusion="calibrated", limit=50)["hits"]]
    assert calibrated == words


def test_pages_are_cut_from_one_list(mixed):
    box, _, _, center = mixed
    request = {"query": "alder fir gorse", "embedding": center, "fusion": "calibrated", "depth": 40}
    whole = [hit["doc_id"] for hit in ask(box, limit=40, **request)["hits"]]
    paged, cursor = [], None
    while len(paged) < 40:
        page = ask(box, limit=7, **request, **({"cursor": cursor} if cursor else {}))
        paged += [hit["doc_id"] for hit in page["hits"]]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert paged[:40] == whole
