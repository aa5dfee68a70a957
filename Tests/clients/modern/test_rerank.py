"""The rerank endpoint over TLS, the receipts of hits it put in order, and what is counted of it."""

import json
import re
import socket
import ssl

import pytest

from appliance import Appliance
from test_shaping import DOCUMENTS, QUERY, QUESTION, Endpoint, documents
from test_tls import DAY, NOW, Authority, Files, key_pem, pem

ROOT = Authority("Root of the rerank endpoint")
OTHER = Authority("Another root")
RERANKED = 12


class SecureEndpoint(Endpoint):
    """The endpoint behind TLS, with whichever certificate the test has it show."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        self.show(ROOT)

    def show(self, issuer, **changes):
        certificate, key = issuer.server(**changes)
        files = Files(self.folder, pem(certificate), key_pem(key))
        self.context.load_cert_chain(files.certificate, files.key)

    @property
    def url(self):
        return super().url.replace("http:", "https:")


class Desk:
    def __init__(self, folder, url, *options):
        self.appliance = Appliance(folder / "data", environment={"CARREL_MODEL": "/nonexistent"})
        self.appliance.tenant("alder")
        self.start(url, *options)
        self.token = self.appliance.token("alder", ttl="2h")
        self.appliance.put(self.token, documents(), "papers")

    def start(self, url, *options):
        self.appliance.start(
            "--search-rerank-url", url, "--search-rerank-documents", str(RERANKED), "--search-rerank-timeout-ms", "5000",
            *options)

    def search(self, **members):
        body = {"query": QUERY, "collection": "papers", "embedding": QUESTION, "detail": "ids", "limit": 5, **members}
        answer = self.appliance.call("POST", "/v1/search", body, self.token)
        assert answer.status == 200, answer.text
        return answer.json

    def verify(self, receipt):
        answer = self.appliance.call("POST", "/v1/search:explain", {"receipt": receipt}, self.token)
        assert answer.status == 200, answer.text
        return answer.json

    def counts(self):
        """Fallbacks by reason, and calls by outcome."""
        text = self.appliance.call("GET", "/metrics", token=self.appliance.operator()).text
        found = re.findall(r'^carrel_rerank_(fallbacks_total|duration_seconds_count)\{\w+="(\w+)"\} (\d+)$', text, re.M)
        return {("call " if name.startswith("duration") else "") + label: int(count) for name, label, count in found}


def ids(answer):
    return [hit["doc_id"] for hit in answer["hits"]]


def grew(before, after):
    return {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    endpoint = SecureEndpoint(tmp_path_factory.mktemp("endpoint"))
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    file = tmp_path_factory.mktemp("authorities") / "authorities.pem"
    file.write_bytes(pem(OTHER.certificate, ROOT.certificate))
    return ("--search-rerank-cacert", str(file))


@pytest.fixture(scope="module")
def desk(tmp_path_factory, endpoint, trusted):
    desk = Desk(tmp_path_factory.mktemp("rerank"), endpoint.url, *trusted)
    yield desk
    desk.appliance.stop()


def by_score(desk):
    """The order that the endpoint's scores make of the first documents, and the scores."""
    usual = ids(desk.search(limit=30))
    scores = {id: Endpoint.score(f"{DOCUMENTS[id]['title']}\n{DOCUMENTS[id]['text']}") for id in usual}
    return sorted(usual[:RERANKED], key=lambda id: -scores[id]) + usual[RERANKED:], scores


# MARK: TLS

def test_an_endpoint_of_a_trusted_authority(desk, endpoint):
    before = desk.counts()
    endpoint.calls.clear()
    answer = desk.search(rerank=True)
    assert not answer["degraded"] and not answer["warnings"]
    assert ids(answer) == by_score(desk)[0][:5] != ids(desk.search())
    assert len(endpoint.calls) == 1
    assert grew(before, desk.counts()) == {"call scored": 1}


SOON = {"start": NOW + DAY}
PAST = {"start": NOW - 9 * DAY, "end": NOW - DAY}


