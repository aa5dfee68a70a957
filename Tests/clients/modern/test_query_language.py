"""The query language, typos, prefixes and suggestions: over REST, MCP and the command line."""

import asyncio
import json

import pytest

from official import connected

LIBRARY = {
    "ml": ("Machine learning", "Machine learning finds patterns in data. Learning machines learn."),
    "deep": ("Deep networks", "A network of many layers learns from machine data."),
    "draft": ("Draft", "A draft about machine learning, not yet machine checked."),
    "garden": ("Gardening", "Machines are of little use when learning to prune roses."),
    "carrel": ("Carrel", "The private desk of a reader in a library."),
    "error": ("Codes", "ERR-4012 means that the disk is full; ERR-4013 means that it is gone."),
}


@pytest.fixture(scope="module")
def library(box):
    box.appliance.put(
        box.alder, [{"id": id, "title": title, "text": text} for id, (title, text) in LIBRARY.items()], "library")
    return box


def ask(box, query=None, **options):
    body = {"mode": "bm25", "collection": "library", **options}
    if query is not None:
        body |= {"query": query, "syntax": options.get("syntax", "query")}
    answer = box.appliance.call("POST", "/v1/search", body, box.alder)
    assert answer.status == 200, answer.text
    return answer.json


def found(answer):
    return {hit["doc_id"] for hit in answer["hits"]}


MEANINGS = [
    ("carrel disk", {"carrel", "error"}),
    ('"machine learning"', {"ml", "draft"}),
    ('"learning machine"~1', {"ml", "deep"}),
    ('"learning machine"~2', {"ml", "deep", "draft"}),
    ("+machine -draft", {"ml", "deep", "garden"}),
    ("machine AND learning", {"ml", "deep", "draft", "garden"}),
    ("machine AND patterns", {"ml"}),
    ("(roses OR patterns) AND machine", {"ml", "garden"}),
    ("machine NOT (roses OR draft)", {"ml", "deep"}),
    ("title:draft", {"draft"}),
    ('title:"machine learning"', {"ml"}),
    ("title:(deep draft)", {"deep", "draft"}),
    ("patt*", {"ml"}),
    ("title:gard*", {"garden"}),
    ("pattrens~", {"ml"}),
    ("pattrns~1", {"ml"}),
    ("paterms~1", set()),
    ("paterms~2", {"ml"}),
    ("(roses patterns layers private)~2", set()),
    ("(layers network roses)~2", {"deep"}),
    ("-machine", {"carrel", "error"}),
    ("*", set(LIBRARY)),
    ("+ERR-4012", {"error"}),
    ('"ERR 4013 means"', {"error"}),
]


@pytest.mark.parametrize("query, ids", MEANINGS, ids=[query for query, _ in MEANINGS])
def test_what_operators_mean(library, query, ids):
    answer = ask(library, query)
    assert found(answer) == ids
    assert answer["total"] == len(ids) and answer["warnings"] == []


def test_plain_words_do_not_care_for_the_syntax(library):
    for query in ("machine learning", "how do machines learn?", "learning, machine learning"):
        texts = [json.dumps([hit["bm25_score"] for hit in ask(library, query, syntax=syntax)["hits"]]) for syntax in ("words", "query")]
        assert texts[0] == texts[1]
    # Under `words` nothing is an operator.
    assert "draft" in found(ask(library, "+machine -draft", syntax="words"))


def test_a_boost_moves_a_word_up(library):
    scores = {}
    for boost in ("1", "4"):
        hits = ask(library, f"roses^{boost}")["hits"]
        scores[boost] = hits[0]["bm25_score"]
    assert scores["4"] == pytest.approx(4 * scores["1"], rel=1e-6)


@pytest.mark.parametrize("query, place", [
    ('the "open end', 4), ("machine (learning", 8), ("machine )", 8), ("AND machine", 0), ("author:smith", 0), ("mach*ne", 0), ("roses~9", 5)])
def test_what_is_not_understood_is_words_and_is_told(library, query, place):
    answer = ask(library, query)
    assert any(f"character {place}:" in warning for warning in answer["warnings"]), answer["warnings"]


