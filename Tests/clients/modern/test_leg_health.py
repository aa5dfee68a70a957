"""Rankings that are broken are found by their probe, left out, said to be, and taken back when they work again."""

from __future__ import annotations

import math
import random
import re
import sqlite3

import pytest

from appliance import Appliance, eventually, refused

SEED = 11
COUNT = 240
DIMENSION = 384
WORDS = """anchor apple arrow autumn badger bakery barley basket beach beacon bellows berry bicycle blanket border bottle
branch bread bridge bronze bucket butter button cabin candle canoe carpet castle cellar chalk cherry chimney cinema circle
clay cliff clock cloud clover coach cobalt coffee comet copper coral cotton cradle crane cricket crystal curtain dairy dance
desert diamond dolphin dragon drum eagle earth echo elbow ember engine fabric falcon farmer feather fence ferry fiddle fig
finger fisher flame flour forest fossil fountain fox garden garlic ginger glacier glass glove gold granite grape gravel
guitar hammer harbour harvest hazel hedge helmet heron honey horse hunter ice indigo ink iron island ivory jacket jasmine
jewel jungle kettle kitchen kite ladder lagoon lake lantern laurel leather lemon letter library lighthouse lime linen lion
lizard lobster magnet maple marble market meadow melon mercury mill mint mirror monkey moon moss motor mountain museum
mushroom music mustard needle nest nettle night nutmeg oak ocean olive onion opera orange orchard organ otter owl oyster
paddle palace panther paper parade parrot pasture peach pearl pebble pencil pepper piano pigeon pillow pine pirate planet
plum pocket poem pond potato prairie prison pumpkin puzzle quarry quartz queen quill rabbit radio railway rain raven reed
ribbon rice river robin rocket roof rope rose ruby saddle sailor salmon salt sand satin school scissors shadow sheep shell
ship shovel silk silver sky sledge smoke snow soap soldier song spice spider spring squirrel stable star station statue
steam stone storm stove straw stream sugar summer swan tailor tea temple tent thistle thunder tiger timber tobacco tomato
torch tower train trumpet tulip tunnel turtle umbrella valley velvet village vine violin volcano wagon wallet walnut water
weaver whale wheat wheel willow window wine winter wolf wool yacht yard zebra""".split()


def texts(count=COUNT, seed=SEED):
    chance = random.Random(seed)
    return {f"d{number:03}": " ".join(chance.sample(WORDS, 16)) for number in range(count)}


def noise(chance):
    vector = [chance.gauss(0, 1) for _ in range(DIMENSION)]
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector]


class Desk:
    """A server with one tenant."""

    def __init__(self, appliance):
        self.appliance = appliance
        appliance.tenant("acme")
        appliance.start()
        self.token = appliance.token("acme")

    def put(self, documents, collection):
        for start in range(0, len(documents), 120):
            self.appliance.put(self.token, documents[start:start + 120], collection)

    def legs(self, collection):
        answer = self.appliance.call("GET", f"/v1/collections/{collection}/legs", token=self.token)
        assert answer.status == 200, answer.text
        return {leg["leg"]: leg for leg in answer.json["legs"] if leg.get("is_default", True)}

    def probe(self, collection):
        answer = self.appliance.call("POST", f"/v1/collections/{collection}:probe", token=self.token, timeout=120)
        assert answer.status == 200, answer.text
        return {leg["leg"]: leg for leg in answer.json["legs"] if leg.get("is_default", True)}

    def switch(self, collection, leg, rule):
        answer = self.appliance.call(
            "PUT", f"/v1/collections/{collection}/legs", {"leg": leg, "rule": rule}, self.token)
        assert answer.status == 200, answer.text

    def search(self, query, collection, **more):
        return self.appliance.search(self.token, query, collection=collection, detail="ids", typos=False, **more)

    def metric(self, name):
        text = self.appliance.call("GET", "/metrics", token=self.appliance.operator()).text
        found = re.search(rf"^carrel_{re.escape(name)} (\S+)$", text, re.M)
        return float(found[1]) if found else None

    def audit(self):
        with sqlite3.connect(f"file:{self.appliance.data}/tenants/acme/tenant.sqlite?mode=ro", uri=True) as file:
            return file.execute(
                "SELECT user, target, outcome FROM audit WHERE operation = 'leg.probe' ORDER BY id").fetchall()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(Appliance(tmp_path_factory.mktemp("legs") / "data"))
    try:
        yield desk
    finally:
        desk.appliance.stop()


def ids(answer):
    return [hit["doc_id"] for hit in answer["hits"]]


