"""What a bulk load costs in memory: the peak of RssAnon + RssShmem while `carrel import` reads a file of documents.

usage: bulk.py DOCS.jsonl WORK [--carrel ./carrel] [--limit N | --bytes N] [--options "--passages whole"]

Imports DOCS.jsonl, its first N documents, or all of them and from the first on again under other ids up to N bytes, into
a new folder, without embeddings, and looks at the process fifty times a second. Prints documents, wall and CPU seconds,
of RssAnon + RssShmem the median, what 99 of 100 looks stayed below, and the peak, the peak of all resident memory (mapped
files included, which the kernel takes back when it needs them), and the size of the keyword files.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import time


def memory(process):
    """RssAnon with RssShmem, and VmRSS, in kB; zeros once the process has ended."""
    try:
        with open(f"/proc/{process}/status", encoding="utf8") as lines:
            fields = dict(line.split(":", 1) for line in lines)
    except OSError:
        return 0, 0
    size = {name: int(fields[name].split()[0]) if name in fields else 0 for name in ("RssAnon", "RssShmem", "VmRSS")}
    return size["RssAnon"] + size["RssShmem"], size["VmRSS"]


def filled(docs, path, size):
    """Writes the documents of a file, and again under other ids, until there are so many bytes."""
    count = 0
    with open(path, "wb") as out:
        prefix = ""
        while count < size:
            with open(docs, "rb") as lines:
                for line in lines:
                    if prefix:
                        document = json.loads(line)
                        document["id"] = f"{prefix}{document['id']}"
                        line = json.dumps(document, ensure_ascii=False).encode() + b"\n"
                    count += out.write(line)
                    if count >= size:
                        break
            prefix += "again-"
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs")
    parser.add_argument("work", metavar="WORK")
    parser.add_argument("--carrel", default="./carrel")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--bytes", type=int, default=0)
    parser.add_argument("--options", default="")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    docs = options.docs
    if options.limit:
        docs = f"{options.work}/first-{options.limit}.jsonl"
        with open(options.docs, "rb") as lines, open(docs, "wb") as out:
            for _, line in zip(range(options.limit), lines):
                out.write(line)
    if options.bytes:
        docs = filled(options.docs, f"{options.work}/bytes-{options.bytes}.jsonl", options.bytes)
    folder = f"{options.work}/data"
    shutil.rmtree(folder, ignore_errors=True)
    start = time.monotonic()
    importer = subprocess.Popen(
        [options.carrel, "import", "--data", folder, "--collection", "bulk", "--no-embeddings", *options.options.split(), docs],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    looks, peak, resident, when = [], 0, 0, 0.0
    os.set_blocking(importer.stderr.fileno(), False)
    said = b""
    while importer.poll() is None:
        now = memory(importer.pid)
        if now[0] > peak:
            peak, when = now[0], time.monotonic() - start
        if now[0]:
            looks.append(now[0])
        resident = max(resident, now[1])
        said = (said + (importer.stderr.read() or b""))[-4_000:]
        time.sleep(0.02)
    looks.sort()
    usage = os.times()
    if importer.returncode != 0:
        raise SystemExit(f"the import failed: {said.decode(errors='replace')}")
    with open(docs, "rb") as lines:
        count = sum(1 for _ in lines)
    size = sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*.bm25"))
    print(f"{count} documents in {time.monotonic() - start:.0f} s, {usage.children_user + usage.children_system:.0f} s of CPU; "
          f"RssAnon {looks[len(looks) // 2] / 1024:.0f} MB, 99 % below {looks[len(looks) * 99 // 100] / 1024:.0f}, "
          f"peak {peak / 1024:.0f} after {when:.0f} s, peak of RSS {resident / 1024:.0f} MB; "
          f"keyword files {size / 1e6:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
