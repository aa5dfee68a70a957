"""Index files of a running server: made by size, joined, lost, cut short under it, and killed on the way."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading

import pytest

from appliance import BulkUpload, eventually

WORDS = "privacy incident disclosure model patient ledger audit contract breach learning court risk report schema".split()


def note(n: int) -> dict:
    words = [WORDS[(n * step + 3) % len(WORDS)] for step in (1, 5, 7, 11, 3 + n % 4)]
    return {"id": f"n{n:05}", "title": f"Note {n % 13}", "text": f"Number n{n:05} is about {' and '.join(words)}."}


def fill(appliance, token, numbers) -> None:
    report = appliance.bulk(token, [note(n) for n in numbers], "?collection=notes")
    assert report.status == 200, report.text


def metric(appliance, operator, name: str) -> int:
    text = appliance.call("GET", "/metrics", token=operator).text
    return int(re.search(rf"^carrel_index_{name} (\d+)$", text, re.M).group(1))


def files(appliance) -> list:
    return sorted((appliance.data / "tenants/acme/index").glob("*/*.bm25"))


def answers(appliance, token) -> list:
    """Answers to many questions, less the time they took."""
    found = []
    for n in range(30):
        query = " ".join([WORDS[n % len(WORDS)], WORDS[(n * 3 + 1) % len(WORDS)], f"n{n * 157:05}"][: 1 + n % 3])
        answer = appliance.search(token, query, mode="bm25", limit=20, collection="notes")
        del answer["took_ms"]
        found.append(answer)
    return found


def is_whole(appliance, token) -> bool:
    return not appliance.search(token, "privacy", mode="bm25", collection="notes")["degraded"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A tenant of 6,300 notes with index files, and its answers; its server is not running."""
    from appliance import Appliance

    appliance = Appliance(tmp_path_factory.mktemp("files") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("acme")
    token, operator = appliance.token("acme", ttl="8h"), appliance.operator()
    appliance.start()
    try:
        for start in range(0, 6300, 2100):
            fill(appliance, token, range(start, start + 2100))
            eventually(lambda: len(files(appliance)) > 0, seconds=60)
        eventually(lambda: metric(appliance, operator, "flushes_total") >= 2, seconds=60)
        whole = answers(appliance, token)
    finally:
        assert appliance.stop() == 0
    return appliance, token, whole


def copy(filled, fresh, name: str = "copy"):
    """The filled folder again, for a test of its own."""
    original, token, whole = filled
    appliance = fresh(name, CARREL_MODEL="/nonexistent")
    shutil.rmtree(appliance.data, ignore_errors=True)
    shutil.copytree(original.data, appliance.data, symlinks=True)
    return appliance, token, whole


def test_a_restart_maps_files_and_replays_the_rest(filled, fresh):
    appliance, token, whole = copy(filled, fresh)
    kept = files(appliance)
    assert kept and all(re.fullmatch(r"[0-9a-f]{64}\.bm25", path.name) for path in kept)
    appliance.start()
    assert answers(appliance, token) == whole
    assert metric(appliance, appliance.operator(), "replayed_passages_total") < 4300
    assert files(appliance) == kept, "an opening and a close write nothing"
    assert appliance.stop() == 0
    assert files(appliance) == kept


def test_without_its_folder_a_tenant_is_the_same(filled, fresh):
    appliance, token, whole = copy(filled, fresh)
    count = len(files(appliance))
    shutil.rmtree(appliance.data / "tenants/acme/index")
    appliance.start()
    eventually(lambda: is_whole(appliance, token), seconds=60)
    assert answers(appliance, token) == whole
    operator = appliance.operator()
    assert metric(appliance, operator, "damaged_files_total") == count
    assert "index file lost" in appliance.log.read_text()
    eventually(lambda: files(appliance), seconds=60)


def test_a_file_cut_short_under_the_server(filled, fresh):
    """A real SIGBUS: the server goes on, says what it misses, and makes the file anew."""
    appliance, token, whole = copy(filled, fresh)
    appliance.start()
    assert answers(appliance, token) == whole
    for path in files(appliance):
        os.truncate(path, 4096)
    degraded = [answer for answer in answers(appliance, token) if answer["degraded"]]
    for answer in degraded:
        assert any("being indexed again" in warning for warning in answer["warnings"])
    eventually(lambda: is_whole(appliance, token), seconds=60)
    assert answers(appliance, token) == whole
    operator = appliance.operator()
    assert metric(appliance, operator, "damaged_files_total") >= 1
    assert "index file damaged" in appliance.log.read_text()
    eventually(lambda: metric(appliance, operator, "incomplete_collections") == 0, seconds=30)
    assert not [warning for warning in appliance.call("GET", "/health").json["warnings"] if "indexed again" in warning]
    assert list((appliance.data / "tenants/acme/index").glob("*/*.damaged"))
    assert appliance.stop() == 0
    appliance.start()
    assert answers(appliance, token) == whole
    assert metric(appliance, operator, "damaged_files_total") == 0


def test_rot_is_found_before_it_answers(filled, fresh):
    appliance, token, whole = copy(filled, fresh)
    for path in files(appliance):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    appliance.start()
    for given, right in zip(answers(appliance, token), whole):
        assert given == right or given["degraded"]
    eventually(lambda: is_whole(appliance, token), seconds=60)
    assert answers(appliance, token) == whole


def test_killed_in_any_moment(fresh):
    """Killed while files are written and joined: all that was acknowledged is found, as a fresh index finds it."""
    appliance = fresh("killed", CARREL_MODEL="/nonexistent")
    appliance.tenant("acme")
    token = appliance.token("acme", ttl="8h")
    next_note = 0
    for round in range(4):
        appliance.start()
        upload = BulkUpload(appliance, token, "?collection=notes")
        reader = threading.Thread(target=upload.drain)
        reader.start()
        # More than what is waited for, so that the kill falls into the middle of something.
        for _ in range(18 + round):
            assert upload.send([json.dumps(note(n)) for n in range(next_note, next_note + 250)])
            next_note += 250
        eventually(lambda: upload.committed >= 3000, seconds=60, step=0.005 * (round + 1))
        appliance.kill()
        reader.join(timeout=30)
        upload.close()
    appliance.start()
    assert is_whole(appliance, token)
    survived = answers(appliance, token)
    assert appliance.stop() == 0
    assert not list((appliance.data / "tenants/acme/index").glob("*/*.unfinished"))
    shutil.rmtree(appliance.data / "tenants/acme/index")
    appliance.start()
    eventually(lambda: is_whole(appliance, token), seconds=60)
    assert answers(appliance, token) == survived
