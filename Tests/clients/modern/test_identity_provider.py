"""Mode oidc: tokens of an external identity provider, taken and refused."""

import base64
import hashlib
import hmac
import json
import sqlite3
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from appliance import Appliance, eventually, refused
from idp import METADATA, IdentityProvider, Key
from official import connected

PUBLIC = "https://search.example.com"
CONFIGURATION = {
    "auth": {
        "mode": "oidc",
        "oidc": {
            "loopback_http": True,
            "audiences": ["api://carrel"],
            "grants": {"groups": {"writers": "search write", "readers": "search"}, "realm_access.roles": {"auditor": "audit"},
                       "azp": {"indexer": "write"}},
        },
    },
    "public_url": PUBLIC,
}


def configure(appliance, provider, **oidc):
    settings = json.loads(json.dumps(CONFIGURATION))
    settings["auth"]["oidc"] |= {"issuers": [provider.issuer], **oidc}
    appliance.data.mkdir(mode=0o700, exist_ok=True)
    (appliance.data / "config.json").write_text(json.dumps(settings))
    return appliance


@pytest.fixture(scope="module")
def provider():
    provider = IdentityProvider()
    provider.keys += [Key("pss", "PS256"), Key("curve", "ES256"), Key("any", names_algorithm=False)]
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def box(tmp_path_factory, provider):
    appliance = configure(Appliance(tmp_path_factory.mktemp("oidc") / "data"), provider)
    appliance.tenant("acme")
    appliance.tenant("beta")
    appliance.start("--auth-refusals-per-minute", "0")
    try:
        yield appliance
    finally:
        appliance.stop()


@pytest.fixture
def own_provider():
    provider = IdentityProvider()
    yield provider
    provider.stop()


def search(appliance, token):
    return appliance.call("POST", "/v1/search", {"query": "heron"}, token)


def add(appliance, token):
    return appliance.call("POST", "/v1/documents", {"id": "d", "text": "the heron stands in the reeds"}, token)


def turned_away(appliance, token, *words):
    for answer in (search(appliance, token), appliance.rpc("tools/list", {}, token)):
        assert answer.status == 401, answer.text
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith('Bearer error="invalid_token", error_description="') and "scope=" not in challenge.split('"')[3]
        assert f'resource_metadata="{PUBLIC}/.well-known/oauth-protected-resource/mcp"' in challenge
    detail = search(appliance, token).json["detail"]
    for word in words:
        assert word in detail, detail


# Taken


@pytest.mark.parametrize("index", range(4))
def test_the_algorithms(box, provider, index):
    key = provider.keys[index]
    assert search(box, provider.token(key)).status == 200
    other = Key(key.kid, key.algorithm)
    turned_away(box, provider.token(other), "signature")


def test_one_rsa_key_for_both_of_its_algorithms(box, provider):
    key = provider.keys[3]
    for algorithm in ("RS256", "PS256"):
        token = jwt.encode(provider.claims(), key.private, algorithm=algorithm, headers={"kid": key.kid})
        assert search(box, token).status == 200
    # A key that names its algorithm signs by no other.
    first = provider.keys[0]
    turned_away(box, jwt.encode(provider.claims(), first.private, algorithm="PS256", headers={"kid": first.kid}), "signature")


@pytest.mark.parametrize("audience", [
    PUBLIC + "/mcp", [PUBLIC + "/mcp"], ["account", PUBLIC + "/mcp"], "api://carrel", ["account", "api://carrel", "x"],
])
def test_audiences_that_are_ours(box, provider, audience):
    assert search(box, provider.token(aud=audience)).status == 200


@pytest.mark.parametrize(("claims", "writes"), [
    ({"scope": "search write"}, True), ({"scope": "write"}, True), ({"scope": None, "scp": "search:write"}, True),
    ({"scope": None, "scp": ["search", "write"]}, True), ({"scope": None, "permissions": ["write"]}, True),
    ({"scope": "openid", "groups": ["staff", "writers"]}, True), ({"scope": "search", "azp": "indexer"}, True),
    ({"scope": "search", "groups": ["staff"]}, False), ({"scope": "search", "groups": "writers-of-poems"}, False),
    ({"scope": "search", "azp": "writers"}, False),
])
def test_where_scopes_come_from(box, provider, claims, writes):
    token = provider.token(**claims)
    assert search(box, token).status == 200
    answer = add(box, token)
    assert answer.status == (201 if writes else 403) or writes and answer.status == 200
    if not writes:
        assert answer.headers["WWW-Authenticate"].startswith('Bearer error="insufficient_scope", scope="write", resource_metadata=')


