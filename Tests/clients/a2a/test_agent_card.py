"""The agent's cards: forms, caching, signature, and what their key is not good for."""

from __future__ import annotations

import base64
import json

import jwt
import pytest
from a2a.types import AgentCard
from a2a.utils.signing import InvalidSignaturesError, create_signature_verifier
from google.protobuf.json_format import ParseDict
from jwt import PyJWK

from agent import client, rpc
from appliance import REPOSITORY

ROOT = "/.well-known/agent-card.json"
CURRENT = "/a2a/1.0/.well-known/agent-card.json"
OLD = "/a2a/0.3/.well-known/agent-card.json"
OLD_MEMBERS = {"url", "preferredTransport", "protocolVersion", "additionalInterfaces", "security", "supportsAuthenticatedExtendedCard"}


def verify(card: dict, keys: dict) -> None:
    """As a client of 1.0 does: unknown members are passed over, the signature is checked with the official verifier."""
    parsed = ParseDict(card, AgentCard(), ignore_unknown_fields=True)
    create_signature_verifier(lambda kid, jku: keys[kid], ["ES256"])(parsed)


def key_set(box) -> dict:
    keys = box.appliance.call("GET", "/.well-known/jwks.json").json["keys"]
    return {key["kid"]: PyJWK(key) for key in keys}


