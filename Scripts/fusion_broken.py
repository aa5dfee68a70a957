"""What fusion does when one ranking is broken on purpose, through the server.

usage: fusion_broken.py CARREL FOLDER TENANT SET WORK

FOLDER is a data folder with the judged set SET (docs.jsonl, queries.jsonl, qrels.tsv) imported whole into collection
SET's-name of TENANT; it is read, not changed. WORK gets a folder of its own with three copies of the documents, which bring
their vectors: as they are, random ones, and each with an equal part of noise. The last case leaves the documents and gives
the ranking by words a question whose rarest half of words no document has, and the ranking by meaning the whole one.
Prints what `carrel eval` says of each.
"""

import json
import math
import random
import re
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path
from socket import socket
from urllib.request import Request, urlopen

SEED = 2026
RUNS = {
    "rrf": {"fusion": "rrf"}, "minmax": {"fusion": "minmax"}, "calibrated": {"fusion": "calibrated"},
    "bm25": {"mode": "bm25"}, "vector": {"mode": "vector"},
}


def unit(vector):
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector]


def stored_vectors(folder, tenant, name):
    """Each document's vector, as tenant.sqlite keeps it."""
    with sqlite3.connect(f"file:{folder}/tenants/{tenant}/tenant.sqlite?immutable=1", uri=True) as file:
        [(collection,)] = file.execute("SELECT id FROM collection WHERE name = ?", (name,)).fetchall()
        rows = file.execute(
            "SELECT d.id, v.data FROM document d JOIN vector v ON v.key & 0xFFFFFFFFFFFFFF = d.key "
            "WHERE d.collection = ? AND v.key >> 56 = (SELECT min(space) FROM embedding_progress WHERE collection = ?)",
            (collection, collection)).fetchall()
    return {id: struct.unpack(f"<{len(data) // 4}f", data) for id, data in rows}


class Server:
    def __init__(self, carrel, data):
        self.carrel, self.data = carrel, data
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = open(f"{data}.log", "w")
        self.process = subprocess.Popen(
            [carrel, "serve", "--data", data, "--listen", f"127.0.0.1:{self.port}", "--log-level", "warning"],
            stderr=self.log)
        for _ in range(600):
            try:
                urlopen(f"http://127.0.0.1:{self.port}/health/ready").read()
                break
            except OSError:
                time.sleep(0.1)
        self.token = self.command("token", "issue", "--tenant", "broken", "--user", "bench", "--scope", "search,write").strip()

    def command(self, *words):
        return subprocess.run(
            [self.carrel, *words, "--data", self.data], check=True, capture_output=True, text=True).stdout

    def call(self, path, body):
        request = Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        return json.load(urlopen(request))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def without_rare_words(text, frequency, number):
    """The text with the rarest half of its words replaced by words that no document has."""
    words = re.findall(r"\w+", text.lower())
    rarest = sorted(set(words), key=lambda word: (frequency.get(word, 0), word))[: (len(set(words)) + 1) // 2]
    return " ".join(f"qzxv{number}k{place}wvjq" if word in rarest else word for place, word in enumerate(words))


def main():
    if len(sys.argv) != 6:
        raise SystemExit(__doc__)
    carrel, folder, tenant, judged, work = sys.argv[1:]
    judged, work = Path(judged), Path(work)
    work.mkdir(parents=True, exist_ok=True)
    documents = [json.loads(line) for line in open(judged / "docs.jsonl")]
    queries = [json.loads(line) for line in open(judged / "queries.jsonl")]
    asked = {line.split("\t")[0] for line in open(judged / "qrels.tsv")}
    queries = [query for query in queries if query["id"] in asked]
    vectors = stored_vectors(folder, tenant, judged.name)
    chance = random.Random(SEED)
    noise = {document["id"]: unit([chance.gauss(0, 1) for _ in range(384)]) for document in documents}
    collections = {
        "healthy": vectors, "random": noise,
        "noisy": {id: unit([x + n for x, n in zip(unit(vectors[id]), noise[id])]) for id in vectors},
    }
    data = str(work / "data")
    if not (work / "loaded").exists():
        subprocess.run([carrel, "tenant", "create", "broken", "--data", data], check=True, capture_output=True)
        for name, brought in collections.items():
            lines = work / f"{name}.jsonl"
            with open(lines, "w") as file:
                for document in documents:
                    file.write(json.dumps(document | {"embedding": brought[document["id"]]}) + "\n")
            subprocess.run(
                [carrel, "import", "--data", data, "--tenant", "broken", "--collection", name, "--passages", "whole", lines],
                check=True, capture_output=True)
            lines.unlink()
        (work / "loaded").touch()
    frequency = {}
    for document in documents:
        for word in set(re.findall(r"\w+", (document.get("title", "") + " " + document["text"]).lower())):
            frequency[word] = frequency.get(word, 0) + 1

    server = Server(carrel, data)
    try:
        def measure(case, collection, change=None):
            places = []
            for run, members in RUNS.items():
                path = work / f"{case}-{run}.trec"
                with open(path, "w") as file:
                    for number, query in enumerate(queries):
                        body = {"query": query["text"], "collection": collection, "limit": 100, "detail": "ids", **members}
                        if change is not None and members.get("mode") != "vector":
                            body |= change(number, query)
                        for rank, hit in enumerate(server.call("/v1/search", body)["hits"]):
                            # By place: scores of equal size would be sorted anew.
                            file.write(f"{query['id']} Q0 {hit['doc_id']} {rank + 1} {1000 - rank} {run}\n")
                places.append(f"{run}={path}")
            print(f"{case}:", flush=True)
            print(server.command(
                "eval", "--tenant", "broken", "--collection", collection, "--queries", str(judged / "queries.jsonl"),
                "--qrels", str(judged / "qrels.tsv"), "--compare", ",".join(places)), flush=True)

        def unknown(number, query):
            vector = server.call("/v1/embeddings", {"model": "all-MiniLM-L6-v2", "input": query["text"]})["data"][0]["embedding"]
            text = without_rare_words(query["text"], frequency, number)
            return {"query": text, "embedding": vector}

        for collection in ("healthy", "random", "noisy"):
            measure(collection, collection)
        measure("rarest half of the words unknown", "healthy", unknown)
    finally:
        server.stop()


main()
