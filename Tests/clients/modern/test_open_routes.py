"""What answers without a credential: this list and nothing else."""

import pytest

from appliance import REPOSITORY

PAGE = [("GET", f"/console/{file.name}") for file in sorted((REPOSITORY / "console").iterdir()) if file.suffix in (".js", ".css", ".svg")]

OPEN = PAGE + [
    ("GET", "/"), ("GET", "/openapi.json"), ("GET", "/health"), ("GET", "/health/live"), ("GET", "/health/ready"),
    ("GET", "/.well-known/oauth-protected-resource"), ("GET", "/.well-known/oauth-protected-resource/mcp"),
    ("GET", "/.well-known/oauth-authorization-server"), ("GET", "/.well-known/jwks.json"), ("GET", "/oauth/authorize"),
    ("GET", "/.well-known/agent-card.json"), ("GET", "/.well-known/agent.json"),
    ("GET", "/a2a/1.0/.well-known/agent-card.json"), ("GET", "/a2a/0.3/.well-known/agent-card.json"),
]

CLOSED = [
    ("POST", "/mcp"), ("POST", "/v1/search"), ("GET", "/v1/documents"), ("POST", "/v1/documents"), ("POST", "/v1/documents:bulk"),
    ("GET", "/v1/documents/alder-payroll"), ("PUT", "/v1/documents/alder-payroll"), ("DELETE", "/v1/documents/alder-payroll"),
    ("GET", "/v1/collections"), ("POST", "/v1/collections"), ("GET", "/metrics"), ("GET", "/v1/admin/tenants"),
    ("POST", "/v1/admin/tenants"), ("GET", "/v1/admin/tenants/alder"), ("POST", "/v1/admin/tenants/alder/suspend"),
    ("POST", "/v1/admin/tenants/alder/resume"), ("DELETE", "/v1/admin/tenants/alder"),
    ("POST", "/v1/search:explain"), ("POST", "/v1/search:similar"), ("POST", "/v1/suggest"), ("GET", "/v1/jobs"),
]


@pytest.mark.parametrize(("method", "path"), OPEN)
def test_open_without_a_credential(box, method, path):
    assert box.appliance.call(method, path).status == 200


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_closed_without_a_credential(box, method, path):
    answer = box.appliance.call(method, path, body={} if method in ("POST", "PUT") else None)
    assert answer.status == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ") and f"{box.appliance.url}/.well-known/oauth-protected-resource" in challenge
    assert "error=" not in challenge


@pytest.mark.parametrize("path", [
    "/v1", "/v1/", "/v1/usage", "/v1/audit", "/v1/admin", "/v1/jobs", "/debug", "/admin", "/console", "/data", "/config.json",
    "/appliance.sqlite", "/../appliance.sqlite", "/%2e%2e/appliance.sqlite", "/.well-known/signing-keys", "/healthy", "/health/x",
    "/a2a/v1", "/oauth", "/oauth/keys", "//", "/mcp/secret",
])
def test_nothing_else_answers(box, path):
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert box.appliance.call(method, path).status in (400, 401, 404, 405)


def test_the_token_endpoint_grants_strangers_nothing(box):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = box.appliance.call("POST", "/oauth/token", "grant_type=client_credentials", headers=form)
    assert answer.status == 401 and answer.json["error"] == "invalid_client"
    answer = box.appliance.call("POST", "/oauth/token", "grant_type=authorization_code&code=x", headers=form)
    assert answer.status == 400 and answer.json["error"] == "unsupported_grant_type"


def test_metadata_names_the_address_served(box):
    base = box.appliance.url
    for path in ("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"):
        resource = box.appliance.call("GET", path).json
        assert resource["resource"] == base + "/mcp" and resource["authorization_servers"] == [base]
    issuer = box.appliance.call("GET", "/.well-known/oauth-authorization-server").json
    assert issuer["issuer"] == base and issuer["jwks_uri"] == base + "/.well-known/jwks.json"
    assert issuer["authorization_endpoint"] == base + "/oauth/authorize" and issuer["token_endpoint"] == base + "/oauth/token"
    assert issuer["grant_types_supported"] == ["client_credentials"] and issuer["response_types_supported"] == ["code"]
    assert issuer["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    assert issuer["code_challenge_methods_supported"] == ["S256"] and issuer["scopes_supported"] == ["search", "write", "admin", "audit"]
    keys = box.appliance.call("GET", "/.well-known/jwks.json").json["keys"]
    # The one signs tokens, the other what the agent says about itself.
    assert [key["alg"] for key in keys] == ["RS256", "ES256"] and all("d" not in key and key["kid"] for key in keys)


def test_open_answers_say_nothing_about_tenants(box):
    for method, path in OPEN:
        text = box.appliance.call(method, path).text
        assert "alder" not in text and "birch" not in text, path


def test_a_token_in_the_query_string_is_no_credential(box):
    for path in (f"/v1/documents?access_token={box.alder}", f"/v1/documents?token={box.alder}"):
        assert box.appliance.call("GET", path).status == 401