def test_a_token_without_any_scope_of_ours(box, provider):
    token = provider.token(scope="openid profile")
    assert search(box, token).status == 403
    # It is a good credential all the same: it sees that there is nothing for it.
    assert box.rpc("tools/list", {}, token).json["result"]["tools"] == []
    assert search(box, provider.token(scope=None, realm_access={"roles": ["auditor"]})).status == 403


def test_the_operator_is_never_external(box, provider):
    for claims in ({"scope": "operator"}, {"scope": "search operator"}, {"scp": ["operator"]}, {"permissions": ["operator"]},
                   {"scope": "operator", "tenant_id": None}):
        token = provider.token(**claims)
        for path in ("/metrics", "/v1/admin/tenants"):
            assert box.call("GET", path, token=token).status in (401, 403)


def test_tenant_and_user_are_the_tokens(box, provider):
    writer = provider.token(scope="write", sub="ann", jti="j-ann")
    assert add(box, writer).status in (200, 201)
    assert [hit["doc_id"] for hit in search(box, writer).json["hits"]] == ["d"]
    assert search(box, provider.token(tenant_id="beta")).json["hits"] == []
    with sqlite3.connect(box.data / "tenants/acme/tenant.sqlite") as file:
        assert eventually(lambda: ("ann", "j-ann") in set(file.execute("SELECT user, credential_id FROM audit")))


async def test_the_official_client(box, provider):
    for mode in ("auto", "legacy"):
        async with connected(box, provider.token(scope="search"), mode) as client:
            assert not (await client.call_tool("list_collections", {})).is_error


# Refused


@pytest.mark.parametrize("change", [
    {"tenant_id": None}, {"tenant_id": 5}, {"tenant_id": ""}, {"tenant_id": ["acme"]}, {"tenant_id": "../acme"}, {"tenant_id": "nobody"},
    {"tenant_id": "Acme"},
])
def test_tenants_that_are_not_here(box, provider, change):
    turned_away(box, provider.token(**change), "tenant")


@pytest.mark.parametrize("change", [
    {"aud": "https://elsewhere.example.com/mcp"}, {"aud": PUBLIC}, {"aud": PUBLIC + "/mcp/"}, {"aud": "account"}, {"aud": []}, {"aud": None},
    {"aud": 7}, {"aud": [PUBLIC + "/mcp", 7]}, {"aud": "API://carrel"}, {"aud": ["x"] * 65},
])
def test_audiences_that_are_not_ours(box, provider, change):
    turned_away(box, provider.token(**change))


def test_times(box, provider):
    now = int(time.time())
    for good in ({"exp": now - 50}, {"nbf": now + 50}, {"exp": now + 9.5}, {"nbf": None, "iat": None}):
        assert search(box, provider.token(**good)).status == 200
    turned_away(box, provider.token(exp=now - 62), "expired")
    turned_away(box, provider.token(nbf=now + 70), "not valid yet")
    for bad in (None, "never", -1, 1e300, True, [now]):
        turned_away(box, provider.token(exp=bad), "exp")


@pytest.mark.parametrize("change", [{"sub": None}, {"sub": ""}, {"sub": 9}, {"sub": "a\u0007b"}, {"sub": "x" * 300}])
def test_users_that_are_none(box, provider, change):
    turned_away(box, _raw(provider, provider.claims(**change)), "sub")


def _raw(provider, claims, key=None, **header):
    """Signs what PyJWT would not."""
    key = key or provider.keys[0]
    return key.sign({}, **header) if claims is None else _sign(key, {"alg": key.algorithm, "kid": key.kid, **header}, claims)


def _encoded(value):
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=").decode()


