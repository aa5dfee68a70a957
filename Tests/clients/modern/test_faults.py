"""What a machine does to a server: full and read-only disks, ports and folders in use, broken files, signals."""

import fcntl
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

from appliance import BulkUpload, binary, eventually

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")


def mount(*words: str) -> bool:
    return subprocess.run(["mount", *words], capture_output=True).returncode == 0


def unmount(path) -> None:
    subprocess.run(["umount", "-l", str(path)], capture_output=True)


def quick_check(path) -> None:
    """SQLite finds nothing wrong with the file."""
    database = sqlite3.connect(path)
    try:
        assert database.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    finally:
        database.close()


# Disks


@needs_root
def test_a_full_disk(fresh, tmp_path):
    appliance = fresh()
    appliance.data.mkdir(exist_ok=True)
    if not mount("-t", "tmpfs", "-o", "size=12m", "tmpfs", str(appliance.data)):
        pytest.skip("cannot mount here")
    try:
        appliance.tenant("acme")
        appliance.start()
        token = appliance.token("acme")
        appliance.put(token, [{"id": "before", "text": "written while there was room"}])
        kept = ["before"]
        for n in range(200):
            id = f"large-{n}"
            answer = appliance.call("PUT", f"/v1/documents/{id}", {"text": f"{id} " + os.urandom(100_000).hex()}, token)
            if answer.status != 201:
                break
            kept.append(id)
        assert answer.status == 507, answer.text
        assert answer.json["code"] == "storage_full" and "full" in answer.json["detail"]
        bulk = appliance.bulk(token, [{"id": "bulk", "text": os.urandom(400_000).hex()}])
        summary = bulk.lines[-1]["summary"]
        assert not summary["complete"] and summary["error"]["code"] == "storage_full"
        assert not any("committed_lines" in event for event in bulk.lines)
        # It lives, and what was acknowledged is there and found.
        assert appliance.call("GET", "/health/live").status == 200
        assert sorted(appliance.ids(token)) == sorted(kept)
        assert appliance.search(token, "written room", mode="bm25")["hits"][0]["doc_id"] == "before"
        # Room made, work goes on.
        assert mount("-o", "remount,size=40m", str(appliance.data))
        eventually(lambda: appliance.call("PUT", "/v1/documents/after", {"text": "written after"}, token).status in (200, 201), seconds=5)
        assert appliance.stop() == 0
        appliance.start()
        assert sorted(appliance.ids(token)) == sorted([*kept, "after"])
        appliance.stop()
        quick_check(appliance.data / "tenants/acme/tenant.sqlite")
    finally:
        appliance.kill()
        unmount(appliance.data)


