"""Filters, facets, sorting and deletion by metadata: the same language over REST, MCP and the command line."""

import asyncio
import json
import random
import time
from urllib.parse import quote

import pytest

from appliance import refused
from official import connected

COUNT = 60
TEAMS = ["hr", "legal", "sales"]


def book(n):
    """Every third speaks of herons; some fields are missing here and there."""
    metadata = {"year": 2000 + n % 20, "team": TEAMS[n % 3], "author": {"name": f"author {n % 4}"}, "open": n % 2 == 0,
                "tags": sorted({f"t{n % 5}", f"t{n % 7}"}), "published": f"2024-{1 + n % 12:02}-{1 + n % 28:02}"}
    if n % 10 == 0:
        del metadata["year"]
    return {"id": f"b{n:02}", "title": f"Book {n}", "text": "A heron wades." if n % 3 == 0 else "An otter swims.",
            "metadata": metadata}


BOOKS = [book(n) for n in range(COUNT)]

# Filters as text and as JSON, and what they mean.
FILTERS = [
    ("year = 2003", {"year": 2003}, lambda m: m.get("year") == 2003),
    ("year >= 2010 AND team != hr", {"year": {"$gte": 2010}, "team": {"$ne": "hr"}},
     lambda m: m.get("year", 0) >= 2010 and m["team"] != "hr"),
    ("year NOT EXISTS", {"year": {"$exists": False}}, lambda m: "year" not in m),
    ("tags = t3", {"tags": "t3"}, lambda m: "t3" in m["tags"]),
    ("tags IN [t1, t2] AND NOT open = true", {"tags": {"$in": ["t1", "t2"]}, "$not": {"open": True}},
     lambda m: {"t1", "t2"} & set(m["tags"]) and not m["open"]),
    ("(team = hr OR team = 'legal') AND year BETWEEN 2004 AND 2008",
     {"$or": [{"team": "hr"}, {"team": "legal"}], "year": {"$between": [2004, 2008]}},
     lambda m: m["team"] in ("hr", "legal") and 2004 <= m.get("year", 0) <= 2008),
    ("published >= 2024-06 AND published < 2024-09-15", {"published": {"$gte": "2024-06", "$lt": "2024-09-15"}},
     lambda m: "2024-06" <= m["published"] < "2024-09-15"),
    ('author.name IN ["author 1"] AND author EXISTS', {"author.name": {"$in": ["author 1"]}, "author": {"$exists": True}},
     lambda m: m["author"]["name"] == "author 1"),
]


@pytest.fixture(scope="module")
def shelf(box):
    box.appliance.put(box.alder, BOOKS, "shelf")
    box.appliance.put(box.birch, [{"id": "secret", "text": "A heron wades.", "metadata": {"year": 2003, "team": "spies"}}], "shelf")
    return box


def listed(box, token, path=""):
    """Every id of a listing, page by page, and the last answer."""
    found, cursor = [], None
    while True:
        more = f"&cursor={quote(cursor)}" if cursor else ""
        answer = box.appliance.call("GET", f"/v1/documents?collection=shelf&limit=7{path}{more}", token=token)
        assert answer.status == 200, answer.text
        found += [entry["doc_id"] for entry in answer.json["documents"]]
        assert answer.json["warnings"] == [], answer.text
        cursor = answer.json.get("next_cursor")
        if not cursor:
            return found, answer.json


def searched(box, token, **fields):
    answer = box.appliance.call("POST", "/v1/search", {"collection": "shelf", "limit": 1000, **fields}, token)
    assert answer.status == 200, answer.text
    return answer.json


def ids(answer):
    return [hit["doc_id"] for hit in answer["hits"]]


def passing(test, books=BOOKS):
    return [b["id"] for b in books if test(b["metadata"])]