def _sign(key, header, claims):
    head = f"{_encoded(header)}.{_encoded(claims)}"
    algorithm = jwt.get_algorithm_by_name(key.algorithm)
    return f"{head}.{_encoded(algorithm.sign(head.encode(), key.private))}"


def test_another_issuer(box, provider):
    for issuer in ("https://evil.example.com", provider.issuer + "/", provider.issuer.upper(), None, 5, ""):
        claims = provider.claims()
        claims["iss"] = issuer
        turned_away(box, _raw(provider, claims), "issued by someone else")


def test_unsigned_and_keyed_hashes(box, provider):
    key = provider.keys[0]
    public = key.private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for algorithm in ("none", "None", "nOnE", "HS256", "HS512", "RS384", "ES384", "EdDSA", "rs256", ""):
        head = f"{_encoded({'alg': algorithm, 'typ': 'JWT', 'kid': key.kid})}.{_encoded(provider.claims())}"
        for secret in (public, json.dumps(key.jwk).encode(), b""):
            mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()
            turned_away(box, f"{head}.{_encoded(mac)}", "algorithm")
        assert search(box, f"{head}.").status == 401


@pytest.mark.parametrize("header", [
    {"jku": "https://evil.example.com/k"}, {"jwk": {"kty": "RSA"}}, {"x5u": "https://evil.example.com/c"}, {"x5c": ["AA=="]}, {"crit": ["exp"]},
])
def test_headers_that_bring_a_key(box, provider, header):
    turned_away(box, provider.keys[0].sign(provider.claims(), **header), "refused")


def test_signatures_of_other_shapes(box, provider):
    key = provider.keys[2]
    head, payload, signature = provider.token(key).split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    order = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    zero = bytes(64)
    for other in (raw[:63], raw + b"\0", raw[32:] + raw[:32], der, zero, raw[:32] + bytes(32), b"",
                  (order).to_bytes(32, "big") + raw[32:], bytes([raw[0] ^ 1]) + raw[1:]):
        turned_away(box, f"{head}.{payload}.{_encoded(other)}")
    # The other algorithm's signature under this key's id.
    mixed = jwt.encode(provider.claims(), provider.keys[0].private, algorithm="RS256", headers={"kid": key.kid})
    turned_away(box, mixed, "signature")


def test_a_revoked_token(box, provider):
    token = provider.token(jti="stolen")
    assert search(box, token).status == 200
    box.run("token", "revoke", "stolen")
    eventually(lambda: search(box, token).status == 401, seconds=2)


# What the box says of itself


def test_metadata(box, provider):
    for path in ("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"):
        resource = box.call("GET", path, headers={"Host": "search.example.com"}).json
        assert resource == {"resource": PUBLIC + "/mcp", "authorization_servers": [provider.issuer], "scopes_supported": ["search"],
                            "bearer_methods_supported": ["header"], "resource_name": "Carrel search"}
    for method, path in (("GET", "/.well-known/oauth-authorization-server"), ("GET", "/oauth/authorize"), ("POST", "/oauth/token")):
        assert box.call(method, path).status == 404
    challenge = box.call("POST", "/v1/search", {"query": "x"}).headers["WWW-Authenticate"]
    assert challenge == f'Bearer resource_metadata="{PUBLIC}/.well-known/oauth-protected-resource/mcp", scope="search"'


def test_what_the_box_made_itself_is_taken_too(box):
    """Its owner holds the folder and makes them; commands use them on the socket."""
    assert search(box, box.token("acme")).status == 200
    key = box.run("apikey", "create", "--tenant", "acme", "--user", "robot").stdout.strip()
    assert search(box, key).status == 200
    assert box.call("GET", "/metrics", token=box.operator()).status == 200
    assert "acme" in box.run("tenant", "list").stdout
    assert box.run("search", "heron", "--tenant", "acme").returncode == 0


# Keys that come and go


