"""The keyword engine beside its rivals, on the same work: results first, then alternating rounds.

usage: lexical.py DOCS.jsonl QUERIES WORK [--limit N] [--rounds R] [--peers lucene,tantivy,pisa,bm25s] [--core C]
                  [--engine Benchmarks] [--queries N] [--reuse] [--differences]
                  [--product [--loaded] [--new]] [--indexing]

DOCS.jsonl holds {"id", "title", "text"}; QUERIES is the folder of q_short.tsv, q_long.tsv, q_phrase.tsv and
q_fuzzy1.tsv (id, text).
Everything is made in WORK and kept: documents, indexes, answers; our own index is made anew unless --reuse is said.
Lucene needs LUCENE_CP and JAVA (lucene_setup.sh).

Bare: title and text joined into one field, English stems, no stop words, k1 1.2, b 0.75, one segment, one thread on one
core, top 10. Query analysis counts for everybody. A round runs every query once with each engine, one engine after the
other; a query's time, the CPU time of the thread that answers, is its best round, and the figure is the mean over
queries. Twenty rounds: Lucene is compiled while it runs, and after six it still takes up to a third longer.

Equality: an index of the engine's own tokens is made with Lucene, and scores, documents and order must be the same
(relative difference below 1e-6) before anything is timed. Where the two chains of analysis differ, --differences counts
and shows before the equality.

--product is the other table, with Lucene alone: titles and contents (a title counts twice), 5 % of the documents deleted,
segments as either merge policy leaves them (ours at rest, or with --loaded as the last write left them; with --new no names
of hits are remembered between rounds), ours through
SearchRequest in mode bm25 (limit 10, passages whole, ids alone told), Lucene with title and content in one field, the title
twice, the ids of its hits read from the stored fields. Ours counts live passages alone, Lucene deleted ones too until their
segments are merged: so equality is against a Lucene index of the surviving documents' tokens, the timing against the one
with deletions. Our time is the CPU of the whole process, since a request is handed from thread to thread; Lucene's that of
its thread.

--indexing is the third table: each engine indexes the documents into one segment of two fields, title and text, each with
positions, English stems, no stop words, one thread on one core, as much as 512 MB gathered in memory, and commits with
synchronised files. Ids are stored and not looked for: ours in a file beside the index. Time is all CPU of the process, the
kernel's and its start included, the best of the rounds, in each of which every engine indexes anew. "titles twice" is ours with
the words of titles in the field of texts too. Python hands Tantivy its documents; what that takes is measured by itself and
the ratio told without it as well.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

WORK = (("short OR", "q_short.tsv", "or"), ("AND", "q_short.tsv", "and"), ("long OR", "q_long.tsv", "or"),
        ("phrase", "q_phrase.tsv", "phrase"))
# Of the long questions at least two words, and three quarters of them.
COUNTED = (("two of long", "q_long.tsv", "two"), ("most of long", "q_long.tsv", "most"))
# What the bare table is to reach beside Lucene, by passages; the product table 0.85 of it.
AIMS = {0: {"short OR": 1.5, "AND": 1.4, "long OR": 1.4, "phrase": 1.2}, 200_000: {"short OR": 3}}
# Timed, not compared: Lucene looks among its stems and weighs words otherwise.
FUZZY = ("fuzzy word", "q_fuzzy1.tsv", "fuzzy")
HERE = os.path.dirname(os.path.abspath(__file__))


class Engine:
    """A resident process that answers commands, pinned to one core."""

    def __init__(self, name, command, core, ready=True):
        self.name = name
        pinned = ["taskset", "-c", str(core), *command] if core >= 0 else command
        self.process = subprocess.Popen(pinned, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.notes = []
        while ready and (line := self.line()) != "ready":
            self.notes.append(line)

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended")
        return line.strip()

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.line() == "done"

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def java(*words, vectors=True):
    options = ["-Xmx4g", "-XX:+UseSerialGC", "--add-modules", "jdk.incubator.vector",
               "--enable-native-access=ALL-UNNAMED"]
    return [os.environ.get("JAVA", "java"), *options, "-cp", os.environ["LUCENE_CP"], "LuceneBench", *map(str, words)]


def write_documents(options):
    """DOCS.tsv: id, title, text, with white space made single spaces."""
    path = f"{options.work}/docs-{options.limit or 'all'}.tsv"
    if not os.path.exists(path):
        with open(options.docs, encoding="utf8") as lines, open(path + ".part", "w", encoding="utf8") as out:
            for number, line in enumerate(lines):
                if options.limit and number == options.limit:
                    break
                document = json.loads(line)
                out.write("\t".join(" ".join(str(document.get(key, "")).split()) for key in ("id", "title", "text")) + "\n")
        os.rename(path + ".part", path)
    return path


def cut_queries(options):
    """The first so many queries of each set."""
    paths = {}
    for _, name, _ in (*WORK, FUZZY):
        paths[name] = f"{options.work}/{name}"
        with open(f"{options.queries_folder}/{name}", encoding="utf8") as lines, open(paths[name], "w") as out:
            kept = [line for line in lines if "\t" in line]
            out.writelines(kept[: options.queries or None])
    return paths


def lucene_index(options, docs, folder, analyzer, title_weight=0, deletes="-", one_segment=1):
    if not os.path.exists(folder):
        before = os.times()
        said = subprocess.run(java("index", docs, folder, analyzer, title_weight, deletes, one_segment), check=True, capture_output=True, text=True)
        after = os.times()
        seconds = after.children_user + after.children_system - before.children_user - before.children_system
        size = sum(os.path.getsize(f"{folder}/{name}") for name in os.listdir(folder)) / 1e6
        print(f"lucene, {analyzer}: {said.stdout.strip()}, {seconds:.1f} s of CPU, {size:.1f} MB", flush=True)


def read_run(path):
    answers = {}
    with open(path, encoding="utf8") as lines:
        for line in lines:
            query, document, _, score = line.split("\t")
            answers.setdefault(query, []).append((document, float(score)))
    return answers


def compare(ours, theirs):
    """How many queries answer otherwise, and the largest relative difference of scores at the same rank."""
    different, largest = [], 0.0
    for query in ours.keys() | theirs.keys():
        left, right = ours.get(query, []), theirs.get(query, [])
        largest = max([largest] + [abs(a[1] - b[1]) / abs(b[1]) for a, b in zip(left, right)])
        # Documents whose scores agree to 1e-6 may change places.
        if len(left) != len(right) or any(
            a[0] != b[0] and abs(a[1] - b[1]) > 1e-6 * abs(b[1]) for a, b in zip(left, right)
        ):
            different.append(query)
    return different, largest


def verify(options, engine, docs, queries):
    """Equal answers on equal tokens, or the end."""
    tokens = f"{options.work}/tokens-{options.limit or 'all'}.tsv"
    if not os.path.exists(tokens):
        engine.ask(f"tokens {docs} or 0 {tokens}")
    folder = f"{options.work}/lucene-tokens-{options.limit or 'all'}"
    lucene_index(options, tokens, folder, "tokens")
    compare_answers(options, engine, folder, queries, (*WORK, *COUNTED))


def compare_answers(options, engine, folder, queries, work=WORK):
    lucene = Engine("lucene", java("serve", folder, "tokens"), options.core, ready=False)
    for label, name, mode in work:
        asked = f"{options.work}/tokens-{name}"
        engine.ask(f"tokens {queries[name]} query 0 {asked}")
        ours, theirs = f"{options.work}/run-ours.tsv", f"{options.work}/run-lucene.tsv"
        engine.ask(f"run {queries[name]} {mode} 10 {ours}")
        lucene.ask(f"run {asked} {mode} 10 {theirs}")
        different, largest = compare(read_run(ours), read_run(theirs))
        print(f"equality with Lucene on equal tokens, {label}: {len(different)} queries differ, "
              f"largest relative difference of a score {largest:.1e}", flush=True)
        if different or largest > 1e-6:
            raise SystemExit(f"not equal: {different[:5]}")
    lucene.close()


def deleted_documents(options, docs):
    """Every twentieth document, a file of their ids."""
    path = f"{options.work}/deleted-{options.limit or 'all'}.txt"
    with open(docs, encoding="utf8", newline="\n") as lines, open(path, "w", encoding="utf8") as out:
        for number, line in enumerate(lines):
            if number % 20 == 7:
                out.write(line.split("\t", 1)[0] + "\n")
    return path


def product(options, docs, queries):
    """The second table."""
    name = options.limit or "all"
    deleted, folder = deleted_documents(options, docs), f"{options.work}/product-{name}{'-loaded' if options.loaded else ''}"
    if not options.reuse:
        shutil.rmtree(folder, ignore_errors=True)
    state = [word for word, said in (("loaded", options.loaded), ("new", options.new)) if said]
    ours = Engine("carrel", [options.engine, "keywords", docs, folder, deleted, *state], options.core)
    print("\n".join(f"carrel: {note}" for note in ours.notes), flush=True)
    files = [path.stat().st_size for path in pathlib.Path(folder).rglob("*.bm25")]
    print(f"carrel: {len(files)} files of {sum(files) / 1e6:.1f} MB")
    tokens, left = f"{options.work}/tokens-product-{name}.tsv", f"{options.work}/lucene-product-tokens-{name}"
    if not os.path.exists(left):
        ours.ask(f"tokens {docs} or 0 {tokens}.all")
        with open(deleted, encoding="utf8") as ids, open(f"{tokens}.all", encoding="utf8", newline="\n") as lines, \
                open(tokens, "w", encoding="utf8") as out:
            gone = set(ids.read().split())
            out.writelines(line for line in lines if line.split("\t", 1)[0] not in gone)
        os.remove(f"{tokens}.all")
    lucene_index(options, tokens, left, "tokens", title_weight=2)
    compare_answers(options, ours, left, queries)
    theirs = f"{options.work}/lucene-product-{name}"
    lucene_index(options, docs, theirs, "english", title_weight=2, deletes=deleted, one_segment=0)
    lucene = Engine("lucene", java("serve", theirs, "english"), options.core, ready=False)
    aims = AIMS.get(options.limit, {})
    print(f"{'µs a query':12}{'carrel':>12}{'lucene':>12}{'ratio':>8}{'aim':>8}")
    for label, name, mode in WORK:
        best = {}, {}
        for _ in range(options.rounds):
            for engine, command, times in ((ours, "bench", best[0]), (lucene, "answer", best[1])):
                out = f"{options.work}/times-{engine.name}.tsv"
                engine.ask(f"{command} {queries[name]} {mode} 10 {out}")
                best_times(out, times)
        carrel, rival = (sum(times.values()) / len(times) for times in best)
        print(f"{label:12}{carrel:12.1f}{rival:12.1f}{rival / carrel:8.2f}" + (f"{0.85 * aims[label]:8.2f}" if label in aims else ""), flush=True)
    print(f"carrel: {anonymous_megabytes(ours.process.pid):.0f} MB of anonymous memory after all of that")
    ours.close()
    lucene.close()


def anonymous_megabytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1e3


def indexing(options, docs):
    """The third table."""
    rivals, ours = [sys.executable, f"{HERE}/rivals.py"], [options.engine, "indexing"]
    folder = f"{options.work}/indexing"
    commands = {"carrel": [*ours, docs, folder, "stems", "apart"],
                "titles twice": [*ours, docs, folder, "stems", "titled"],
                "lucene": java("index", docs, folder, "english", "fields", "-", 1),
                "tantivy": [*rivals, "fields", docs, folder],
                "python": [*rivals, "feed", docs, folder]}
    seconds, sizes = {}, {}
    for _ in range(options.rounds):
        for name, command in commands.items():
            shutil.rmtree(folder, ignore_errors=True)
            if name in ("carrel", "titles twice"):
                os.makedirs(folder)
            before = os.times()
            pinned = ["taskset", "-c", str(options.core), *command] if options.core >= 0 else command
            said = subprocess.run(pinned, check=True, capture_output=True, text=True).stdout.strip()
            after = os.times()
            taken = after.children_user + after.children_system - before.children_user - before.children_system
            print(f"{name}: {taken:.1f} s of CPU ({said})", flush=True)
            seconds[name] = min(taken, seconds.get(name, taken))
            sizes[name] = sum(path.stat().st_size for path in pathlib.Path(folder).iterdir()) / 1e6
    shutil.rmtree(folder)
    handing = seconds.pop("python")
    print(f"{'':14}{'CPU, s':>8}{'ratio':>8}{'aim':>8}{'MB':>8}")
    for name, time in seconds.items():
        aim = {"lucene": "3", "tantivy": "2.5"}.get(name, "")
        print(f"{name:14}{time:8.1f}{time / seconds['carrel']:8.2f}{aim:>8}{sizes[name]:8.1f}")
    print(f"tantivy without Python's {handing:.1f} s: {(seconds['tantivy'] - handing) / seconds['carrel']:.2f}")


def differences(options, engine, docs):
    """What Lucene's own chain makes of the texts beside the engine's."""
    ours, theirs = f"{options.work}/tokens-{options.limit or 'all'}.tsv", f"{options.work}/lucene-terms.tsv"
    if not os.path.exists(ours):
        engine.ask(f"tokens {docs} or 0 {ours}")
    subprocess.run(java("tokens", docs, theirs, "english"), check=True, stderr=subprocess.DEVNULL)
    subprocess.run([sys.executable, f"{HERE}/differences.py", ours, theirs], check=True)


def best_times(path, best):
    with open(path, encoding="utf8") as lines:
        for line in lines:
            query, time = line.split("\t")
            best[query] = min(best.get(query, float("inf")), float(time))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs")
    parser.add_argument("queries_folder", metavar="QUERIES")
    parser.add_argument("work", metavar="WORK")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--queries", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--peers", default="lucene,tantivy,pisa")
    parser.add_argument("--core", type=int, default=1 if (os.cpu_count() or 1) > 1 else -1)
    parser.add_argument("--engine", default=".build/release/Benchmarks")
    parser.add_argument("--reuse", action="store_true", help="our own index of an earlier run, not a new one")
    parser.add_argument("--differences", action="store_true", help="count the terms that Lucene's analysis makes otherwise")
    parser.add_argument("--product", action="store_true", help="the table of the product instead of the bare one")
    parser.add_argument("--new", action="store_true", help="with --product: no names of hits are remembered between rounds")
    parser.add_argument("--indexing", action="store_true", help="the table of indexing two fields; fewer rounds will do")
    parser.add_argument("--loaded", action="store_true", help="with --product: our files as the load left them, not at rest")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    docs = write_documents(options)
    if options.indexing:
        return indexing(options, docs)
    queries = cut_queries(options)
    if options.product:
        return product(options, docs, queries)
    folder = f"{options.work}/carrel-{options.limit or 'all'}"
    os.makedirs(folder, exist_ok=True)
    if not options.reuse:
        for name in os.listdir(folder):
            os.remove(f"{folder}/{name}")
    ours = Engine("carrel", [options.engine, "lexical", docs, folder], options.core)
    print("\n".join(f"carrel: {note}" for note in ours.notes), flush=True)
    bare = Engine("carrel", [options.engine, "lexical", docs, folder, "stems"], options.core)
    print("\n".join(f"carrel, without surface words: {note}" for note in bare.notes), flush=True)
    bare.close()
    if options.differences:
        differences(options, ours, docs)
    verify(options, ours, docs, queries)
    engines = [ours]
    for peer in filter(None, options.peers.split(",")):
        folder = f"{options.work}/{peer}-{options.limit or 'all'}"
        if peer == "lucene":
            lucene_index(options, docs, folder, "english")
            engines.append(Engine(peer, java("serve", folder, "english"), options.core, ready=False))
        else:
            engines.append(Engine(peer, [sys.executable, f"{HERE}/rivals.py", peer, docs, folder], options.core))
            print("\n".join(f"{peer}: {note}" for note in engines[-1].notes), flush=True)
    print(f"{'µs a query':12}" + "".join(f"{engine.name:>12}{'ratio':>8}" for engine in engines))
    for label, name, mode in (*WORK, *COUNTED, FUZZY):
        best = [{} for _ in engines]
        for _ in range(options.rounds):
            for engine, times in zip(engines, best):
                out = f"{options.work}/times-{engine.name}.tsv"
                if engine.ask(f"bench {queries[name]} {mode} 10 {out}"):
                    best_times(out, times)
        means = [sum(times.values()) / len(times) if times else None for times in best]
        print(f"{label:12}" + "".join(
            f"{mean:12.1f}{mean / means[0]:8.2f}" if mean else f"{'-':>12}{'-':>8}" for mean in means), flush=True)
    for count in (10, 100, 1_000):
        best, out = {}, f"{options.work}/times-complete.tsv"
        for _ in range(options.rounds):
            ours.ask(f"bench {queries['q_short.tsv']} complete {count} {out}")
            best_times(out, best)
        print(f"exact scores of {count} given passages: {sum(best.values()) / len(best):.0f} ns a passage and word", flush=True)
    for engine in engines:
        engine.close()


if __name__ == "__main__":
    main()
