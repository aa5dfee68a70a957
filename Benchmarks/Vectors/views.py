"""Base and query vectors of 384 and 1,536 dimensions out of what `Benchmarks views` wrote.

usage: views.py FOLDER VIEWS.f32...

Each VIEWS.f32 holds 4 x 384 floats a passage: unit vectors of the means after layers 6, 5 and 4 and of the first token.
Writes into FOLDER: pooled.npy (passages x 4 x 384), base_D.f32 and query_D.f32 (row-major, unit length, D = 384 and
1536), and truth_D.i32, the 100 nearest base rows of each query by inner product, nearest first.

384 dimensions are the model's own vectors. 1,536 are the four views of the same text, each centred, with the weights
1, .7, .5 and .7, turned by one random rotation: as many directions carry them as carry vectors of large models.
The last 2,000 passages are the questions, and are in no base.
"""

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np

QUESTIONS = 2_000
BASE = 100_000
WEIGHTS = (1.0, 0.7, 0.5, 0.7)


def unit(rows):
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def wide(pooled):
    """The four views side by side, centred, weighted and turned."""
    parts = []
    for view, weight in enumerate(WEIGHTS):
        rows = np.array(pooled[:, view])
        parts.append(weight * unit(rows - rows.mean(0)))
    size = 384 * len(WEIGHTS)
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((size, size)).astype(np.float32))
    return unit(np.concatenate(parts, 1) @ turn.astype(np.float32))


def nearest(base, queries, count=100):
    """The rows of `base` with the largest inner products, largest first; equal ones by row."""
    found = []
    for start in range(0, len(queries), 250):
        scores = queries[start : start + 250] @ base.T
        some = np.sort(np.argpartition(-scores, min(count, len(base) - 1), axis=1)[:, :count], axis=1)
        order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
        found.append(np.take_along_axis(some, order, 1))
    return np.concatenate(found).astype(np.int32)


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    folder, paths = sys.argv[1], sys.argv[2:]
    os.makedirs(folder, exist_ok=True)
    pooled = np.concatenate([np.fromfile(path, np.float32).reshape(-1, 4, 384) for path in paths])
    if len(pooled) <= QUESTIONS:
        raise SystemExit(f"{len(pooled)} passages: the last {QUESTIONS} would be the questions")
    np.save(f"{folder}/pooled.npy", pooled)
    for dimension, make in ((384, lambda: unit(pooled[:, 0])), (1536, lambda: wide(pooled))):
        rows = make()
        base, queries = rows[:-QUESTIONS][:BASE], rows[-QUESTIONS:]
        base.tofile(f"{folder}/base_{dimension}.f32")
        queries.tofile(f"{folder}/query_{dimension}.f32")
        nearest(base, queries).tofile(f"{folder}/truth_{dimension}.i32")
        print(f"{dimension} dimensions: {len(base)} base vectors, {len(queries)} questions", flush=True)


if __name__ == "__main__":
    main()