def test_vectors_that_mean_nothing_are_switched_off_and_taken_back(desk):
    if not desk.appliance.has_model:
        pytest.skip("no embedding model here")
    chance = random.Random(SEED)
    documents = texts()
    desk.put([{"id": id, "text": text, "embedding": noise(chance)} for id, text in documents.items()], "notes")
    query = " ".join(documents["d007"].split()[:3])
    before = desk.search(query, "notes")
    # The load itself has it probed.
    legs = eventually(lambda: (found := desk.legs("notes"))["vector"]["state"] == "off" and found, seconds=60)
    assert legs["bm25"]["state"] == "on" and legs["bm25"]["found"] >= 60 and legs["bm25"]["probed"] == 64
    assert legs["vector"]["rule"] == "auto" and legs["vector"]["probed"] == 64 and legs["vector"]["found"] <= 6

    def broken():
        answer = desk.search(query, "notes")
        assert answer["degraded"] and any("failed its probe" in warning for warning in answer["warnings"]), answer
        assert ids(answer) == ids(desk.search(query, "notes", mode="bm25"))
        assert all("vector_rank" not in hit for hit in answer["hits"])
        return answer

    assert broken()["index_fingerprint"] != before["index_fingerprint"]
    # Who asks for it alone gets it.
    alone = desk.search(query, "notes", mode="vector")
    assert len(alone["hits"]) == 10 and not alone["degraded"] and "vector_rank" in alone["hits"][0]
    explained = desk.appliance.call(
        "POST", "/v1/search:explain", {"query": query, "collection": "notes", "document_id": "d007"}, desk.token).json
    assert explained["vector"] == {"ran": False, "switched_off": True} and explained["degraded"]
    assert explained["bm25"]["ran"] and "switched_off" not in explained["bm25"]
    [collection] = [
        entry for entry in desk.appliance.call("GET", "/v1/collections", token=desk.token).json["collections"]
        if entry["name"] == "notes"]
    assert collection["legs"] == {"bm25": "on", "vector": "off"}
    assert desk.metric('legs_off{tenant_id="acme",leg="vector"}') == 1
    assert "ranking switched off" in desk.appliance.log.read_text()
    [(user, target, outcome)] = desk.audit()
    assert user == "carrel" and target.startswith("notes/vector/") and outcome == "off"

    told = desk.appliance.run("doctor", code=1)
    assert "acme/notes" in told.stdout and "found" in told.stdout and "1 problem" in told.stderr, told
    desk.appliance.kill()
    desk.appliance.start()
    assert desk.legs("notes")["vector"]["state"] == "off"
    broken()

    # The same documents without vectors of the caller: the model makes them, and the load is probed.
    desk.put([{"id": id, "text": text} for id, text in documents.items()], "notes")
    desk.appliance.settle(desk.token)
    legs = eventually(lambda: (found := desk.legs("notes"))["vector"]["state"] == "on" and found, seconds=120)
    assert legs["vector"]["found"] >= 58
    healthy = desk.search(query, "notes")
    assert not healthy["degraded"] and not healthy["warnings"] and any("vector_rank" in hit for hit in healthy["hits"])
    assert [outcome for _, _, outcome in desk.audit()] == ["off", "on"]
    assert "nothing is wrong" in desk.appliance.run("doctor").stdout


def test_by_hand(desk):
    if not desk.appliance.has_model:
        pytest.skip("no embedding model here")
    query = texts()["d050"]
    desk.switch("notes", "bm25", "off")
    answer = desk.search(query, "notes")
    assert answer["degraded"] and all("bm25_rank" not in hit for hit in answer["hits"]) and answer["hits"]
    assert ids(answer) == ids(desk.search(query, "notes", mode="vector"))
    # A probe that passes does not overrule who said off.
    assert desk.probe("notes")["bm25"] | {"probed_at": ""} == {
        "leg": "bm25", "state": "off", "rule": "off", "probed": 64, "found": 64, "probed_at": ""}
    # Of two that are off neither is left out: no answer is empty for that.
    desk.switch("notes", "vector", "off")
    both = desk.search(query, "notes")
    assert both["degraded"] and any("both rankings" in warning for warning in both["warnings"])
    assert both["hits"][0]["doc_id"] == "d050" and both["hits"][0]["bm25_rank"] == both["hits"][0]["vector_rank"] == 1
    shown = desk.appliance.run("collection", "legs", "notes", "--set", "vector=auto", "--set", "bm25=auto").stdout
    assert shown.count("on; found 64 of 64") >= 1 and "off" not in shown
    assert not desk.search(query, "notes")["degraded"]
    wrong = desk.appliance.call("PUT", "/v1/collections/notes/legs", {"leg": "words", "rule": "on"}, desk.token)
    assert wrong.status == 400, wrong.text
    refused(
        desk.appliance.call(
            "PUT", "/v1/collections/notes/legs", {"leg": "vector", "space": "none", "rule": "on"}, desk.token),
        404, "unknown_space")


