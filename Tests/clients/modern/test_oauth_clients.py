"""The grant client_credentials: registered clients, their tokens, and every way to get none."""

import base64
import json
import re
import sqlite3
from urllib.parse import urlencode

import httpx2
import jwt
import pytest
from mcp import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client

from appliance import eventually

QUERY = ("POST", "/v1/search", {"query": "payroll"})


def register(appliance, *options, tenant="acme", user="robot"):
    """Id and secret of a new client."""
    made = json.loads(appliance.run("client", "create", "--tenant", tenant, "--user", user, "--json", *options).stdout)
    return made["client_id"], made["client_secret"]


def basic(client):
    return "Basic " + base64.b64encode(":".join(client).encode()).decode()


def ask(appliance, client=None, authorization=None, **form):
    """One request to the token endpoint; a form value that is a list is sent several times, None leaves it out."""
    fields = {"grant_type": "client_credentials", **form}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if authorization or client:
        headers["Authorization"] = authorization or basic(client)
    body = urlencode({name: value for name, value in fields.items() if value is not None}, doseq=True)
    return appliance.call("POST", "/oauth/token", body, headers=headers)


def refused(answer, status, error):
    assert (answer.status, answer.json["error"]) == (status, error), answer.text
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Content-Type"] == "application/json"
    assert re.fullmatch(r'[ !#-\[\]-~]+', answer.json["error_description"])
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    return True


@pytest.fixture(scope="module")
def lone(tmp_path_factory):
    from appliance import Appliance
    appliance = Appliance(tmp_path_factory.mktemp("oauth") / "data")
    appliance.tenant("acme")
    appliance.start("--auth-refusals-per-minute", "0")
    try:
        yield appliance
    finally:
        appliance.stop()


def test_a_token_of_a_client(lone):
    client = register(lone, "--scope", "search,write")
    answer = ask(lone, client, resource=lone.url + "/mcp", scope="search")
    assert answer.status == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Pragma"] == "no-cache"
    assert {**answer.json, "access_token": ""} == {"access_token": "", "token_type": "Bearer", "expires_in": 3600, "scope": "search"}
    token = answer.json["access_token"]
    keys = jwt.PyJWKSet.from_dict(lone.call("GET", "/.well-known/jwks.json").json)
    claims = jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]].key, algorithms=["RS256"], audience=lone.url + "/mcp")
    assert claims["aud"] == [claims["iss"], lone.url + "/mcp"] and claims["iss"].startswith("carrel:")
    assert (claims["tenant_id"], claims["user_id"], claims["scope"], claims["client_id"]) == ("acme", "robot", "search", client[0])
    assert claims["exp"] - claims["iat"] == 3600
    assert lone.call(*QUERY, token).status == 200
    assert lone.call("POST", "/v1/documents", {"id": "x", "text": "x"}, token).status == 403


def test_without_scope_and_resource_it_gets_what_it_is_registered_for(lone):
    client = register(lone, "--scope", "write", "--token-ttl", "90s")
    answer = ask(lone, client)
    assert (answer.json["scope"], answer.json["expires_in"]) == ("write", 90)
    assert lone.call("POST", "/v1/documents", {"id": "x", "text": "x"}, answer.json["access_token"]).status == 201
    # write implies search, and an alias is as good as its scope.
    assert ask(lone, client, scope="search").json["scope"] == "search"
    assert ask(lone, client, scope="search:write").json["scope"] == "write"


def test_the_secret_in_the_body(lone):
    id, secret = register(lone)
    assert ask(lone, client_id=id, client_secret=secret).status == 200
    # Some libraries repeat the id beside the header.
    assert ask(lone, (id, secret), client_id=id).status == 200
    refused(ask(lone, (id, secret), client_id=id, client_secret=secret), 400, "invalid_request")
    refused(ask(lone, (id, secret), client_id="crc_0000000000000000"), 400, "invalid_request")


def test_clients_that_are_none(lone):
    id, secret = register(lone)
    other = register(lone)
    texts = set()
    for pair in [(id, "crs_" + "0" * 64), (id, other[1]), ("crc_" + "0" * 16, secret), (id, ""), ("", ""), (id.upper(), secret), (id, secret + " "),
                 ("' OR 1=1 --", secret), (id, secret.upper())]:
        answer = ask(lone, pair)
        assert refused(answer, 401, "invalid_client") and answer.headers["WWW-Authenticate"] == 'Basic realm="carrel"'
        texts.add(answer.text)
    for header in ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"nocolon").decode(), "Basic " + base64.b64encode(b"\xff:\xff").decode(),
                   f"Bearer {secret}", "Basic " + base64.b64encode(b"%zz:x").decode()]:
        refused(ask(lone, authorization=header), 401, "invalid_client")
    refused(ask(lone), 401, "invalid_client")
    # Whatever was wrong, the words are the same.
    assert len(texts) == 1


