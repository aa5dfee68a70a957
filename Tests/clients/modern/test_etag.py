"""Entity tags of documents: conditional reads, and changes that are made only to the version their author saw."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from appliance import refused

DOCUMENT = "/v1/documents/tagged?collection=tags"


@pytest.fixture
def put(box):
    def put(text, token=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return box.appliance.call("PUT", DOCUMENT, {"text": text}, token or box.alder, headers=fields)

    yield put
    for token in (box.alder, box.birch):
        box.appliance.call("DELETE", DOCUMENT, token=token)


def read(box, token=None, **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return box.appliance.call("GET", DOCUMENT, token=token or box.alder, headers=fields)


def test_a_tag_names_a_version(box, put):
    assert put("one").status == 201
    first = read(box)
    tag = first.headers["ETag"]
    assert tag.startswith('"') and tag.endswith('"') and first.headers["Cache-Control"] == "no-store"
    assert put("one").json["etag"] == tag and read(box).headers["ETag"] == tag, "the same again is the same version"
    changed = put("two")
    assert changed.json["etag"] != tag and read(box).headers["ETag"] == changed.json["etag"]
    patched = box.appliance.call("PATCH", DOCUMENT, {"metadata": {"a": 1}}, box.alder)
    assert patched.json["etag"] == read(box).headers["ETag"] != changed.json["etag"]


def test_reads_by_tag(box, put):
    put("one")
    tag = read(box).headers["ETag"]
    for known in (tag, "W/" + tag, f'"x", {tag}', "*"):
        answer = read(box, If_None_Match=known)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag), known
    for other in ('"x"', "nonsense", tag.strip('"')):
        assert read(box, If_None_Match=other).status == 200, other
    head = box.appliance.call("HEAD", DOCUMENT, token=box.alder)
    assert head.status == 200 and head.headers["ETag"] == tag
    put("two")
    assert read(box, If_None_Match=tag).status == 200


def test_changes_by_tag(box, put):
    put("one")
    old = read(box).headers["ETag"]
    assert put("two", If_Match=old).status == 200
    refused(put("three", If_Match=old), 412, "precondition_failed", "tagged")
    refused(box.appliance.call("PATCH", DOCUMENT, {"title": "t"}, box.alder, headers={"If-Match": old}), 412, "precondition_failed")
    refused(box.appliance.call("DELETE", DOCUMENT, token=box.alder, headers={"If-Match": old}), 412, "precondition_failed")
    assert read(box).json["text"] == "two" and read(box).json["title"] == ""
    now = read(box).headers["ETag"]
    refused(put("three", If_Match="W/" + now), 412, "precondition_failed")
    assert put("three", If_Match=f'"x", {now}').status == 200
    assert put("four", If_Match="*").status == 200
    assert box.appliance.call(
        "DELETE", DOCUMENT, token=box.alder, headers={"If-Match": read(box).headers["ETag"]}).json["deleted"] == 1


def test_there_or_not_there(box, put):
    refused(put("x", If_Match="*"), 412, "precondition_failed", "no document")
    refused(box.appliance.call("DELETE", DOCUMENT, token=box.alder, headers={"If-Match": "*"}), 412, "precondition_failed")
    assert put("one", If_None_Match="*").status == 201
    refused(put("two", If_None_Match="*"), 412, "precondition_failed")
    refused(put("two", If_None_Match=read(box).headers["ETag"]), 412, "precondition_failed")
    assert put("two", If_None_Match='"another"').status == 200


@pytest.mark.parametrize("field", ["nonsense", '"open', "*, \"a\"", ""])
def test_a_condition_that_cannot_be_read_does_not_pass_for_none(box, put, field):
    put("one")
    refused(put("two", If_Match=field), 400, "invalid_argument", "If-Match")
    refused(put("two", If_None_Match=field), 400, "invalid_argument", "If-None-Match")
    refused(box.appliance.call("DELETE", DOCUMENT, token=box.alder, headers={"If-Match": field}), 400, "invalid_argument")
    assert read(box).json["text"] == "one"


def test_of_many_writers_with_one_tag_one_wins(box, put):
    put("start")
    for round in range(5):
        tag = read(box).headers["ETag"]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: put(f"{round} {number}", If_Match=tag), range(8)))
        won = [number for number, answer in enumerate(answers) if answer.status == 200]
        assert len(won) == 1 and sum(answer.status == 412 for answer in answers) == 7
        assert read(box).json["text"] == f"{round} {won[0]}"


def test_tags_outlive_a_restart(fresh):
    server = fresh()
    server.tenant("alder")
    server.start()
    token = server.token("alder")
    server.put(token, [{"id": "a", "text": "kept"}], "notes")
    tag = server.document(token, "a").headers["ETag"]
    server.kill()
    server.start()
    assert server.call("GET", "/v1/documents/a", token=token, headers={"If-None-Match": tag}).status == 304


def test_another_tenants_tag_is_no_tag(box, put):
    put("same")
    put("same", box.birch)
    tag = read(box).headers["ETag"]
    assert read(box, box.birch, If_None_Match=tag).status in (200, 304)
    put("other", box.birch)
    refused(put("third", box.birch, If_Match=tag), 412, "precondition_failed")