@pytest.mark.parametrize("text,form,means", FILTERS, ids=[entry[0] for entry in FILTERS])
def test_one_language_at_every_door(shelf, text, form, means):
    wanted = passing(means)
    assert 0 < len(wanted) < COUNT
    assert listed(shelf, shelf.alder, f"&filter={quote(text)}")[0] == wanted
    herons = [b["id"] for b in BOOKS if "heron" in b["text"] and means(b["metadata"])]
    for filter in (text, form):
        answer = searched(shelf, shelf.alder, query="heron", mode="bm25", filter=filter)
        assert sorted(ids(answer)) == herons and answer["total"] == len(herons) and answer["total_relation"] == "exact"
        assert answer["warnings"] == []
        both = searched(shelf, shelf.alder, query="heron", filter=filter, depth=1000)
        assert set(herons) <= set(ids(both)) <= set(wanted)

    async def tools():
        async with connected(shelf.appliance, shelf.alder) as client:
            place = {"collection": "shelf", "limit": 50}
            found = [(await client.call_tool("search_documents", {**place, "query": "heron", "filter": filter})).structured_content
                     for filter in (text, form)]
            mixed = (await client.call_tool("hybrid_search", {**place, "query": "heron", "filter": form})).structured_content
            page = (await client.call_tool("list_documents", {**place, "filter": form})).structured_content
            return found, mixed, page
    found, mixed, page = asyncio.run(tools())
    assert [sorted(ids(answer)) for answer in found] == [herons, herons]
    assert set(herons) <= set(ids(mixed)) <= set(wanted)
    assert [entry["doc_id"] for entry in page["documents"]] == wanted[:50] and page["total"] == len(wanted)

    line = shelf.appliance.run("search", "--tenant", "alder", "--collection", "shelf", "--mode", "bm25", "--limit", "1000",
                               "--filter", text, "--json", "heron")
    assert sorted(ids(json.loads(line.stdout))) == herons


def test_an_error_points_at_the_character(shelf):
    wrong = "team = hr AND year = = 3"
    refused(shelf.appliance.call("POST", "/v1/search", {"query": "heron", "filter": wrong}, shelf.alder), 400, "invalid_argument",
            "at character 22", "expected a value after =", f"{wrong}\n{' ' * 21}^")
    refused(shelf.appliance.call("GET", f"/v1/documents?filter={quote(wrong)}", token=shelf.alder), 400, "invalid_argument", "at character 22")
    for form, words in [({"year": {"$gt": 1, "$near": 2}}, "filter.year.$near"), ({"$and": [{"a": 1}, {"b": [1]}]}, "filter.$and[1].b"),
                        ({"a": None}, "$exists"), ({}, "at least one"), ([], "string or an object"), ({"a": {"b": 1}}, "path")]:
        refused(shelf.appliance.call("POST", "/v1/search", {"query": "heron", "filter": form}, shelf.alder), 400, "invalid_argument", words)
    told = shelf.appliance.tool("search_documents", {"query": "heron", "filter": wrong}, shelf.alder)
    assert "at character 22" in json.dumps(told)
    line = shelf.appliance.run("search", "--tenant", "alder", "--filter", wrong, "heron", code=None)
    assert line.returncode == 1 and "at character 22" in line.stderr and f"\n{' ' * 21}^" in line.stderr


def test_what_fits_no_field_is_warned_of(shelf):
    answer = searched(shelf, shelf.alder, query="heron", mode="bm25", filter="yeer = 3")
    assert answer["hits"] == [] and "no document has a field yeer" in answer["warnings"][0] and "year" in answer["warnings"][0]
    answer = searched(shelf, shelf.alder, query="heron", mode="bm25", filter="year = 'x'", facets=["nope"], sort=["never"])
    assert any('"x" is no number' in text for text in answer["warnings"])
    assert any("facets: no document has a field nope" in text for text in answer["warnings"])
    assert any("sort: no document has a field never" in text for text in answer["warnings"])


