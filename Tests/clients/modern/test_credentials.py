"""Tokens: forged, stale, revoked; suspended tenants; rates."""

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from appliance import eventually

QUERY = ("POST", "/v1/search", {"query": "payroll"})


def parts(token):
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


def encoded(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def stranger():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def refused(box, token):
    for answer in (box.appliance.call(*QUERY, token), box.appliance.rpc("tools/list", {}, token), box.appliance.rpc("tools/list", {}, token, "legacy")):
        assert answer.status == 401, answer.text
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert "Zanzibar" not in answer.text


def test_a_good_token(box):
    header, claims = parts(box.alder)
    assert header["alg"] == "RS256" and header["kid"]
    assert claims["tenant_id"] == "alder" and claims["user_id"] == "tester" and set(claims["scope"].split()) == {"search", "write"}
    assert claims["iss"].startswith("carrel:") and claims["iss"] in ([claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"])
    assert {"tenant_uid", "iat", "nbf", "exp", "jti"} <= set(claims)
    keys = jwt.PyJWKSet.from_dict(box.appliance.call("GET", "/.well-known/jwks.json").json)
    jwt.decode(box.alder, keys[header["kid"]].key, algorithms=["RS256"], audience=claims["iss"], issuer=claims["iss"])


def test_a_default_token_searches_only(box):
    token = box.appliance.run("token", "issue", "--tenant", "alder", "--user", "u").stdout.strip()
    assert parts(token)[1]["scope"] == "search"
    assert box.appliance.call(*QUERY, token).status == 200
    answer = box.appliance.call("POST", "/v1/documents", {"text": "x"}, token)
    assert answer.status == 403 and 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert answer.json["code"] == "insufficient_scope"


def test_write_implies_search_and_nothing_else_does(box):
    assert box.appliance.call(*QUERY, box.appliance.token("alder", scope="write")).status == 200
    for scope in ("admin", "audit"):
        assert box.appliance.call(*QUERY, box.appliance.token("alder", scope=scope)).status == 403
    assert box.appliance.call("GET", "/v1/admin/tenants", token=box.appliance.token("alder", scope="admin")).status == 403


@pytest.fixture(scope="module")
def sign(box):
    """Signs claims with the box's own key, as nobody but the box can."""
    kid = parts(box.alder)[0]["kid"]
    text = (box.appliance.data / "signing-keys" / f"{kid}.pem").read_text()
    key = text[text.index("-----BEGIN"):]
    return lambda claims: jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def test_signing_as_the_box_does(box, sign):
    assert box.appliance.call(*QUERY, sign(parts(box.alder)[1])).status == 200


def test_an_expired_token(box, sign):
    claims, now = parts(box.alder)[1], int(time.time())
    # Clocks may differ by a minute.
    refused(box, sign({**claims, "iat": now - 3600, "nbf": now - 3600, "exp": now - 62}))
    refused(box, sign({**claims, "iat": now + 90, "nbf": now + 90, "exp": now + 3600}))


@pytest.mark.parametrize("change", [
    {"aud": "https://elsewhere.example.com/mcp"}, {"aud": []}, {"iss": "carrel:other"}, {"iss": None}, {"exp": None}, {"exp": "never"},
    {"exp": 1e300}, {"tenant_uid": "0000"}, {"tenant_uid": None}, {"tenant_id": "birch"}, {"tenant_id": "nobody"}, {"tenant_id": 5},
    {"tenant_id": "../alder"}, {"scope": 7}, {"jti": None},
])
def test_claims_that_do_not_fit(box, sign, change):
    claims = {**parts(box.alder)[1], **change}
    refused(box, sign({name: value for name, value in claims.items() if value is not None}))


def test_unsigned_tokens(box):
    header, claims = parts(box.alder)
    refused(box, jwt.encode(claims, None, algorithm="none", headers={"kid": header["kid"]}))
    for algorithm in ("none", "None", "NONE", "nOnE"):
        refused(box, f"{encoded({**header, 'alg': algorithm})}.{encoded(claims)}.")
    payload = box.alder.split(".")
    refused(box, f"{payload[0]}.{payload[1]}.")


def test_changed_claims(box):
    head, _, signature = box.alder.split(".")
    claims = parts(box.alder)[1]
    birch = parts(box.birch)[1]
    for change in ({"tenant_id": "birch", "tenant_uid": birch["tenant_uid"]}, {"scope": "search write admin"}, {"exp": 4102444800},
                   {"tenant_id": None, "scope": "operator"}):
        refused(box, f"{head}.{encoded({**claims, **change})}.{signature}")


def test_a_foreign_key(box, stranger):
    header, claims = parts(box.alder)
    refused(box, jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": header["kid"]}))
    refused(box, jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "elsewhere"}))
    refused(box, jwt.encode(claims, stranger, algorithm="RS256"))


def test_headers_that_bring_their_own_key(box, stranger):
    header, claims = parts(box.alder)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public_key()))
    for extra in ({"jwk": public}, {"jku": "http://127.0.0.1:1/jwks"}, {"x5u": "http://127.0.0.1:1/x"}, {"x5c": ["AA=="]},
                  {"crit": ["exp"]}):
        refused(box, jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": header["kid"], **extra}))


def test_the_public_key_as_a_shared_secret(box):
    header, claims = parts(box.alder)
    key = box.appliance.call("GET", "/.well-known/jwks.json").json["keys"][0]
    signing_input = f"{encoded({**header, 'alg': 'HS256'})}.{encoded(claims)}"
    import hashlib
    import hmac
    secret = base64.urlsafe_b64decode(key["n"] + "==")
    signature = base64.urlsafe_b64encode(hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    refused(box, f"{signing_input}.{signature}")


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "....", "eyJhbGciOiJSUzI1NiJ9..x", "a" * 9000, "%00.%00.%00"])
def test_garbage(box, token):
    answer = box.appliance.call(*QUERY, token)
    assert answer.status in (401, 431)