def test_each_form_has_its_address_and_the_version_header_chooses(box):
    get = lambda path, **headers: box.appliance.call("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}).json
    hybrid, current, old = get(ROOT), get(CURRENT), get(OLD)
    assert OLD_MEMBERS <= hybrid.keys() and "supportedInterfaces" in hybrid
    assert not OLD_MEMBERS & current.keys() and "signatures" in current
    assert OLD_MEMBERS <= old.keys() and not {"supportedInterfaces", "signatures", "securityRequirements"} & old.keys()
    assert get("/.well-known/agent.json") == hybrid
    assert get(ROOT, A2A_Version="1.0.1") == current
    assert get(ROOT, A2A_Version="0.3") == old
    assert get(ROOT, A2A_Version="7") == hybrid
    for card in (hybrid, current):
        for interface in card["supportedInterfaces"]:
            assert interface["url"].startswith(box.appliance.url + "/a2a/")
        assert card["capabilities"] == {"streaming": True, "pushNotifications": False, "extendedAgentCard": True}


def test_caches_are_told_what_to_do(box):
    call = box.appliance.call
    for path in (ROOT, CURRENT, OLD):
        card = call("GET", path)
        assert card.headers["Cache-Control"] == "public, max-age=300"
        assert card.headers["Vary"] == "A2A-Version"
        assert card.headers["Access-Control-Allow-Origin"] == "*"
        tag, changed = card.headers["ETag"], card.headers["Last-Modified"]
        for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"x", W/{tag}'}, {"If-None-Match": "*"}, {"If-Modified-Since": changed}):
            answer = call("GET", path, headers=headers)
            assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
        for headers in ({"If-None-Match": '"x"'}, {"If-None-Match": '"x"', "If-Modified-Since": changed}):
            assert call("GET", path, headers=headers).status == 200
    assert len({call("GET", path).headers["ETag"] for path in (ROOT, CURRENT, OLD)}) == 3


def test_the_tag_outlives_a_restart_and_its_new_signature(fresh):
    appliance = fresh()
    port = appliance.start().port
    before = appliance.call("GET", ROOT)
    appliance.stop()
    appliance.start(port=port)
    after = appliance.call("GET", ROOT)
    assert before.headers["ETag"] == after.headers["ETag"]
    assert before.json["signatures"] != after.json["signatures"]
    key = lambda answer: json.loads(base64.urlsafe_b64decode(answer.json["signatures"][0]["protected"] + "=="))["kid"]
    assert key(before) == key(after)


def test_pages_from_elsewhere_may_read_the_card_and_nothing_else(box):
    foreign = {"Origin": "https://elsewhere.example"}
    assert box.appliance.call("GET", ROOT, headers=foreign).status == 200
    assert box.appliance.call("GET", "/health", headers=foreign).status == 403
    assert box.appliance.call("POST", "/a2a/v1", {}, box.alder, headers=foreign | {"Content-Type": "application/json"}).status == 403
    assert box.appliance.call("GET", ROOT, headers={"Host": "elsewhere.example"}).status == 421


@pytest.mark.parametrize("path", [ROOT, CURRENT])
def test_the_signature_is_the_official_clients_and_covers_everything(box, path):
    card, keys = box.appliance.call("GET", path).json, key_set(box)
    header = json.loads(base64.urlsafe_b64decode(card["signatures"][0]["protected"] + "=="))
    assert header.keys() == {"alg", "typ", "kid", "jku"} and header["alg"] == "ES256"
    assert header["jku"] == box.appliance.url + "/.well-known/jwks.json"
    verify(card, keys)
    for change in (
        lambda card: card.update(name=card["name"] + "!"),
        lambda card: card["skills"][0].update(description="other"),
        lambda card: card["supportedInterfaces"][0].update(url="https://elsewhere.example/a2a/v1"),
        lambda card: card["capabilities"].update(pushNotifications=True),
        lambda card: card["securityRequirements"][0]["schemes"]["bearer"].update(list=["admin"]),
    ):
        changed = json.loads(json.dumps(card))
        change(changed)
        with pytest.raises(InvalidSignaturesError):
            verify(changed, keys)


def test_the_vectors_signature_verifies_the_same_way():
    vector = json.loads((REPOSITORY / "Tests/A2ATests/Fixtures/card_signature_vector.json").read_text())
    key = PyJWK(vector["public_jwk"] | {"alg": "ES256"})
    create_signature_verifier(lambda kid, jku: key, ["ES256"])(ParseDict(vector["hybrid"], AgentCard(), ignore_unknown_fields=True))


def test_the_cards_key_is_good_for_no_token(box):
    folder = box.appliance.data / "signing-keys"
    (file,) = folder.glob("*.card")
    assert file.stat().st_mode & 0o777 == 0o600
    pem = file.read_text().split("\n", 1)[1]
    claims = jwt.decode(box.alder, options={"verify_signature": False})
    header = {"kid": file.stem, "typ": "JWT"}
    forged = jwt.encode(claims, pem, algorithm="ES256", headers=header)
    assert rpc(box.appliance, box.alder, "ListTasks").status == 200
    assert rpc(box.appliance, forged, "ListTasks").status == 401
    # Nor does its public half pass for a shared secret.
    head, body, _ = box.alder.split(".")
    for algorithm in ("HS256", "RS256"):
        protected = base64.urlsafe_b64encode(json.dumps(header | {"alg": algorithm}).encode()).rstrip(b"=").decode()
        assert rpc(box.appliance, f"{protected}.{body}.{forged.split('.')[2]}", "ListTasks").status == 401


async def test_the_extended_card_needs_a_credential_and_is_nobodys_cache(box):
    assert box.appliance.call("GET", "/a2a/rest/extendedAgentCard").status == 401
    answer = box.appliance.call("GET", "/a2a/rest/extendedAgentCard", token=box.alder)
    assert answer.headers["Cache-Control"] == "private, no-store"
    public = box.appliance.call("GET", CURRENT).json
    assert {skill["id"] for skill in public["skills"]} <= {skill["id"] for skill in answer.json["skills"]}
    verify(answer.json, key_set(box))
    for binding in ("JSONRPC", "HTTP+JSON"):
        async with client(box.appliance.url, box.alder, binding) as agent:
            from a2a.types import GetExtendedAgentCardRequest
            card = await agent.get_extended_agent_card(GetExtendedAgentCardRequest())
            assert card.name == public["name"]