def test_facets_count_documents(shelf):
    answer = searched(shelf, shelf.alder, query="heron", mode="bm25", limit=2, filter="open = true", facets=[
        "team", {"field": "tags", "limit": 3}, {"field": "year", "ranges": [{"to": 2005}, {"from": 2005, "to": 2010}, {"from": 2010}]},
        {"field": "published", "ranges": [{"from": "2024-03", "to": "2024-07-01"}]}])
    counted = [b["metadata"] for b in BOOKS if "heron" in b["text"] and b["metadata"]["open"]]
    assert answer["total"] == len(counted) and answer["total_relation"] == "exact" and len(answer["hits"]) == 2
    team, tags, year, published = answer["facets"]
    assert team == {"field": "team", "values": [{"value": "hr", "count": len(counted)}], "distinct": 1, "documents": len(counted), "missing": 0}
    by_tag = {tag: sum(tag in m["tags"] for m in counted) for tag in {t for m in counted for t in m["tags"]}}
    best = sorted(by_tag.items(), key=lambda entry: (-entry[1], entry[0]))[:3]
    assert [(entry["value"], entry["count"]) for entry in tags["values"]] == best and tags["distinct"] == len(by_tag)
    years = [m["year"] for m in counted if "year" in m]
    assert [entry["count"] for entry in year["ranges"]] == [
        sum(y < 2005 for y in years), sum(2005 <= y < 2010 for y in years), sum(y >= 2010 for y in years)]
    assert year["missing"] == len(counted) - len(years)
    assert published["ranges"] == [{"from": "2024-03", "to": "2024-07-01", "count": sum("2024-03" <= m["published"] < "2024-07" for m in counted)}]
    # Where meaning takes part, all that pass the filter are counted.
    for _ in range(600 if shelf.appliance.has_model else 1):
        everywhere = searched(shelf, shelf.alder, query="heron", embedding=[1.0] + [0.0] * 383, mode="vector", filter="open = true", facets=["team"])
        # The vectors come when they come.
        if not everywhere["degraded"]:
            break
        time.sleep(0.1)
    if shelf.appliance.has_model:
        assert sum(entry["count"] for entry in everywhere["facets"][0]["values"]) == sum(b["metadata"]["open"] for b in BOOKS)
    page = listed(shelf, shelf.alder, f"&filter={quote('open = true')}&facets=team,year")[1]
    assert page["total"] == 30 and [facet["field"] for facet in page["facets"]] == ["team", "year"]


def test_sorting_puts_what_lacks_the_field_last(shelf):
    for order, key in [("year", lambda m: m["year"]), ("year:desc", lambda m: -m["year"])]:
        having = sorted((b for b in BOOKS if "year" in b["metadata"]), key=lambda b: key(b["metadata"]))
        wanted = [b["id"] for b in having] + passing(lambda m: "year" not in m)
        assert listed(shelf, shelf.alder, f"&sort={order}")[0] == wanted
        herons = [id for id in wanted if int(id[1:]) % 3 == 0]
        found, cursor = [], None
        while True:
            answer = searched(shelf, shelf.alder, query="heron", mode="bm25", sort=[order], limit=6, **({"cursor": cursor} if cursor else {}))
            found += ids(answer)
            cursor = answer.get("next_cursor")
            if not cursor:
                break
        assert found == herons
    two = listed(shelf, shelf.alder, "&sort=team:desc,year")[0]
    assert two[:3] == [b["id"] for b in sorted((b for b in BOOKS if b["metadata"]["team"] == "sales" and "year" in b["metadata"]),
                                               key=lambda b: b["metadata"]["year"])][:3]


def test_a_cursor_belongs_to_its_filter_and_order(shelf):
    cursor = searched(shelf, shelf.alder, query="heron", mode="bm25", sort=["year"], filter="open = true", limit=3)["next_cursor"]
    for other in ({"sort": ["year:desc"], "filter": "open = true"}, {"sort": ["year"], "filter": "open = false"}, {"sort": ["year"]}):
        refused(shelf.appliance.call("POST", "/v1/search", {"query": "heron", "collection": "shelf", "mode": "bm25", "limit": 3, "cursor": cursor, **other},
                                     shelf.alder), 400, "invalid_cursor")
    refused(shelf.appliance.call("GET", f"/v1/documents?collection=shelf&sort=year&cursor={quote(cursor)}", token=shelf.alder), 400, "invalid_cursor")


