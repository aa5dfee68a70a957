"""A long mixed run against one server: searches, writes, deletions, filters and compactions; memory and descriptors must not grow.

usage: soak.py [SECONDS [DIMENSION]]

Vectors of another dimension than the model's 384 lie in a space of their own and are walked by int8 codes.

The collection keeps its size, which is enough for a graph of its vectors: what is deleted is written again with other words.
Documents and questions bring vectors of their own, near one of a hundred centres, so that the run is of the indexes and not of
the model. Every answer is looked at: no deleted document may come back, no old version, and every hit of a filtered search must
fit the filter. Of the searches by meaning without a filter every second is asked again exactly. After a first third for warming
up, the median of each sample of the last third may exceed that of the middle third by 5 % and 8 MB of anonymous memory, and by
16 descriptors; recall@10 may be less by 0.03. In the end no file may be mapped that has no name any more. Ends with 1 and says
what grew, fell or was wrong.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from appliance import Appliance, eventually  # noqa: E402

# Above the 10,000 vectors below which an index has no graph and is scanned, also with a tenth of them deleted.
DOCUMENTS = 12_000
BATCH = 25
WORDS = [a + b for a in ("lark", "stone", "river", "ledger", "engine", "harbour", "letter", "winter") for b in (
    "", "side", "work", "light", "house", "keeper", "mark", "song", "field", "line")]
TEAMS = ("north", "south", "east", "west")


class Soak:
    def __init__(self, appliance: Appliance, token: str, seed: int, dimension: int) -> None:
        self.appliance, self.token, self.dimension = appliance, token, dimension
        self.space = {} if dimension == 384 else {"space": "wide"}
        self.random = random.Random(seed)
        self.versions: dict[int, int] = {}
        self.deleted: set[int] = set()
        self.done = Counter()
        self.samples: list[tuple[float, int, int]] = []
        self.recalls: list[tuple[float, float]] = []
        self.centres = [[self.random.gauss(0, 1) for _ in range(dimension)] for _ in range(100)]

    def vector(self) -> list[float]:
        near = self.random.choice(self.centres)
        return [round(value + self.random.gauss(0, 0.7), 4) for value in near]

    def document(self, number: int) -> dict:
        self.versions[number] = self.versions.get(number, -1) + 1
        text = " ".join(self.random.choices(WORDS, k=self.random.randrange(12, 40)))
        return {
            "id": f"soak-{number}", "title": f"Entry {number}", "text": text, "embedding": self.vector(), **self.space,
            "metadata": {"team": TEAMS[number % len(TEAMS)], "version": self.versions[number]},
        }

    def write(self, numbers: list[int]) -> None:
        report = self.appliance.put(self.token, [self.document(number) for number in numbers], "soak")
        assert report["added"] + report.get("updated", 0) == len(numbers), report
        self.deleted.difference_update(numbers)

    def replace(self) -> None:
        self.write(self.random.sample(range(DOCUMENTS), BATCH))

    def delete(self) -> None:
        numbers = self.random.sample(sorted(set(range(DOCUMENTS)) - self.deleted), BATCH)
        for number in numbers:
            answer = self.appliance.call("DELETE", f"/v1/documents/soak-{number}?collection=soak", token=self.token)
            assert answer.status == 200 and answer.json["deleted"] == 1, answer.text
        self.deleted.update(numbers)
        if len(self.deleted) > DOCUMENTS // 10:
            numbers = sorted(self.deleted)
            for start in range(0, len(numbers), 500):
                self.write(numbers[start : start + 500])

    def search(self) -> None:
        team = self.random.choice(TEAMS) if self.random.random() < 0.5 else None
        mode = self.random.choice(("hybrid", "vector", "bm25"))
        fields = {"embedding": self.vector(), "mode": mode, **self.space} | ({"filter": f'team = "{team}"'} if team else {})
        words = " ".join(self.random.choices(WORDS, k=3))
        answer = self.appliance.search(self.token, words, collection="soak", limit=10, **fields)
        assert answer["hits"], answer
        if mode == "vector" and not team and self.random.random() < 0.5:
            exact = self.appliance.search(self.token, words, collection="soak", limit=10, exact=True, **fields)
            found, true = ({hit["doc_id"] for hit in one["hits"]} for one in (answer, exact))
            self.recalls.append((time.monotonic(), len(found & true) / len(true)))
        for hit in answer["hits"]:
            number = int(hit["doc_id"].removeprefix("soak-"))
            assert number not in self.deleted, f"{hit['doc_id']} was deleted"
            assert hit["metadata"]["version"] == self.versions[number], f"{hit['doc_id']} is an old version"
            assert team in (None, hit["metadata"]["team"]), f"{hit['doc_id']} does not fit {team}"

    def compact(self) -> None:
        answer = self.appliance.call("POST", "/v1/collections/soak:compact", {}, self.token)
        assert answer.status in (200, 202), answer.text

    def is_compacted(self) -> bool:
        return not self.appliance.call("GET", "/v1/collections/soak/files", token=self.token).json["is_compacting"]

    def sample(self) -> None:
        process = Path(f"/proc/{self.appliance.process.pid}")
        fields = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        kilobytes = sum(int(fields[name].split()[0]) for name in ("RssAnon", "RssShmem"))
        self.samples.append((time.monotonic(), kilobytes, len(os.listdir(process / "fd"))))

    def forgotten(self) -> list[str]:
        """Files that others took the place of and that are mapped all the same."""
        maps = Path(f"/proc/{self.appliance.process.pid}/maps").read_text()
        return [line for line in maps.splitlines() if "/index/" in line and line.endswith("(deleted)")]

    def run(self, seconds: float) -> None:
        if self.space:
            settings = {"dimension": self.dimension, "codes": "int8"}
            made = self.appliance.call("POST", "/v1/collections", {"name": "soak"}, self.token)
            assert made.status == 201, made.text
            made = self.appliance.call("PUT", "/v1/collections/soak/spaces/wide", settings, self.token)
            assert made.status in (200, 201), made.text
        for start in range(0, DOCUMENTS, 500):
            self.write(list(range(start, start + 500)))
        self.appliance.settle(self.token, seconds=600)
        began = sampled = time.monotonic()
        steps = ((self.search, 800), (self.replace, 100), (self.delete, 95), (self.compact, 5))
        while time.monotonic() < began + seconds:
            [step] = self.random.choices([step for step, _ in steps], [weight for _, weight in steps])
            step()
            self.done[step.__name__] += 1
            if time.monotonic() > sampled + seconds / 300:
                sampled = time.monotonic()
                self.sample()
        eventually(self.is_compacted, seconds=600)

    def growth(self) -> list[str]:
        """What grew, in words; says also what did not."""
        third = len(self.samples) // 3
        complaints = []
        for place, name, slack in ((1, "kB of anonymous memory", 8_192), (2, "descriptors", 16)):
            before, after = (
                statistics.median(sample[place] for sample in part)
                for part in (self.samples[third : 2 * third], self.samples[2 * third :]))
            print(f"  {name}: {before:.0f} in the middle third, {after:.0f} in the last")
            if after > before * (1.05 if place == 1 else 1) + slack:
                complaints.append(f"{name} grew from {before:.0f} to {after:.0f}")
        begin, middle, end = (self.samples[place][0] for place in (third, 2 * third, -1))
        before, after = (
            statistics.fmean(recall for moment, recall in self.recalls if first <= moment < last)
            for first, last in ((begin, middle), (middle, end)))
        print(f"  recall@10 of {len(self.recalls)} searches: {before:.4f} in the middle third, {after:.4f} in the last")
        if after < before - 0.03:
            complaints.append(f"recall@10 fell from {before:.4f} to {after:.4f}")
        return complaints


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1_800
    dimension = int(sys.argv[2]) if len(sys.argv) > 2 else 384
    seed = int(os.environ.get("CARREL_SEED", random.SystemRandom().randrange(1 << 32)))
    with tempfile.TemporaryDirectory(prefix="carrel-soak-") as folder:
        appliance = Appliance(Path(folder) / "data")
        appliance.tenant("soak")
        appliance.start()
        try:
            print(f"soak of {seconds:.0f} s, seed {seed}, {DOCUMENTS} documents, vectors of {dimension} numbers", flush=True)
            soak = Soak(appliance, appliance.token("soak", scope="search,write,admin", ttl="24h"), seed, dimension)
            soak.run(seconds)
            print("  " + ", ".join(f"{count} x {name}" for name, count in sorted(soak.done.items())))
            complaints = soak.growth()
            time.sleep(2)
            if forgotten := soak.forgotten():
                complaints.append(f"{len(forgotten)} files are mapped that have no name any more")
            assert eventually(lambda: appliance.call("GET", "/health").status == 200)
        finally:
            try:
                code = appliance.stop()
            except subprocess.TimeoutExpired:
                raise SystemExit("the server did not end in 30 s; its log:\n" + appliance.log.read_text()[-4_000:]) from None
    if complaints or code != 0:
        raise SystemExit("; ".join(complaints) or f"the server ended with {code}")


if __name__ == "__main__":
    main()
