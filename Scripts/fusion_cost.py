"""What calibrated fusion costs over reciprocal ranks: processor time of the server, a search.

usage: fusion_cost.py CARREL FOLDER TENANT COLLECTION QUERIES.tsv [QUERIES] [ROUNDS]

Starts a server on FOLDER, asks the first QUERIES (250) texts of the file (id, tab, text; their vectors are in the server's
cache after the first time; misspelt words are taken as they stand) by each fusion in turn, ROUNDS (12) times, and prints the least and the median time a search of
the rounds, for depth 100 and 20. Time is what the kernel says all threads of the server ran, in nanoseconds
(/proc/PID/task/*/schedstat), so a busy machine disturbs it only through its caches.
"""

import http.client
import json
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
            times = {"rrf": [], "calibrated": []}
            for _ in range(rounds):
                for fusion in times:
                    before = spent()
                    for text in texts:
                        ask(text, fusion, depth)
                    times[fusion].append((spent() - before) / len(texts) / 1000)
            least = {fusion: min(values) for fusion, values in times.items()}
            median = {fusion: statistics.median(values) for fusion, values in times.items()}
            print(
                f"depth {depth}: rrf {least['rrf']:.0f} µs (median {median['rrf']:.0f}), calibrated "
                f"{least['calibrated']:.0f} µs (median {median['calibrated']:.0f}); more by "
                f"{least['calibrated'] - least['rrf']:.0f} µs (median {median['calibrated'] - median['rrf']:.0f})",
                flush=True)
    finally:
        server.terminate()
        server.wait()


main()
