"""What calibrated fusion costs over reciprocal ranks: processor time of the server, a search.

usage: fusion_cost.py CARREL FOLDER TENANT COLLECTION QUERIES.tsv [QUERIES] [ROUNDS]

Starts a server on FOLDER, asks the first QUERIES (250) texts of the file (id, tab, text; their vectors are in the server's
cache after the first time; misspelt words are taken as they stand) by both fusions in turn, ROUNDS (12) times,
and prints the mean over the queries of the least time of each, for depth 100 and 20. Time is what the kernel says all
threads of the server ran, in nanoseconds (/proc/PID/task/*/schedstat); what a busy machine costs through its caches is in it
unless some round was quiet.
"""

import http.client
import json
import math
import statistics
import subprocess
import sys
import time
from pathlib import Path
from socket import socket


def main():
    if len(sys.argv) < 6:
        raise SystemExit(__doc__)
    carrel, folder, tenant, collection, path = sys.argv[1:6]
    count, rounds = ([int(word) for word in sys.argv[6:]] + [250, 12][len(sys.argv) - 6:])[:2]
    texts = [line.rstrip("\n").split("\t", 1)[1] for line in open(path)][:count]
    token = subprocess.run(
        [carrel, "token", "issue", "--data", folder, "--tenant", tenant, "--user", "bench"], check=True,
        capture_output=True, text=True).stdout.strip()
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [carrel, "serve", "--data", folder, "--listen", f"127.0.0.1:{port}", "--log-level", "error",
         "--recall-share", "0"],
        stderr=subprocess.DEVNULL)

    def spent():
        return sum(int(file.read_text().split()[0]) for file in Path(f"/proc/{server.pid}/task").glob("*/schedstat"))

    try:
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("GET", "/health/ready")
                connection.getresponse().read()
                break
            except OSError:
                time.sleep(0.1)

        def ask(text, fusion, depth):
            body = {
                "query": text, "collection": collection, "fusion": fusion, "depth": depth, "detail": "ids", "limit": 10,
                "typos": False}
            connection.request(
                "POST", "/v1/search", json.dumps(body),
                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            assert response.status == 200 and not answer["degraded"], answer
            return answer

        for text in texts:
            ask(text, "rrf", 100)
        # What begins by itself after a start is over.
        before = -1
        while spent() - before > 2_000_000:
            before = spent()
            time.sleep(2)
        for depth in (100, 20):
            least = {fusion: [math.inf] * len(texts) for fusion in ("rrf", "calibrated")}
            for _ in range(rounds):
                for place, text in enumerate(texts):
                    for fusion in least:
                        before = spent()
                        ask(text, fusion, depth)
                        least[fusion][place] = min(least[fusion][place], (spent() - before) / 1000)
            mean = {fusion: statistics.mean(values) for fusion, values in least.items()}
            more = [calibrated - rrf for rrf, calibrated in zip(least["rrf"], least["calibrated"])]
            print(
                f"depth {depth}: rrf {mean['rrf']:.0f} µs, calibrated {mean['calibrated']:.0f} µs a search; more by "
                f"{statistics.mean(more):.0f} µs (median of queries {statistics.median(more):.0f})", flush=True)
    finally:
        server.terminate()
        server.wait()


main()
