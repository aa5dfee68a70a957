"""Other people's vector indexes, each through its own Python binding.

An engine has `build(rows, m, construction)` and `search(queries, k, ef)`, which returns an array of row numbers, best
first. Inner product of unit vectors, one thread, batches: the best case of each.
"""

import os
import shutil
import tempfile

import numpy as np


class HNSWLib:
    def build(self, rows, m, construction):
        import hnswlib

        self.index = hnswlib.Index("ip", rows.shape[1])
        self.index.init_index(len(rows), M=m, ef_construction=construction)
        self.index.set_num_threads(1)
        self.index.add_items(rows, num_threads=1)

    def search(self, queries, k, ef):
        self.index.set_ef(max(ef, k))
        return self.index.knn_query(queries, k, num_threads=1)[0]


class Faiss:
    """HNSW over floats, or over 8-bit codes with the best 3k scored again by the floats."""

    def __init__(self, coded=False):
        self.coded = coded

    def build(self, rows, m, construction):
        import faiss

        faiss.omp_set_num_threads(1)
        dimension, metric = rows.shape[1], faiss.METRIC_INNER_PRODUCT
        if self.coded:
            self.graph = faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_8bit, m, metric)
            self.index = faiss.IndexRefineFlat(self.graph)
            self.index.k_factor = 3
        else:
            self.index = self.graph = faiss.IndexHNSWFlat(dimension, m, metric)
        self.graph.hnsw.efConstruction = construction
        self.index.train(rows[:20_000])
        self.index.add(rows)

    def search(self, queries, k, ef):
        self.graph.hnsw.efSearch = ef
        return self.index.search(queries, k)[1]


class USearch:
    def __init__(self, kind="f32"):
        self.kind = kind

    def build(self, rows, m, construction):
        from usearch.index import Index

        self.index = Index(
            ndim=rows.shape[1], metric="ip", dtype=self.kind, connectivity=m, expansion_add=construction
        )
        self.index.add(np.arange(len(rows), dtype=np.uint64), rows, threads=1)

    def search(self, queries, k, ef):
        self.index.expansion_search = max(ef, k)
        return np.asarray(self.index.search(queries, k, threads=1).keys).reshape(len(queries), -1)


class SVS:
    """Vamana over floats, or over the locally adaptive codes that run on Intel's processors only."""

    def __init__(self, primary=0, residual=0):
        self.bits = primary, residual

    def build(self, rows, m, construction):
        import svs

        shape = svs.VamanaBuildParameters(
            alpha=0.95, graph_max_degree=2 * m, window_size=max(construction, 2 * m + 1)
        )
        data, folder = rows, None
        if self.bits[0]:
            if "GenuineIntel" not in open("/proc/cpuinfo").read():
                raise RuntimeError("ends the process on processors that are not Intel's")
            folder = tempfile.mkdtemp()
            svs.write_vecs(rows, f"{folder}/rows.fvecs")
            loader = svs.VectorDataLoader(f"{folder}/rows.fvecs", svs.DataType.float32, dims=rows.shape[1])
            data = svs.LVQLoader(
                loader, primary=self.bits[0], residual=self.bits[1], strategy=svs.LVQStrategy.Auto
            )
        try:
            self.index = svs.Vamana.build(shape, data, svs.DistanceType.MIP, num_threads=1)
        finally:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
        self.index.num_threads = 1

    def search(self, queries, k, ef):
        self.index.search_window_size = max(ef, k)
        return self.index.search(queries, k)[0]


class SymphonyQG:
    def build(self, rows, m, construction):
        import rabitqlib

        self.index = rabitqlib.SymqgIndex(rows.shape[1], 2 * m, "ip")
        self.index.build(rows, max(construction, 64), num_threads=1)

    def search(self, queries, k, ef):
        return self.index.search_batch(queries, k, max(ef, k), num_threads=1)[0]


class Glass:
    """Built by hand only (pyglass has no package); GLASS_PATH names the folder of its module."""

    def build(self, rows, m, construction):
        import sys

        sys.path.insert(0, os.environ["GLASS_PATH"])
        import glass

        glass.set_num_threads(1)
        self.graph = glass.Index("HNSW", "IP", "SQ8U", 2 * m, construction).build(rows)
        self.searcher = glass.Searcher(self.graph, rows, "IP", "SQ4U", "FP32")
        self.searcher.optimize(1)

    def search(self, queries, k, ef):
        self.searcher.set_ef(max(ef, k))
        return self.searcher.batch_search(queries, k, 1)[0]


RIVALS = {
    "hnswlib": HNSWLib,
    "faiss": Faiss,
    "faiss-sq8": lambda: Faiss(coded=True),
    "usearch": USearch,
    "usearch-bf16": lambda: USearch("bf16"),
    "svs": SVS,
    "svs-lvq8": lambda: SVS(8),
    "svs-lvq4x8": lambda: SVS(4, 8),
    "symqg": SymphonyQG,
    "glass": Glass,
}
# Those that must have answered for a run to count, in one of their forms.
NEEDED = ("hnswlib", "faiss", "usearch", "svs", "symqg")
