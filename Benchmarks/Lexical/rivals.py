"""Rivals that have Python bindings, driven line by line as LuceneBench is.

usage: rivals.py tantivy|bm25s|pisa DOCS.tsv FOLDER
       rivals.py fields|feed DOCS.tsv FOLDER

Indexes DOCS.tsv (id, title, text; joined by a space into one field) unless FOLDER holds the index already, prints
"indexed N in S s", then reads commands from standard input: "bench QUERIES MODE K OUT" runs each query once and writes
its microseconds; each is answered with "done", or "cannot" when the rival has no such queries.

"fields" makes Tantivy's index of titles and texts as fields of their own, ids stored and not looked for, and ends; "feed"
makes the same documents in Python for nobody: what handing them over costs.
"""

import glob
import importlib.machinery
import importlib.util
import os
import resource
import site
import sys
import time


def documents(path):
    with open(path, encoding="utf8") as lines:
        for line in lines:
            id, title, text = line.rstrip("\n").split("\t", 2)
            yield id, f"{title} {text}" if title else text


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Tantivy:
    modes = ("or", "and", "phrase")

    def __init__(self, docs, folder):
        import tantivy

        self.tantivy = tantivy
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("id", stored=True, tokenizer_name="raw")
        schema.add_text_field("text", stored=False, tokenizer_name="en_stem", index_option="position")
        self.schema = schema.build()
        if not os.path.exists(folder):
            os.makedirs(folder)
            start, count = cpu_seconds(), 0
            writer = tantivy.Index(self.schema, path=folder).writer(heap_size=512 << 20, num_threads=1)
            for id, text in documents(docs):
                writer.add_document(tantivy.Document(id=id, text=text))
                count += 1
            writer.commit()
            writer.wait_merging_threads()
            print(f"indexed {count} in {cpu_seconds() - start:.1f} s", flush=True)
        index = tantivy.Index(self.schema, path=folder)
        index.reload()
        self.searcher = index.searcher()
        builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.remove_long(40))
        self.analyzer = builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english")).build()

    def search(self, text, mode, k):
        query, occur = self.tantivy.Query, self.tantivy.Occur
        terms = self.analyzer.analyze(text)
        if mode == "phrase" and len(terms) > 1:
            asked = query.phrase_query(self.schema, "text", terms)
        else:
            how = occur.Must if mode == "and" else occur.Should
            asked = query.boolean_query(
                [(how, query.term_query(self.schema, "text", term, "freq")) for term in dict.fromkeys(terms)]
            )
        self.searcher.search(asked, k, False)


def tantivy_fields(docs, folder, is_fed):
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_bytes_field("id", stored=True)
    for field in ("title", "text"):
        schema.add_text_field(field, stored=False, tokenizer_name="en_stem", index_option="position")
    os.makedirs(folder)
    index = tantivy.Index(schema.build(), path=folder)
    writer = index.writer(heap_size=512 << 20, num_threads=1)
    with open(docs, encoding="utf8") as lines:
        for line in lines:
            id, title, text = line.rstrip("\n").split("\t", 2)
            document = tantivy.Document(id=id.encode(), title=title, text=text)
            if is_fed:
                writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    print(f"{index.searcher().num_docs} documents in {index.searcher().num_segments} segments")


class BM25S:
    modes = ("or",)

    def __init__(self, docs, folder):
        import bm25s
        import Stemmer

        self.bm25s, self.stemmer = bm25s, Stemmer.Stemmer("english")
        start = cpu_seconds()
        texts = [text for _, text in documents(docs)]
        tokens = bm25s.tokenize(texts, stopwords=None, stemmer=self.stemmer, show_progress=False)
        self.index = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numba")
        self.index.index(tokens, show_progress=False)
        print(f"indexed {len(texts)} in {cpu_seconds() - start:.1f} s", flush=True)

    def search(self, text, mode, k):
        [terms] = self.bm25s.tokenize(
            [text], stopwords=None, stemmer=self.stemmer, show_progress=False, return_ids=False
        )
        known = [term for term in terms if term in self.index.vocab_dict]
        if known:
            self.index.retrieve([known], k=k, show_progress=False, n_threads=1)


class PISA:
    """The native module of pyterrier-pisa, without PyTerrier."""

    modes = ("or", "and")

    def __init__(self, docs, folder):
        import numpy

        self.numpy = numpy
        [library] = [
            path for place in site.getsitepackages() for path in glob.glob(f"{place}/pyterrier_pisa/_pisathon*.so")
        ]
        loader = importlib.machinery.ExtensionFileLoader("_pisathon", library)
        self.pisa = importlib.util.module_from_spec(importlib.util.spec_from_loader("_pisathon", loader))
        loader.exec_module(self.pisa)
        if not os.path.exists(f"{folder}/done"):
            os.makedirs(folder, exist_ok=True)
            plain, count = f"{folder}/docs.txt", 0
            with open(plain, "w", encoding="utf8") as out:
                for _, text in documents(docs):
                    out.write(f"{count} {' '.join(text.split())}\n")
                    count += 1
            start = cpu_seconds()
            self.pisa.index(plain, folder, "porter2", 3_000_000, 1)
            print(f"indexed {count} in {cpu_seconds() - start:.1f} s", flush=True)
            os.unlink(plain)
        self.context = self.pisa.RetrievalContext()
        self.pisa.prepare_index(
            self.context, folder, "block_simdbp", "bm25", "porter2", quantize=0, stop_fname="", bm25_k1=1.2, bm25_b=0.75
        )
        open(f"{folder}/done", "w").close()

    def search(self, text, mode, k):
        empty = self.numpy.empty
        self.pisa.retrieve(
            self.context,
            "ranked_and" if mode == "and" else "block_max_wand",
            [(0, text)],
            k=k,
            threads=1,
            query_weighted=0,
            pretokenised=False,
            result_qidxs=empty(k, "int32"),
            result_docnos=empty(k, object),
            result_ranks=empty(k, "int32"),
            result_scores=empty(k, "float32"),
        )


def main():
    name, docs, folder = sys.argv[1:]
    if name in ("fields", "feed"):
        return tantivy_fields(docs, folder, is_fed=name == "fields")
    rival = {"tantivy": Tantivy, "bm25s": BM25S, "pisa": PISA}[name](docs, folder)
    print("ready", flush=True)
    for command in sys.stdin:
        _, path, mode, k, out = command.split()
        if mode not in rival.modes:
            print("cannot", flush=True)
            continue
        with open(path, encoding="utf8") as lines:
            queries = [line.rstrip("\n").split("\t", 1) for line in lines]
        with open(out, "w", encoding="utf8") as answers:
            for id, text in queries:
                start = time.thread_time_ns()
                rival.search(text, mode, int(k))
                answers.write(f"{id}\t{(time.thread_time_ns() - start) / 1e3:.3f}\n")
        print("done", flush=True)


if __name__ == "__main__":
    main()