def test_a_tree_is_the_same_question(library):
    pairs = [
        ("+machine -draft", {"must": [{"term": "machine"}], "must_not": [{"term": "draft"}]}),
        ('"learning machine"~2', {"phrase": "learning machine", "slop": 2}),
        ("title:gard*^2", {"prefix": "gard", "field": "title", "boost": 2}),
        ("(layers network roses)~2", {"should": [{"words": "layers network roses"}], "minimum_should_match": 2}),
        ("pattrens~", {"fuzzy": "pattrens"}),
        ("*", {"everything": True}),
    ]
    for text, tree in pairs:
        by_text, by_tree = ask(library, text), ask(library, expression=tree)
        assert by_text["hits"] == by_tree["hits"] and by_text["hits"]


@pytest.mark.parametrize("tree, place", [
    ({}, "expression"),
    ([], "expression"),
    ({"term": "a", "words": "b"}, "expression"),
    ({"term": 1}, "expression.term"),
    ({"term": " "}, "expression.term"),
    ({"term": "a", "slop": 1}, "expression.slop"),
    ({"must": [{"term": "a"}, {"fuzzy": "b", "distance": 3}]}, "expression.must[1].distance"),
    ({"should": [{"must_not": [{"phrase": "a b", "field": "body"}]}]}, "expression.should[0].must_not[0].field"),
    ({"term": "a", "boost": 0}, "expression.boost"),
    ({"must": "a"}, "expression.must"),
])
def test_a_wrong_tree_is_an_error_that_names_its_place(library, tree, place):
    answer = library.appliance.call("POST", "/v1/search", {"expression": tree, "collection": "library"}, library.alder)
    assert answer.status == 400 and place in answer.json["detail"], answer.text


def test_trees_are_bounded(library):
    deep = {"term": "a"}
    for _ in range(29):
        deep = {"should": [deep]}
    for tree in (deep, {"should": [{"term": f"w{n}"} for n in range(1024)]}):
        answer = library.appliance.call("POST", "/v1/search", {"expression": tree, "collection": "library"}, library.alder)
        assert answer.status == 400, answer.text
    both = {"expression": {"term": "a"}, "query": "a"}
    assert library.appliance.call("POST", "/v1/search", both, library.alder).status == 400


def test_typos(library):
    answer = ask(library, "machien learning", syntax="words")
    assert answer["did_you_mean"] == "machine learning"
    assert any('"machien" does not occur; "machine"' in warning for warning in answer["warnings"])
    assert answer["hits"][0]["doc_id"] in ("ml", "draft")
    marked = [answer["hits"][0]["snippet"]]
    assert any("achine" in text for text in marked) and answer["hits"][0]["highlights"]
    # Words that are there are left alone, also where others are near; so are numbers, quoted and short words.
    assert "did_you_mean" not in ask(library, "machine learning")
    for query in ("ERR-4014", '"machien"', "dsk", "-machien machine"):
        answer = ask(library, query)
        assert "did_you_mean" not in answer and answer["warnings"] == [], query
    off = ask(library, "machien", typos=False)
    assert off["hits"] == [] and "did_you_mean" not in off
    # Nearer to a word counts for more than the mistake.
    assert ask(library, "machien")["hits"][0]["bm25_score"] < ask(library, "machine")["hits"][0]["bm25_score"]
    hybrid = ask(library, "machien lerning", syntax="words", mode="hybrid")
    assert hybrid["did_you_mean"] == "machine learning"


def test_a_correction_keeps_the_operators(library):
    answer = ask(library, '+machien -draft title:(lerning "deep x")^2')
    assert answer["did_you_mean"] == '+machine (title:(learning) title:"deep x")^2 -draft'
    assert found(ask(library, answer["did_you_mean"])) == found(answer) == {"ml", "deep", "garden"}


def test_a_word_of_another_collection_is_no_mistake(library):
    library.appliance.put(library.alder, [{"id": "x", "text": "carrels and carousels"}], "elsewhere")
    answer = library.appliance.search(library.alder, "carousels", mode="bm25")
    assert [hit["doc_id"] for hit in answer["hits"]] == ["x"] and "did_you_mean" not in answer


