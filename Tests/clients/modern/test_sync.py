"""`carrel sync`: a folder mirrored into a collection, and all the times when nothing must be deleted."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from appliance import binary, eventually


@pytest.fixture
def acme(fresh):
    appliance = fresh(CARREL_MODEL="/nowhere")
    appliance.tenant("acme")
    return appliance


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "docs"
    (folder / "deep").mkdir(parents=True)
    put(folder / "a.md", "# Alpha\n\nabout alder\n")
    put(folder / "b.txt", "about birch\n")
    put(folder / "deep" / "c.html", "<h1>Cedar</h1><p>about cedar")
    put(folder / "rows.csv", "id,tree\n1,elm\n2,fig\n3,gum\n")
    put(folder / "list.json", json.dumps([{"id": "x", "text": "about holly"}, {"text": "about hazel"}]))
    put(folder / "lines.jsonl", json.dumps({"id": "l", "text": "about larch", "metadata": {"mine": 1}}) + "\n")
    return folder


def put(path, text, age=60):
    """Writes a file as if some time ago, so that it is taken at first sight."""
    path.write_text(text)
    os.utime(path, (time.time() - age, time.time() - age))


def once(appliance, folder, *options, code=0):
    done = appliance.run("sync", folder, "--once", "--json", "--no-embeddings", *options, code=code)
    done.report = json.loads(done.stdout.splitlines()[-1])
    return done


def ids(appliance):
    """Every document's id, by a server that runs for the listing alone."""
    appliance.start()
    try:
        return sorted(appliance.ids(appliance.token("acme")))
    finally:
        appliance.stop()


ALL = sorted([
    "docs/a.md", "docs/b.txt", "docs/deep/c.html", "docs/rows.csv#1", "docs/rows.csv#2", "docs/rows.csv#3", "docs/list.json#x", "docs/list.json#2",
    "docs/lines.jsonl#l",
])


def test_adds_changes_and_deletions_follow(acme, folder):
    assert once(acme, folder).report["added"] == 9
    assert ids(acme) == ALL
    again = once(acme, folder).report
    assert (again["added"], again["updated"], again["deleted"], again["unchanged"]) == (0, 0, 0, 9)
    put(folder / "b.txt", "about beech\n", age=30)
    put(folder / "new.md", "# New\n\nabout nutmeg\n")
    put(folder / "rows.csv", "id,tree\n1,elm\n3,ginkgo\n")
    (folder / "a.md").unlink()
    shutil.move(folder / "deep", folder / "deeper")
    changed = once(acme, folder).report
    assert changed["added"] == 2 and changed["deleted"] == 3
    assert ids(acme) == sorted({*ALL, "docs/new.md", "docs/deeper/c.html"} - {"docs/a.md", "docs/deep/c.html", "docs/rows.csv#2"})
    assert "beech" in acme.run("search", "beech", "--mode", "bm25").stdout
    (folder / "list.json").unlink()
    assert once(acme, folder).report["deleted"] == 2


def test_it_deletes_only_what_it_brought(acme, folder, tmp_path):
    acme.run("import", "-", "--no-embeddings", input=json.dumps({"id": "docs/mine.txt", "text": "not from the folder"}) + "\n")
    put(folder / "early.txt", "imported before it was synced")
    acme.run("import", folder / "early.txt", "--no-embeddings")
    once(acme, folder)
    other = tmp_path / "elsewhere" / "docs"
    other.mkdir(parents=True)
    put(other / "a.md", "another folder of the same name")
    put(other / "z.md", "about zelkova")
    refused = once(acme, other, code=3)
    assert "synced from another folder" in refused.stderr and refused.report["added"] == 1
    (other / "z.md").unlink()
    once(acme, other, code=3)
    assert ids(acme) == sorted([*ALL, "docs/early.txt", "docs/mine.txt", "early.txt"])
    (folder / "early.txt").unlink()
    once(acme, folder)
    assert "early.txt" in ids(acme) and "docs/early.txt" not in ids(acme)


def test_nothing_goes_when_the_source_is_not_to_be_trusted(acme, folder, tmp_path):
    once(acme, folder)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.rename(tmp_path / path.name)
    empty = once(acme, folder, code=1)
    assert "nothing is deleted" in empty.stderr and "--allow-empty" in empty.stderr
    assert ids(acme) == ALL
    folder.rmdir()
    assert "cannot be read" in acme.run("sync", folder, "--once", code=1).stderr
    assert ids(acme) == ALL
    folder.mkdir()
    assert once(acme, folder, "--allow-empty").report["deleted"] == 9
    assert ids(acme) == []


