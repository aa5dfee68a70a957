"""`carrel import` on the files people have: what goes in, what is said, and what bad files can not do."""

import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

import files
from appliance import binary, eventually


@pytest.fixture
def acme(fresh):
    appliance = fresh(CARREL_MODEL="/nowhere")
    appliance.tenant("acme")
    return appliance


def report_of(appliance, *words, code=0, timeout=120):
    return json.loads(appliance.run("import", *words, "--json", "--no-embeddings", code=code, timeout=timeout).stdout)


def reasons(report):
    """By file name: why it was left out, passed over, or what is noted of it."""
    found = {}
    for key, text in (("problems", "reason"), ("passed_over", "reason"), ("notes", "note"), ("encodings", "encoding")):
        for entry in report[key]:
            found[Path(entry["origin"]).name] = entry[text]
    return found


def search(appliance, query, **options):
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return json.loads(appliance.run("search", query, "--json", "--mode", "bm25", *words).stdout)["hits"]


# What goes in


def test_every_kind_of_file(acme, tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    files.pdf(folder / "rules.pdf", ["Invoices are kept ten years.", "The heron stands in the reeds.", ""], title="Rules & <Terms>")
    files.word(folder / "handbook.docx", "Handbook of Travel", [(1, "Trains"), (0, "Trains before planes."), (2, "Sleeping cars"), (0, "Berths are paid.")])
    (folder / "page.html").write_text(
        "<html><head><title>A  page</title><style>.x{}</style><script>var hidden = 'zebra'</script></head><body><nav>menu zebra</nav>"
        "<h1>Bees</h1><p>Bees dance <b>waggles</b>.<h2>Honey</h2><pre># not a heading\n  x</pre><ul><li>comb<li>wax</ul></body></html>")
    (folder / "notes.md").write_text("# The notes\n\nAbout quinces.\n")
    (folder / "plain.txt").write_text("About medlars.\n")
    (folder / "rows.csv").write_text('id,title,fruit\nr1,First,"damson, dried"\nr2,,sloe\n')
    (folder / "unnamed.tsv").write_text("fruit\tcolour\nbullace\tblue\n")
    (folder / "list.json").write_text(json.dumps([{"id": "j1", "text": "About greengages."}, {"id": "j2", "title": "Mirabelles", "text": ""}]))
    (folder / "other.json").write_text(json.dumps({"pear": {"kind": "conference"}}))
    (folder / "lines.jsonl").write_text(json.dumps({"id": "l1", "text": "About apricots."}) + "\n")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    report = report_of(acme, folder)
    assert report["added"] == 12 and report["left_out"] == 0 and report["unread_kinds"] == {".jpg": 1}

    hit = search(acme, "heron reeds")[0]
    assert (hit["doc_id"], hit["title"]) == ("papers/rules.pdf", "Rules & <Terms>")
    assert hit["passage"]["page"] == 1 and hit["metadata"]["pages"] == 3 and hit["metadata"]["type"] == "pdf"
    hit = search(acme, "berths paid")[0]
    assert (hit["doc_id"], hit["title"]) == ("papers/handbook.docx", "Handbook of Travel")
    hit = search(acme, "waggles")[0]
    assert hit["title"] == "A page" and hit["passage"]["heading"] == "Bees"
    assert not search(acme, "zebra"), "scripts and menus are not read"
    assert search(acme, "damson")[0]["doc_id"] == "r1" and search(acme, "damson")[0]["metadata"]["fruit"] == "damson, dried"
    assert search(acme, "bullace")[0]["doc_id"] == "papers/unnamed.tsv#1"
    assert [search(acme, word)[0]["doc_id"] for word in ("greengages", "mirabelles", "apricots")] == ["j1", "j2", "l1"]
    assert search(acme, "conference")[0]["doc_id"] == "papers/other.json"
    assert {"path", "type", "bytes", "sha256"} <= set(search(acme, "medlars")[0]["metadata"])


def test_long_documents_tell_page_and_heading(acme, tmp_path):
    pages = [f"Page {number} speaks of {word}. " + "Filler words stand here. " * 8 for number, word in enumerate(["ash", "birch", "cedar", "date", "elder"], 1)]
    files.pdf(tmp_path / "trees.pdf", pages)
    files.word(tmp_path / "trees.docx", "", [part for word in ("fir", "gum", "holly") for part in ((1, f"The {word}"), (0, f"{word} words. " + "More of it follows here. " * 50))])
    assert report_of(acme, tmp_path / "trees.pdf", tmp_path / "trees.docx")["added"] == 2
    whole = acme.run("search", "elder", "--json", "--mode", "bm25").stdout
    hit = json.loads(whole)["hits"][0]
    assert hit["passage"]["page"] >= 3, "the last page does not lie in the first passage"
    assert f"trees.pdf, page {hit['passage']['page']}  " in acme.run("search", "elder", "--mode", "bm25").stdout
    assert "trees.docx, The gum  " in acme.run("search", "gum words", "--mode", "bm25").stdout
    assert search(acme, "gum words")[0]["passage"]["heading"] == "The gum"
    assert search(acme, "holly")[0]["passage"]["heading"] == "The holly"


def test_hits_over_mcp_fit_their_schema(acme, tmp_path):
    import jsonschema

    (tmp_path / "a.md").write_text("# Top\n\n" + "Words of the top. " * 80 + "\n\n## Below\n\nWords of woodcocks. " * 2)
    acme.run("import", tmp_path / "a.md")
    acme.start()
    token = acme.token("acme")
    tools = {tool["name"]: tool for tool in acme.rpc("tools/list", token=token).json["result"]["tools"]}
    answer = acme.tool("search_documents", {"query": "woodcocks"}, token)["result"]["structuredContent"]
    jsonschema.validate(answer, tools["search_documents"]["outputSchema"])
    assert answer["hits"][0]["passage"]["heading"] == "Below"
    assert {"page", "heading"} <= set(tools["hybrid_search"]["outputSchema"]["properties"]["hits"]["items"]["properties"]["passage"]["properties"])


def test_encodings_are_guessed_and_said(acme, tmp_path):
    text = "Größe und Maß der Rüsche, naïve café"
    for name, data in {
        "utf8.txt": text.encode(), "mark.txt": b"\xef\xbb\xbf" + text.encode(), "wide.txt": text.encode("utf-16"),
        "bare.txt": text.encode("utf-16-le"), "latin.txt": text.encode("cp1252"),
        "broken.txt": (text * 20).encode() + b"\xff", "nul.txt": text.encode() + b"\0 end",
        "said.html": f"<meta charset='iso-8859-2'><p>{'Größe und Maß der Rüsche, Žluť'}".encode("iso-8859-2"),
        "table.csv": "name;note\nRüsche;Größe\n".encode("cp1252"),
    }.items():
        (tmp_path / name).write_bytes(data)
    report = report_of(acme, *sorted(tmp_path.glob("*.*")))
    told = reasons(report)
    assert report["added"] == 9
    assert told["latin.txt"] == told["table.csv"] == "windows-1252" and told["bare.txt"] == "UTF-16LE"
    assert "U+FFFD" in told["broken.txt"] or told["broken.txt"] == "UTF-8"
    assert "NUL" in told["nul.txt"] and not {"utf8.txt", "mark.txt", "wide.txt", "said.html"} & set(told)
    assert len(search(acme, "größe", limit="50")) == 9, "every one of them reads as what it says"
    assert search(acme, "žluť")[0]["doc_id"] == "said.html"


# Again


def test_unchanged_files_are_not_read_again(acme, tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.html").write_text(f"<p>document {number}")
    files.pdf(folder / "a.pdf", ["a page"])
    assert report_of(acme, folder)["added"] == 41
    again = report_of(acme, folder)
    assert (again["unchanged"], again["unread"], again["bytes"]) == (41, 41, 0)
    (folder / "7.html").write_text("<p>another seven")
    os.utime(folder / "8.html")
    changed = report_of(acme, folder)
    assert (changed["updated"], changed["unread"]) == (1, 40), "a new date alone is no change"
    # Files named one by one, as a shell does it.
    assert report_of(acme, folder / "7.html", folder / "9.html")["added"] == 2
    assert report_of(acme, folder / "7.html", folder / "9.html")["unread"] == 2


@pytest.fixture
def many(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(2_500):
        (folder / f"{number:05}.html").write_text(f"<h1>Document {number}</h1><p>" + f"word{number} and others like it. " * 30)
    return folder


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill", "ctrl-c"])
def test_a_broken_off_import_goes_on_from_there(acme, many, number):
    acme.start()
    token = acme.token("acme")
    importer = subprocess.Popen(
        [binary(), "import", many, "--data", acme.data, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        def stored():
            assert importer.poll() is None, "it was done before it could be broken off"
            entries = acme.call("GET", "/v1/collections", token=token).json["collections"]
            return sum(entry["documents"] for entry in entries)

        eventually(stored, seconds=60, step=0.02)
        importer.send_signal(number)
        out, err = importer.communicate(timeout=30)
    finally:
        importer.kill()
    if number == signal.SIGKILL:
        # What the killed importer had sent, the server may still be committing: its drain ends that, one way or the other.
        assert acme.stop() == 0
        acme.start()
    left = len(acme.ids(token))
    assert 0 < left < 2_500
    if number == signal.SIGINT:
        assert importer.returncode == 130 and "interrupted" in err
        told = json.loads(out)
        assert told["interrupted"] and told["added"] == left, "what it says is stored is what is stored"
    rest = report_of(acme, many)
    assert (rest["unread"], rest["added"], rest["updated"]) == (left, 2_500 - left, 0)
    assert len(acme.ids(token)) == 2_500


# Bad files


def hostile(folder: Path) -> dict[str, str]:
    """Bad files, and what must be said of each: a part of the reason, or nothing where it goes in all the same."""
    said = {}

    def expect(name: str, reason: str) -> Path:
        said[name] = reason
        return folder / name

    files.raw_word(expect("traversal.docx", ""), files.paragraph("traversal words"), {"../../../../tmp/carrel-escaped": b"x", "/tmp/carrel-escaped": b"x"})
    files.raw_word(expect("laughs.docx", "document type"), files.laughs())
    files.raw_word(expect("foreign.docx", "document type"), '<!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + files.paragraph("&f;"))
    files.word_bomb(expect("bomb.docx", "unpacks to more than"), 300)
    whole = files.word(folder / "whole.docx", "", [(0, "whole words " * 500)]).read_bytes()
    (folder / "whole.docx").unlink()
    expect("truncated.docx", "damaged").write_bytes(whole[: len(whole) // 2])
    expect("locked.docx", "encrypted").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096)
    files.raw_word(expect("broken.docx", "damaged"), "<w:document><w:body>")
    files.endless_pdf(expect("endless.pdf", "Page count (1000000)"))
    files.slow_pdf(expect("slow.pdf", "took longer"))
    files.encrypted_pdf(expect("locked.pdf", "encrypted"))
    files.pdf(expect("scanned.pdf", "no text"), ["", ""])
    whole = files.pdf(folder / "whole.pdf", ["words"] * 20).read_bytes()
    (folder / "whole.pdf").unlink()
    expect("noise.pdf", "damaged").write_bytes(b"%PDF-1.7\n" + os.urandom(5_000))
    expect("renamed.pdf", "does not begin").write_bytes(b"<html>no pdf")
    files.sparse(expect("sparse.pdf", "larger than"), 2 << 30)
    files.sparse(expect("sparse.txt", "larger than"), 2 << 30)
    expect("line.txt", "larger than").write_bytes(b"a" * (100 << 20))
    expect("line.jsonl:1", "longer than")
    (folder / "line.jsonl").write_bytes(b"{" + b"a" * (100 << 20))
    expect("nul.txt", "NUL").write_bytes(b"words\0 with a nul in the middle of them\n" * 3)
    expect("invalid.md", "windows-1252").write_bytes(b"# \xff\xfe\xfd words\n")
    expect("binary.txt", "not text").write_bytes(bytes(range(256)) * 64)
    expect("deep.json", "not valid JSON").write_bytes(b"[" * 1_000_000)
    expect("deep.html", "").write_bytes(b"<div>" * 200_000 + b"deepest words")
    expect("row.csv, row 1", "longer than")
    (folder / "row.csv").write_bytes(b"id,note\na," + b"x" * (20 << 20) + b"\nb,after\n")
    expect("quote.csv, row 1", "never closed")
    (folder / "quote.csv").write_bytes(b'id,note\na,"opened\n')
    expect("empty.pdf", "empty").write_bytes(b"")
    expect("blank.txt", "no text").write_bytes(b" \n\t\n")
    os.mkfifo(expect("pipe.txt", "pipe"))
    expect("link.txt", "symbolic link").symlink_to("/etc/passwd")
    expect("up", "symbolic link").symlink_to("..")
    expect("loop.md", "symbolic link").symlink_to("loop.md")
    if os.geteuid() == 0:
        try:
            os.mknod(expect("device.txt", "device"), stat.S_IFCHR | 0o666, os.makedev(1, 5))
        except PermissionError:
            del said["device.txt"]
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "wb") as file:
        file.write(b"words")
    expect("\ufffd\ufffd.txt", "not UTF-8")
    (folder / "new\nline.txt").write_text("newline words")
    (folder / "ids.jsonl").write_text(json.dumps({"id": "../../../../tmp/carrel-escaped", "text": "escaping words"}) + "\n")
    deep = folder
    for _ in range(70):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "far.txt").write_text("too far")
    return said


def test_bad_files_cost_themselves_alone(acme, tmp_path):
    folder = tmp_path / "hostile"
    folder.mkdir()
    said = hostile(folder)
    assert len(said) >= 20
    (folder / "zz-good.txt").write_text("good words at the very end")
    report = report_of(acme, folder, "--file-timeout", "5", code=3, timeout=400)
    told = reasons(report)
    for name, reason in said.items():
        if reason:
            assert reason in told.get(name, "nothing was said"), name
    assert any("folders inside each other" in reason for reason in told.values())
    for word, count in (("traversal", 1), ("deepest", 1), ("newline", 1), ("escaping", 1), ("after", 1), ("good", 1)):
        assert len(search(acme, word)) == count, word
    assert not search(acme, "root bash nologin"), "nothing of /etc/passwd came in"
    assert not Path("/tmp/carrel-escaped").exists()
    assert not list(acme.data.rglob("*escaped*"))
    assert search(acme, "escaping")[0]["doc_id"] == "../../../../tmp/carrel-escaped", "an id is a name, never a path"
    out = acme.run("import", folder / "new\nline.txt", folder / "locked.pdf", code=3).stderr
    assert "encrypted" in out and "left out" in out
    # Nothing good at all is a failure.
    assert "nothing was imported" in acme.run("import", folder / "locked.pdf", code=1).stderr


def test_an_unreadable_file_and_folder_are_named(passable_folder):
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody who may not read")
    folder = passable_folder / "docs"
    (folder / "closed").mkdir(parents=True)
    (folder / "open.txt").write_text("open words")
    (folder / "secret.txt").write_text("secret words")
    (folder / "closed" / "a.txt").write_text("closed words")
    os.chmod(folder / "secret.txt", 0)
    os.chmod(folder / "closed", 0)
    data = passable_folder / "theirs"
    data.mkdir()
    os.chown(data, 65534, 65534)
    # As root the command becomes the owner of its data folder, who may not read everything.
    done = subprocess.run([binary(), "import", folder, "--data", data, "--json", "--no-embeddings"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3, done.stderr
    told = reasons(json.loads(done.stdout))
    assert "Permission denied" in told["secret.txt"] and "Permission denied" in told["closed"]


def test_two_files_of_one_name_do_not_replace_each_other(acme, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text(f"words of {name}")
    report = report_of(acme, tmp_path / "a" / "x.txt", tmp_path / "b" / "x.txt", code=3)
    assert report["added"] == 1 and "x.txt is that of" in report["problems"][0]["reason"]


def test_a_reader_has_no_network_and_opens_no_file():
    done = subprocess.run(
        [binary(), "extract-worker", "--probe"], capture_output=True, text=True, timeout=30,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    found = json.loads(done.stdout)
    if not found["seccomp"] and not found["network_namespace"]:
        pytest.skip("this kernel offers neither seccomp nor user namespaces")
    if found["seccomp"]:
        assert found["socket"] == "refused"
    if found["landlock"]:
        assert found["read_etc_passwd"] == found["write_tmp"] == "refused"


def test_no_reader_outlives_its_command(acme, tmp_path):
    files.slow_pdf(tmp_path / "slow.pdf")
    importer = subprocess.Popen([binary(), "import", tmp_path / "slow.pdf", "--data", acme.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    readers = eventually(lambda: family(importer.pid), seconds=20)
    programs = eventually(lambda: [pid for reader in readers for pid in family(reader)], seconds=20)
    importer.kill()
    importer.wait(timeout=10)
    eventually(lambda: not any(is_running(pid) for pid in readers + programs), seconds=10)


def status(pid: int) -> list[str]:
    """State, parent and more of a process; nothing once it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(parent: int) -> list[int]:
    everyone = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in everyone if status(pid)[1:2] == [str(parent)]]


def is_running(pid: int) -> bool:
    return status(pid)[:1] not in ([], ["Z"])
