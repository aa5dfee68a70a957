"""While another model's space is being filled: answers say so, find all that is there, and in the end everything.

The file is put back to what it was after the first vectors had been committed, and a lock on it holds the filling there: until
it is let go nothing more is committed.
"""

import array
import math
import random
import sqlite3
from contextlib import contextmanager

import pytest

from appliance import Appliance, eventually
from test_leg_health import WORDS
from test_spaces import packs

SEED = 51
COUNT = 60
PART = 24
DEPTH = 10
QUESTIONS = ["a whale in the ocean", "bread and butter for the baker", "stars above the lighthouse"]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return packs(tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="module")
def library(tmp_path_factory, models):
    """Documents with the vectors of the first model, and with the first of the second's; no server runs."""
    chance = random.Random(SEED)
    server = Appliance(tmp_path_factory.mktemp("switch") / "data", environment={"CARREL_MODEL": str(models[0])})
    server.tenant("acme")
    server.token_ = server.token("acme", ttl="2h")
    try:
        server.start()
        server.put(server.token_, [{"id": f"d{n:02}", "text": " ".join(chance.sample(WORDS, 6))} for n in range(COUNT)], "notes")
        server.settle(server.token_)
        server.before = listed(server)["default_space"]
        server.stop()
        server.environment = {"CARREL_MODEL": str(models[1])}
        server.start()
        server.settle(server.token_)
        server.after = listed(server)["default_space"]
        assert server.after != server.before
        server.stop()
        yield server
    finally:
        if server.process:
            server.stop()


def listed(server):
    answer = server.call("GET", "/v1/collections/notes/spaces", token=server.token_)
    assert answer.status == 200, answer.text
    return answer.json


def rows(file, space):
    """Vectors of a space as they are stored, by document."""
    found = file.execute(
        """SELECT d.id, v.data FROM vector v JOIN vector_space s ON s.id = v.key >> 56
        JOIN document d ON d.key = v.key & ((1 << 56) - 1) WHERE s.name = ?""", (space,))
    return {id: array.array("f", data) for id, data in found}


def database(server):
    return sqlite3.connect(f"{server.data}/tenants/acme/tenant.sqlite", timeout=20, isolation_level=None)


def cut(server):
    """Takes away what was committed after the first vectors of the second model."""
    file = database(server)
    file.execute("BEGIN IMMEDIATE")
    [(space,)] = file.execute("SELECT id FROM vector_space WHERE name = ?", (server.after,))
    [(key,)] = file.execute("SELECT key FROM vector WHERE key >> 56 = ? ORDER BY key LIMIT 1 OFFSET ?", (space, PART))
    file.execute("DELETE FROM vector WHERE key >> 56 = ? AND key >= ?", (space, key))
    file.execute(
        "UPDATE embedding_progress SET vectors = ?, complete_before = ? WHERE space = ?", (PART, key & 0xFFFF_FFFF, space))
    file.execute("COMMIT")
    file.close()


@contextmanager
def held(server):
    """A server in the middle of the filling; gives the vectors of the second model that there are."""
    cut(server)
    file = database(server)
    file.execute("BEGIN IMMEDIATE")
    try:
        server.start()
        present = rows(file, server.after)
        assert len(present) == PART == vectors(server, server.after)
        yield present
        assert vectors(server, server.after) == PART
    finally:
        file.execute("ROLLBACK")
        file.close()


def vectors(server, space):
    return {entry["name"]: entry["vectors"] for entry in listed(server)["spaces"]}[space]


def nearest(server, question, present):
    """The documents nearest to a question among these vectors, and their cosines."""
    answer = server.call("POST", "/v1/embeddings", {"input": question, "model": "all-MiniLM-L6-v2"}, server.token_)
    assert answer.status == 200, answer.text
    return nearest_to(answer.json["data"][0]["embedding"], present)


def nearest_to(query, present):
    length = math.sqrt(sum(x * x for x in query))
    scored = [
        (id, sum(x * y for x, y in zip(query, row)) / length / math.sqrt(sum(x * x for x in row))) for id, row in present.items()]
    return sorted(scored, key=lambda pair: -pair[1])[:DEPTH]