@pytest.mark.parametrize("issuer, changes, said", [
    (Authority("Nobody's root"), {}, "issuer"),
    (ROOT, PAST, "expired"),
    (ROOT, SOON, "not yet valid"),
    (ROOT, {"hosts": ["rerank.example.com"]}, "127.0.0.1"),
    (ROOT, {"hosts": ["localhost"]}, "127.0.0.1"),
], ids=["another authority", "expired", "not yet valid", "another host", "another name of this host"])
def test_a_certificate_that_is_refused_costs_the_order_and_nothing_else(desk, endpoint, issuer, changes, said):
    usual, before = desk.search(), desk.counts()
    endpoint.calls.clear()
    endpoint.show(issuer, **changes)
    try:
        answer = desk.search(rerank=True)
    finally:
        endpoint.show(ROOT)
    assert answer["hits"] == usual["hits"] and answer["degraded"] is True
    [warning] = answer["warnings"]
    assert "not reranked" in warning and "certificate" in warning
    # The question was not told to somebody who is not the endpoint.
    assert endpoint.calls == []
    assert grew(before, desk.counts()) == {"certificate": 1, "call certificate": 1}
    # The operator is told what exactly is wrong, and which setting it is about.
    line = [line for line in desk.appliance.log.read_text().splitlines() if "rerank endpoint failed" in line][-1]
    assert said in line and "search.rerank.cacert" in line and "authorities.pem" in line
    assert not desk.search(rerank=True)["degraded"]


def test_without_a_file_the_systems_authorities_hold(tmp_path, endpoint):
    desk = Desk(tmp_path, endpoint.url)
    try:
        endpoint.calls.clear()
        answer = desk.search(rerank=True)
        assert answer["degraded"] and "certificate" in answer["warnings"][0] and endpoint.calls == []
        assert "the system's authorities" in desk.appliance.log.read_text()
    finally:
        desk.appliance.stop()


# MARK: receipts

def test_the_receipt_of_a_reranked_hit_holds(desk):
    order, scores = by_score(desk)
    usual = ids(desk.search(limit=30))
    found, cursor = [], None
    for _ in range(3):
        page = desk.search(rerank=True, receipts=True, **({"cursor": cursor} if cursor else {}))
        found += page["hits"]
        cursor = page["next_cursor"]
    assert [hit["doc_id"] for hit in found] == order[:15]
    for place, hit in enumerate(found):
        id, receipt = hit["doc_id"], hit["receipt"]
        assert receipt["rank"] == place + 1 and receipt["request"]["rerank"] is True
        told = receipt["shaping"].get("rerank")
        if place < RERANKED:
            assert told["rank_before"] == usual.index(id) + 1
            assert told["score"] == pytest.approx(scores[id], abs=1e-6) == hit["rerank_score"]
        else:
            assert told is None
        explained = desk.verify(receipt)
        assert explained["verification"]["equal"], explained["verification"]
        assert explained["receipt"] == receipt and explained["rank"] == place + 1
    # The tool makes and verifies the same; its answers have room for few.
    answer = desk.appliance.tool("hybrid_search", {
        "query": QUERY, "collection": "papers", "embedding": QUESTION, "detail": "ids", "limit": 2, "rerank": True,
        "receipts": True}, desk.token)
    hit = answer["result"]["structuredContent"]["hits"][0]
    assert hit["receipt"] == desk.search(rerank=True, receipts=True, limit=2)["hits"][0]["receipt"]
    explained = desk.appliance.tool("explain_hit", {"receipt": hit["receipt"]}, desk.token)
    told = explained["result"]["structuredContent"]
    assert told["verification"]["equal"] is True and told["shaping"]["rerank"] == hit["receipt"]["shaping"]["rerank"]


def test_the_command_verifies_it(desk, tmp_path):
    file = tmp_path / "receipts.json"
    file.write_text(json.dumps(desk.search(rerank=True, receipts=True)))
    done = desk.appliance.run("explain", "--verify", str(file), "--tenant", "alder")
    assert done.stdout.count("equal") == 5, done.stdout


