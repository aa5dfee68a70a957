"""API keys: wherever a token is taken, for as long as they hold, and never for anybody else."""

import json
import re
import sqlite3
import subprocess
import time

import pytest

from appliance import BulkUpload, binary, eventually

FORM = re.compile(r"crl_[0-9a-f]{16}_[0-9a-f]{64}")


def create(appliance, *options, tenant=None, user="robot"):
    place = ("--tenant", tenant) if tenant else ()
    return appliance.run("apikey", "create", "--user", user, *place, *options).stdout.strip()


def key_id(key):
    return key.rsplit("_", 1)[0]


def audit(appliance):
    with sqlite3.connect(appliance.data / "appliance.sqlite") as file:
        return file.execute("SELECT operation, target, outcome FROM audit ORDER BY id").fetchall()


def refused(answer, reason=None):
    assert answer.status == 401, answer.text
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert answer.json["code"] == "invalid_token"
    if reason:
        assert reason in answer.json["detail"]
    return True


@pytest.fixture
def lone(fresh):
    """A server with the tenant acme, without the limit on refused credentials."""
    appliance = fresh()
    appliance.tenant("acme")
    return appliance.start("--auth-refusals-per-minute", "0")


def test_a_key_opens_what_a_token_opens(lone):
    key = create(lone, "--scope", "search,write")
    assert FORM.fullmatch(key)
    assert lone.put(key, [{"id": "a", "text": "the heron stands in the reeds"}])["added"] == 1
    assert [hit["doc_id"] for hit in lone.search(key, "heron", mode="bm25")["hits"]] == ["a"]
    assert lone.bulk(key, [{"id": "b", "text": "an otter"}]).lines[-1]["summary"]["added"] == 1
    for era in ("modern", "legacy"):
        result = lone.tool("search_documents", {"query": "heron"}, key, era)["result"]["structuredContent"]
        assert [hit["doc_id"] for hit in result["hits"]] == ["a"]
    # The user of the key is the one in the tenant's own records, and the key's id its credential.
    lone.stop()
    with sqlite3.connect(lone.data / "tenants/acme/tenant.sqlite") as file:
        assert set(file.execute("SELECT DISTINCT user, credential_id FROM audit")) == {("robot", key_id(key))}
        assert file.execute("SELECT DISTINCT user FROM usage").fetchall() == [("robot",)]


def test_the_default_scope_is_search(lone):
    key = create(lone)
    assert lone.search(key, "anything")["hits"] == []
    for answer in (lone.call("POST", "/v1/documents", {"text": "x"}, key), lone.call("PUT", "/v1/documents/a", {"text": "x"}, key)):
        assert answer.status == 403 and answer.json["code"] == "insufficient_scope"
        assert 'error="insufficient_scope", scope="write"' in answer.headers["WWW-Authenticate"]
    for path in ("/metrics", "/v1/admin/tenants"):
        assert lone.call("GET", path, token=key).status == 403
    tools = [tool["name"] for tool in lone.rpc("tools/list", {}, key).json["result"]["tools"]]
    assert "hybrid_search" in tools and "add_documents" not in tools


def test_no_key_is_an_operators(lone):
    for scope in ("operator", "search,operator", "nonsense"):
        assert lone.run("apikey", "create", "--user", "x", "--scope", scope, code=2).stdout == ""


def test_forged_and_broken_keys_are_refused(lone):
    key = create(lone)
    head, secret = key.rsplit("_", 1)
    other = create(lone)
    flipped = ("1" if secret[0] == "0" else "0") + secret[1:]
    forged = [
        f"{head}_{flipped}", f"{head}_{secret[:-1]}{'1' if secret[-1] == '0' else '0'}", f"{head}_{other.rsplit('_', 1)[1]}",
        f"crl_{'0' * 16}_{secret}", f"{head}_{'0' * 64}",
    ]
    for text in forged:
        refused(lone.call("GET", "/v1/collections", token=text), "not valid")
        assert lone.rpc("tools/list", {}, text).status == 401
    for text in (head, head + "_", key[:-1], key + "0", key.upper(), "crl_", f"{head}-{secret}", key.replace("crl_", "crl_0")):
        refused(lone.call("GET", "/v1/collections", token=text), "malformed")
    # Not as any other scheme, and not in the query string.
    for value in (key, f"Basic {key}", f"Token {key}"):
        assert lone.call("GET", "/v1/collections", headers={"Authorization": value}).status == 401
    assert lone.call("GET", f"/v1/collections?key={key}").status == 401
    assert lone.call("GET", "/v1/collections", token=key).status == 200