def search(server, question, **members):
    return server.search(server.token_, question, collection="notes", detail="ids", **{"limit": DEPTH, **members})


def expect(answer, truth):
    """Everything near that there is, at its cosine."""
    assert [hit["vector_score"] for hit in answer["hits"]] == pytest.approx([score for _, score in truth], abs=2e-5)
    # Ties to the last digits may stand either way.
    assert len({hit["doc_id"] for hit in answer["hits"]} & {id for id, _ in truth}) >= DEPTH - 1


def expect_all(server):
    """In the end the second model's space is whole, and answers by itself."""
    server.settle(server.token_)
    file = database(server)
    whole = rows(file, server.after)
    file.close()
    assert len(whole) == COUNT == vectors(server, server.after)
    for question in QUESTIONS:
        answer = search(server, question, mode="vector")
        assert not answer["degraded"] and not answer["warnings"]
        expect(answer, nearest(server, question, whole))


def test_answers_by_a_space_that_is_being_filled(library, models):
    server = library
    server.environment = {"CARREL_MODEL": str(models[1])}
    with held(server) as present:
        told = f"{len(present)} of {COUNT} passages are found by meaning so far"
        assert server.call("GET", "/v1/collections/notes", token=server.token_).json["waiting"] == COUNT - len(present)
        for question in QUESTIONS:
            answer = search(server, question, mode="vector")
            assert answer["degraded"] is True and any(told in warning for warning in answer["warnings"]), answer["warnings"]
            assert {hit["doc_id"] for hit in answer["hits"]} <= set(present)
            expect(answer, nearest(server, question, present))
            # Words find all documents meanwhile.
            both = search(server, question, limit=COUNT)
            assert both["degraded"] is True and any(told in warning for warning in both["warnings"])
            words = search(server, question, mode="bm25")
            assert not words["degraded"] and {hit["doc_id"] for hit in words["hits"][:3]} <= {hit["doc_id"] for hit in both["hits"]}
        # What is like a document that has a vector already, and like one that has none.
        one = min(present)
        answer = server.call(
            "POST", "/v1/search:similar", {"document_id": one, "detail": "ids", "limit": DEPTH}, server.token_).json
        assert answer["degraded"] is True
        expect(answer, nearest_to(present[one], {id: row for id, row in present.items() if id != one}))
        late = next(f"d{n:02}" for n in range(COUNT) if f"d{n:02}" not in present)
        answer = server.call("POST", "/v1/search:similar", {"document_id": late, "detail": "ids"}, server.token_).json
        assert answer["degraded"] is True and any("no vector yet" in warning for warning in answer["warnings"])
    # The process ends in the middle: what was committed stays, and the rest comes.
    server.kill()
    server.start()
    expect_all(server)
    server.stop()


def test_the_model_before_answers_meanwhile_and_then_the_new_one(library, models):
    server = library
    server.environment = {"CARREL_MODEL": str(models[1]), "CARREL_PREVIOUS_MODEL": str(models[0])}
    with held(server) as present:
        file = database(server)
        earlier = rows(file, server.before)
        file.close()
        assert len(earlier) == COUNT
        for question in QUESTIONS:
            answer = search(server, question, mode="vector")
            assert not answer["degraded"]
            assert any(f"{len(present)} of {COUNT} passages" in warning for warning in answer["warnings"]), answer["warnings"]
            # The old model's space holds all; one weight is all that differs, so its own vector of the question is near this one's.
            truth = {id for id, _ in nearest(server, question, earlier)}
            assert len({hit["doc_id"] for hit in answer["hits"]} & truth) >= DEPTH - 1
            # Who names the new space gets what is there, and is told.
            partly = search(server, question, mode="vector", space=server.after)
            assert partly["degraded"] is True and {hit["doc_id"] for hit in partly["hits"]} <= set(present)
            expect(partly, nearest(server, question, present))
    expect_all(server)
