"""Bulk uploads: what was acknowledged stays, what was not is known, and a named upload goes on where it broke."""

import json
import socket
import threading
import time
from urllib.parse import quote

import pytest

from appliance import BulkUpload, eventually, refused


@pytest.fixture
def lone(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    return appliance, appliance.token("acme")


def documents(first, last, text="text"):
    """Lines `first` to `last` of an upload whose line n is document n."""
    return [json.dumps({"id": f"{n:06}", "text": f"{text} {n}"}) for n in range(first, last + 1)]


def job(appliance, token, name):
    return appliance.call("GET", f"/v1/jobs/{name}", token=token)


# Without a name


def test_bad_lines_are_reported_by_number_and_the_rest_goes_in(lone):
    appliance, token = lone
    lines = [
        '{"id": "good-1", "text": "one"}', "", "{", "[1]", "7", '{"id": 7, "text": "x"}', '{"id": "", "text": "x"}', '{"text": 5}', "{}",
        '{"id": "extra", "text": "x", "colour": "red"}', '{"id": "both", "text": "x", "content": "y"}', '{"id": "long", "title": "' + "t" * 5000 + '"}',
        '{"id": "nul", "text": "a\\u0000b"}', '{"id": "lone", "text": "\\ud800"}', '{"id": "vector", "text": "x", "embedding": [1, 2]}',
        '{"id": "dup", "text": "first"}', '{"id": "dup", "text": "second"}', '  \t', '{"id": "good-2", "content": "two"}\r',
    ]
    answer = appliance.bulk(token, lines)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/x-ndjson"
    *events, last = answer.lines
    errors = {event["line"]: event["error"] for event in events if "error" in event}
    assert sorted(errors) == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15]
    assert "colour" in errors[10] and "4096" in errors[12] and "384" in errors[15] and "512" in errors[7]
    assert [event for event in events if "committed_lines" in event] == [{"committed_lines": len(lines)}]
    summary = last["summary"]
    assert summary["complete"] is True and summary["lines"] == len(lines) and summary["failed"] == len(errors)
    assert appliance.ids(token) == ["dup", "good-1", "good-2", "nul"]
    assert appliance.document(token, "dup").json["text"] == "second"


def test_a_line_that_is_no_utf8_is_one_bad_line(lone):
    appliance, token = lone
    body = b'{"id": "a", "text": "\xff\xfe"}\n{"id": "b", "text": "fine"}\n\xc3(\n\x00\n{"id": "c", "text": "last line without an end"}'
    answer = appliance.call("POST", "/v1/documents:bulk", body, token, headers={"Content-Type": "application/x-ndjson"})
    assert [event["line"] for event in answer.lines if "error" in event] == [1, 3, 4]
    assert appliance.ids(token) == ["b", "c"]


def test_a_huge_line_is_skipped_and_the_next_ones_go_in(lone):
    appliance, token = lone
    huge = '{"id": "huge", "text": "' + "x" * (17 << 20) + '"}'
    answer = appliance.bulk(token, ['{"id": "a", "text": "before"}', huge, '{"id": "b", "text": "after"}'])
    assert [event for event in answer.lines if "error" in event] == [{"line": 2, "error": "the line is longer than 16777216 bytes"}]
    assert appliance.ids(token) == ["a", "b"]


def test_a_hundred_errors_are_told_and_the_others_counted(lone):
    appliance, token = lone
    answer = appliance.bulk(token, ["{"] * 250 + ['{"id": "a", "text": "x"}'])
    assert [event["line"] for event in answer.lines if "error" in event] == list(range(1, 101))
    summary = answer.lines[-1]["summary"]
    assert (summary["failed"], summary["errors_not_listed"], summary["added"]) == (250, 150, 1)


def test_commits_are_acknowledged_while_the_upload_runs(lone):
    appliance, token = lone
    upload = BulkUpload(appliance, token)
    for batch in range(1, 4):
        upload.send(documents(1000 * batch - 999, 1000 * batch))
        eventually(lambda: upload.take() and upload.committed == 1000 * batch)
        # Acknowledged is visible, while the upload goes on.
        assert appliance.document(token, f"{1000 * batch:06}").status == 200
    assert upload.summary is None
    upload.end()
    upload.drain()
    assert upload.summary["added"] == 3000


