"""Cursors: every list goes on to its end, and a cursor is good for its tenant, its list and its request alone."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from appliance import refused


@pytest.fixture(scope="module")
def lists(box):
    """Tenants with three of everything that is listed."""
    for token in (box.alder, box.birch):
        for number in range(3):
            box.appliance.put(token, [{"id": f"p{n}", "text": f"paged words {n}"} for n in range(3)], f"paged-{number}")
            assert box.appliance.bulk(token, [{"id": "u", "text": "x"}], f"?collection=paged-0&upload=up-{number}").status == 200
    return box


DOCUMENTS, COLLECTIONS, JOBS = "/v1/documents?collection=paged-1", "/v1/collections?", "/v1/jobs?"


def page(box, path, cursor=None, limit=1, token=None):
    target = f"{path}&limit={limit}" + (f"&cursor={quote(cursor)}" if cursor else "")
    return box.appliance.call("GET", target, token=token or box.alder)


def entries(answer):
    return next(answer.json[name] for name in ("documents", "collections", "jobs") if name in answer.json)


def name(entry):
    return entry.get("doc_id") or entry.get("name") or entry.get("id")


def walk(box, path, limit):
    found, cursor = [], None
    while True:
        answer = page(box, path, cursor, limit)
        assert answer.status == 200 and answer.json["warnings"] == [], answer.text
        assert 1 <= len(entries(answer)) <= limit
        found += [name(entry) for entry in entries(answer)]
        cursor = answer.json.get("next_cursor")
        if cursor is None:
            return found


@pytest.mark.parametrize("path", [DOCUMENTS, COLLECTIONS, JOBS])
def test_pages_join_to_the_whole(lists, path):
    whole = [name(entry) for entry in entries(page(lists, path, limit=500))]
    assert len(whole) >= 3
    for limit in (1, 2, 3):
        assert walk(lists, path, limit) == whole


def test_lists_are_in_order(lists):
    assert walk(lists, DOCUMENTS, 2) == ["p0", "p1", "p2"]
    collections = walk(lists, COLLECTIONS, 2)
    assert collections == sorted(collections)
    assert walk(lists, JOBS, 2)[:3] == ["up-2", "up-1", "up-0"], "the latest first"


@pytest.mark.parametrize("path", [DOCUMENTS, COLLECTIONS, JOBS])
def test_limits(lists, path):
    for limit in (0, 501, -1):
        refused(page(lists, path, limit=limit), 400, "invalid_argument", "limit")


def search(box, cursor=None, token=None, **fields):
    body = {"query": "paged words", "collection": "paged-1", "mode": "bm25", "limit": 1, **fields}
    if cursor:
        body["cursor"] = cursor
    return box.appliance.call("POST", "/v1/search", body, token or box.alder)


def test_a_cursor_is_good_in_one_place_alone(lists):
    cursors = {path: page(lists, path).json["next_cursor"] for path in (DOCUMENTS, COLLECTIONS, JOBS)}
    cursors["search"] = search(lists).json["next_cursor"]
    tool = lists.appliance.tool("list_documents", {"collection": "paged-1", "limit": 1}, lists.alder)
    for place, cursor in cursors.items():
        for path in (DOCUMENTS, COLLECTIONS, JOBS):
            if path != place:
                refused(page(lists, path, cursor), 400, "invalid_cursor")
            refused(page(lists, path, cursor, token=lists.birch), 400, "invalid_cursor")
        if place != "search":
            refused(search(lists, cursor), 400, "invalid_cursor")
    refused(search(lists, cursors["search"], lists.birch), 400, "invalid_cursor")
    refused(search(lists, cursors["search"], query="paged"), 400, "invalid_cursor")
    refused(page(lists, "/v1/documents?collection=paged-2", cursors[DOCUMENTS]), 400, "invalid_cursor")
    refused(page(lists, "/v1/documents?", cursors[DOCUMENTS]), 400, "invalid_cursor")
    # The same list through another door is the same list.
    assert page(lists, DOCUMENTS, tool["result"]["structuredContent"]["next_cursor"]).status == 200


def test_jobs_are_their_users(lists):
    cursor = page(lists, JOBS).json["next_cursor"]
    refused(page(lists, JOBS, cursor, token=lists.appliance.token("alder", user="other")), 400, "invalid_cursor")


@pytest.mark.parametrize("path", [DOCUMENTS, COLLECTIONS, JOBS])
def test_a_changed_cursor_is_refused(lists, path):
    cursor = page(lists, path).json["next_cursor"]
    for place in range(0, len(cursor), 3):
        other = "A" if cursor[place] != "A" else "B"
        refused(page(lists, path, cursor[:place] + other + cursor[place + 1:]), 400, "invalid_cursor")
    for bad in (cursor[:-1], cursor + "A", "x", cursor * 20):
        refused(page(lists, path, bad), 400, "invalid_cursor")


def test_a_changed_index_is_told(fresh):
    server = fresh()
    server.tenant("alder")
    server.start()
    token = server.token("alder")

    class Box:
        appliance, alder = server, token

    for number in range(3):
        server.put(token, [{"id": f"p{n}", "text": f"paged words {n}"} for n in range(3)], f"paged-{number}")
        server.bulk(token, [{"id": "u", "text": "x"}], f"?collection=paged-0&upload=up-{number}")
    server.settle(token)
    paths = (DOCUMENTS, COLLECTIONS, JOBS)
    cursors = {path: page(Box, path).json["next_cursor"] for path in paths}
    found = search(Box).json["next_cursor"]
    # A document of another collection changes none of these lists.
    server.put(token, [{"id": "p9", "text": "elsewhere"}], "paged-2")
    for path in paths:
        assert page(Box, path, cursors[path]).json["warnings"] == [], path
    server.put(token, [{"id": "p15", "text": "paged"}], "paged-1")
    server.put(token, [{"id": "x", "text": "x"}], "paged-9")
    server.bulk(token, [{"id": "u", "text": "y"}], "?collection=paged-0&upload=up-9")
    for path in paths:
        answer = page(Box, path, cursors[path])
        assert answer.status == 200, answer.text
        assert [warning.split(":")[0] for warning in answer.json["warnings"]] == ["index_changed"], path
    assert name(entries(page(Box, DOCUMENTS, cursors[DOCUMENTS]))[0]) == "p1", "it goes on behind p0"
    assert search(Box, found).json["warnings"][0].startswith("index_changed:")
    # The page after is of the new index and has nothing to warn of.
    again = page(Box, DOCUMENTS, page(Box, DOCUMENTS, cursors[DOCUMENTS]).json["next_cursor"])
    assert again.json["warnings"] == []


def test_a_listing_begins_behind_an_id(lists):
    assert [name(entry) for entry in entries(page(lists, DOCUMENTS + "&after=p0", limit=9))] == ["p1", "p2"]
    first = page(lists, DOCUMENTS + "&after=p0")
    then = page(lists, DOCUMENTS + "&after=p0", first.json["next_cursor"])
    assert [name(entry) for entry in entries(then)] == ["p2"]
    refused(page(lists, "/v1/documents?after=p0"), 400, "invalid_argument", "collection")


def test_cursors_outlive_a_restart(fresh):
    server = fresh()
    server.tenant("alder")
    server.start()
    token = server.token("alder")
    server.put(token, [{"id": name, "text": "x"} for name in "abc"], "notes")
    cursor = server.call("GET", "/v1/documents?limit=1", token=token).json["next_cursor"]
    server.stop()
    server.start()
    answer = server.call("GET", f"/v1/documents?limit=1&cursor={cursor}", token=token)
    assert [entry["doc_id"] for entry in answer.json["documents"]] == ["b"] and answer.json["warnings"] == []