def test_a_subfolder_that_cannot_be_read_keeps_its_documents(folder, passable_folder):
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody who may not read")
    folder = shutil.copytree(folder, passable_folder / "docs")
    data = passable_folder / "theirs"
    data.mkdir()
    os.chown(data, 65534, 65534)
    command = [binary(), "sync", folder, "--once", "--json", "--no-embeddings", "--data", data]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    os.chmod(folder / "deep", 0)
    (folder / "b.txt").unlink()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "Permission denied" in done.stderr
    assert json.loads(done.stdout)["deleted"] == 1
    found = subprocess.run([binary(), "search", "cedar", "--json", "--mode", "bm25", "--data", data], capture_output=True, text=True, timeout=60)
    assert [hit["doc_id"] for hit in json.loads(found.stdout)["hits"]] == ["docs/deep/c.html"]


def test_a_file_that_is_being_written_waits(acme, folder):
    """The writer goes on for a while; not one look may take a half."""
    acme.start()
    token = acme.token("acme")
    sync = subprocess.Popen(
        [binary(), "sync", folder, "--every", "1s", "--data", acme.data], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: len(acme.ids(token)) == 9, seconds=30)
        with (folder / "slow.txt").open("w") as file:
            for number in range(30):
                file.write(f"line {number} of a slow writer\n")
                file.flush()
                time.sleep(0.1)
                found = acme.document(token, "docs/slow.txt")
                assert found.status == 404, f"taken with {number} lines"
        eventually(lambda: acme.document(token, "docs/slow.txt").status == 200, seconds=20)
        assert acme.document(token, "docs/slow.txt").json["text"].count("line") == 30
        (folder / "slow.txt").unlink()
        eventually(lambda: acme.document(token, "docs/slow.txt").status == 404, seconds=20)
        # The whole folder is away for a moment, as a disk that is unmounted; then it is back.
        away = folder.with_name("away")
        folder.rename(away)
        time.sleep(3)
        assert len(acme.ids(token)) == 9
        put(away / "late.txt", "written while it was away")
        away.rename(folder)
        eventually(lambda: acme.document(token, "docs/late.txt").status == 200, seconds=20)
        assert len(acme.ids(token)) == 10
        sync.send_signal(signal.SIGINT)
        assert sync.wait(timeout=20) == 0
        assert "nothing is deleted" in sync.stderr.read()
    finally:
        sync.kill()


def test_nothing_goes_when_the_disk_below_changes(acme, folder, tmp_path):
    """A disk is mounted on the folder, mirrored, and unmounted: what lies below it is another folder altogether."""
    mounting = ["unshare", "--user", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*mounting, "true"], capture_output=True).returncode:
        pytest.skip("needs leave to make a mount namespace")
    below = tmp_path / "mount" / "docs"
    below.mkdir(parents=True)
    put(below / "stray.txt", "left below the mount point")
    gone = tmp_path / "unmount"
    acme.start()
    token = acme.token("acme")
    script = """
        mount -t tmpfs none "$1" && cp -rp "$2"/. "$1"
        (while [ ! -e "$3" ]; do sleep 0.1; done; umount -l "$1") &
        shift 3 && exec "$@"
    """
    sync = subprocess.Popen(
        [*mounting, "sh", "-c", script, "sh", below, folder, gone, binary(), "sync", below, "--every", "1s", "--data", acme.data],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: len(acme.ids(token)) == 9, seconds=30)
        gone.touch()
        time.sleep(5)
        assert sorted(acme.ids(token)) == ALL, "neither deleted nor mixed with what lies below"
        sync.send_signal(signal.SIGINT)
        sync.wait(timeout=20)
        assert "on another device than before" in sync.stderr.read()
    finally:
        sync.kill()


def test_kill_and_go_on(acme, folder):
    """Killed again and again in the middle, with a folder that changes: in the end it is the folder."""
    for number in range(300):
        put(folder / f"{number:03}.html", f"<h1>Number {number}</h1>" + f"<p>words of {number} " * 40)
    acme.start()
    token = acme.token("acme")
    for turn in range(4):
        sync = subprocess.Popen([binary(), "sync", folder, "--every", "1s", "--data", acme.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5 + 0.4 * turn)
        sync.kill()
        sync.wait(timeout=10)
        (folder / f"{turn:03}.html").unlink()
        put(folder / f"{turn + 100}.html", f"<p>changed in turn {turn}")
    last = json.loads(acme.run("sync", folder, "--once", "--json", timeout=120).stdout.splitlines()[-1])
    assert last["left_out"] == 0
    assert sorted(acme.ids(token)) == sorted([*ALL, *(f"docs/{number:03}.html" for number in range(4, 300))])
    for turn in range(4):
        assert f"turn {turn}" in acme.document(token, f"docs/{turn + 100}.html").json["text"]


def test_wrong_usage(acme, folder):
    assert acme.run("sync", code=2).stderr
    assert "30s" in acme.run("sync", folder, "--every", "soon", code=2).stderr
    assert "single files" in acme.run("sync", folder / "a.md", "--once", code=1).stderr
