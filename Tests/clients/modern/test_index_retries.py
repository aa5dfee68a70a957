"""What could not be done to an index is tried again by itself, and a new analysis is probed by itself: time alone, no write."""

import random
import sqlite3

import pytest

from appliance import Appliance, eventually
from test_leg_health import WORDS, texts

SEED = 31
SETTINGS = "/v1/collections/{}/settings"


class Desk:
    def __init__(self, folder):
        self.appliance = Appliance(folder / "data", environment={"CARREL_MODEL": "/nonexistent"})
        self.appliance.tenant("acme")
        self.appliance.start()
        self.token = self.appliance.token("acme", ttl="2h")

    def put(self, collection, documents):
        for start in range(0, len(documents), 1_000):
            self.appliance.put(self.token, documents[start:start + 1_000], collection)

    def call(self, method, path, body=None):
        answer = self.appliance.call(method, path, body, self.token)
        assert answer.status in (200, 201), answer.text
        return answer.json

    def settings(self, collection, members=None):
        return self.call("PUT" if members else "GET", SETTINGS.format(collection), members)

    def search(self, query, collection, **more):
        return self.appliance.search(self.token, query, collection=collection, detail="ids", typos=False, **more)

    def change(self, statement, *values):
        """Changes rows as no door does."""
        with sqlite3.connect(f"{self.appliance.data}/tenants/acme/tenant.sqlite", timeout=20) as file:
            file.execute("PRAGMA ignore_check_constraints = on")
            done = file.execute(statement, values)
            file.commit()
            assert done.rowcount == 1
        file.close()

    def complaints(self, words):
        return [line for line in self.appliance.log.read_text().splitlines() if words in line]

    def leg(self, collection):
        [leg] = [leg for leg in self.call("GET", f"/v1/collections/{collection}/legs")["legs"] if leg["leg"] == "bm25"]
        return leg


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("retries"))
    yield desk
    desk.appliance.stop()


def ids(answer):
    return [hit["doc_id"] for hit in answer["hits"]]


def test_words_that_could_not_be_read_are_indexed_when_they_can(desk):
    desk.put("notes", [{"id": f"d{n}", "text": "running shoes" if n == 40 else "quiet houses"} for n in range(300)])
    assert ids(desk.search("run", "notes")) == ["d40"]
    row = "UPDATE passage SET scalar_start = ? WHERE key = (SELECT key FROM document WHERE id = 'd41')"
    desk.change(row, -1)
    try:
        desk.settings("notes", {"analysis": {"language": "none"}})
        # It fails, and fails again: each time after a longer pause.
        eventually(lambda: len(desk.complaints("re-indexing failed")) >= 2)
        # Meanwhile the index there is answers.
        assert desk.settings("notes")["is_current"] is False
        assert ids(desk.search("run", "notes")) == ["d40"]
    finally:
        desk.change(row, 0)
    eventually(lambda: desk.settings("notes")["is_current"], seconds=30)
    assert ids(desk.search("run", "notes")) == [] and ids(desk.search("running", "notes")) == ["d40"]
    count = len(desk.complaints("re-indexing failed"))
    # A change of settings does not wait for a pause.
    desk.settings("notes", {"analysis": {"language": "english"}})
    eventually(lambda: ids(desk.search("run", "notes")) == ["d40"])
    assert len(desk.complaints("re-indexing failed")) == count


def test_vectors_whose_files_could_not_be_written_are_indexed_when_they_can(desk):
    """More vectors than are scanned: the new index is a graph in files, and the folder of files is none for a while."""
    chance = random.Random(SEED)
    desk.call("POST", "/v1/collections", {"name": "stars", "passages": "whole"})
    desk.call("PUT", "/v1/collections/stars/spaces/sky", {"dimension": 4})
    rows = {f"s{n}": [chance.gauss(0, 1) for _ in range(4)] for n in range(10_050)}
    desk.put("stars", [
        {"id": id, "text": id, "embedding": row, "space": "sky"} for id, row in rows.items()])

    def space():
        [found] = [s for s in desk.call("GET", "/v1/collections/stars/spaces")["spaces"] if s["name"] == "sky"]
        return found

    folder = desk.appliance.data / "tenants" / "acme" / "index"
    query = [1, 0.5, -0.25, 0.1]

    def nearest():
        answer = desk.search("x", "stars", mode="vector", space="sky", embedding=query, exact=True)
        assert not answer["degraded"]
        return ids(answer)

    eventually(lambda: list(folder.rglob("*.hnsw")), seconds=120)
    before = nearest()
    aside = folder.with_name("aside")
    folder.rename(aside)
    # A file in the place of the folder: nothing can be made below it, even by root.
    folder.write_bytes(b"")
    desk.call("PUT", "/v1/collections/stars/spaces/sky", {"codes": "int8"})
    eventually(lambda: len(desk.complaints("making vectors' index anew failed")) >= 2, seconds=60)
    assert space()["is_current"] is False and nearest() == before
    folder.unlink()
    aside.rename(folder)
    eventually(lambda: space()["is_current"], seconds=60)
    assert nearest() == before
    assert len(list(folder.rglob("*.hnsw"))) == 1


# MARK: probes

def test_a_new_analysis_is_probed_when_its_index_is_made(desk):
    documents = texts()
    desk.put("probed", [{"id": id, "text": text} for id, text in documents.items()])
    first = eventually(lambda: (leg := desk.leg("probed")).get("probed") and leg, seconds=30)
    assert first["state"] == "on" and first["found"] >= 60
    # An analysis that knows no word of theirs: nothing is found any more, and nobody asked.
    desk.settings("probed", {"analysis": {"stop_words": WORDS}})
    broken = eventually(lambda: (leg := desk.leg("probed"))["state"] == "off" and leg, seconds=30)
    assert (broken["found"], broken["probed"]) == (0, 64) and broken["probed_at"] > first["probed_at"]
    desk.settings("probed", {"analysis": {"language": "english"}})
    healed = eventually(lambda: (leg := desk.leg("probed"))["state"] == "on" and leg, seconds=30)
    assert healed["found"] >= 60
    # What changes scores and no index is not worth a probe.
    desk.settings("probed", {"k1": 0.9, "analysis": {"language": "english"}})
    assert desk.settings("probed")["is_current"]


def test_a_probe_that_is_due_survives_the_end_of_the_process(desk):
    documents = texts(seed=SEED)
    desk.put("killed", [{"id": id, "text": text} for id, text in documents.items()])
    eventually(lambda: desk.leg("killed").get("probed"), seconds=30)
    desk.settings("killed", {"analysis": {"stop_words": WORDS}})
    # Before the second and a half that a probe waits for.
    eventually(lambda: desk.settings("killed")["is_current"], step=0.01)
    assert desk.leg("killed")["state"] == "on"
    desk.appliance.kill()
    desk.appliance.start()
    eventually(lambda: desk.leg("killed")["state"] == "off", seconds=30)