def test_explanations_tell_the_tree(library):
    body = {"query": '+machien "machine learning"^2', "syntax": "query", "mode": "bm25", "collection": "library"}
    hit = library.appliance.call("POST", "/v1/search", body, library.alder).json["hits"][0]
    answer = library.appliance.call("POST", "/v1/search:explain", {**body, "document_id": hit["doc_id"]}, library.alder)
    assert answer.status == 200, answer.text
    words = answer.json["bm25"]
    assert words["score"] == hit["bm25_score"] == words["tree"]["score"]
    assert [child["kind"] for child in words["tree"]["children"]] == ["synonym", "phrase"]
    assert sum(child["score"] for child in words["tree"]["children"]) == pytest.approx(words["score"], rel=1e-6)
    assert {term["term"] for term in words["terms"]} >= {"machin", "learn"}


def test_the_ranking_by_meaning_reads_the_words_alone(library):
    if not library.appliance.has_model:
        pytest.skip("no model")
    library.appliance.settle(library.alder)
    plain = ask(library, "machine learning", mode="vector")["hits"]
    operators = ask(library, '"machine learning" -draft', mode="vector")["hits"]
    assert [hit["vector_score"] for hit in plain] == [hit["vector_score"] for hit in operators]
    assert any("by meaning" in warning for warning in ask(library, "+machine -draft", mode="hybrid")["warnings"])


def test_pages_of_one_query_only(library):
    first = ask(library, "machine -roses", limit=1)
    second = ask(library, "machine -roses", limit=1, cursor=first["next_cursor"])
    assert found(first) != found(second)
    for other in ({"syntax": "words"}, {"typos": False}):
        body = {"query": "machine -roses", "syntax": "query", "mode": "bm25", "collection": "library", "limit": 1, "cursor": first["next_cursor"], **other}
        assert library.appliance.call("POST", "/v1/search", body, library.alder).status == 400


def test_suggestions(library):
    def suggest(query, status=200, **options):
        answer = library.appliance.call("POST", "/v1/suggest", {"query": query, "collection": "library", **options}, library.alder)
        assert answer.status == status, answer.text
        return answer.json

    answer = suggest("about mach")
    assert [(entry["text"], entry["word"], entry["passages"]) for entry in answer["completions"]] == [
        ("about machine", "machine", 3), ("about machines", "machines", 2)]
    assert [entry["word"] for entry in suggest("LEARN", limit=2)["completions"]] == ["learning", "learn"]
    assert suggest("machine ")["completions"] == suggest("")["completions"] == suggest("zzz")["completions"] == []
    suggest("x", 400, limit=51)
    suggest("x" * 5000, 400)
    suggest("x", 404, collection="none")
    assert library.appliance.call("POST", "/v1/suggest", {"query": "x"}).status == 401


def test_tools_and_command_line(library):
    async def go():
        async with connected(library.appliance, library.alder) as client:
            async def call(name, **arguments):
                result = await client.call_tool(name, {"collection": "library", **arguments})
                assert not result.is_error, result.content[0].text
                return result.structured_content

            assert found(await call("search_documents", query="+machine -draft")) == {"ml", "deep", "garden"}
            assert "draft" in found(await call("search_documents", query="+machine -draft", syntax="words"))
            answer = await call("search_documents", query="machien")
            assert answer["did_you_mean"] == "machine"
            assert (await call("search_documents", query="machien", typos=False))["hits"] == []
            assert (await call("hybrid_search", query="machien"))["did_you_mean"] == "machine"
            why = await call("explain_hit", query="+machine -draft", syntax="query", mode="bm25", document_id="ml")
            assert why["bm25"]["tree"]["kind"] in ("boolean", "term")

    asyncio.run(go())
    shared = ["--tenant", "alder", "--collection", "library", "--mode", "bm25", "--json"]
    answer = json.loads(library.appliance.run("search", *shared, "--syntax", "query", "+machine -draft").stdout)
    assert found(answer) == {"ml", "deep", "garden"}
    assert json.loads(library.appliance.run("search", *shared, "--no-typos", "machien").stdout)["hits"] == []
    shown = library.appliance.run("search", "--tenant", "alder", "--collection", "library", "machien")
    assert "did you mean: machine" in shown.stderr
