"""Receipts: every number behind a hit, computed again in here from the receipt alone, and checked by the server later."""

import hashlib
import json
import math
import random
import struct

import pytest

from appliance import refused

SEED = 11
DIMENSION = 384
COUNT = 70
WORDS = ["alder", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "iris", "juniper", "kale", "larch"]


def unit(vector):
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector]


def float32(number):
    """The binary32 that a leg's score is, of the fewest digits that tell it."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


@pytest.fixture(scope="module")
def grove(box):
    """Documents of a few words, some with a title, some of several passages, one without a word; most have a vector."""
    chance = random.Random(SEED)
    center = unit([chance.gauss(0, 1) for _ in range(DIMENSION)])
    vectors, documents = {}, []
    for number in range(COUNT):
        id = f"g{number:02}"
        text = " ".join(chance.choices(WORDS, k=chance.randint(2, 30)))
        if number % 9 == 0:
            text = "\n\n".join(" ".join(chance.choices(WORDS, k=200)) + "." for _ in range(3))
        document = {"id": id, "text": text, "metadata": {"year": 2000 + number % 20}}
        if number % 3 == 0:
            document["title"] = " ".join(chance.sample(WORDS, 2))
        if number % 6:
            share = chance.uniform(0, 0.8) if number % 2 else 0.05
            vectors[id] = unit([share * c + (1 - share) * chance.gauss(0, 1) / math.sqrt(DIMENSION) for c in center])
            document["embedding"] = vectors[id]
        documents.append(document)
    documents.append({"id": "wordless", "text": "--- ... ---"})
    box.appliance.put(box.alder, documents, "grove")
    # A vector that arrives is a change, after which a receipt is no longer equal.
    box.appliance.settle(box.alder)
    return box, vectors, center


def search(box, query=None, **options):
    body = {"collection": "grove", "detail": "ids", "receipts": True, **options}
    if query is not None:
        body["query"] = query
    answer = box.appliance.call("POST", "/v1/search", body, box.alder)
    assert answer.status == 200, answer.text
    return answer.json


def receipts(answer):
    found = [hit["receipt"] for hit in answer["hits"]]
    assert found
    return found


def verified(box, receipt, token=None):
    answer = box.appliance.call("POST", "/v1/search:explain", {"receipt": receipt}, token or box.alder)
    assert answer.status == 200, answer.text
    return answer.json


def verdict(box, receipt, token=None):
    return verified(box, receipt, token)["verification"]


def causes(found):
    return [reason["cause"] for reason in found["reasons"]]


def members(found):
    return [difference["member"] for difference in found["differences"]]


# The arithmetic, after docs/formats.md


def idf(passages, df):
    return math.log(1 + (passages - df + 0.5) / (df + 0.5)) if df else 0.0


def keyword_score(words):
    """BM25 from tf, df, the norm and the statistics; of a tree node by node."""
    inverse = lambda length, average: 1 / (words["k1"] * (1 - words["b"] + words["b"] * length / average))
    if "tree" in words:
        return node_score(words["tree"], words)
    norm = inverse(words["coded_length"], words["average_length"])
    assert norm == pytest.approx(words["norm_inverse"], rel=1e-6)
    total = 0.0
    for term in words["terms"]:
        weight = idf(words["passages"], term["df"])
        assert weight == pytest.approx(term["idf"], abs=1e-6)
        contribution = weight - weight / (1 + term["tf"] * norm)
        assert contribution == pytest.approx(term["contribution"], abs=1e-6)
        total += contribution
    return total


def node_score(node, words):
    if not node["matches"]:
        return 0.0
    if "children" in node:
        return sum(node_score(child, words) for child in node["children"])
    for term in node.get("terms", []):
        passages = words["titled_passages" if term.get("field") == "title" else "passages"]
        assert idf(passages, term["df"]) == pytest.approx(term["idf"], abs=1e-6)
    if node["kind"] == "everything":
        return node["weight"]
    return node["weight"] - node["weight"] / (1 + node["frequency"] * node["norm_inverse"])


def fused(receipt):
    """fusion_score and score from ranks and scores."""
    fusion = receipt["fusion"]
    legs = [(fusion[weight], fusion[leg]) for weight, leg in (("bm25_weight", "bm25"), ("vector_weight", "vector")) if leg in fusion]
    if fusion["method"] == "rrf":
        total = sum(weight / (fusion["k"] + leg["rank"]) for weight, leg in legs)
        return total, min(1, total * (fusion["k"] + 1))
    if fusion["method"] == "minmax":
        total = 0.0
        for weight, leg in legs:
            low, high, score = float32(leg["lowest"]), float32(leg["highest"]), float32(leg["score"])
            total += weight * ((score - low) / (high - low) if high > low else 1)
        return total, min(1, total)
    words, meaning, feedback = fusion["bm25"], fusion["vector"], fusion["feedback"]
    attainment = min(1, words["best"] / words["attainable"] / 0.15)
    scale = 2 * fusion["bm25_weight"] * words["weight"] * attainment * min(words["best"] / words["noise"], 10) / words["best"]
    rho = (meaning["best"] - meaning["mean_cosine"]) / (1 - meaning["mean_cosine"])
    nu = math.sqrt(2 * math.log(meaning["vectors"]) / meaning["dimension"])
    gate = max(0, min(1, 2 * rho / nu - 2.5))
    step = 2 * fusion["vector_weight"] * gate / meaning["deviation"]
    assert scale == pytest.approx(words["scale"], rel=1e-12) and step == pytest.approx(meaning["scale"], rel=1e-12)
    cosine = meaning["score"] if "score" in meaning else meaning["lowest"]
    total = scale * words["score"] + step * cosine + feedback["contribution"]
    return total, 1 / (1 + math.exp((5 - total) / 2))


REQUESTS = {
    "rrf": {"query": "birch cedar damson", "fusion": "rrf"},
    "weights": {"query": "birch cedar", "fusion": "rrf", "bm25_weight": 3, "vector_weight": 1, "k": 20, "depth": 15},
    "minmax": {"query": "birch hazel iris", "fusion": "minmax", "depth": 30},
    "calibrated": {"query": "birch cedar damson", "fusion": "calibrated", "depth": 20},
    "calibrated weights": {"query": "hazel iris", "fusion": "calibrated", "bm25_weight": 2, "vector_weight": 1},
    "words": {"query": "elder fir nowhere", "mode": "bm25", "typos": False},
    "misspelt": {"query": "ceddar hazle", "mode": "bm25"},
    "operators": {"query": "+birch title:cedar^2 \"fir gorse\"~3 ja*", "mode": "bm25", "syntax": "query"},
    "tree": {"expression": {"must": [{"term": "kale"}], "should": [{"phrase": "iris larch", "slop": 2}, {"everything": True}]},
             "mode": "bm25"},
    "meaning": {"query": "x", "mode": "vector"},
    "filter": {"query": "larch kale", "filter": "year >= 2005 AND year < 2015"},
    "floor": {"query": "larch kale", "min_vector_score": 0.1, "fusion": "minmax"},
    "diverse": {"query": "larch kale", "diversity": 0.4},
    "sorted": {"query": "larch kale", "sort": ["year:desc"]},
    "distinct": {"query": "larch kale", "distinct": "year"},
    "exact": {"query": "gorse", "exact": True, "limit": 20},
}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_numbers_of_a_receipt_give_its_score(grove, name):
    box, vectors, center = grove
    request = dict(REQUESTS[name])
    if request.get("mode") != "bm25":
        request["embedding"] = center
    answer = search(box, **request)
    compared = 0
    for place, hit in enumerate(answer["hits"]):
        receipt = hit["receipt"]
        assert receipt["format"] == "carrel.receipt/1" and receipt["doc_id"] == hit["doc_id"]
        assert receipt["rank"] == place + 1 and receipt["tenant_id"] == "alder"
        assert (receipt["score"], receipt["fusion_score"]) == (hit["score"], hit["fusion_score"])
        assert receipt["index"]["fingerprint"] == answer["index_fingerprint"]
        total, score = fused(receipt)
        assert total == pytest.approx(hit["fusion_score"], abs=1e-12)
        assert score == pytest.approx(hit["score"], abs=1e-12)
        words, meaning = receipt["bm25"], receipt["vector"]
        assert words["ran"] == (request.get("mode") != "vector") and meaning["ran"] == (request.get("mode") != "bm25")
        if "score" in words:
            compared += 1
            assert keyword_score(words) == pytest.approx(words["score"], abs=1e-6)
            if "bm25_rank" in hit:
                assert (words["rank"], words["score"]) == (hit["bm25_rank"], hit["bm25_score"])
        if "score" in meaning:
            compared += 1
            # The others have the model's, where there is one.
            if hit["doc_id"] in vectors:
                cosine = sum(x * y for x, y in zip(vectors[hit["doc_id"]], center))
                assert cosine == pytest.approx(meaning["score"], abs=1e-6)
            assert meaning.get("rank") == hit.get("vector_rank")
        if meaning["ran"]:
            assert meaning["query_sha256"] == hashlib.sha256(struct.pack(f"<{DIMENSION}f", *center)).hexdigest()
    assert compared >= len(answer["hits"])


@pytest.mark.parametrize("name", REQUESTS)
def test_a_receipt_holds_while_nothing_changes(grove, name):
    box, _, center = grove
    request = dict(REQUESTS[name])
    if request.get("mode") != "bm25":
        request["embedding"] = center
    for receipt in receipts(search(box, limit=request.pop("limit", 6), **request))[::2]:
        found = verified(box, receipt)
        assert found["verification"] == {
            "equal": True, "seal": "intact", "reasons": [], "difference_count": 0, "differences": []}
        assert found["receipt"] == receipt and found["doc_id"] == receipt["doc_id"]


def test_receipts_of_later_pages_hold(grove):
    box, _, center = grove
    for request in ({"embedding": center}, {"mode": "bm25"}, {"embedding": center, "diversity": 0.3}):
        first = search(box, "birch cedar fir", limit=5, **request)
        page = search(box, "birch cedar fir", limit=5, cursor=first["next_cursor"], **request)
        ranks = [receipt["rank"] for receipt in receipts(page)]
        assert ranks == [6, 7, 8, 9, 10]
        assert verdict(box, receipts(page)[2])["equal"]


def test_the_text_is_canonical_and_its_writer_does_not_matter(grove):
    box, _, center = grove
    raw = box.appliance.call(
        "POST", "/v1/search", {"collection": "grove", "query": "birch", "embedding": center, "receipts": True, "limit": 1},
        box.alder).text
    receipt = json.loads(raw)["hits"][0]["receipt"]
    text = raw[raw.index('"receipt":') + len('"receipt":'):]
    text = text[:json.JSONDecoder().raw_decode(text)[1]]
    names = list(json.loads(text))
    assert names == sorted(names) and " " not in text.replace(receipt["request"]["query"], "")
    # Shuffled, indented, and with integers written as fractions it is the same receipt.
    shuffled = dict(random.Random(SEED).sample(list(receipt.items()), len(receipt)))
    shuffled["rank"] = float(receipt["rank"])
    assert verdict(box, shuffled) == verdict(box, receipt)


def test_a_forged_number_is_named(grove):
    box, _, center = grove
    [receipt] = receipts(search(box, "birch cedar", embedding=center, limit=1))
    forgeries = {
        "bm25.terms[0].tf": lambda r: r["bm25"]["terms"][0].update(tf=99),
        "score": lambda r: r.update(score=0.5),
        "vector.score": lambda r: r["vector"].update(score=0.99),
        "fusion.bm25.rank": lambda r: r["fusion"]["bm25"].update(rank=2),
        "note": lambda r: r.update(note="I was here"),
        "bm25.terms[1].df": lambda r: r["bm25"]["terms"][1].pop("df"),
    }
    for member, forge in forgeries.items():
        forged = json.loads(json.dumps(receipt))
        forge(forged)
        found = verdict(box, forged)
        assert not found["equal"] and found["seal"] == "broken" and causes(found) == ["altered"], member
        assert members(found) == [member] and found["difference_count"] == 1
    # Without its seal, and what was left of it still agrees with the index.
    bare = {name: value for name, value in receipt.items() if name != "seal"}
    assert verdict(box, bare) | {"seal": "absent"} == verdict(box, bare) and verdict(box, bare)["equal"]
    bare["rank"] = 3
    found = verdict(box, bare)
    assert causes(found) == ["altered"] and found["differences"] == [{"member": "rank", "receipt": 3, "index": 1}]


def test_a_changed_index_is_said_to_be_changed(fresh):
    appliance = fresh(CARREL_MODEL="/nonexistent")
    appliance.tenant("cedar")
    appliance.start()
    token = appliance.token("cedar", scope="search,write,admin")
    appliance.put(token, [{"id": id, "text": text} for id, text in
                          {"a": "slow brown bear", "b": "brown bread", "c": "quick fox", "d": "brown fox", "e": "bear"}.items()], "notes")

    def ask(body):
        answer = appliance.call("POST", "/v1/search:explain", body, token)
        assert answer.status == 200, answer.text
        return answer.json

    def receipt(id):
        return ask({"query": "brown bear", "document_id": id, "mode": "bm25", "receipts": True})["receipt"]

    old = receipt("a")
    assert ask({"receipt": old})["verification"]["equal"]
    # After a restart the index is the same one.
    appliance.stop()
    appliance.start()
    assert ask({"receipt": old})["verification"]["equal"] and receipt("a") == old
    appliance.put(token, [{"id": "f", "text": "brown leaves"}], "notes")
    found = ask({"receipt": old})["verification"]
    assert found["seal"] == "intact" and causes(found) == ["changes"] and found["reasons"][0]["detail"].startswith("1 change")
    assert {"index.sequence", "index.fingerprint", "bm25.passages", "bm25.terms[0].df", "score"} & set(members(found)) >= {
        "index.sequence", "index.fingerprint", "bm25.passages", "bm25.terms[0].df"}
    # A changed index and a changed receipt are told apart.
    forged = json.loads(json.dumps(old))
    forged["bm25"]["k1"] = 9
    assert causes(ask({"receipt": forged})["verification"]) == ["altered", "changes"]
    # The document itself.
    old = receipt("a")
    appliance.put(token, [{"id": "a", "text": "slow brown bear again"}], "notes")
    assert causes(ask({"receipt": old})["verification"])[0] == "document_changed"
    old = receipt("b")
    appliance.put(token, [{"id": "b", "text": "white rice"}], "notes")
    answer = ask({"receipt": old})
    assert causes(answer["verification"]) == ["not_found"] and answer["excluded_by"] == "no_match"
    old = receipt("d")
    assert appliance.call("DELETE", "/v1/documents/d?collection=notes", token=token).status == 200
    answer = ask({"receipt": old})
    assert causes(answer["verification"]) == ["document_gone"] and answer["found"] is False
    # Settings.
    old = receipt("a")
    changed = appliance.call("PUT", "/v1/collections/notes/settings", {"k1": 0.3}, token)
    assert changed.status in (200, 202), changed.text
    found = ask({"receipt": old})["verification"]
    assert "settings" in causes(found) and "bm25.k1" in members(found)
    # The collection.
    old = receipt("a")
    assert appliance.call("DELETE", "/v1/collections/notes?confirm=notes", token=token).status == 200
    assert causes(ask({"receipt": old})["verification"]) == ["document_gone"]


def test_another_tenant_learns_nothing(grove):
    box, _, center = grove
    [receipt] = receipts(search(box, "birch cedar", embedding=center, limit=1))
    answer = box.appliance.call("POST", "/v1/search:explain", {"receipt": receipt}, box.birch)
    refused(answer, 404, "receipt_unknown")
    unheard = json.loads(json.dumps(receipt)) | {"tenant_id": "nobody", "doc_id": "none"}
    assert box.appliance.call("POST", "/v1/search:explain", {"receipt": unheard}, box.birch).json["detail"] == answer.json["detail"]
    tool = box.appliance.tool("explain_hit", {"receipt": receipt}, box.birch)
    assert tool["result"]["isError"] and "birch" not in tool["result"]["content"][0]["text"]
    # Under the name of the caller it is a question about the caller's own documents.
    own = receipt | {"tenant_id": "birch"}
    found = verified(box, own, box.birch)
    assert found["found"] is False and found["title"] == "" and found["verification"]["seal"] == "broken"
    assert causes(found["verification"]) == ["document_gone", "altered"]


def test_what_is_no_receipt_is_refused(grove):
    box, _, center = grove
    [receipt] = receipts(search(box, "birch", embedding=center, limit=1))
    ask = lambda body: box.appliance.call("POST", "/v1/search:explain", body, box.alder)
    refused(ask({"receipt": {}}), 400, "invalid_argument", "format")
    refused(ask({"receipt": "text"}), 400, "invalid_argument", "must be an object")
    refused(ask({"receipt": receipt | {"format": "carrel.receipt/2"}}), 400, "invalid_argument", "carrel.receipt/1")
    refused(ask({"receipt": receipt | {"request": {"query": "x", "depth": 0}}}), 400, "invalid_argument", "receipt.request.depth")
    refused(ask({"receipt": receipt | {"request": 5}}), 400, "invalid_argument", "request")
    refused(ask({"receipt": receipt, "query": "birch"}), 400, "invalid_argument", "query")
    refused(ask({"document_id": "g01"}), 400, "invalid_argument", "query")
    # Anything else in it is data.
    wild = receipt | {"bm25": [[[{}]]], "vector": None, "rank": "first", "index": {}, "seal": "A" * 5000, "more": "x" * 100_000}
    found = verdict(box, wild)
    assert not found["equal"] and found["seal"] == "broken"
    assert all(len(json.dumps(difference)) < 4_000 for difference in found["differences"])


def test_receipts_come_when_asked_for_and_are_bounded(grove):
    box, _, center = grove
    plain = search(box, "birch cedar", embedding=center, receipts=False)
    asked = search(box, "birch cedar", embedding=center)
    for hit in asked["hits"]:
        del hit["receipt"]
    assert asked["hits"] == plain["hits"] and asked["warnings"] == plain["warnings"]
    many = search(box, "birch cedar alder fir", embedding=center, limit=60)
    assert ["receipt" in hit for hit in many["hits"]] == [True] * 50 + [False] * (len(many["hits"]) - 50) and len(many["hits"]) > 50
    assert any("first 50 hits" in warning for warning in many["warnings"])
    # A tool's answer stays small: receipts give way, from the end.
    for name, more in (("hybrid_search", {"embedding": center}), ("search_documents", {})):
        result = box.appliance.tool(
            name, {"query": " ".join(WORDS), "collection": "grove", "limit": 20, "receipts": True, **more}, box.alder)["result"]
        hits = result["structuredContent"]["hits"]
        assert len(result["content"][0]["text"]) <= 32_000 and len(hits) == 20
        with_receipt = ["receipt" in hit for hit in hits]
        assert with_receipt[0] and not with_receipt[-1] and with_receipt == sorted(with_receipt, reverse=True)
        assert any("receipts were left out" in warning for warning in result["structuredContent"]["warnings"])


def test_a_tool_gives_and_checks_the_same_receipt(grove):
    box, _, center = grove
    request = {"query": "birch cedar", "collection": "grove", "fusion": "calibrated", "limit": 4}
    [*_, hit] = search(box, **{key: value for key, value in request.items() if key != "query"}, query="birch cedar", embedding=center)["hits"]
    call = lambda name, arguments: box.appliance.tool(name, arguments, box.alder)["result"]
    found = call("hybrid_search", request | {"embedding": center, "receipts": True})["structuredContent"]
    assert found["hits"][-1]["receipt"] == hit["receipt"]
    explained = call("explain_hit", request | {"embedding": center, "receipts": True, "document_id": hit["doc_id"]})["structuredContent"]
    assert explained["receipt"] == hit["receipt"] and explained["rank"] == 4
    again = call("explain_hit", {"receipt": hit["receipt"]})["structuredContent"]
    assert again["verification"]["equal"] and again["receipt"] == hit["receipt"]
    # What is in both is the same in both.
    for leg in ("bm25", "vector"):
        assert {name: explained[leg][name] for name in hit["receipt"][leg]} == hit["receipt"][leg]
    assert explained["fusion"] == hit["receipt"]["fusion"]
    forged = json.loads(json.dumps(hit["receipt"]))
    forged["bm25"]["terms"] = [{"term": "x" * 300, "tf": n} for n in range(2_000)]
    result = call("explain_hit", {"receipt": forged})
    assert len(result["content"][0]["text"]) <= 32_000
    assert result["structuredContent"]["verification"]["difference_count"] > 1_000


def test_commands_explain_and_verify_with_the_server_up_and_down(fresh, tmp_path):
    appliance = fresh(CARREL_MODEL="/nonexistent")
    appliance.tenant("cedar")
    appliance.start()
    token = appliance.token("cedar")
    appliance.put(token, [{"id": "deep/a", "title": "Bears", "text": "slow brown bear"}, {"id": "b", "text": "brown bread"}], "notes")
    kept = tmp_path / "receipt.json"
    all = tmp_path / "all.json"
    kept.write_text(appliance.run("explain", "notes/deep/a", "brown", "bear", "--mode", "bm25", "--receipt").stdout)
    all.write_text(appliance.run("search", "brown bear", "--mode", "bm25", "--receipts", "--json").stdout)
    assert json.loads(kept.read_text())["doc_id"] == "deep/a" and len(json.loads(all.read_text())["hits"]) == 2
    for state in ("up", "down"):
        shown = appliance.run("explain", "--collection", "notes", "deep/a", "brown bear").stdout
        assert "Bears" in shown and "number 1 of the answer" in shown and "brown: " in shown and "idf" in shown, shown
        assert "rrf" in appliance.run("search", "--receipts", "brown bear").stdout
        assert appliance.run("explain", "--verify", kept).stdout.startswith("equal  notes/deep/a"), state
        assert appliance.run("explain", "--verify", "-", input=all.read_text()).stdout.count("equal  ") == 2
        forged = json.loads(kept.read_text())
        forged["bm25"]["terms"][0]["tf"] = 7
        told = appliance.run("explain", "--verify", "-", input=json.dumps(forged), code=1).stdout
        assert told.startswith("differs  notes/deep/a") and "bm25.terms[0].tf: receipt 7, index 1" in told and "altered" in told, told
        asked = appliance.run("explain", "--verify", kept, "--json").stdout
        assert json.loads(asked)["verification"]["equal"] is True
        assert "no document" in appliance.run("explain", "notes/none", "brown", code=1).stderr
        if state == "up":
            appliance.stop()
    appliance.run("delete", "deep/a", "--collection", "notes")
    assert "not there any more" in appliance.run("explain", "--verify", kept, code=1).stdout
    appliance.run("explain", "deep-a", "brown", code=2)
    appliance.run("explain", "notes/b", code=2)
    appliance.run("explain", "--verify", kept, "notes/b", code=2)
    kept.write_text("{}")
    assert "holds no receipt" in appliance.run("explain", "--verify", kept, code=1).stderr
    kept.write_text("no json")
    assert "no JSON" in appliance.run("explain", "--verify", kept, code=1).stderr


SHAPES = {
    "boosts": {"boosts": [{"filter": "year >= 2010", "factor": 2}, {"filter": "year = 2004", "factor": 0.5}]},
    "decay": {"decay": [{"field": "year", "origin": 2012, "scale": 4}]},
    "pinned": {"pinned": ["g03", "g31"], "hidden": ["g04"]},
    "all": {"boosts": [{"filter": "year < 2009", "factor": 3}], "decay": [{"field": "year", "origin": 2001, "scale": 6}],
            "pinned": ["g10"], "hidden": ["g11"], "diversity": 0.3},
}


@pytest.mark.parametrize("fusion", ["rrf", "calibrated"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shaped_ranking_has_receipts_that_hold(grove, shape, fusion):
    box, _, center = grove
    answer = search(box, "larch kale", embedding=center, fusion=fusion, limit=5, **SHAPES[shape])
    for receipt in receipts(answer):
        assert receipt["shaping"] and verdict(box, receipt)["equal"]
        forged = json.loads(json.dumps(receipt))
        forged["shaping"]["factor"] = 17
        assert members(verdict(box, forged)) == ["shaping.factor"]


def test_the_moment_of_a_decay_is_kept(grove):
    box, _, center = grove
    box.appliance.put(
        box.alder, [{"id": f"t{n}", "text": "larch moment", "metadata": {"day": f"2026-0{n}-01"}} for n in range(1, 6)], "moments")
    box.appliance.settle(box.alder)
    body = {"query": "larch", "collection": "moments", "mode": "bm25", "receipts": True, "decay": [{"field": "day", "scale": "30d"}]}
    answer = box.appliance.call("POST", "/v1/search", body, box.alder).json
    for receipt in receipts(answer):
        assert receipt["request"]["decay"][0]["origin"] != "now"
        assert verdict(box, receipt)["equal"]