def test_other_ways_of_sending(box):
    for value in (f"bearer  {box.alder}", f"Basic {box.alder}", box.alder, "Bearer", "Bearer "):
        answer = box.appliance.call(*QUERY, headers={"Authorization": value})
        assert answer.status in (200, 400, 401)
        if value.startswith(("Basic", "eyJ")) or value.strip() == "Bearer":
            assert answer.status == 401
    cookie = box.appliance.call(*QUERY, headers={"Cookie": f"token={box.alder}"})
    assert cookie.status == 401


def test_a_token_of_another_box(box, fresh):
    other = fresh()
    other.tenant("alder")
    refused(box, other.token("alder"))


def test_tokens_outlive_a_restart_and_a_change_of_port(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    token = appliance.token("acme")
    for _ in range(2):
        appliance.start()
        assert appliance.call("GET", "/v1/collections", token=token).status == 200
        assert appliance.stop() == 0


def test_a_revoked_token_is_refused_within_a_second(box):
    token = box.appliance.token("alder")
    assert box.appliance.call(*QUERY, token).status == 200
    box.appliance.run("token", "revoke", parts(token)[1]["jti"])
    eventually(lambda: box.appliance.call(*QUERY, token).status == 401, seconds=1.5)
    refused(box, token)
    assert box.appliance.call(*QUERY, box.alder).status == 200


def test_inspecting_a_token(box):
    shown = box.appliance.run("token", "inspect", box.alder)
    assert json.loads(shown.stdout)["tenant_id"] == "alder"


def test_a_suspended_tenant(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.tenant("other")
    appliance.start()
    token, other = appliance.token("acme"), appliance.token("other")
    appliance.put(token, [{"id": "a", "text": "kept through the suspension"}])
    appliance.run("tenant", "suspend", "acme")
    eventually(lambda: appliance.call("GET", "/v1/documents", token=token).status == 403, seconds=1.5)
    answer = appliance.call(*QUERY, token)
    assert answer.status == 403 and "suspended" in answer.json["detail"]
    assert appliance.rpc("tools/list", {}, token).status in (200, 403)
    assert appliance.rpc("tools/call", {"name": "list_documents", "arguments": {}}, token).status == 403
    assert appliance.call("GET", "/v1/documents", token=other).status == 200
    appliance.run("tenant", "resume", "acme")
    eventually(lambda: appliance.call("GET", "/v1/documents", token=token).status == 200, seconds=1.5)
    assert appliance.ids(token) == ["a"]


def test_a_rate_ends_in_429(fresh):
    appliance = fresh()
    appliance.tenant("slow", "--rate", "10/min")
    appliance.tenant("free", "--tier", "free")
    appliance.tenant("fast")
    appliance.start()
    for name in ("slow", "free"):
        token = appliance.token(name)
        # Discovery and the handshake are never limited.
        for _ in range(15):
            assert appliance.rpc("server/discover", {}, token).status == 200
            assert appliance.rpc("ping", {}, token, "legacy").status == 200
        answers = [appliance.call("GET", "/v1/collections", token=token) for _ in range(14)]
        assert [answer.status for answer in answers[:10]] == [200] * 10
        last = answers[-1]
        assert last.status == 429 and 1 <= int(last.headers["Retry-After"]) <= 60
        assert last.headers["Content-Type"] == "application/problem+json" and last.json["code"] == "rate_limit_exceeded"
        call = {"name": "list_collections", "arguments": {}}
        modern = appliance.rpc("tools/call", call, token)
        assert modern.status == 429 and modern.json["error"]["code"] == -31003 and int(modern.headers["Retry-After"]) >= 1
        legacy = appliance.rpc("tools/call", call, token, "legacy")
        assert legacy.status == 200 and legacy.json["error"]["code"] == -31003 and legacy.json["id"] == 7
    fast = appliance.token("fast")
    assert all(appliance.call("GET", "/v1/collections", token=fast).status == 200 for _ in range(50))


def test_a_rate_refills(fresh):
    appliance = fresh()
    appliance.tenant("acme", "--rate", "2/s", "--burst", "2")
    appliance.start()
    token = appliance.token("acme")
    statuses = [appliance.call("GET", "/v1/collections", token=token).status for _ in range(6)]
    assert statuses[:2] == [200, 200] and 429 in statuses
    time.sleep(1.2)
    assert appliance.call("GET", "/v1/collections", token=token).status == 200


def test_guessing_is_slowed_and_the_honest_are_served(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme")
    # A missing credential does not count.
    assert {appliance.call(*QUERY).status for _ in range(15)} == {401}
    statuses = [appliance.call(*QUERY, f"a.b.{n}").status for n in range(15)]
    assert statuses[:10] == [401] * 10 and statuses[-1] == 429
    limited = appliance.call(*QUERY, "a.b.c")
    assert limited.status == 429 and int(limited.headers["Retry-After"]) >= 1
    assert appliance.call("GET", "/v1/documents", token=token).status == 200
