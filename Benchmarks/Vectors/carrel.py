"""The vector engine as one of the engines that `vectors.py` runs, loaded from libCarrelVectors.so.

A mode is what the graph is walked by; the best `RESCORED` x k rows it finds are scored again by the floats.
"""

import ctypes

import numpy as np

FLOAT32, INT8, INT4 = 0, 1, 2
RESCORED = 2


class Carrel:
    path = "libCarrelVectors.so"

    def __init__(self, codes, best=False):
        self.codes, self.best = codes, best
        self.library = ctypes.CDLL(self.path)
        self.handle = ctypes.c_void_p()
        for name, result in (("build", ctypes.c_void_p), ("search", ctypes.c_int64), ("memory", ctypes.c_int64),
                             ("bandwidth", ctypes.c_double)):
            getattr(self.library, f"carrel_vectors_{name}").restype = result

    def build(self, rows, m, construction):
        rows = np.ascontiguousarray(rows, np.float32)
        self.handle = ctypes.c_void_p(
            self.library.carrel_vectors_build(
                ctypes.c_void_p(rows.ctypes.data), ctypes.c_int64(len(rows)), ctypes.c_int64(rows.shape[1]),
                ctypes.c_int64(self.codes), ctypes.c_int64(m), ctypes.c_int64(construction), ctypes.c_int64(self.best),
            )
        )
        if not self.handle:
            raise RuntimeError("the build failed")

    def __del__(self):
        if self.handle:
            self.library.carrel_vectors_free(self.handle)

    def search(self, queries, k, ef):
        """Row numbers, best first: the bare loop, without filter, documents and deletions."""
        return self.ask("bare", queries, k, ef)

    def search_as_product(self, queries, k, ef):
        """The same through the snapshot that the product's searches see."""
        return self.ask("snapshot", queries, k, ef)

    def ask(self, how, queries, k, ef):
        queries = np.ascontiguousarray(queries, np.float32)
        found = np.empty((len(queries), k), np.int32)
        # Rows the walks met, and those of them that they read whole: codes rule out most floats, bits most long codes.
        whole = ctypes.c_int64()
        self.distances = self.library.carrel_vectors_search(
            self.handle, ctypes.c_void_p(queries.ctypes.data), ctypes.c_int64(len(queries)), ctypes.c_int64(k),
            ctypes.c_int64(max(ef, k)), ctypes.c_int64(RESCORED * k), ctypes.c_int64(how == "bare"),
            ctypes.c_void_p(found.ctypes.data), ctypes.byref(whole),
        )
        self.whole = whole.value
        if self.distances < 0:
            raise RuntimeError("a search failed")
        return found

    def bandwidth(self, row_bytes):
        """Bytes a second that one thread reads of whole rows of this size, in random order."""
        return self.library.carrel_vectors_bandwidth(ctypes.c_int64(row_bytes))

    def row_bytes(self, dimension):
        """Bytes of a row that the walk compares."""
        return {FLOAT32: 4 * dimension, INT8: dimension, INT4: dimension // 2}[self.codes]

    def read_bytes(self, dimension):
        """Bytes of the rows that the last walks read: the codes of floats and the bits of long codes, and some rows whole."""
        first = dimension if self.codes == FLOAT32 else -(-dimension // 512) * 64
        if self.whole == self.distances:
            first = 0
        return self.distances * first + self.whole * self.row_bytes(dimension)

    def memory(self):
        """Bytes that an unfiltered walk reads, those of the int8 codes for filters, and those of the floats."""
        sizes = np.zeros(3, np.int64)
        self.library.carrel_vectors_memory(self.handle, ctypes.c_void_p(sizes.ctypes.data))
        return dict(zip(("walk", "filter", "floats"), map(int, sizes)))


MODES = {
    "carrel-fp32": lambda: Carrel(FLOAT32),
    "carrel-int8": lambda: Carrel(INT8),
    "carrel-4bit": lambda: Carrel(INT4),
    "carrel-best": lambda: Carrel(INT4, best=True),
}
