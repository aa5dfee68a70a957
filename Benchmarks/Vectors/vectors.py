"""The vector engine beside its rivals: recall first, then alternating rounds, all in one process on one thread.

usage: vectors.py DATA OUT [--dimension D] [--count N] [--queries Q] [--construction EF] [--engines a,b,...]
                  [--rounds R] [--library libCarrelVectors.so]

DATA holds what views.py made. Every engine is built over the same rows with m = 16 and the same construction width
(Vamana and SymphonyQG: 32 links), then asked the same questions in batches. A time is CPU time of the process, which
runs one thread; the figure of an engine at one width is its best of R rounds that visit every engine at every width.
Queries a second at a recall are read off between the two nearest widths, logarithms of the rates interpolated. Memory
is what the process grew by during the build; for the engine of this project also the bytes that a walk can touch.

Writes OUT.json and OUT.csv, prints the tables, and ends with 1 if a rival that must be there failed: such a run does not count.
"""

import argparse
import csv
import gc
import json
import math
import os
import platform
import subprocess
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
import numpy as np

from carrel import MODES, Carrel
from report import limits, table
from rivals import NEEDED, RIVALS
from views import nearest

WIDTHS = (10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 900)
RECALLS = (0.90, 0.95, 0.99)
ENGINES = {**RIVALS, **MODES}
DEFAULT = "hnswlib,faiss,faiss-sq8,usearch,usearch-bf16,svs,svs-lvq8,svs-lvq4x8,symqg," + ",".join(MODES)
K = 10
# A curve ends where it has passed the highest recall asked for.
ENOUGH = 0.9965


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def read(folder, dimension, count, queries):
    base = np.fromfile(f"{folder}/base_{dimension}.f32", np.float32, count=count * dimension).reshape(-1, dimension)
    asked = np.fromfile(f"{folder}/query_{dimension}.f32", np.float32).reshape(-1, dimension)[:queries]
    if len(base) < count:
        raise SystemExit(f"{folder} holds {len(base)} vectors, not {count}")
    whole = os.path.getsize(f"{folder}/base_{dimension}.f32") // (4 * dimension)
    if count == whole:
        truth = np.fromfile(f"{folder}/truth_{dimension}.i32", np.int32).reshape(-1, 100)[:queries]
    else:
        truth = nearest(base, asked)
    return base, asked, truth


def recall(found, truth):
    return float(np.mean([len(set(a[:K].tolist()) & set(b[:K].tolist())) for a, b in zip(found, truth)]) / K)


def rate_at(points, wanted):
    """Queries a second at a recall, on the line through the two points around it; None past the last."""
    points = sorted((point["recall"], point["qps"]) for point in points)
    if not points or points[-1][0] < wanted:
        return None
    if points[0][0] >= wanted:
        return points[0][1]
    for (low, slow), (high, fast) in zip(points, points[1:]):
        if low < wanted <= high:
            share = (wanted - low) / (high - low)
            return math.exp(math.log(slow) + (math.log(fast) - math.log(slow)) * share)


class Run:
    def __init__(self, options):
        self.options = options
        self.base, self.queries, self.truth = read(
            options.data, options.dimension, options.count, options.queries
        )
        self.engines, self.results, self.failures = {}, {}, {}

    def build(self, name):
        gc.collect()
        before, start = resident(), time.process_time()
        try:
            engine = ENGINES[name]()
            engine.build(self.base, 16, self.options.construction)
        except Exception as error:
            self.fail(name, error)
            return
        seconds = time.process_time() - start
        gc.collect()
        self.engines[name] = engine
        self.results[name] = {"build_seconds": seconds, "grown_bytes": resident() - before, "widths": {}}
        if isinstance(engine, Carrel):
            row = engine.row_bytes(self.options.dimension)
            self.results[name] |= {"bytes": engine.memory(), "row_bytes": row, "bandwidth": engine.bandwidth(row)}
        print(f"  {name}: built in {seconds:.1f} s", flush=True)

    def fail(self, name, error):
        self.failures[name] = repr(error)
        self.engines.pop(name, None)
        print(f"  {name} FAILED: {error!r}", flush=True)

    def round(self):
        for name in list(self.engines):
            for width in WIDTHS:
                try:
                    if self.visit(name, width) >= ENOUGH:
                        break
                except Exception as error:
                    self.fail(name, error)
                    break

    def visit(self, name, width):
        engine, widths = self.engines[name], self.results[name]["widths"]
        if width not in widths:
            found = engine.search(self.queries, K, width)
            widths[width] = {"ef": width, "recall": recall(found, self.truth), "qps": 0.0}
            if isinstance(engine, Carrel):
                widths[width]["distances"] = engine.distances / len(self.queries)
                widths[width]["bytes"] = engine.read_bytes(self.options.dimension) / len(self.queries)
        start = time.process_time()
        engine.search(self.queries, K, width)
        rate = len(self.queries) / (time.process_time() - start)
        widths[width]["qps"] = max(widths[width]["qps"], rate)
        return widths[width]["recall"]

    def report(self):
        engines = []
        for name, result in self.results.items():
            points = list(result.pop("widths").values())
            at = {f"{wanted:.2f}": rate_at(points, wanted) for wanted in RECALLS}
            engines.append({"name": name, **result, "points": points, "at": at})
        answered = {name.split("-")[0] for name in self.results if name not in self.failures}
        missing = [name for name in NEEDED if name not in answered]
        with open("/proc/cpuinfo") as lines:
            cpu = next((line.split(": ")[1].strip() for line in lines if line.startswith("model name")), "")
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
        return {
            "machine": f"{os.cpu_count()} x {cpu}, {platform.system()} {platform.release()}",
            "commit": commit, "load": os.getloadavg()[0], "dimension": self.options.dimension,
            "count": self.options.count, "queries": len(self.queries), "k": K, "m": 16,
            "construction": self.options.construction, "rounds": self.options.rounds, "counts": not missing,
            "missing": missing, "failures": self.failures, "engines": engines,
        }


def write(report, path):
    with open(f"{path}.json", "w") as out:
        json.dump(report, out, indent=1)
        out.write("\n")
    with open(f"{path}.csv", "w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("engine", "dimension", "count", "construction", "ef", "recall", "qps"))
        for engine in report["engines"]:
            for point in engine["points"]:
                rows.writerow((
                    engine["name"], report["dimension"], report["count"], report["construction"], point["ef"],
                    f"{point['recall']:.4f}", f"{point['qps']:.0f}"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", metavar="DATA")
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--construction", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", default=DEFAULT)
    parser.add_argument("--library", default=".build/release/libCarrelVectors.so")
    options = parser.parse_args()
    Carrel.path = os.path.abspath(options.library)
    run = Run(options)
    for name in options.engines.split(","):
        run.build(name)
    for _ in range(options.rounds):
        run.round()
    report = run.report()
    write(report, options.out)
    print(table(report), limits(report), sep="\n\n", flush=True)
    if report["missing"]:
        print(f"this run does not count: {', '.join(report['missing'])} did not answer", flush=True)
    # Some of the libraries do not survive the end of Python.
    sys.stdout.flush()
    os._exit(1 if report["missing"] else 0)


if __name__ == "__main__":
    main()