def test_a_client_that_does_not_read_loses_nothing(lone):
    """It sends all before it reads a byte: answers fit into what the connection holds."""
    appliance, token = lone
    body = "".join(line + "\n" for line in documents(1, 40_000)).encode()
    with socket.create_connection(("127.0.0.1", appliance.port), timeout=60) as connection:
        connection.sendall(
            f"POST /v1/documents:bulk HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert received.count(b'"committed_lines"') == 41 and b'"added":40000' in received


def test_a_fast_sender_is_slowed_down(lone):
    """Memory follows the batches, not the body: 80 MB go through a server that holds a few lines of them."""
    appliance, token = lone

    def memory():
        fields = dict(line.split(":", 1) for line in open(f"/proc/{appliance.process.pid}/status"))
        return int(fields["RssAnon"].split()[0])

    appliance.bulk(token, documents(1, 2000))
    before = memory()
    peak = [before]
    done = threading.Event()

    def watch():
        while not done.wait(0.05):
            peak[0] = max(peak[0], memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    upload = BulkUpload(appliance, token)
    reader = threading.Thread(target=upload.drain)
    reader.start()
    # Bad lines: nothing is stored, so the index does not grow and what is held is the body alone.
    line = '{"id": "x", "nothing": "' + "x" * 100_000 + '"}'
    for _ in range(80):
        assert upload.send([line] * 10)
    upload.end()
    reader.join()
    done.set()
    watcher.join()
    assert upload.summary["failed"] == 800
    assert peak[0] - before < 32 * 1024, f"{(peak[0] - before) // 1024} MB more"


def test_a_client_that_goes_away_leaves_what_was_acknowledged(lone):
    appliance, token = lone
    upload = BulkUpload(appliance, token)
    upload.send(documents(1, 1000))
    eventually(lambda: upload.take() and upload.committed == 1000)
    upload.send(documents(1001, 1500)[:-1] + ['{"id": "half'])
    upload.close()
    other = BulkUpload(appliance, token)
    other.send(documents(9001, 9001))
    other.end()
    other.drain()
    assert other.summary["added"] == 1
    found = appliance.ids(token)
    assert [f"{n:06}" for n in range(1, 1001)] == found[:1000] and "half" not in found


@pytest.mark.parametrize(("query", "word"), [
    ("?from_line=5", "upload"), ("?upload=a&from_line=0", "from_line"), ("?upload=a&from_line=x", "from_line"), ("?upload=", "upload"),
    ("?upload=a%20b", "upload"), ("?upload=" + "a" * 129, "upload"), ("?collection=A", "collection"), ("?passages=some", "passages"),
    ("?colour=red", "colour"), ("?upload=a&upload=b", "twice")])
def test_wrong_parameters_are_refused_before_the_body(lone, query, word):
    appliance, token = lone
    refused(appliance.bulk(token, ['{"id": "a", "text": "x"}'], query), 400, "invalid_argument", word)
    assert appliance.ids(token) == []


# With a name


def test_a_named_upload_is_a_job(lone):
    appliance, token = lone
    assert appliance.call("GET", "/v1/jobs", token=token).json == {"jobs": [], "warnings": []}
    refused(job(appliance, token, "nightly"), 404, "job_not_found", "nightly")
    answer = appliance.bulk(token, documents(1, 1500) + ["{"], "?collection=notes&upload=nightly")
    assert answer.lines[-1]["summary"]["complete"] is True
    shown = job(appliance, token, "nightly").json
    times = shown.pop("started_at"), shown.pop("updated_at")
    assert shown == {
        "id": "nightly", "kind": "bulk", "state": "complete", "collection": "notes", "committed_lines": 1501, "added": 1500, "updated": 0,
        "unchanged": 0, "failed": 1}
    assert times[0] <= times[1]
    # The same file again under the same name begins anew, and finds all of it there.
    appliance.bulk(token, documents(1, 1500), "?collection=notes&upload=nightly")
    shown = job(appliance, token, "nightly").json
    assert (shown["committed_lines"], shown["added"], shown["unchanged"], shown["failed"]) == (1500, 0, 1500, 0)
    # Nothing but an end is an upload too.
    assert appliance.bulk(token, [], "?collection=notes&upload=empty").lines[-1]["summary"]["lines"] == 0
    assert [entry["id"] for entry in appliance.call("GET", "/v1/jobs", token=token).json["jobs"]] == ["empty", "nightly"]
    assert [entry["id"] for entry in appliance.call("GET", "/v1/jobs?limit=1", token=token).json["jobs"]] == ["empty"]
    for path in ("/v1/jobs?limit=0", "/v1/jobs?limit=501", "/v1/jobs?x=1", "/v1/jobs/nightly?x=1"):
        assert appliance.call("GET", path, token=token).status == 400


def test_an_upload_goes_on_behind_its_committed_lines(lone):
    appliance, token = lone
    upload = BulkUpload(appliance, token, "?collection=notes&upload=u")
    upload.send(documents(1, 1000) + documents(1001, 1300))
    eventually(lambda: upload.take() and upload.committed == 1000)
    upload.close()
    shown = job(appliance, token, "u").json
    assert (shown["state"], shown["committed_lines"], shown["added"]) == ("open", 1000, 1000)
    rest = ["{"] + documents(1002, 2000)
    answer = appliance.bulk(token, rest, "?collection=notes&upload=u&from_line=1001")
    assert answer.lines[0] == {"line": 1001, "error": answer.lines[0]["error"]}
    assert answer.lines[-2] == {"committed_lines": 2000}
    summary = answer.lines[-1]["summary"]
    assert (summary["lines"], summary["added"], summary["failed"]) == (2000, 999, 1)
    shown = job(appliance, token, "u").json
    assert (shown["state"], shown["committed_lines"], shown["added"], shown["failed"]) == ("complete", 2000, 1999, 1)
    # From an earlier line too: what is there already is unchanged.
    answer = appliance.bulk(token, documents(1990, 2005), "?collection=notes&upload=u&from_line=1990")
    assert (answer.lines[-1]["summary"]["unchanged"], answer.lines[-1]["summary"]["added"]) == (11, 5)
    assert job(appliance, token, "u").json["committed_lines"] == 2005


def test_no_line_can_be_left_out(lone):
    appliance, token = lone
    refused(appliance.bulk(token, documents(2, 3), "?upload=u&from_line=2"), 409, "upload_gap", "from_line=1")
    appliance.bulk(token, documents(1, 10), "?upload=u")
    refused(appliance.bulk(token, documents(12, 20), "?upload=u&from_line=12"), 409, "upload_gap", "10 committed lines", "from_line=11")
    refused(appliance.bulk(token, documents(11, 20), "?collection=other&upload=u&from_line=11"), 409, "upload_conflict", "from_line=1")
    assert len(appliance.ids(token)) == 10
    assert appliance.bulk(token, documents(11, 20), "?upload=u&from_line=11").lines[-1]["summary"]["added"] == 10


def test_only_the_newest_connection_of_an_upload_writes(lone):
    """A client that lost its connection goes on; what the old connection still holds is not written behind it."""
    appliance, token = lone
    old = BulkUpload(appliance, token, "?upload=u")
    old.send(documents(1, 1000, "old"))
    eventually(lambda: old.take() and old.committed == 1000)
    old.send(documents(1001, 1500, "old"))
    new = appliance.bulk(token, documents(1001, 2000, "new"), "?upload=u&from_line=1001")
    assert new.lines[-1]["summary"]["added"] == 1000
    old.send(documents(1501, 3000, "old"))
    old.end()
    old.drain()
    assert old.summary["complete"] is False and old.summary["error"]["code"] == "upload_taken_over"
    assert old.committed == 1000
    assert len(appliance.ids(token)) == 2000
    assert appliance.document(token, "001500").json["text"] == "new 1500"
    assert job(appliance, token, "u").json["committed_lines"] == 2000


@pytest.mark.parametrize("seed", range(3))
def test_kill_9_in_mid_upload_then_resume(fresh, seed):
    """Whatever was acknowledged is there, the server's own count agrees with its rows, and going on loses and repeats nothing."""
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme")
    total, acknowledged, line = 12_000, 0, 1
    for kill_after in (0.15 + 0.1 * seed, 0.3, None):
        upload = BulkUpload(appliance, token, f"?collection=notes&upload=big&from_line={line}")
        reader = threading.Thread(target=upload.drain)
        reader.start()
        killer = threading.Timer(kill_after, appliance.kill) if kill_after else None
        if killer:
            killer.start()
        for start in range(line, total + 1, 200):
            if not upload.send(documents(start, min(start + 199, total))):
                break
            time.sleep(0.01 if kill_after else 0)
        if killer:
            killer.join()
        else:
            upload.end()
        reader.join()
        upload.close()
        acknowledged = max(acknowledged, upload.committed)
        if killer:
            appliance.start()
            known = job(appliance, token, "big")
            # Killed before the upload had begun: then it begins again.
            line = known.json["committed_lines"] + 1 if known.status == 200 else 1
            assert line > acknowledged
            assert appliance.ids(token) == [f"{n:06}" for n in range(1, line)]
    assert upload.summary["complete"] is True
    assert appliance.ids(token) == [f"{n:06}" for n in range(1, total + 1)]
    shown = job(appliance, token, "big").json
    assert (shown["state"], shown["committed_lines"], shown["added"], shown["unchanged"]) == ("complete", total, total, 0)


def test_jobs_are_their_users_own(box):
    appliance = box.appliance
    appliance.bulk(box.alder, documents(1, 3), "?collection=notes&upload=secret-nightly")
    colleague = appliance.token("alder", user="colleague")
    for token in (box.birch, colleague):
        refused(job(appliance, token, "secret-nightly"), 404, "job_not_found")
        assert appliance.call("GET", "/v1/jobs", token=token).json == {"jobs": [], "warnings": []}
        refused(appliance.bulk(token, documents(4, 5), "?collection=notes&upload=secret-nightly&from_line=4"), 409, "upload_gap")
    assert job(appliance, box.alder, "secret-nightly").json["committed_lines"] == 3
    for name in ("%2e%2e", "a%2Fb", quote("x" * 300), "%00"):
        assert job(appliance, box.birch, name).status in (400, 404)
    appliance.call("POST", "/v1/documents:delete", {"filter": {"ids": [f"{n:06}" for n in (1, 2, 3)]}}, box.alder)