def test_distinct_answers_each_value_once(shelf):
    answer = searched(shelf, shelf.alder, query="heron", mode="bm25", distinct="author.name", sort=["year"])
    assert len(answer["hits"]) == 4 == answer["total"]
    assert len({hit["metadata"]["author"]["name"] for hit in answer["hits"]}) == 4
    found, page = listed(shelf, shelf.alder, "&distinct=team")
    assert found == ["b00", "b01", "b02"] and page["total"] == 3


def test_a_value_of_another_type_is_kept_and_reported(shelf):
    box = shelf
    report = box.appliance.put(box.alder, [{"id": "n", "text": "One.", "metadata": {"size": 5}},
                                           {"id": "w", "text": "Two.", "metadata": {"size": "wide"}}], "sizes")
    assert report["added"] == 2 and any("size holds values of type number" in text for text in report["warnings"]), report
    assert box.appliance.document(box.alder, "w", "sizes").json["metadata"] == {"size": "wide"}
    fields = box.appliance.call("GET", "/v1/collections/sizes/fields", token=box.alder).json["fields"]
    assert fields == [{"name": "size", "type": "number", "declared": False, "documents": 2, "unfit": 1}]
    found = lambda filter: [entry["doc_id"] for entry in box.appliance.call(
        "GET", f"/v1/documents?collection=sizes&filter={quote(filter)}", token=box.alder).json["documents"]]
    assert (found("size > 1"), found("size EXISTS"), found("size = wide")) == (["n"], ["n", "w"], [])
    # Declared anew, what is there is read anew; the number is what does not fit now.
    told = box.appliance.call("PUT", "/v1/collections/sizes/fields", {"fields": {"size": "keyword", "later": "date"}}, box.alder)
    assert told.status == 200 and told.json["fields"] == [
        {"name": "later", "type": "date", "declared": True, "documents": 0, "unfit": 0},
        {"name": "size", "type": "keyword", "declared": True, "documents": 2, "unfit": 1}]
    assert (found("size = wide"), found("size > 1")) == (["w"], ["w"])
    report = box.appliance.put(box.alder, [{"id": "l", "text": "Three.", "metadata": {"later": "some day"}}], "sizes")
    assert any("later holds values of type date" in text for text in report["warnings"])
    for body, words in [({"fields": {}}, "required"), ({"fields": {"a": "text"}}, "keyword, number, date, boolean"), ({}, "required")]:
        refused(box.appliance.call("PUT", "/v1/collections/sizes/fields", body, box.alder), 400, "invalid_argument", words)
    refused(box.appliance.call("PUT", "/v1/collections/nowhere/fields", {"fields": {"a": "date"}}, box.alder), 404, "unknown_collection")


def test_documents_are_deleted_by_filter(shelf):
    box = shelf
    box.appliance.put(box.alder, [{"id": f"d{n}", "text": "Gone soon.", "metadata": {"n": n}} for n in range(40)], "drafts")
    left = lambda: box.appliance.ids(box.alder, "drafts")
    gone = lambda filter, place="?collection=drafts": box.appliance.call("POST", f"/v1/documents:delete{place}", {"filter": filter}, box.alder)
    # A field that no document has: refused, since turned round it would mean every document.
    refused(gone("m != 3"), 400, "invalid_argument", "no document has a field m", "nothing was deleted")
    refused(gone("n < 5", ""), 400, "invalid_argument", "no document has a field n")
    refused(gone("n = = 5"), 400, "invalid_argument", "at character 5")
    assert len(left()) == 40
    assert gone("n < 5").json["deleted"] == 5
    assert gone({"n": {"$in": [5, 6]}}).json["deleted"] == 2
    assert gone({"metadata": {"n": 7}}).json["deleted"] == 1
    assert box.appliance.tool("delete_documents", {"filter": "n BETWEEN 8 AND 9", "collection": "drafts"}, box.alder)["result"]["structuredContent"]["deleted"] == 2
    both = box.appliance.tool("delete_documents", {"filter": "n = 10", "ids": ["d10"], "collection": "drafts"}, box.alder)
    assert both["result"]["isError"]
    done = box.appliance.run("delete", "--tenant", "alder", "--collection", "drafts", "--filter", "n < 12", "--yes", "--json")
    assert json.loads(done.stdout)["deleted"] == 2
    assert "--yes" in box.appliance.run("delete", "--tenant", "alder", "--filter", "n < 12", code=2).stderr
    assert json.loads(box.appliance.run("delete", "--tenant", "alder", "d12", "nothing", "--json").stdout) == {"deleted": 1, "unknown": 1, "warnings": []}
    assert sorted(left()) == sorted(f"d{n}" for n in range(13, 40))
    assert [entry["doc_id"] for entry in box.appliance.call("GET", "/v1/documents?collection=drafts&filter=n%20%3C%2015", token=box.alder).json["documents"]] == ["d13", "d14"]