def test_words_that_find_nothing(desk):
    """A list of stop words that takes every word leaves the ranking by words nothing: it is switched off, and found out."""
    if not desk.appliance.has_model:
        pytest.skip("no embedding model here")
    desk.switch("notes", "vector", "auto")
    settings = desk.appliance.call("GET", "/v1/collections/notes/settings", token=desk.token).json["settings"]
    before = settings["analysis"]["stop_words"]

    def index(stop_words):
        settings["analysis"]["stop_words"] = stop_words
        answer = desk.appliance.call("PUT", "/v1/collections/notes/settings", settings, desk.token)
        assert answer.status == 200, answer.text
        eventually(
            lambda: desk.appliance.call("GET", "/v1/collections/notes/settings", token=desk.token).json["is_current"],
            seconds=30)

    index(WORDS)
    legs = desk.probe("notes")
    assert (legs["bm25"]["state"], legs["bm25"]["found"]) == ("off", 0) and legs["vector"]["state"] == "on"
    answer = desk.search(texts()["d050"], "notes")
    assert answer["degraded"] and answer["hits"][0]["doc_id"] == "d050"
    # Nothing else could run: the words answer, though they are off.
    desk.switch("notes", "vector", "off")
    assert any("both rankings" in warning for warning in desk.search("anchor", "notes")["warnings"])
    desk.switch("notes", "vector", "auto")
    index(before)
    assert desk.probe("notes")["bm25"]["state"] == "on"
    assert not desk.search(texts()["d050"], "notes")["degraded"]


def test_what_cannot_be_probed(desk):
    few = texts(COUNT, seed=3)
    desk.put([{"id": id, "text": text} for id, text in list(few.items())[:20]], "few")
    for leg in desk.probe("few").values():
        assert "fewer than 200" in leg["not_probed"] and leg["state"] == "on" and "probed" not in leg
    # Alike at the beginning: finding one of them says nothing.
    desk.put([{"id": id, "text": "strictly confidential not to be passed on or copied by anybody at all " + text}
              for id, text in few.items()], "alike")
    for leg in desk.probe("alike").values():
        assert "begin differently" in leg["not_probed"] and leg["state"] == "on"
    # Vectors that callers bring to a space of their own: only they can ask it.
    chance = random.Random(5)
    desk.put([{"id": id, "text": text} for id, text in few.items()], "own")
    desk.appliance.call("PUT", "/v1/collections/own/spaces/mine", {"dimension": 4}, desk.token)
    desk.put([{"id": id, "text": text, "embeddings": {"mine": [chance.gauss(0, 1) for _ in range(4)]}}
              for id, text in few.items()], "own")
    settings = desk.appliance.call("GET", "/v1/collections/own/settings", token=desk.token).json["settings"]
    changed = desk.appliance.call(
        "PUT", "/v1/collections/own/settings", settings | {"default_space": "mine"}, desk.token)
    assert changed.status == 200, changed.text
    legs = desk.probe("own")
    assert legs["vector"]["space"] == "mine" and "callers' own" in legs["vector"]["not_probed"]
    assert legs["bm25"]["found"] >= 60


def test_rankings_that_disagree_raise_the_alarm_and_start_a_probe(tmp_path):
    """Calibrated fusion knows the numbers of every search, the others are looked at now and then; no answer changes."""
    desk = Desk(Appliance(tmp_path / "data"))
    try:
        if not desk.appliance.has_model:
            pytest.skip("no embedding model here")
        chance = random.Random(SEED)
        documents = texts()
        vectors = {id: noise(chance) for id in documents}
        desk.put([{"id": id, "text": documents[id], "embedding": vectors[id]} for id in documents], "notes")
        eventually(lambda: desk.legs("notes")["vector"].get("probed"), seconds=60)
        desk.switch("notes", "vector", "on")
        probed = desk.legs("notes")["vector"]["probed_at"]
        assert not desk.search("anchor", "notes")["degraded"]

        mean = [sum(vector[axis] for vector in vectors.values()) / COUNT for axis in range(DIMENSION)]
        dot = lambda a, b: sum(x * y for x, y in zip(a, b))
        expected = []
        for number in range(100):
            question, vector = " ".join(chance.sample(WORDS, 3)), noise(chance)
            answer = desk.search(question, "notes", embedding=vector, fusion="calibrated", depth=20, limit=10)
            first = ids(desk.search(question, "notes", mode="bm25"))
            # No segment of so few vectors: the deviation is the usual one.
            expected.append((sum(dot(vectors[id], vector) for id in first) / len(first) - dot(mean, vector)) / 0.10)
            assert not answer["degraded"]
        leg = desk.legs("notes")["vector"]
        assert leg["agreement_searches"] == 100
        assert leg["agreement"] == pytest.approx(sum(expected) / 100, abs=1e-3) and leg["agreement"] < 0.5
        assert desk.metric("leg_alarms_total") == 1
        assert desk.metric('legs_disagreeing{tenant_id="acme"}') == 1
        assert "rankings disagree" in desk.appliance.log.read_text()
        eventually(lambda: desk.legs("notes")["vector"]["probed_at"] != probed, seconds=60)
        # It was switched on by hand, and the probe that follows leaves it so.
        assert desk.legs("notes")["vector"]["state"] == "on" and not desk.search("anchor", "notes")["degraded"]
        # By rank: one search in eight is looked at.
        for number in range(16):
            near = documents[f"d{number:03}"]
            desk.search(near, "notes", embedding=vectors[f"d{number:03}"])
        changed = eventually(
            lambda: (found := desk.legs("notes")["vector"]["agreement"]) != leg["agreement"] and found, seconds=20)
        assert changed > leg["agreement"]
    finally:
        desk.appliance.stop()
