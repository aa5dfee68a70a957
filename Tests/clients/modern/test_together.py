"""Many callers at once: nothing is lost, nothing is seen half-done, readers do not wait for writers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from appliance import BulkUpload, eventually


@pytest.fixture
def acme(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    # A tenant that goes makes its callers' credentials bad ones; how those are slowed is tested elsewhere.
    appliance.start("--auth-refusals-per-minute", "0")
    return appliance, appliance.token("acme")


def test_writers_beside_each_other_and_readers(acme):
    appliance, token = acme
    seen, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            answer = appliance.search(token, "siskin", mode="bm25", limit=1000)
            assert len({hit["doc_id"] for hit in answer["hits"]}) == len(answer["hits"]) == answer["total"]
            seen.append(answer["total"])

    def write(writer):
        for n in range(25):
            assert appliance.call("PUT", f"/v1/documents/w{writer}-{n}", {"text": f"siskin {writer} {n}"}, token).status == 201

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    stop.set()
    for reader in readers:
        reader.join()
    assert appliance.search(token, "siskin", mode="bm25")["total"] == 200
    assert len(appliance.ids(token)) == 200


def test_an_acknowledged_write_is_seen_by_the_next_search(acme):
    appliance, token = acme
    for n in range(60):
        appliance.call("PUT", "/v1/documents/one", {"text": f"version{n}"}, token)
        assert [hit["doc_id"] for hit in appliance.search(token, f"version{n}", mode="bm25")["hits"]] == ["one"]
        if n:
            assert appliance.search(token, f"version{n - 1}", mode="bm25")["hits"] == []
        if n % 5 == 4:
            assert appliance.call("DELETE", "/v1/documents/one", token=token).json["deleted"] == 1
            assert appliance.search(token, f"version{n}", mode="bm25")["hits"] == []


def test_updates_of_one_document_from_many_sides(acme):
    appliance, token = acme

    def write(n):
        return appliance.call("PUT", "/v1/documents/contended", {"text": f"linnet number{n} " + "x " * 2000}, token).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(80))) <= {200, 201}
    answer = appliance.search(token, "linnet", mode="bm25")
    assert [hit["doc_id"] for hit in answer["hits"]] == ["contended"] and answer["total"] == 1
    text = appliance.document(token, "contended").json["text"]
    winner = text.split()[1]
    others = [n for n in range(80) if appliance.search(token, f"number{n}", mode="bm25")["hits"]]
    assert [f"number{n}" for n in others] == [winner]


def test_a_tenant_suspended_in_mid_upload(acme):
    appliance, token = acme
    upload = BulkUpload(appliance, token)
    reader = threading.Thread(target=upload.drain)
    reader.start()
    line = '{"text": "whinchat %d"}'
    upload.send([line % n for n in range(1000)])
    eventually(lambda: upload.committed >= 1000)
    appliance.run("tenant", "suspend", "acme")
    for n in range(1, 20):
        if not upload.send([line % (1000 * n + m) for m in range(1000)]):
            break
        time.sleep(0.1)
    upload.end()
    reader.join(timeout=20)
    upload.close()
    assert upload.summary is None or not upload.summary["complete"]
    appliance.run("tenant", "resume", "acme")
    eventually(lambda: appliance.call("GET", "/v1/collections", token=token).status == 200, seconds=2)
    [info] = appliance.call("GET", "/v1/collections", token=token).json["collections"]
    assert upload.committed <= info["documents"] < 20_000


def test_a_tenant_deleted_under_load(acme):
    appliance, token = acme
    appliance.tenant("other")
    other = appliance.token("other")
    stop = threading.Event()
    statuses = set()

    def work():
        n = 0
        while not stop.is_set():
            n += 1
            statuses.add(appliance.call("PUT", f"/v1/documents/d{n}", {"text": "brambling"}, token).status)
            statuses.add(appliance.call("POST", "/v1/search", {"query": "brambling"}, token).status)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    time.sleep(0.5)
    appliance.run("tenant", "delete", "acme", "--yes")
    eventually(lambda: appliance.call("GET", "/v1/documents", token=token).status == 401, seconds=2)
    stop.set()
    for worker in workers:
        worker.join()
    assert appliance.call("GET", "/v1/documents", token=other).status == 200
    assert not (appliance.data / "tenants" / "acme").exists()
    # Served, then suspended while its calls end, then unknown; nothing ever broke.
    assert {200, 401} <= statuses <= {200, 201, 401, 403}


def test_many_connections(acme):
    import socket
    appliance, token = acme
    idle = [socket.create_connection(("127.0.0.1", appliance.port)) for _ in range(200)]
    assert appliance.call("GET", "/v1/documents", token=token).status == 200
    for connection in idle:
        connection.close()
    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(lambda _: appliance.call("GET", "/health").status, range(300))) == {200}