def test_rotation_and_unknown_keys(fresh, own_provider):
    appliance = configure(fresh(), own_provider)
    appliance.tenant("acme")
    appliance.start("--auth-refusals-per-minute", "0")
    old = own_provider.keys[0]
    assert search(appliance, own_provider.token()).status == 200
    assert own_provider.fetches == 1
    new = Key("second")
    own_provider.keys = [new]
    # The first unknown id fetches; a token of the old key goes with it, although its signature was found good before.
    token = own_provider.token(old)
    assert search(appliance, token).status == 200
    assert search(appliance, own_provider.token(new)).status == 200
    assert own_provider.fetches == 2
    assert search(appliance, token).status == 401
    # Within a minute nobody makes it fetch again.
    for kid in ("third", "fourth", "", "first"):
        assert search(appliance, own_provider.token(Key(kid))).status == 401
    assert own_provider.fetches == 2
    assert search(appliance, own_provider.token(new)).status == 200


def test_an_outage(fresh, own_provider):
    appliance = configure(fresh(), own_provider)
    appliance.tenant("acme")
    own_provider.stop()
    appliance.start("--auth-refusals-per-minute", "0")
    refused(search(appliance, own_provider.token()), 503, "identity_provider_unavailable", own_provider.issuer)
    assert int(search(appliance, own_provider.token()).headers["Retry-After"]) >= 1
    # Whoever sends nothing or rubbish hears what they always hear; the box's own credentials work.
    assert search(appliance, None).status == 401 and search(appliance, "rubbish").status == 401
    assert search(appliance, appliance.token("acme")).status == 200
    own_provider.start()
    eventually(lambda: search(appliance, own_provider.token()).status == 200, seconds=15, step=0.5)
    # Once there are keys they stay, whatever becomes of the provider.
    own_provider.stop()
    assert search(appliance, own_provider.token(jti="later")).status == 200
    assert search(appliance, own_provider.token(Key("unknown"))).status == 401
    assert search(appliance, own_provider.token(jti="later still")).status == 200


@pytest.mark.parametrize("spoil", ["issuer", "no keys", "plain keys address", "redirect", "too large", "not JSON", "file address"])
def test_providers_that_cannot_be_used(fresh, own_provider, spoil):
    provider = own_provider
    keys = "/realms/demo/keys"
    match spoil:
        case "issuer": provider.metadata = {"issuer": provider.issuer + "/"}
        case "no keys": provider.metadata = {"jwks_uri": None}
        case "plain keys address": provider.metadata = {"jwks_uri": "http://192.0.2.1/keys"}
        case "file address": provider.metadata = {"jwks_uri": "file:///etc/passwd"}
        case "redirect": provider.answers[keys] = (302, {"Location": provider.issuer + "/keys2"}, b"")
        case "too large": provider.answers[keys] = (200, {}, b'{"keys": [], "x": "' + b"x" * 300_000 + b'"}')
        case "not JSON": provider.answers[METADATA] = (200, {}, b"<html>")
    appliance = configure(fresh(), provider)
    appliance.tenant("acme")
    appliance.start()
    refused(search(appliance, provider.token()), 503, "identity_provider_unavailable")
    assert "identity provider's keys not fetched" in appliance.log.read_text()
    assert "/realms/demo/keys2" not in provider.asked


def test_keys_of_no_use_are_left_out(fresh, own_provider):
    good = own_provider.keys[0].jwk
    point = Key("point", "ES256").jwk
    spoiled = [
        {**good, "use": "enc"}, {**good, "alg": "RSA-OAEP"}, {**good, "kty": "oct", "k": "AAAA"}, {**good, "e": "AQ"}, {**good, "n": good["n"][:100]},
        {**good, "key_ops": ["sign"]}, {**good, "n": good["n"] + "=="}, {**good, "n": 5}, {"kid": "first"}, "text", 7, None,
        {**point, "kid": "off", "y": point["x"]}, {**point, "crv": "P-384"}, {**point, "x": "AAAA"},
    ]
    own_provider.answers["/realms/demo/keys"] = (200, {}, json.dumps({"keys": spoiled}).encode())
    appliance = configure(fresh(), own_provider)
    appliance.tenant("acme")
    appliance.start()
    assert search(appliance, own_provider.token()).status == 401
    own_provider.answers["/realms/demo/keys"] = (200, {}, json.dumps({"keys": [*spoiled, good]}).encode())
    appliance.stop()
    appliance.start()
    assert search(appliance, own_provider.token()).status == 200


# Settings


