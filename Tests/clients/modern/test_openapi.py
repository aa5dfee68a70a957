"""`/openapi.json`: valid, its examples fit, every status it tells can come and no other does; then strangers read it."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict

import pytest
from jsonschema import Draft202012Validator

from appliance import REPOSITORY, Appliance

# What only a fault, a full disk or a slow line brings; those have tests of their own.
FAULTS = {408, 500, 503, 504, 507}


@pytest.fixture(scope="module")
def environment():
    """The Python that has schemathesis and the validator: they want other versions than the clients do."""
    made = subprocess.run(
        ["Scripts/setup-python.sh", "openapi"], cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    return REPOSITORY / made.stdout.strip()


@pytest.fixture(scope="module")
def document(box):
    return box.appliance.call("GET", "/openapi.json").json


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def validator(schema, document):
    return Draft202012Validator({**schema, "components": document["components"]})


def test_it_is_valid_openapi(document, environment, tmp_path):
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    done = subprocess.run(
        [environment, "-m", "openapi_spec_validator", file], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert document["openapi"].startswith("3.1.")


def is_protocol(operation):
    """Whether another protocol speaks there: its own checkers try what it answers."""
    return "Messages and errors are those of the protocol" in operation.get("description", "")


def contents(operation):
    """Every described content: what is sent, and what comes back."""
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for response in operation["responses"].values():
        yield from response.get("content", {}).items()


def test_examples_fit_their_schemas(document):
    checked = 0
    for name, operation in operations(document):
        for _, content in contents(operation):
            for example in content.get("examples", {}).values():
                if "schema" in content:
                    errors = list(validator(content["schema"], document).iter_errors(example["value"]))
                    assert not errors, f"{name}: {errors[0].message}"
                    checked += 1
        for parameter in operation.get("parameters", []):
            if "example" in parameter:
                validator(parameter["schema"], document).validate(parameter["example"])
    assert checked > 40


# Every route, asked well and badly


class Prober:
    """Asks routes and keeps, by operation of the document, which statuses came; answers must fit their schemas."""

    def __init__(self, document):
        self.document = document
        self.seen = defaultdict(set)

    def __call__(self, appliance, operation, path, body=None, token=None, **options):
        described = dict(operations(self.document))[operation]
        answer = appliance.call(operation.split()[0], path, body, token, **options)
        assert str(answer.status) in described["responses"], f"{operation} {path}: {answer.status} {answer.text[:300]}"
        self.seen[operation].add(answer.status)
        told = described["responses"][str(answer.status)].get("content", {})
        if answer.body:
            kind = answer.headers["Content-Type"].split(";")[0]
            assert kind in told, f"{operation}: {kind} is not told for {answer.status}"
            if "schema" in told[kind] and kind.endswith(("/json", "+json")):
                errors = list(validator(told[kind]["schema"], self.document).iter_errors(answer.json))
                assert not errors, f"{operation} {answer.status}: {errors[0].message}"
        return answer


FILLED = {"{file}": "main.js", "{path}": "tasks", "{id}": "a", "{model}": "all-MiniLM-L6-v2"}


def filled(path, name):
    for pattern, value in {**FILLED, "{name}": name}.items():
        path = path.replace(pattern, value)
    return path


def refused_everywhere(probe, box, others):
    """What follows from the operation alone: no credential, another scope, too many calls, another host or page."""
    unscoped, slow, strict = others
    for operation, described in operations(probe.document):
        path = filled(operation.split()[1], "notes")
        probe(box.appliance, operation, path, headers={"Host": "elsewhere.example"})
        probe(box.appliance, operation, path, headers={"Origin": "https://elsewhere.example"})
        if "{" in operation:
            probe(box.appliance, operation, operation.split()[1].replace("{", "%00{").split("{")[0])
        if not described["security"]:
            continue
        probe(box.appliance, operation, path)
        probe(box.appliance, operation, path, token="nonsense")
        if described["security"][0]["bearer"]:
            probe(box.appliance, operation, path, token=unscoped)
        if not is_protocol(described):
            own = box.alder if described["security"][0]["bearer"] != ["operator"] else others.operator
            answer = probe(box.appliance, operation, path + "?no_such_item=1", token=own)
            assert answer.status == 400 and "no_such_item" in answer.json["detail"], f"{operation}: {answer.text}"
        content = described.get("requestBody", {}).get("content", {})
        if content and not is_protocol(described):
            probe(box.appliance, operation, path, "a,b", own, headers={"Content-Type": "text/csv"})
        if "application/json" in content and not is_protocol(described):
            probe(box.appliance, operation, path, "{", own)
            probe(box.appliance, operation, path, "{}", own, headers={"Content-Length": str(17 << 20)})
        if operation in ("GET /metrics",) or "/admin/" in operation or is_protocol(described):
            for _ in range(2):
                probe(strict, operation, path, token="nonsense")
        else:
            for _ in range(3):
                probe(strict, operation, path, token=slow)


class Others(tuple):
    operator: str


def test_every_status_that_is_told_can_come_and_no_other_does(box, document, fresh):
    probe = Prober(document)
    server = box.appliance
    strict = fresh("strict")
    strict.tenant("slow", "--rate", "1/min", "--burst", "1")
    slow = strict.token("slow")
    strict.start("--auth-refusals-per-minute", "1")
    others = Others((server.token("alder", scope="audit"), slow, strict))
    others.operator = server.operator()
    refused_everywhere(probe, box, others)

    for operation, described in operations(document):
        if not described["security"] and "{" not in operation:
            probe(server, operation, operation.split()[1])
    for path in ("/", "/console/main.js", "/openapi.json", *(path for path in document["paths"] if path.endswith(("agent.json", "agent-card.json")))):
        tag = server.call("GET", path).headers["ETag"]
        probe(server, "GET " + path.replace("main.js", "{file}"), path, headers={"If-None-Match": tag})
    probe(server, "GET /console/{file}", "/console/main.js")

    documents(probe, box)
    collections(probe, box)
    embeddings(probe, box)
    operator(probe, box, others.operator)
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    probe(server, "POST /mcp", "/mcp", ping, box.alder, headers={"Accept": "application/json, text/event-stream"})
    probe(server, "POST /mcp", "/mcp", ping, box.alder, headers={"Accept": "text/html"})

    for operation, described in operations(document):
        # What a protocol's own checkers are for; and without a model there are no vectors.
        if is_protocol(described) or ("Embeddings" in described["tags"] and not server.has_model):
            continue
        never = {int(status) for status in described["responses"]} - probe.seen[operation] - FAULTS
        assert not never, f"{operation} never answered {sorted(never)}"


def documents(probe, box):
    server, token = box.appliance, box.alder

    def ask(operation, path, body=None, **headers):
        return probe(server, operation, path, body, token, headers={k.replace("_", "-"): v for k, v in headers.items()})

    one, add = "/v1/documents/{id}", "POST /v1/documents"
    assert ask(add, "/v1/documents?collection=first", {"id": "a", "text": "one"}).status == 201
    assert ask(add, "/v1/documents?collection=second", {"id": "a", "text": "one"}).status == 201
    assert ask(add, "/v1/documents", {"text": "one"}).status == 400
    assert ask(add, "/v1/documents?collection=first", {"documents": [{"id": "a", "text": "one"}]}).status == 200
    assert ask(add, "/v1/documents?collection=first&passages=whole", {"text": "one"}).status == 409
    assert ask("PUT " + one, "/v1/documents/b?collection=first", {"text": "two"}).status == 201
    assert ask("PUT " + one, "/v1/documents/b?collection=first", {"text": "three"}).status == 200
    assert ask("PUT " + one, "/v1/documents/b?collection=first&passages=whole", {"text": "three"}).status == 409
    assert ask("PUT " + one, "/v1/documents/b?collection=first", {"text": "four"}, If_None_Match="*").status == 412
    found = ask("GET " + one, "/v1/documents/b?collection=first")
    assert found.status == 200
    assert ask("GET " + one, "/v1/documents/b?collection=first", If_None_Match=found.headers["ETag"]).status == 304
    assert ask("GET " + one, "/v1/documents/a").status == 409
    assert ask("GET " + one, "/v1/documents/none").status == 404
    patch = {"title": "T"}
    assert ask("PATCH " + one, "/v1/documents/b?collection=first", patch).status == 200
    assert ask("PATCH " + one, "/v1/documents/b?collection=first", patch, If_Match='"old"').status == 412
    assert ask("PATCH " + one, "/v1/documents/a", patch).status == 409
    assert ask("PATCH " + one, "/v1/documents/none", patch).status == 404
    assert ask("GET /v1/documents", "/v1/documents?limit=1").status == 200
    assert ask("GET /v1/documents", "/v1/documents?cursor=x").status == 400
    assert ask("GET /v1/documents", "/v1/documents?collection=none").status == 404
    assert ask("DELETE " + one, "/v1/documents/b?collection=first", If_Match='"old"').status == 412
    assert ask("DELETE " + one, "/v1/documents/b?collection=first").status == 200
    assert ask("DELETE " + one, "/v1/documents/b?collection=none").status == 404
    assert ask("DELETE " + one, "/v1/documents/a").status == 409
    many = "POST /v1/documents:delete"
    assert ask(many, "/v1/documents:delete", {"filter": {"ids": ["a"]}}).status == 409
    assert ask(many, "/v1/documents:delete?collection=none", {"filter": {"ids": ["a"]}}).status == 404
    assert ask(many, "/v1/documents:delete", {"filter": {"metadata": {"a": 1}}}).status == 200
    bulk = "POST /v1/documents:bulk"
    assert ask(bulk, "/v1/documents:bulk?collection=first&upload=u", '{"text": "x"}\n').status == 200
    assert ask(bulk, "/v1/documents:bulk?collection=first&upload=u&from_line=9", '{"text": "x"}\n').status == 409
    assert ask("GET /v1/jobs", "/v1/jobs").json["jobs"][0]["id"] == "u"
    assert ask("GET /v1/jobs/{id}", "/v1/jobs/u").status == 200
    assert ask("GET /v1/jobs/{id}", "/v1/jobs/none").status == 404
    search = "POST /v1/search"
    assert ask(search, "/v1/search", {"query": "kestrel", "detail": "full"}).status == 200
    assert ask(search, "/v1/search", {"query": "kestrel", "collection": "none"}).status == 404
    suggest = "POST /v1/suggest"
    assert ask(suggest, "/v1/suggest", {"query": "kestr", "limit": 2}).status == 200
    assert ask(suggest, "/v1/suggest?collection=none", {"query": "kestr"}).status == 404
    explain, asked = "POST /v1/search:explain", {"query": "one", "document_id": "a"}
    assert ask(explain, "/v1/search:explain?collection=first", asked).status == 200
    assert ask(explain, "/v1/search:explain?collection=none", asked).status == 404
    assert ask(explain, "/v1/search:explain", asked).status == 409
    receipt = ask(explain, "/v1/search:explain?collection=first", asked | {"receipts": True}).json["receipt"]
    assert ask(explain, "/v1/search:explain", {"receipt": receipt}).json["verification"]["equal"]
    assert ask(search, "/v1/search", {"query": "one", "receipts": True}).json["hits"][0]["receipt"]
    similar, asked = "POST /v1/search:similar", {"document_id": "a", "receipts": True}
    assert ask(similar, "/v1/search:similar?collection=first", asked).status == 200
    assert ask(similar, "/v1/search:similar?collection=none", asked).status == 404
    assert ask(similar, "/v1/search:similar", asked).status == 409


def collections(probe, box):
    def ask(operation, path, body=None):
        return probe(box.appliance, operation, path, body, box.alder)

    make = "POST /v1/collections"
    assert ask(make, "/v1/collections", {"name": "made"}).status == 201
    assert ask(make, "/v1/collections", {"name": "made"}).status == 200
    assert ask(make, "/v1/collections", {"name": "made", "passages": "whole"}).status == 409
    assert ask("GET /v1/collections", "/v1/collections?limit=1").json["next_cursor"]
    for name, status in (("none", 404), ("made", 200)):
        fields = f"/v1/collections/{name}/fields"
        assert ask("GET /v1/collections/{name}/fields", fields).status == status
        assert ask("PUT /v1/collections/{name}/fields", fields, {"fields": {"year": "number"}}).status == status
    for method in ("GET", "DELETE"):
        for name, status in (("none", 404), ("made", 200)):
            path = f"/v1/collections/{name}" + (f"?confirm={name}" if method == "DELETE" else "")
            assert ask(method + " /v1/collections/{name}", path).status == status
    assert ask(make, "/v1/collections", {"name": "made"}).status == 201
    one = "/v1/collections/{name}"
    for name, status in (("none", 404), ("made", 200)):
        assert ask(f"GET {one}/settings", f"/v1/collections/{name}/settings").status == status
        assert ask(f"PUT {one}/settings", f"/v1/collections/{name}/settings", {"k1": 1}).status == status
        assert ask(f"GET {one}/spaces", f"/v1/collections/{name}/spaces").status == status
        space = f"/v1/collections/{name}/spaces/images"
        assert ask(f"PUT {one}/spaces/{{space}}", space, {"dimension": 3}).status == (201 if status == 200 else status)
        assert ask(f"PUT {one}/spaces/{{space}}", space, {"dimension": 3, "ef": 50}).status == status
        assert ask(f"DELETE {one}/spaces/{{space}}", space + "?confirm=images").status == status
        assert ask(f"POST {one}:analyze", f"/v1/collections/{name}:analyze", {"text": "owls"}).status == status
        kept = f"/v1/collections/{name}/judgments"
        judged = [{"id": "q", "text": "owls", "judgments": {"a": 1}}]
        assert ask(f"POST {one}/judgments", kept, {"queries": judged}).status == status
        assert ask(f"GET {one}/judgments", kept).status == status
        assert ask(f"GET {one}/judgments", kept + "?cursor=x").status == (400 if status == 200 else status)
        for detail in ("summary", "queries", "rankings"):
            asked = {"runs": ["default", "bm25"], "detail": detail}
            assert ask(f"POST {one}:evaluate", f"/v1/collections/{name}:evaluate", asked).status == status
        assert ask(f"DELETE {one}/judgments", kept + "?query=q").status == status
        assert ask(f"GET {one}/files", f"/v1/collections/{name}/files").status == status
        assert ask(f"POST {one}:compact", f"/v1/collections/{name}:compact").status == (202 if status == 200 else status)
        assert ask(f"GET {one}/legs", f"/v1/collections/{name}/legs").status == status
        rule = {"leg": "bm25", "rule": "auto"}
        assert ask(f"PUT {one}/legs", f"/v1/collections/{name}/legs", rule).status == status
        assert ask(f"POST {one}:probe", f"/v1/collections/{name}:probe").status == status
    stale = {"If-Match": '"old"'}
    assert probe(
        box.appliance, f"PUT {one}/settings", "/v1/collections/made/settings", {"k1": 1}, box.alder, headers=stale).status == 412


def embeddings(probe, box):
    def ask(operation, path, body=None):
        return probe(box.appliance, operation, path, body, box.alder)

    assert ask("GET /v1/models", "/v1/models").status == 200
    text = {"model": "all-MiniLM-L6-v2", "input": "x"}
    if not box.appliance.has_model:
        assert ask("POST /v1/embeddings", "/v1/embeddings", text).status == 503
        return
    assert ask("POST /v1/embeddings", "/v1/embeddings", text).status == 200
    assert ask("POST /v1/embeddings", "/v1/embeddings", {**text, "model": "none"}).status == 404
    assert ask("GET /v1/models/{model}", "/v1/models/all-MiniLM-L6-v2").status == 200
    assert ask("GET /v1/models/{model}", "/v1/models/none").status == 404


def operator(probe, box, token):
    def ask(operation, path, body=None):
        return probe(box.appliance, operation, path, body, token)

    one = "/v1/admin/tenants/{name}"
    assert ask("POST /v1/admin/tenants", "/v1/admin/tenants", {"name": "cedar", "tier": "pro"}).status == 201
    assert ask("POST /v1/admin/tenants", "/v1/admin/tenants", {"name": "cedar"}).status == 409
    assert ask("GET /v1/admin/tenants", "/v1/admin/tenants").status == 200
    assert ask("GET /metrics", "/metrics").status == 200
    for method, suffix in (("GET", ""), ("POST", "/suspend"), ("POST", "/resume"), ("DELETE", "")):
        assert ask(f"{method} {one}{suffix}", f"/v1/admin/tenants/none{suffix}").status == 404
        assert ask(f"{method} {one}{suffix}", f"/v1/admin/tenants/cedar{suffix}").status == 200


# Strangers


def schemathesis(environment, appliance: Appliance, token, folder, *options):
    """Runs schemathesis against the server; every failure of its checks fails the test."""
    return subprocess.run(
        [environment.parent / "st", "--config-file", REPOSITORY / "Tests" / "clients" / "schemathesis.toml", "run", appliance.url + "/openapi.json", "-H", f"Authorization: Bearer {token}",
         "--seed", "20261121", "--generation-database", "none", "--request-timeout", "120", "--warnings", "off",
         # A cursor that was not given out and two weights of 0 are valid by any schema and refused all the same.
         "--exclude-checks", "positive_data_acceptance", "--no-color", *options],
        # It leaves files where it runs.
        cwd=folder, env={
            **os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(REPOSITORY / "Tests" / "clients")},
        capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("role", ["user", "operator"])
def test_schemathesis_finds_nothing(box, environment, fresh, tmp_path, role):
    # A short run here; `Scripts/check.sh schemathesis` sets the long one.
    examples, seconds = os.environ.get("CARREL_SCHEMATHESIS", "4,20").split(",")
    server = fresh("fuzzed")
    server.tenant("alder")
    server.start("--auth-refusals-per-minute", "0")
    if role == "user":
        token = server.token("alder")
        server.put(token, [{"id": f"d{number}", "text": f"number {number}"} for number in range(10)], "notes")
        # Without a model these say 503, as they should, and a 5xx is a failure here.
        without = "" if server.has_model else "|v1/embeddings|v1/models/"
        options = ["--exclude-path-regex", f"^/(v1/admin|metrics{without})", "--max-time", seconds]
    else:
        token = server.operator()
        options = ["--include-path-regex", "^/(v1/admin|metrics)", "--max-time", str(int(seconds) // 4)]
    done = schemathesis(
        environment, server, token, tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", examples, *options)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert server.process.poll() is None, "the server must live"
    assert '"status":5' not in server.log.read_text()