def test_a_user_is_asked_before_a_filter_deletes(shelf):
    box = shelf
    box.appliance.put(box.alder, [{"id": f"q{n}", "text": "Asked about.", "metadata": {"n": n}} for n in range(6)], "asked")
    questions = []

    async def go():
        async def on_elicit(context, params):
            questions.append(params.message)
            from mcp.types import ElicitResult
            return ElicitResult(action="decline" if len(questions) == 1 else "accept", content=None if len(questions) == 1 else {"ok": True})
        async with connected(box.appliance, box.alder, elicitation_callback=on_elicit) as client:
            call = {"filter": "n >= 4", "collection": "asked"}
            kept = (await client.call_tool("delete_documents", call)).structured_content
            gone = (await client.call_tool("delete_documents", call)).structured_content
            return kept, gone
    kept, gone = asyncio.run(go())
    assert kept["deleted"] == 0 and "declined" in kept["warnings"][0] and gone["deleted"] == 2
    assert all("n >= 4" in question and "There are 2" in question and "asked" in question for question in questions)


def test_no_tenant_sees_the_fields_or_documents_of_another(shelf):
    box = shelf
    answer = searched(box, box.alder, query="heron", mode="bm25", filter="team = spies", facets=["team"])
    assert answer["hits"] == [] and "secret" not in json.dumps(answer) and "spies" not in json.dumps(answer["facets"])
    assert ids(searched(box, box.birch, query="heron", mode="bm25", filter="year = 2003")) == ["secret"]
    told = searched(box, box.birch, query="heron", mode="bm25", filter="tags = t1")
    assert told["hits"] == [] and "author" not in json.dumps(told["warnings"])
    assert [field["name"] for field in box.appliance.call("GET", "/v1/collections/shelf/fields", token=box.birch).json["fields"]] == ["team", "year"]
    assert box.appliance.call("POST", "/v1/documents:delete?collection=shelf", {"filter": "team = hr"}, box.birch).json["deleted"] == 0
    assert len(box.appliance.ids(box.alder, "shelf")) == COUNT


def test_columns_come_back_after_a_restart(fresh):
    """Types stay what they were, although the document that gave them is gone, and so do the answers."""
    appliance = fresh(CARREL_MODEL="/nonexistent")
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme")
    appliance.put(token, [{"id": "first", "text": "x", "metadata": {"code": 7}}], "c")
    appliance.put(token, [{"id": f"e{n}", "text": "heron", "metadata": {"code": n if n % 2 else f"x{n}", "day": "2024-01-02"}} for n in range(50)], "c")
    appliance.call("DELETE", "/v1/documents/first", token=token)
    shuffled = list(range(50))
    random.Random(7).shuffle(shuffled)
    for n in shuffled[:20]:
        appliance.put(token, [{"id": f"e{n}", "text": "heron again", "metadata": {"code": 1000 + n}}], "c")

    def state():
        ask = {"query": "heron", "mode": "bm25", "limit": 100, "detail": "ids", "sort": ["code:desc"], "facets": ["day", "code"], "filter": "code > 10"}
        answer = appliance.search(token, ask.pop("query"), **ask)
        answer.pop("took_ms")
        return answer, appliance.call("GET", "/v1/collections/c/fields", token=token).json
    before = state()
    assert before[0]["total"] > 20
    appliance.stop()
    appliance.start()
    assert state() == before
