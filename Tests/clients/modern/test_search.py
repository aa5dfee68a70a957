"""Search at its edges: nothing there, too common, too long, too many, too deep."""

import math
import random
import unicodedata

import pytest

NUMBERS = 384


@pytest.fixture(scope="module")
def birds(box):
    documents = [
        {"id": f"bird-{n:03}", "title": f"Sighting {n}",
         "text": f"Observer {n} wrote about birds{' and larks' * (n % 2 == 0)} near the river, " + "again " * (n % 7) + f"entry{n}."}
        for n in range(130)
    ]
    box.appliance.put(box.alder, documents, "birds")
    return box


@pytest.fixture
def many(birds):
    """130 documents in a collection of their own; even ones speak of larks, all of birds.

    No passage of the tenant waits for a vector, also not one that a test before wrote elsewhere: a vector that arrives
    between two searches changes the index and so its fingerprint.
    """
    birds.appliance.settle(birds.alder)
    return birds


def ids(answer):
    return [hit["doc_id"] for hit in answer["hits"]]


def test_an_empty_collection(box):
    assert box.appliance.call("POST", "/v1/collections", {"name": "empty"}, box.alder).status == 201
    for mode in ("hybrid", "bm25", "vector"):
        answer = box.appliance.search(box.alder, "anything", collection="empty", mode=mode)
        assert answer["hits"] == [] and answer["total"] == 0 and "next_cursor" not in answer