def test_a_read_only_tenant(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.tenant("other")
    token, other = appliance.token("acme"), appliance.token("other")
    appliance.start()
    appliance.put(token, [{"id": "a", "text": "kept"}])
    appliance.stop()
    folder = appliance.data / "tenants" / "acme"
    if os.geteuid() == 0:
        if not (mount("--bind", str(folder), str(folder)) and mount("-o", "remount,ro,bind", str(folder))):
            unmount(folder)
            pytest.skip("cannot mount here")
    else:
        folder.chmod(0o500)
        for file in folder.iterdir():
            if file.is_file():
                file.chmod(0o400)
    try:
        appliance.start()
        answer = appliance.call("POST", "/v1/documents", {"id": "b", "text": "x"}, token)
        assert answer.status == 503 and answer.json["code"] == "read_only", answer.text
        assert str(appliance.data) not in answer.text
        assert appliance.call("GET", "/health").status == 200
        assert appliance.put(other, [{"id": "c", "text": "the neighbour writes on"}])["added"] == 1
        search = appliance.call("POST", "/v1/search", {"query": "kept"}, token)
        assert search.status == 200 or search.json["code"] == "read_only"
        appliance.stop()
    finally:
        if os.geteuid() == 0:
            unmount(folder)
        else:
            folder.chmod(0o700)
            for file in folder.iterdir():
                file.chmod(0o600)
    appliance.start()
    assert appliance.ids(token) == ["a"]
    assert appliance.put(token, [{"id": "b", "text": "x"}])["added"] == 1


@needs_root
def test_a_read_only_folder(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    if not (mount("--bind", str(appliance.data), str(appliance.data)) and mount("-o", "remount,ro,bind", str(appliance.data))):
        unmount(appliance.data)
        pytest.skip("cannot mount here")
    try:
        done = appliance.run("serve", "--listen", "127.0.0.1:0", code=1, timeout=20)
        assert "read-only" in done.stderr.lower() or "cannot be" in done.stderr
    finally:
        unmount(appliance.data)


# Start


def test_a_port_in_use(fresh):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = fresh().run("serve", "--listen", f"127.0.0.1:{port}", code=1, timeout=20)
        assert str(port) in done.stderr and "in use" in done.stderr


def test_a_folder_in_use(fresh):
    appliance = fresh().start()
    done = appliance.run("serve", "--listen", "127.0.0.1:0", code=1, timeout=20)
    assert str(appliance.process.pid) in done.stderr and "serve" in done.stderr
    assert appliance.call("GET", "/health").status == 200


def test_a_socket_left_behind(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start().kill()
    assert (appliance.data / "run" / "carrel.sock").exists()
    appliance.run("search", "anything")
    appliance.start()
    appliance.run("search", "anything")


def test_a_folder_held_by_somebody_silent(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    with (appliance.data / "run" / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "held" in appliance.run("search", "anything", code=1, timeout=20).stderr


def test_a_long_path(fresh):
    """A socket's address is short, a folder's path need not be."""
    appliance = fresh("d" * 120)
    appliance.tenant("acme")
    appliance.start()
    appliance.run("search", "anything")


@pytest.mark.parametrize("file", ["appliance.sqlite", "signing-keys/*.pem"])
def test_a_damaged_file_is_named(fresh, file):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.token("acme")
    [path] = appliance.data.glob(file)
    path.write_bytes(b"damaged " * 1000)
    done = appliance.run("serve", "--listen", "127.0.0.1:0", code=1, timeout=20)
    assert path.name in done.stderr


def test_a_damaged_tenant_is_its_own_misfortune(fresh):
    appliance = fresh()
    for name in ("acme", "other"):
        appliance.tenant(name)
    tokens = {name: appliance.token(name) for name in ("acme", "other")}
    appliance.start()
    appliance.put(tokens["acme"], [{"id": "a", "text": "x"}])
    appliance.stop()
    (appliance.data / "tenants/acme/tenant.sqlite").write_bytes(b"damaged " * 1000)
    appliance.start()
    answer = appliance.call("POST", "/v1/search", {"query": "x"}, tokens["acme"])
    assert answer.status == 500 and str(appliance.data) not in answer.text
    assert "tenant.sqlite" in appliance.log.read_text()
    assert appliance.put(tokens["other"], [{"id": "a", "text": "x"}])["added"] == 1
    assert appliance.call("GET", "/health").status == 200


@pytest.mark.parametrize(("text", "named"), [
    ('{"listen": 8080}', "listen"), ('{"listen": "nowhere"}', "listen"), ('{"lisen": "x"}', "lisen"), ('{"log": {"level": "loud"}}', "log.level"),
    ('{"auth": {"refusals_per_minute": -1}}', "auth.refusals_per_minute"), ('{"plain_http": "yes"}', "plain_http"),
    ("{", "config.json"), ("[]", "config.json"), ("", "config.json"),
])
def test_a_broken_configuration(fresh, text, named):
    appliance = fresh()
    appliance.data.mkdir(exist_ok=True)
    (appliance.data / "config.json").write_text(text)
    done = appliance.run("serve", "--listen", "127.0.0.1:0", code=None, timeout=20)
    assert done.returncode in (1, 2)
    assert named in done.stderr and "config.json" in done.stderr


def test_a_configuration_is_used(fresh):
    appliance = fresh()
    appliance.data.mkdir(exist_ok=True)
    (appliance.data / "config.json").write_text(json.dumps({"allow_hosts": ["search.example.com"]}))
    appliance.start()
    assert appliance.call("GET", "/health", headers={"Host": "search.example.com"}).status == 200
    assert appliance.call("GET", "/health", headers={"Host": "other.example.com"}).status == 421


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"])
def test_it_listens_on_loopback_unless_told_otherwise(fresh, listen):
    done = fresh().run("serve", "--listen", listen, code=None, timeout=20)
    assert done.returncode in (1, 2) and ("--public-url" in done.stderr or "--plain-http" in done.stderr)


def damaged_models(tmp_path):
    yield "missing", tmp_path / "nowhere.pack"
    for name, content in [("empty", b""), ("garbage", os.urandom(100_000)), ("text", b"not a pack")]:
        path = tmp_path / f"{name}.pack"
        path.write_bytes(content)
        yield name, path
    real = os.environ.get("CARREL_MODEL")
    if real and os.path.exists(real):
        cut = tmp_path / "cut.pack"
        with open(real, "rb") as source:
            cut.write_bytes(source.read(1_000_000))
        yield "cut", cut
        flipped = tmp_path / "flipped.pack"
        shutil.copy(real, flipped)
        with flipped.open("r+b") as file:
            file.seek(flipped.stat().st_size // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 0x40]))
        yield "flipped", flipped


def test_a_missing_or_damaged_model(fresh, tmp_path):
    for name, path in damaged_models(tmp_path):
        appliance = fresh(name, CARREL_MODEL=str(path))
        appliance.tenant("acme")
        appliance.start()
        health = appliance.call("GET", "/health").json
        assert health["degraded"] and health["warnings"], name
        assert "model" in appliance.log.read_text(), name
        token = appliance.token("acme")
        appliance.put(token, [{"id": "a", "text": "kingfisher"}])
        answer = appliance.search(token, "kingfisher")
        assert [hit["doc_id"] for hit in answer["hits"]] == ["a"], name
        assert answer["degraded"] and answer["warnings"] and answer["hits"][0]["score"] == 1, name
        assert not appliance.search(token, "kingfisher", mode="bm25")["degraded"]
        appliance.stop()


# Signals


def documents(prefix: str):
    """Endless small documents, each with a word of its own."""
    n = 0
    while True:
        yield json.dumps({"id": f"{prefix}-{n:06}", "title": f"Note {n}", "text": f"Word{prefix}{n:06} stands in this note about ledgers."})
        n += 1


def interrupted_import(appliance, token, prefix, end) -> int:
    """Uploads until `end` has stopped the server; how many lines were acknowledged."""
    upload = BulkUpload(appliance, token, "?collection=notes")
    reader = threading.Thread(target=upload.drain)
    reader.start()
    lines = documents(prefix)
    stopper = threading.Thread(target=end, args=(upload,))
    stopper.start()
    while upload.send([next(lines) for _ in range(200)]):
        if not stopper.is_alive():
            break
    stopper.join()
    upload.end()
    reader.join(timeout=30)
    upload.close()
    return upload.committed


def check_survivors(appliance, token, prefix, acknowledged) -> None:
    """All that was acknowledged is there and found; what was not is there whole or not at all."""
    ids = [id for id in appliance.ids(token, "notes") if id.startswith(prefix + "-")]
    numbers = sorted(int(id.rsplit("-", 1)[1]) for id in ids)
    assert numbers[:acknowledged] == list(range(acknowledged))
    # A commit is all or nothing, so no hole follows either.
    assert numbers == list(range(len(numbers)))
    step = max(1, len(numbers) // 40)
    for n in {*numbers[::step], *numbers[-3:], *range(max(0, acknowledged - 3), min(acknowledged + 3, len(numbers)))}:
        assert appliance.document(token, f"{prefix}-{n:06}", "notes").json["text"] == f"Word{prefix}{n:06} stands in this note about ledgers."
        hits = appliance.search(token, f"word{prefix}{n:06}", mode="bm25", collection="notes")["hits"]
        assert [hit["doc_id"] for hit in hits] == [f"{prefix}-{n:06}"]
    absent = len(numbers)
    assert appliance.document(token, f"{prefix}-{absent:06}", "notes").status == 404
    assert appliance.search(token, f"word{prefix}{absent:06}", mode="bm25", collection="notes")["hits"] == []


def test_sigterm_in_mid_import(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    appliance.start("--drain-seconds", "2")
    codes = []

    def end(upload):
        eventually(lambda: upload.committed >= 2000, seconds=30)
        codes.append(appliance.stop())

    acknowledged = interrupted_import(appliance, token, "term", end)
    assert codes == [0] and acknowledged >= 2000
    appliance.start()
    check_survivors(appliance, token, "term", acknowledged)
    appliance.stop()
    quick_check(appliance.data / "tenants/acme/tenant.sqlite")


def test_sigterm_ends_an_idle_server_at_once(fresh):
    appliance = fresh().start()
    with socket.create_connection(("127.0.0.1", appliance.port)):
        began = time.monotonic()
        assert appliance.stop() == 0
        assert time.monotonic() - began < 15
    assert "panic" not in appliance.log.read_text() and "Fatal" not in appliance.log.read_text()


def test_kill_9_once(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    appliance.start()

    def end(upload):
        eventually(lambda: upload.committed >= 2000, seconds=30)
        appliance.kill()

    acknowledged = interrupted_import(appliance, token, "once", end)
    appliance.start()
    check_survivors(appliance, token, "once", acknowledged)


@pytest.mark.slow
def test_kill_9_twenty_times(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme", ttl="8h")
    appliance.start()
    assert appliance.call("POST", "/v1/collections", {"name": "notes"}, token).status == 201
    appliance.kill()
    survivors = {}
    for round in range(20):
        appliance.start()
        for prefix, count in survivors.items():
            assert appliance.search(token, f"word{prefix}{count - 1:06}", mode="bm25")["hits"], prefix

        def end(upload):
            # Each round a little later, so that kills fall before, into and behind a commit.
            eventually(lambda: upload.committed >= 1000 * (round % 4), seconds=60)
            time.sleep(0.013 * round)
            appliance.kill()

        prefix = f"round{round:02}"
        acknowledged = interrupted_import(appliance, token, prefix, end)
        appliance.start()
        check_survivors(appliance, token, prefix, acknowledged)
        if acknowledged:
            survivors[prefix] = acknowledged
        if round % 2:
            appliance.stop()
            quick_check(appliance.data / "tenants/acme/tenant.sqlite")
            quick_check(appliance.data / "appliance.sqlite")
        else:
            # Killed again, while idle or embedding.
            appliance.kill()
    assert len(survivors) >= 10
