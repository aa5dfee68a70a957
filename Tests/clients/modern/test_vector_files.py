"""Files of vectors under a running server: written by `compact`, mapped, lost, cut short, and killed on the way."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import shutil
import threading

import pytest

from appliance import Appliance, eventually

DIMENSION = 384


def vector(seed) -> list:
    source = random.Random(f"vector {seed}")
    return [round(source.uniform(-1, 1), 3) for _ in range(DIMENSION)]


def note(n: int) -> dict:
    return {"id": f"n{n:05}", "text": f"Number n{n:05}.", "embedding": vector(n)}


def fill(appliance, token, numbers) -> None:
    numbers = list(numbers)
    for start in range(0, len(numbers), 400):
        report = appliance.bulk(token, [note(n) for n in numbers[start : start + 400]], "?collection=notes")
        assert report.status == 200, report.text


def metric(appliance, name: str) -> int:
    text = appliance.call("GET", "/metrics", token=appliance.operator()).text
    return int(re.search(rf"^carrel_index_{name} (\d+)$", text, re.M).group(1))


def files(appliance) -> list:
    return sorted(
        path for path in (appliance.data / "tenants/acme/index").glob("*/*") if path.suffix in (".vec", ".hnsw"))


def ask(appliance, token, seed) -> dict:
    body = {"query": "number", "mode": "vector", "embedding": vector(seed), "limit": 20, "collection": "notes"}
    answer = appliance.call("POST", "/v1/search", body, token)
    assert answer.status == 200, answer.text
    found = answer.json
    del found["took_ms"]
    return found


def answers(appliance, token) -> list:
    return [ask(appliance, token, f"question {n}") for n in range(15)]


def scores(given) -> list:
    """What was found and how well, without what names the files."""
    return [[(hit["doc_id"], hit["vector_score"]) for hit in answer["hits"]] for answer in given]


def is_whole(appliance, token) -> bool:
    return not ask(appliance, token, "any")["degraded"]


def compact(appliance, *options) -> list:
    done = appliance.run("compact", "--tenant", "acme", "--json", *options).stdout
    return json.loads(done)["collections"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A tenant of 900 notes in files and 50 behind them, and its answers; its server is not running."""
    appliance = Appliance(tmp_path_factory.mktemp("vectors") / "data", environment={"CARREL_MODEL": "/nonexistent"})
    appliance.tenant("acme")
    token = appliance.token("acme", ttl="8h")
    appliance.start()
    try:
        fill(appliance, token, range(900))
        assert files(appliance) == [], "so few need no files"
        (told,) = compact(appliance)
        assert [file["kind"] for file in told["files"]] == ["bm25", "vec", "hnsw"]
        assert all(file["passages"] == 900 for file in told["files"])
        assert {path.name for path in files(appliance)} == {file["name"] for file in told["files"][1:]}
        fill(appliance, token, range(900, 950))
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


def test_a_restart_maps_files_and_reads_the_rest(filled, fresh):
    appliance, token, whole = copy(filled, fresh)
    kept = files(appliance)
    appliance.start()
    assert answers(appliance, token) == whole
    assert metric(appliance, "replayed_vectors_total") == 50
    assert files(appliance) == kept, "an opening and a close write nothing"
    assert appliance.stop() == 0
    assert files(appliance) == kept


def test_compact_with_the_server_down_gives_the_same_bytes(filled, fresh):
    down, _, whole = copy(filled, fresh, "down")
    (told,) = compact(down, "--collection", "notes")
    up, token, _ = copy(filled, fresh, "up")
    up.start()
    (again,) = compact(up)
    assert [file["name"] for file in told["files"]] == [file["name"] for file in again["files"]]
    assert scores(answers(up, token)) == scores(whole)
    assert [path.read_bytes() for path in files(down)] == [path.read_bytes() for path in files(up)]
    assert len(files(up)) == 2