def test_a_tenant_without_documents(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme")
    for mode in ("hybrid", "bm25", "vector"):
        assert appliance.search(token, "anything", mode=mode)["hits"] == []
    assert appliance.ids(token) == []
    assert appliance.call("GET", "/v1/collections", token=token).json["collections"] == []


@pytest.mark.parametrize("query", ["the of and a", "!!! ??? ...", " ", "\n\t", "🦜🦜🦜", "\u200b", "%", "\\", "a" * 5000, "\u0301" * 300, "ﷺ" * 50])
def test_odd_queries(box, query):
    for mode in ("hybrid", "bm25", "vector"):
        answer = box.appliance.call("POST", "/v1/search", {"query": query, "mode": mode}, box.alder)
        assert answer.status == 200, answer.text


def test_common_words_are_words(box):
    box.appliance.put(box.alder, [{"id": "hamlet", "text": "to be or not to be"}, {"id": "other", "text": "nothing of it"}], "verse")
    assert ids(box.appliance.search(box.alder, "to be or not to be", collection="verse", mode="bm25")) == ["hamlet"]


def test_a_query_of_100_kilobytes(many):
    query = " ".join(f"word{n}" for n in range(12_000))
    query = "entry42 " + query
    assert 100_000 < len(query) <= 128 << 10
    for mode in ("hybrid", "bm25"):
        answer = many.appliance.search(many.alder, query, collection="birds", mode=mode)
        assert "bird-042" in ids(answer)
        assert any("1024" in warning.replace(",", "") for warning in answer["warnings"])


@pytest.mark.parametrize("embeds", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_document_of_500_passages_is_one_hit(fresh, embeds):
    appliance = fresh(**({} if embeds else {"CARREL_MODEL": "/nowhere"}))
    appliance.tenant("acme")
    appliance.start()
    if embeds and not appliance.has_model:
        pytest.skip("no embedding model here")
    token = appliance.token("acme")
    text = "".join(f"## Section {n}\n\n" + f"The albatross of section {n} crosses the ocean. " * 25 + "\n\n" for n in range(500))
    appliance.put(token, [{"id": "epic", "title": "Albatross", "text": text}, {"id": "short", "text": "An albatross."}])
    appliance.settle(token)
    [info] = appliance.call("GET", "/v1/collections", token=token).json["collections"]
    assert info["documents"] == 2 and info["passages"] >= 500
    for mode in ("hybrid", "bm25", "vector"):
        answer = appliance.search(token, "albatross", mode=mode, depth=1000, limit=1000)
        assert sorted(ids(answer)) == ["epic", "short"], mode
        assert answer["total"] == 2
    hit = next(hit for hit in appliance.search(token, "albatross section 250", mode="bm25")["hits"] if hit["doc_id"] == "epic")
    whole = appliance.document(token, "epic").json["text"]
    assert whole == text
    assert "250" in whole[hit["passage"]["start"]:hit["passage"]["end"]]


def test_a_document_without_a_vector(fresh):
    """Without a model nothing is embedded, but for what comes with a vector of its own."""
    appliance = fresh(CARREL_MODEL="/nowhere")
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme")
    random.seed(7)
    vector = [random.gauss(0, 1) for _ in range(NUMBERS)]
    appliance.put(token, [{"id": "with", "text": "petrel", "embedding": vector}, {"id": "without", "text": "petrel and more petrel"}])
    answer = appliance.search(token, "petrel", embedding=vector)
    assert sorted(ids(answer)) == ["with", "without"]
    hits = {hit["doc_id"]: hit for hit in answer["hits"]}
    assert hits["with"]["vector_rank"] == 1 and hits["with"]["vector_score"] == pytest.approx(1, abs=1e-2)
    assert "vector_rank" not in hits["without"] and hits["without"]["vector_score"] == 0
    assert answer["warnings"], "it says that a passage waits"
    plain = appliance.search(token, "petrel")
    assert plain["degraded"] and sorted(ids(plain)) == ["with", "without"] and plain["hits"][0]["score"] == 1
    assert ids(appliance.search(token, "x", mode="vector", embedding=vector)) == ["with"]


@pytest.mark.parametrize("mode", ["bm25", "hybrid", "vector"])
@pytest.mark.parametrize("limit", [1, 7, 40])
def test_pages_hold_everything_once(many, mode, limit):
    if mode != "bm25" and not many.appliance.has_model:
        mode = "bm25"
    found, cursor, fingerprints = [], None, set()
    for _ in range(200):
        fields = {"cursor": cursor} if cursor else {}
        answer = many.appliance.search(many.alder, "birds near the river", collection="birds", mode=mode, limit=limit, depth=200, **fields)
        assert len(answer["hits"]) <= limit
        found += ids(answer)
        fingerprints.add(answer["index_fingerprint"])
        cursor = answer.get("next_cursor")
        if not cursor:
            break
    assert len(found) == len(set(found)) == 130 and len(fingerprints) == 1
    at_once = many.appliance.search(many.alder, "birds near the river", collection="birds", mode=mode, limit=200, depth=200)
    assert ids(at_once) == found


def test_pages_of_hybrid_end_at_the_depth_with_a_warning(many):
    answer = many.appliance.search(many.alder, "birds", collection="birds", limit=100, depth=100)
    if not many.appliance.has_model:
        pytest.skip("no embedding model here")
    cursor = answer["next_cursor"] if "next_cursor" in answer else None
    last = answer
    while cursor:
        last = many.appliance.search(many.alder, "birds", collection="birds", limit=100, depth=100, cursor=cursor)
        cursor = last.get("next_cursor")
    assert last["warnings"] and any("depth" in warning for warning in last["warnings"])


def test_pages_that_end_early_say_so(fresh):
    appliance = fresh(CARREL_MODEL="/nowhere")
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme")
    appliance.bulk(token, [{"id": f"d{n}", "text": "garganey"} for n in range(10_500)])
    found, cursor = [], None
    while True:
        answer = appliance.search(token, "garganey", mode="bm25", limit=1000, **({"cursor": cursor} if cursor else {}))
        found += ids(answer)
        cursor = answer.get("next_cursor")
        if not cursor:
            break
    assert len(found) == len(set(found)) and answer["total"] == 10_500
    assert len(found) == 10_500 or answer["warnings"], "nothing is cut silently"


def test_a_cursor_of_another_request_is_refused(many):
    page = many.appliance.search(many.alder, "birds", collection="birds", mode="bm25", limit=5)
    for change in ({"query": "larks"}, {"mode": "hybrid"}, {"collection": "notes"}):
        fields = {"query": "birds", "collection": "birds", "mode": "bm25", "limit": 5, "cursor": page["next_cursor"], **change}
        assert many.appliance.call("POST", "/v1/search", fields, many.alder).status == 400, change
    for cursor in ("", "A", page["next_cursor"][:-3], "A" * len(page["next_cursor"])):
        fields = {"query": "birds", "collection": "birds", "mode": "bm25", "limit": 5, "cursor": cursor}
        assert many.appliance.call("POST", "/v1/search", fields, many.alder).status == 400, cursor


def test_a_cursor_outlives_a_change_and_says_so(box):
    box.appliance.put(box.alder, [{"id": f"c{n}", "text": "curlew " * (n + 1)} for n in range(6)], "changing")
    page = box.appliance.search(box.alder, "curlew", collection="changing", mode="bm25", limit=2)
    box.appliance.put(box.alder, [{"id": "c9", "text": "nothing of the kind"}], "changing")
    following = box.appliance.search(box.alder, "curlew", collection="changing", mode="bm25", limit=2, cursor=page["next_cursor"])
    assert any("index_changed" in warning for warning in following["warnings"])
    assert following["hits"] and following["index_fingerprint"] != page["index_fingerprint"]


def test_totals(many):
    answer = many.appliance.search(many.alder, "larks", collection="birds", mode="bm25", limit=3)
    assert answer["total"] == 65 and answer["total_relation"] == "exact" and len(answer["hits"]) == 3
    hybrid = many.appliance.search(many.alder, "larks", collection="birds", limit=3)
    assert hybrid["total_relation"] in ("at_least", "exact") and hybrid["total"] >= 65


def test_min_score(many):
    everything = many.appliance.search(many.alder, "larks entry42", collection="birds", limit=50)
    floor = everything["hits"][4]["score"]
    some = many.appliance.search(many.alder, "larks entry42", collection="birds", limit=50, min_score=floor)
    assert ids(some) == [hit["doc_id"] for hit in everything["hits"] if hit["score"] >= floor]
    assert many.appliance.search(many.alder, "larks", collection="birds", min_score=0)["hits"]
    assert all(hit["score"] == 1 for hit in many.appliance.search(many.alder, "larks", collection="birds", min_score=1)["hits"])


def test_min_vector_score(many):
    if not many.appliance.has_model:
        answer = many.appliance.search(many.alder, "larks", collection="birds", min_vector_score=0.5)
        assert any("min_vector_score" in warning for warning in answer["warnings"])
        return
    answer = many.appliance.search(many.alder, "larks", collection="birds", min_vector_score=0.3)
    assert answer["hits"] and all(hit["vector_score"] >= 0.3 for hit in answer["hits"])
    assert many.appliance.search(many.alder, "larks", collection="birds", min_vector_score=0.999)["hits"] == []


def test_scores_are_the_fusion_of_ranks(many):
    if not many.appliance.has_model:
        pytest.skip("no embedding model here")
    for weights in ({}, {"bm25_weight": 3, "vector_weight": 1}, {"k": 10}):
        answer = many.appliance.search(many.alder, "larks at the river entry42", collection="birds", limit=50, **weights)
        total = weights.get("bm25_weight", 1) + weights.get("vector_weight", 1)
        w1, w2, k = weights.get("bm25_weight", 1) / total, weights.get("vector_weight", 1) / total, weights.get("k", 60)
        for hit in answer["hits"]:
            raw = sum(weight / (k + hit[rank]) for weight, rank in ((w1, "bm25_rank"), (w2, "vector_rank")) if rank in hit)
            assert hit["fusion_score"] == pytest.approx(raw, rel=1e-6)
            assert hit["score"] == pytest.approx(raw * (k + 1), rel=1e-6)
            assert ("bm25_rank" in hit) or hit["bm25_score"] == 0
        scores = [hit["score"] for hit in answer["hits"]]
        assert scores == sorted(scores, reverse=True)


def test_min_max_fusion(many):
    answer = many.appliance.search(many.alder, "larks entry42", collection="birds", fusion="minmax")
    assert answer["hits"][0]["doc_id"] == "bird-042"
    assert all(0 <= hit["score"] <= 1 for hit in answer["hits"])


def test_weights_silence_a_leg(many):
    keyword = ids(many.appliance.search(many.alder, "larks entry42", collection="birds", vector_weight=0, limit=5))
    assert keyword == ids(many.appliance.search(many.alder, "larks entry42", collection="birds", mode="bm25", limit=5))


def test_details(many):
    fields = {"collection": "birds", "limit": 2, "mode": "bm25"}
    bare = many.appliance.search(many.alder, "larks", detail="ids", **fields)["hits"][0]
    assert "snippet" not in bare and "text" not in bare and bare["doc_id"]
    snippet = many.appliance.search(many.alder, "larks", detail="snippets", **fields)["hits"][0]
    assert "larks" in snippet["snippet"] and "text" not in snippet
    full = many.appliance.search(many.alder, "larks", detail="full", **fields)["hits"][0]
    assert full["text"] == many.appliance.document(many.alder, full["doc_id"], "birds").json["text"]


def test_equal_requests_have_equal_answers(many):
    first, second = (many.appliance.search(many.alder, "larks by the river", collection="birds", limit=50) for _ in range(2))
    for name in ("hits", "total", "warnings", "index_fingerprint"):
        assert first[name] == second[name]


def test_stemming_folding_and_case(box):
    box.appliance.put(box.alder, [{"id": "accents", "text": "Crème brûlée à la façon d'Évreux; regulations of the EXCHANGE."}], "words")
    for query in ("creme brulee", "CRÈME", "regulation", "regulated", "exchanges", "facon"):
        assert ids(box.appliance.search(box.alder, query, collection="words", mode="bm25")) == ["accents"], query


def test_keyword_scores_are_lucenes(box):
    """One combined field: the title twice, then the content; k1 1.2, b 0.75."""
    box.appliance.put(box.alder, [
        {"id": "s1", "title": "", "text": "plover plover dunlin"}, {"id": "s2", "title": "", "text": "plover knot"},
        {"id": "s3", "title": "", "text": "knot dunlin godwit turnstone"}], "scores")
    answer = box.appliance.search(box.alder, "plover", collection="scores", mode="bm25")
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    for hit, (tf, length) in zip(answer["hits"], [(2, 3), (1, 2)]):
        # Lengths below 40 are exact in the one-byte norm.
        norm = 1.2 * (1 - 0.75 + 0.75 * length / (9 / 3))
        assert hit["bm25_score"] == pytest.approx(idf * tf / (tf + norm), rel=1e-5), hit["doc_id"]


def test_several_collections_are_searched_together(many):
    answer = many.appliance.search(many.alder, "larks Quillbank", mode="bm25", limit=100)
    assert {"birds", "notes"} <= {hit["collection"] for hit in answer["hits"]}
    scores = [hit["score"] for hit in answer["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_an_id_in_several_collections(box):
    for name in ("one", "two"):
        box.appliance.put(box.alder, [{"id": "double", "text": name}], name)
    answer = box.appliance.document(box.alder, "double")
    assert answer.status == 409 and "one" in answer.json["detail"] and "two" in answer.json["detail"]
    assert box.appliance.document(box.alder, "double", "two").json["text"] == "two"


@pytest.mark.parametrize("id", ["a/b/c.md", "with space", "ünï/cödé", "%2F", "a?b#c", "🦜", "x" * 512, 'quote"d', "tab\there"])
def test_odd_ids(box, id):
    from urllib.parse import quote
    box.appliance.put(box.alder, [{"id": id, "text": "an odd id"}], "odd")
    assert box.appliance.document(box.alder, id, "odd").json["doc_id"] == id
    hit = next(hit for hit in box.appliance.search(box.alder, "odd", collection="odd", mode="bm25", limit=100)["hits"] if hit["doc_id"] == id)
    assert hit["uri"].startswith("search://documents/odd/")
    answer = box.appliance.call("DELETE", f"/v1/documents/{quote(id, safe='')}?collection=odd", token=box.alder)
    assert answer.json["deleted"] == 1


def test_ids_are_bytes(box):
    """Two ways of writing one letter are two ids, in one call and in several."""
    composed, decomposed = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")
    report = box.appliance.put(box.alder, [{"id": composed, "text": "first form"}, {"id": decomposed, "text": "second form"}], "forms")
    assert report["added"] == 2
    assert sorted(box.appliance.ids(box.alder, "forms")) == sorted([composed, decomposed])
    assert box.appliance.document(box.alder, composed, "forms").json["text"] == "first form"
    assert box.appliance.document(box.alder, decomposed, "forms").json["text"] == "second form"
    gone = box.appliance.tool("delete_documents", {"ids": [composed, decomposed], "collection": "forms"}, box.alder)
    assert gone["result"]["structuredContent"]["deleted"] == 2


@pytest.mark.parametrize("text", ["before\0after kestrel", "\ufeffkestrel", "k\u0301estrel kestrel", "kestrel\r\n\r\n", "a" * 1_000_000 + " kestrel", "kestrel " * 100_000])
def test_odd_texts_come_back_whole(box, text):
    box.appliance.call("PUT", "/v1/documents/text?collection=texts", {"title": "T\0", "text": text, "metadata": {"k": "\0"}}, box.birch)
    document = box.appliance.document(box.birch, "text", "texts").json
    assert (document["title"], document["text"], document["metadata"]) == ("T\0", text, {"k": "\0"})
    assert ids(box.appliance.search(box.birch, "kestrel", collection="texts", mode="bm25")) == ["text"]


@pytest.mark.parametrize("id", [".", ".."])
def test_ids_that_paths_cannot_carry(box, id):
    """Clients resolve dots in paths; the tools take such ids as they are."""
    box.appliance.put(box.alder, [{"id": id, "text": "a dotted id"}], "odd")
    found = box.appliance.tool("retrieve_document", {"document_id": id, "collection": "odd"}, box.alder)
    assert found["result"]["structuredContent"]["doc_id"] == id
    gone = box.appliance.tool("delete_documents", {"ids": [id], "collection": "odd"}, box.alder)
    assert gone["result"]["structuredContent"]["deleted"] == 1


def test_an_update_replaces_whole(box):
    put = lambda text: box.appliance.call("PUT", "/v1/documents/page?collection=pages", {"title": "Page", "text": text, "metadata": {"n": 1}}, box.alder)
    assert put("about sandpipers").status == 201
    assert put("about sandpipers").json["unchanged"] == 1
    assert put("about phalaropes").json["updated"] == 1
    assert ids(box.appliance.search(box.alder, "sandpipers", collection="pages", mode="bm25")) == []
    assert ids(box.appliance.search(box.alder, "phalaropes", collection="pages", mode="bm25")) == ["page"]
    assert box.appliance.call("PUT", "/v1/documents/page?collection=pages", {"title": "Only a title"}, box.alder).status == 200
    document = box.appliance.document(box.alder, "page", "pages").json
    assert (document["title"], document["text"], document["metadata"]) == ("Only a title", "", {})
    assert ids(box.appliance.search(box.alder, "only title", collection="pages", mode="bm25")) == ["page"]


def test_everything_survives_a_restart(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme")
    appliance.put(token, [{"id": f"d{n}", "title": f"T{n}", "text": f"avocet {n} " * (n % 5 + 1)} for n in range(200)])
    for n in range(0, 200, 3):
        appliance.call("DELETE", f"/v1/documents/d{n}", token=token)
    appliance.settle(token)
    before = [appliance.search(token, "avocet 7", limit=100, mode=mode) for mode in ("bm25", "hybrid")]
    assert appliance.stop() == 0
    appliance.start()
    after = [appliance.search(token, "avocet 7", limit=100, mode=mode) for mode in ("bm25", "hybrid")]
    for old, new in zip(before, after):
        assert old["hits"] == new["hits"] and old["index_fingerprint"] == new["index_fingerprint"]