def test_a_model_that_changed_its_mind_is_named_as_the_cause(desk, endpoint):
    receipt = desk.search(rerank=True, receipts=True)["hits"][0]["receipt"]

    def verdict(receipt):
        found = desk.verify(receipt)["verification"]
        return found["equal"], [reason["cause"] for reason in found["reasons"]], found["seal"]

    usual = Endpoint.score
    try:
        Endpoint.score = staticmethod(lambda text: -usual(text))
        assert verdict(receipt) == (False, ["rerank"], "intact")
    finally:
        Endpoint.score = staticmethod(usual)
    assert verdict(receipt) == (True, [], "intact")
    # A forged score is not blamed on the model.
    forged = {**receipt, "shaping": {**receipt["shaping"], "rerank": {"rank_before": 1, "score": 9}}}
    assert verdict(forged) == (False, ["altered"], "broken")
    # One that cannot be asked makes the answer another one, and that is said.
    endpoint.behave = lambda body: (500, b"")
    try:
        assert verdict(receipt) == (False, ["degraded"], "intact")
    finally:
        endpoint.behave = endpoint.by_length
    assert verdict(receipt) == (True, [], "intact")


def test_another_model_is_told_from_one_that_changed_its_mind(desk, endpoint, trusted):
    receipt = desk.search(rerank=True, receipts=True)["hits"][0]["receipt"]
    desk.appliance.stop()
    desk.start(endpoint.url, "--search-rerank-model", "judge-8", *trusted)
    try:
        found = desk.verify(receipt)["verification"]
        assert [reason["cause"] for reason in found["reasons"]] == ["rerank"]
        assert [difference["member"] for difference in found["differences"]] == ["index.reranker"]
        # Nothing of where it is stands in a receipt.
        assert "127.0.0.1" not in str(receipt) and "judge" not in str(desk.search(rerank=True, receipts=True))
    finally:
        desk.appliance.stop()
        desk.start(endpoint.url, *trusted)
    assert desk.verify(receipt)["verification"]["equal"]


# MARK: counts

@pytest.mark.parametrize("behave, reason", [
    (lambda body: (503, b""), "status"),
    (lambda body: (200, b"<html>"), "answer"),
    (lambda body: (200, b"x" * (5 << 20)), "answer"),
])
def test_fallbacks_are_counted_by_reason(desk, endpoint, behave, reason):
    assert not desk.search(rerank=True)["degraded"]
    before = desk.counts()
    endpoint.behave = behave
    try:
        assert desk.search(rerank=True)["degraded"]
    finally:
        endpoint.behave = endpoint.by_length
    assert grew(before, desk.counts()) == {reason: 1, f"call {reason}": 1}
    assert not desk.search(rerank=True)["degraded"]


def test_a_pause_and_a_question_without_words_are_no_calls(desk, endpoint):
    before = desk.counts()
    answer = desk.search(rerank=True, query="-alder", syntax="query")
    assert answer["degraded"] and "no words" in " ".join(answer["warnings"])
    assert grew(before, desk.counts()) == {"wordless": 1}
    before = desk.counts()
    endpoint.behave = lambda body: (500, b"")
    try:
        for _ in range(5):
            assert desk.search(rerank=True)["degraded"]
    finally:
        endpoint.behave = endpoint.by_length
    assert grew(before, desk.counts()) == {"status": 3, "call status": 3, "paused": 2}


def test_an_endpoint_that_is_not_there_or_not_named(tmp_path):
    with socket.socket() as taken:
        # Bound and not listening: nobody else can be there.
        taken.bind(("127.0.0.1", 0))
        desk = Desk(tmp_path, f"http://127.0.0.1:{taken.getsockname()[1]}/rerank")
        try:
            assert desk.search(rerank=True)["degraded"]
            assert desk.counts() == {"unreachable": 1, "call unreachable": 1}
            desk.appliance.stop()
            desk.appliance.start()
            assert desk.search(rerank=True)["degraded"]
            assert desk.counts() == {"unconfigured": 1}
        finally:
            desk.appliance.stop()