def test_requests_that_are_none(lone):
    client = register(lone)
    refused(ask(lone, client, grant_type=None), 400, "invalid_request")
    refused(ask(lone, client, grant_type=["client_credentials", "client_credentials"]), 400, "invalid_request")
    refused(ask(lone, client, scope=["search", "search"]), 400, "invalid_request")
    for grant in ("authorization_code", "password", "refresh_token", "Client_Credentials"):
        refused(ask(lone, client, grant_type=grant), 400, "unsupported_grant_type")
    for type in ("application/json", "text/plain", ""):
        answer = lone.call("POST", "/oauth/token", "grant_type=client_credentials", headers={"Content-Type": type, "Authorization": basic(client)})
        refused(answer, 400, "invalid_request")
    for body in (b"grant_type=%zz", b"grant_type=\xff\xfe", b""):
        answer = lone.call("POST", "/oauth/token", body, headers={"Content-Type": "application/x-www-form-urlencoded", "Authorization": basic(client)})
        refused(answer, 400, "invalid_request")
    refused(ask(lone, client, scope="x" * 20_000), 413, "invalid_request")
    assert lone.call("GET", "/oauth/token").status == 405


def test_scopes_it_may_not_have(lone):
    client = register(lone, "--scope", "search")
    for scope in ("write", "search write", "admin", "operator", "openid", "search operator"):
        refused(ask(lone, client, scope=scope), 400, "invalid_scope")


def test_targets_that_are_not_this_box(lone):
    client = register(lone)
    ours = lone.url + "/mcp"
    for resource in ("https://elsewhere.example.com/mcp", ours + "/", lone.url, ours.upper(), [ours, "https://elsewhere.example.com/mcp"]):
        refused(ask(lone, client, resource=resource), 400, "invalid_target")
    assert ask(lone, client, resource=[ours, ours]).status == 200


def test_a_revoked_client_and_its_tokens(lone):
    client = register(lone)
    token = ask(lone, client).json["access_token"]
    other = ask(lone, register(lone)).json["access_token"]
    assert lone.call(*QUERY, token).status == 200
    lone.run("client", "revoke", client[0])
    eventually(lambda: lone.call(*QUERY, token).status == 401, seconds=2)
    assert "revoked" in lone.call(*QUERY, token).json["detail"]
    refused(ask(lone, client), 401, "invalid_client")
    assert lone.call(*QUERY, other).status == 200
    assert "revoked already" in lone.run("client", "revoke", client[0][4:]).stderr
    assert "no such client" in lone.run("client", "revoke", client[1], code=1).stderr


def test_a_client_past_its_time(lone):
    client = register(lone, "--ttl", "2s")
    answer = ask(lone, client)
    # No token outlives its client.
    assert answer.json["expires_in"] <= 2
    eventually(lambda: ask(lone, client).status == 401, seconds=5)
    # The leeway of clocks is for tokens: the client is gone at once.
    assert lone.call(*QUERY, answer.json["access_token"]).status == 401