def test_claims_by_other_names(fresh, own_provider):
    appliance = configure(
        fresh(), own_provider, tenant_claim="https://example.com/org", tenants={"org-17": "acme"}, user_claim="preferred_username",
        default_scopes="search", scope_prefix="api://carrel/", ask_for=["api://carrel/search", "offline"])
    appliance.tenant("acme")
    appliance.start("--auth-refusals-per-minute", "0")
    base = {"tenant_id": None, "https://example.com/org": "org-17", "preferred_username": "ann", "scope": None}
    assert search(appliance, own_provider.token(**base)).status == 200
    assert add(appliance, own_provider.token(**base)).status == 403
    assert add(appliance, own_provider.token(**base | {"scp": "api://carrel/write"})).status == 201
    # With a map no value but its own means a tenant, not even a tenant's name.
    assert search(appliance, own_provider.token(**base | {"https://example.com/org": "acme"})).status == 401
    assert search(appliance, own_provider.token(**base | {"preferred_username": None})).status == 401
    challenge = add(appliance, own_provider.token(**base)).headers["WWW-Authenticate"]
    assert 'scope="api://carrel/write"' in challenge
    challenge = search(appliance, None).headers["WWW-Authenticate"]
    assert 'scope="api://carrel/search offline"' in challenge
    assert appliance.call("GET", "/.well-known/oauth-protected-resource", headers={"Host": "search.example.com"}).json["scopes_supported"] == [
        "api://carrel/search", "offline"]


def test_two_providers(fresh, own_provider, provider):
    appliance = configure(fresh(), own_provider, issuers=[own_provider.issuer, provider.issuer])
    appliance.tenant("acme")
    appliance.start("--auth-refusals-per-minute", "0")
    for one in (own_provider, provider):
        assert add(appliance, one.token(scope="write", sub="ann")).status in (200, 201)
    # Neither's key signs for the other.
    assert search(appliance, own_provider.keys[0].sign(provider.claims())).status == 401
    appliance.stop()
    with sqlite3.connect(appliance.data / "tenants/acme/tenant.sqlite") as file:
        users = {user for user, in file.execute("SELECT user FROM audit")}
    assert users == {f"{own_provider.issuer}|ann", f"{provider.issuer}|ann"}


@pytest.mark.parametrize(("oidc", "word"), [
    ({"issuers": []}, "auth.oidc.issuers"), ({"issuers": ["http://idp.example.com"]}, "auth.oidc.issuers"), ({"issuers": ["ftp://idp.example.com"]}, "auth.oidc.issuers"),
    ({"issuers": ["https://idp.example.com/?x=1"]}, "auth.oidc.issuers"), ({"issuers": ["https://u@idp.example.com/"]}, "auth.oidc.issuers"),
    ({"default_scopes": "operator"}, "auth.oidc.default_scopes"), ({"grants": {"groups": {"a": "operator"}}}, "auth.oidc.grants"),
    ({"grants": {"groups": "search"}}, "auth.oidc.grants"), ({"tenants": {"a": "../b"}}, "auth.oidc.tenants"), ({"tenant_claim": ""}, "auth.oidc.tenant_claim"),
    ({"scope_prefix": 'a"b'}, "auth.oidc.scope_prefix"), ({"unknown": 1}, "auth.oidc.unknown"), ({"loopback_http": False}, "auth.oidc.issuers"),
])
def test_settings_that_are_refused(fresh, own_provider, oidc, word):
    appliance = configure(fresh(), own_provider, **oidc)
    assert word in appliance.run("serve", "--listen", "127.0.0.1:0", code=1).stderr


def test_settings_as_flags(fresh, own_provider):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start(
        "--auth-mode", "oidc", "--auth-oidc-issuers", own_provider.issuer, "--auth-oidc-loopback-http", "--auth-oidc-audiences", "a,b",
        "--auth-oidc-grants", '{"groups": {"writers": "write"}}', "--auth-oidc-tenants", '{"1": "acme"}')
    assert add(appliance, own_provider.token(aud="b", groups=["writers"], tenant_id="1")).status == 201
    # Without a public URL the resource is where it listens.
    assert search(appliance, own_provider.token(aud=appliance.url + "/mcp", tenant_id="1")).status == 200