@pytest.mark.parametrize("suffix", [".vec", ".hnsw"])
@pytest.mark.parametrize("damage", ["removed", "cut", "flipped"])
def test_damage_under_the_running_server(filled, fresh, suffix, damage):
    appliance, token, whole = copy(filled, fresh, damage + suffix[1:])
    appliance.start()
    if damage != "flipped":
        assert answers(appliance, token) == whole
    (path,) = [path for path in files(appliance) if path.suffix == suffix]
    if damage == "removed":
        # What is mapped stays; the next opening finds it gone.
        path.unlink()
        assert answers(appliance, token) == whole
        assert appliance.stop() == 0
        appliance.start()
    elif damage == "cut":
        os.truncate(path, 8192)
        if suffix == ".hnsw":
            # A search of so few vectors scans them and does not look at this file; the next opening does.
            assert answers(appliance, token) == whole
            assert appliance.stop() == 0
            appliance.start()
    else:
        assert appliance.stop() == 0
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        appliance.start()
    for given, right in zip(answers(appliance, token), whole):
        if not given["degraded"]:
            assert scores([given]) == scores([right])
        else:
            assert any("being indexed again" in warning for warning in given["warnings"])
    eventually(lambda: is_whole(appliance, token), seconds=60)
    assert scores(answers(appliance, token)) == scores(whole)
    eventually(lambda: len(files(appliance)) == 2 and metric(appliance, "vector_merges_total") > 0, seconds=60)
    assert metric(appliance, "damaged_files_total") == 1
    eventually(lambda: metric(appliance, "incomplete_collections") == 0, seconds=30)
    assert appliance.stop() == 0
    appliance.start()
    assert scores(answers(appliance, token)) == scores(whole)
    assert metric(appliance, "damaged_files_total") == 0


def test_killed_while_files_are_written(fresh):
    """Killed in the middle of writes and compactions: all that was acknowledged is found by its own vector."""
    appliance = fresh("killed", CARREL_MODEL="/nonexistent")
    appliance.tenant("acme")
    token = appliance.token("acme", ttl="8h")
    chance = random.Random(11)
    acknowledged = 0
    for round in range(4):
        appliance.start()
        stop = threading.Event()

        def write():
            nonlocal acknowledged
            while not stop.is_set():
                try:
                    fill(appliance, token, range(acknowledged, acknowledged + 50))
                    acknowledged += 50
                except (OSError, http.client.HTTPException):
                    return

        def churn():
            while not stop.is_set():
                try:
                    appliance.call("POST", "/v1/collections/notes:compact", token=token)
                except (OSError, http.client.HTTPException):
                    return
                stop.wait(chance.uniform(0.01, 0.08))

        threads = [threading.Thread(target=work) for work in (write, churn)]
        for thread in threads:
            thread.start()
        wanted = acknowledged + chance.randint(100, 300)
        eventually(lambda: acknowledged >= wanted and (files(appliance) or round == 0), seconds=60, step=0.003)
        appliance.kill()
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
        # What was sent and not acknowledged is sent again: it counts as unchanged if it was committed.
        appliance.start()
        for n in list(range(0, acknowledged, 7)) + [acknowledged - 1]:
            (hit, *_) = ask(appliance, token, n)["hits"]
            assert hit["doc_id"] == f"n{n:05}" and hit["vector_score"] > 0.9999, n
        assert not list((appliance.data / "tenants/acme/index").glob("*/*.unfinished"))
        assert appliance.stop() == 0
    appliance.start()
    assert is_whole(appliance, token)
    survived = scores(answers(appliance, token))
    assert appliance.stop() == 0
    shutil.rmtree(appliance.data / "tenants/acme/index", ignore_errors=True)
    appliance.start()
    eventually(lambda: is_whole(appliance, token), seconds=60)
    assert scores(answers(appliance, token)) == survived


def test_who_may_compact(filled, fresh):
    appliance, token, _ = copy(filled, fresh, "scopes")
    appliance.start()
    reader = appliance.token("acme", scope="search", ttl="8h")
    assert appliance.call("POST", "/v1/collections/notes:compact", token=reader).status == 403
    assert appliance.call("POST", "/v1/collections/nothing:compact", token=token).status == 404
    begun = appliance.call("POST", "/v1/collections/notes:compact", token=token)
    assert begun.status == 202 and begun.json["collection"] == "notes"
    told = lambda: appliance.call("GET", "/v1/collections/notes/files", token=token).json  # noqa: E731
    eventually(lambda: told()["is_compacting"] is False, seconds=60)
    assert [file["passages"] for file in told()["files"]] == [950, 950, 950]