def test_refused_keys_count_against_their_address(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    appliance.start()
    key = create(appliance)
    statuses = [appliance.call("GET", "/v1/collections", token=key[:-1] + c).status for c in "0123456789abcdef" if c != key[-1]]
    assert statuses[:10] == [401] * 10 and set(statuses[10:]) == {429}
    assert appliance.call("GET", "/v1/collections", token=key).status == 200


def test_a_key_expires(lone):
    key = create(lone, "--ttl", "2s")
    assert lone.call("GET", "/v1/collections", token=key).status == 200
    eventually(lambda: lone.call("GET", "/v1/collections", token=key).status == 401)
    refused(lone.call("GET", "/v1/collections", token=key), "expired")
    listed = json.loads(lone.run("apikey", "list", "--json").stdout)["keys"]
    assert [entry["state"] for entry in listed] == ["expired"]


def test_revocation_acts_within_a_second(lone):
    key, other = create(lone), create(lone)
    assert lone.call("GET", "/v1/collections", token=key).status == 200
    lone.run("apikey", "revoke", key_id(key))
    before = time.monotonic()
    eventually(lambda: lone.call("GET", "/v1/collections", token=key).status == 401, seconds=5, step=0.01)
    assert time.monotonic() - before < 1
    refused(lone.call("GET", "/v1/collections", token=key), "revoked")
    assert lone.rpc("tools/list", {}, key).status == 401
    assert lone.call("GET", "/v1/collections", token=other).status == 200


def test_revocation_ends_an_upload_under_way(lone):
    key = create(lone, "--scope", "write")
    upload = BulkUpload(lone, key)
    upload.send([json.dumps({"id": f"a{n}", "text": "before"}) for n in range(1000)])
    eventually(lambda: upload.take() and upload.committed == 1000)
    lone.run("apikey", "revoke", key)
    eventually(lambda: lone.call("GET", "/v1/collections", token=key).status == 401)
    upload.send([json.dumps({"id": f"b{n}", "text": "after"}) for n in range(1000)])
    upload.end()
    upload.drain()
    assert upload.summary["complete"] is False and upload.summary["error"]["code"] == "invalid_token"
    token = lone.token("acme")
    assert len(lone.ids(token)) == 1000


def test_commands_work_the_same_with_the_server_down(fresh):
    appliance = fresh()
    appliance.tenant("acme")
    key = create(appliance, "--scope", "search,write")
    gone = create(appliance)
    assert appliance.run("apikey", "revoke", key_id(gone)).stderr.startswith("revoked ")
    assert "already" in appliance.run("apikey", "revoke", key_id(gone).removeprefix("crl_")).stderr
    appliance.start()
    assert appliance.put(key, [{"text": "x"}])["added"] == 1
    refused(appliance.call("GET", "/v1/collections", token=gone), "revoked")
    appliance.stop()
    appliance.start()
    assert appliance.search(key, "x", mode="bm25")["total"] == 1


def test_the_list_names_keys_and_never_their_secrets(lone):
    key = create(lone, "--scope", "search,write", user="amy")
    lone.tenant("beta")
    create(lone, tenant="beta", user="ben")
    text = lone.run("apikey", "list").stdout
    entries = json.loads(lone.run("apikey", "list", "--json").stdout)["keys"]
    assert [(e["tenant"], e["user"], e["scope"], e["state"]) for e in entries] == [
        ("acme", "amy", "search write", "active"), ("beta", "ben", "search", "active")]
    assert entries[0]["id"] == key_id(key) and entries[0]["id"] in text
    assert key.rsplit("_", 1)[1] not in text + json.dumps(entries)
    only = json.loads(lone.run("apikey", "list", "--tenant", "beta", "--json").stdout)["keys"]
    assert [e["user"] for e in only] == ["ben"]
    assert "no tenant" in lone.run("apikey", "list", "--tenant", "nobody", code=1).stderr


def test_a_key_is_shown_once_and_kept_nowhere(lone):
    made = json.loads(lone.run("apikey", "create", "--user", "amy", "--json").stdout)
    assert FORM.fullmatch(made["key"]) and made["id"] == key_id(made["key"])
    lone.call("GET", "/v1/collections", token=made["key"])
    lone.call("GET", "/v1/collections", token=made["key"][:-1] + "x")
    lone.stop()
    secret = made["key"].rsplit("_", 1)[1]
    for needle in (secret.encode(), bytes.fromhex(secret)):
        for path in [lone.log, *lone.data.rglob("*")]:
            if path.is_file():
                assert needle not in path.read_bytes(), path


def test_who_made_and_ended_credentials_is_in_the_boxs_audit(lone):
    key = create(lone, user="amy")
    lone.run("apikey", "revoke", key_id(key))
    lone.run("apikey", "revoke", key_id(key))
    lone.token("acme", scope="search", user="amy")
    lone.operator()
    lone.run("token", "revoke", "some-jti")
    rows = [row for row in audit(lone) if not row[0].startswith("admin.")]
    assert [(operation, outcome) for operation, _, outcome in rows] == [
        ("apikey.create", "ok"), ("apikey.revoke", "ok"), ("token.issue", "ok"), ("token.operator", "ok"), ("token.revoke", "ok")]
    assert rows[0][1] == f"{key_id(key)} acme/amy search" and rows[1][1] == key_id(key) and rows[4][1] == "some-jti"
    assert rows[2][1].endswith(" acme/amy search")


def test_a_suspended_tenants_key_is_refused(lone):
    key = create(lone)
    assert lone.call("GET", "/v1/collections", token=key).status == 200
    lone.run("tenant", "suspend", "acme")
    answer = lone.call("GET", "/v1/collections", token=key)
    assert answer.status == 403 and answer.json["code"] == "tenant_suspended"
    lone.run("tenant", "resume", "acme")
    assert lone.call("GET", "/v1/collections", token=key).status == 200


def test_a_recreated_tenants_old_key_opens_nothing(lone):
    key = create(lone, "--scope", "search,write")
    lone.put(key, [{"id": "ashes", "text": "phoenix"}])
    lone.run("tenant", "delete", "acme", "--yes")
    refused(lone.call("GET", "/v1/collections", token=key))
    lone.tenant("acme")
    refused(lone.call("GET", "/v1/collections", token=key))
    assert json.loads(lone.run("apikey", "list", "--json").stdout) == {"keys": []}
    assert lone.search(create(lone), "phoenix")["hits"] == []


def test_a_key_opens_its_own_tenant_alone(box):
    keys = {name: create(box.appliance, "--scope", "search,write", tenant=name) for name in ("alder", "birch")}
    for name, key in keys.items():
        hits = box.appliance.search(key, "the Zanzibar payroll gardeners", limit=100)["hits"]
        assert {hit["tenant_id"] for hit in hits} <= {name}
    assert "alder-payroll" not in box.appliance.ids(keys["birch"])
    assert box.appliance.document(keys["birch"], "alder-payroll").status == 404


def test_a_keys_user_has_the_users_rate(fresh):
    """Three calls and no refill while the test runs: a key and a token of one tenant share its bucket."""
    appliance = fresh()
    appliance.tenant("acme", "--rate", "1/h", "--burst", "3")
    appliance.start()
    key, token = create(appliance), appliance.token("acme", "search")
    statuses = [appliance.call("GET", "/v1/collections", token=credential).status for credential in (key, token, key, key, token)]
    assert statuses == [200, 200, 200, 429, 429]
    assert appliance.call("GET", "/v1/collections", token=key).json["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize("words", [
    ("create",), ("create", "--user", ""), ("create", "--user", "a\nb"), ("create", "--user", "a", "--ttl", "soon"),
    ("create", "--user", "a", "--ttl", "0s"), ("create", "--user", "a", "--ttl", "3651d"), ("create", "--user", "a", "x"),
    ("revoke",), ("revoke", "a", "b"), ("list", "x"), ("",),
])
def test_wrong_usage_is_exit_2_and_makes_nothing(fresh, words):
    appliance = fresh()
    appliance.tenant("acme")
    done = subprocess.run([str(binary()), "apikey", *words, "--data", str(appliance.data)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and done.stdout == "" and done.stderr
    assert json.loads(appliance.run("apikey", "list", "--json").stdout) == {"keys": []}


@pytest.mark.parametrize("id", ["crl_0000000000000000", "nothing", "crl_", "crl_0000000000000000_" + "0" * 64, "../x"])
def test_revoking_what_is_no_key_is_exit_1(fresh, id):
    appliance = fresh()
    appliance.tenant("acme")
    assert "no such API key" in appliance.run("apikey", "revoke", id, code=1).stderr
    assert [row[0] for row in audit(appliance)] == ["admin.tenants.create"]


def test_without_a_tenant_the_command_says_what_to_do(fresh):
    appliance = fresh()
    assert "carrel tenant create" in appliance.run("apikey", "create", "--user", "a", code=1).stderr
    appliance.tenant("acme")
    appliance.tenant("beta")
    assert "--tenant: acme, beta" in appliance.run("apikey", "create", "--user", "a", code=1).stderr
    assert "acme" in appliance.run("apikey", "create", "--user", "a", "--tenant", "nobody", code=1).stderr