def test_tenants_that_are_suspended_or_gone(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    client = register(appliance)
    appliance.run("tenant", "suspend", "acme")
    refused(ask(appliance, client), 400, "unauthorized_client")
    appliance.run("tenant", "resume", "acme")
    token = ask(appliance, client).json["access_token"]
    appliance.run("tenant", "delete", "acme", "--yes")
    appliance.run("tenant", "create", "acme")
    refused(ask(appliance, client), 401, "invalid_client")
    assert appliance.call(*QUERY, token).status == 401
    assert appliance.run("client", "list").stdout == ""


def test_what_is_listed_and_kept(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.tenant("beta")
    text = appliance.run("client", "create", "--tenant", "acme", "--user", "ann", "--scope", "search,audit").stdout
    match = re.fullmatch(r"client_id=(crc_[0-9a-f]{16})\nclient_secret=(crs_[0-9a-f]{64})\n", text)
    id, secret = match.groups()
    register(appliance, tenant="beta")
    listed = json.loads(appliance.run("client", "list", "--tenant", "acme", "--json").stdout)["clients"]
    assert [(entry["client_id"], entry["user"], entry["scope"], entry["state"], entry["token_seconds"]) for entry in listed] == [
        (id, "ann", "search audit", "active", 3600)]
    assert len(appliance.run("client", "list").stdout.splitlines()) == 2
    appliance.start()
    token = ask(appliance, (id, secret)).json["access_token"]
    appliance.run("client", "revoke", id)
    log = appliance.log.read_text()
    appliance.stop()
    with sqlite3.connect(appliance.data / "appliance.sqlite") as file:
        audit = file.execute("SELECT operation, target, user FROM audit WHERE target LIKE ? OR target LIKE '%acme/ann%' ORDER BY id", (f"%{id}%",)).fetchall()
        stored = "\n".join(file.iterdump())
    jti = jwt.decode(token, options={"verify_signature": False})["jti"]
    assert audit == [("client.create", f"{id} acme/ann search audit", "cli"), ("oauth.token", f"{jti} acme/ann search audit", "ann"),
                     ("client.revoke", id, "cli")]
    # Neither secret nor token is anywhere.
    for place in (stored, log):
        assert secret[4:] not in place and token not in place and token.split(".")[2] not in place


@pytest.mark.parametrize("options", [
    ("--user", "x", "--scope", "operator"), ("--user", "x", "--scope", "everything"), ("--user", ""), ("--user", "x", "--token-ttl", "2d"),
    ("--user", "x", "--ttl", "0s"), ("--scope", "search"),
])
def test_clients_that_are_not_made(fresh, options):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.run("client", "create", "--tenant", "acme", *options, code=2)
    assert appliance.run("client", "list").stdout == ""


def test_guessing_is_slowed_down(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start("--auth-refusals-per-minute", "3")
    client = register(appliance)
    # A missing credential does not count.
    for _ in range(5):
        refused(ask(appliance), 401, "invalid_client")
    for _ in range(2):
        refused(ask(appliance, (client[0], "crs_" + "0" * 64)), 401, "invalid_client")
    # One count for an address, whatever the credential.
    assert appliance.call(*QUERY, "crl_0").status == 401
    answer = ask(appliance, (client[0], "crs_" + "0" * 64))
    assert refused(answer, 429, "temporarily_unavailable") and 1 <= int(answer.headers["Retry-After"]) <= 60
    assert appliance.call(*QUERY, "crl_0").status == 429
    # A good one is always served.
    assert ask(appliance, client).status == 200


def test_tokens_count_as_requests_of_their_tenant(fresh):
    appliance = fresh()
    appliance.run("tenant", "create", "acme", "--rate", "2/min", "--burst", "2")
    appliance.start()
    client = register(appliance)
    answers = [ask(appliance, client) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert refused(answers[2], 429, "temporarily_unavailable") and int(answers[2].headers["Retry-After"]) > 0


# The audience of the box's own tokens


def test_audiences(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start("--public-url", "https://search.example.com", "--auth-refusals-per-minute", "0")
    token = appliance.token("acme")
    kid, claims = jwt.get_unverified_header(token)["kid"], jwt.decode(token, options={"verify_signature": False})
    text = (appliance.data / "signing-keys" / f"{kid}.pem").read_text()

    def status(audience):
        changed = {name: value for name, value in {**claims, "aud": audience}.items() if value is not None}
        signed = jwt.encode(changed, text[text.index("-----BEGIN"):], algorithm="RS256", headers={"kid": kid})
        return {appliance.call(*QUERY, signed).status, appliance.rpc("tools/list", {}, signed).status}

    ours, box = "https://search.example.com/mcp", claims["iss"]
    for audience in (box, [box], ours, [ours], ["https://other.example.com/mcp", ours], [box, ours]):
        assert status(audience) == {200}, audience
    for audience in ("https://other.example.com/mcp", ["https://other.example.com/mcp", "https://search.example.com"], ours + "/", ours.upper(), [],
                     None, "", [""], 7, [box, 7], "carrel:other", "https://search.example.com/mcp/../mcp"):
        assert status(audience) == {401}, audience


# The official client


class Memory:
    """Where the client keeps its tokens."""

    tokens = None
    info = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.info

    async def set_client_info(self, info):
        self.info = info


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_the_official_client_fetches_its_token(lone, mode, method):
    id, secret = register(lone, "--scope", "search,write")
    memory, asked = Memory(), []
    provider = ClientCredentialsOAuthProvider(
        lone.url + "/mcp", memory, id, secret, token_endpoint_auth_method=method, issuer=lone.url)

    async def note(request):
        asked.append(request.url.path)

    async with httpx2.AsyncClient(auth=provider, event_hooks={"request": [note]}) as http:
        async with Client(streamable_http_client(lone.url + "/mcp", http_client=http), mode=mode) as client:
            result = await client.call_tool("list_collections", {})
            assert not result.is_error
    claims = jwt.decode(memory.tokens.access_token, options={"verify_signature": False})
    assert lone.url + "/mcp" in claims["aud"] and claims["scope"] == "search" and claims["client_id"] == id


async def test_the_official_client_steps_up(lone):
    """A token for search, then a tool that writes: 403 names the scope, and the client asks for it."""
    id, secret = register(lone, "--scope", "search,write")
    memory = Memory()
    provider = ClientCredentialsOAuthProvider(lone.url + "/mcp", memory, id, secret, issuer=lone.url)
    async with httpx2.AsyncClient(auth=provider) as http:
        async with Client(streamable_http_client(lone.url + "/mcp", http_client=http)) as client:
            await client.call_tool("list_collections", {})
            assert memory.tokens.scope == "search"
            result = await client.call_tool("add_documents", {"documents": [{"id": "step", "text": "a heron"}]})
            assert not result.is_error
    assert set(memory.tokens.scope.split()) >= {"write"}


async def test_the_official_client_with_a_wrong_secret(lone):
    id, _ = register(lone)
    provider = ClientCredentialsOAuthProvider(lone.url + "/mcp", Memory(), id, "crs_" + "0" * 64, issuer=lone.url)
    with pytest.raises(BaseException) as caught:
        async with httpx2.AsyncClient(auth=provider) as http:
            async with Client(streamable_http_client(lone.url + "/mcp", http_client=http)):
                pass
    assert "invalid_client" in repr(caught.value) or "invalid_client" in "".join(map(repr, getattr(caught.value, "exceptions", [])))
