"""What an operator sees: metrics, traces, request ids, and a log without secrets."""

import re

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def test_metrics_are_the_operators(box):
    assert box.appliance.call("GET", "/metrics", token=box.alder).status == 403
    box.appliance.tool("hybrid_search", {"query": "payroll"}, box.alder)
    answer = box.appliance.call("GET", "/metrics", token=box.appliance.operator())
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for name in ("mcp_request_duration_seconds_bucket", "mcp_active_requests", "mcp_hybrid_search_queries_total"):
        assert name in answer.text
    assert re.search(r'mcp_hybrid_search_queries_total\{tenant_id="alder"\} [1-9]', answer.text)
    line = re.compile(r"^(#.*|[a-z_]+(\{([a-z_]+=\"[^\"]*\",?)*\})? [-+\d.eEinfNa]+)$")
    assert all(line.match(text) for text in answer.text.splitlines()), "Prometheus text"


def test_metrics_count(box):
    def count():
        text = box.appliance.call("GET", "/metrics", token=box.appliance.operator()).text
        return sum(float(n) for n in re.findall(r'carrel_refusals_total\{code="authentication_required"\} (\S+)', text))

    before = count()
    for _ in range(3):
        box.appliance.call("GET", "/v1/documents")
    assert count() == before + 3


def test_every_answer_has_a_request_id_of_its_own(box):
    answers = [box.appliance.call("GET", path) for path in ("/", "/health", "/v1/documents", "/nothing", "/health")]
    found = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(found) and len(set(found)) == len(found)


def test_a_request_id_of_the_caller_is_kept(box):
    assert box.appliance.call("GET", "/health", headers={"X-Request-Id": "caller-42"}).headers["X-Request-Id"] == "caller-42"
    odd = box.appliance.call("GET", "/health", headers={"X-Request-Id": "a b\"<script>" + "x" * 500}).headers["X-Request-Id"]
    assert len(odd) <= 200 and "<" not in odd


def test_a_trace_is_continued(box):
    for path, token in (("/health", None), ("/v1/collections", box.alder), ("/v1/documents", None), ("/nothing", None)):
        answer = box.appliance.call("GET", path, token=token, headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})
        version, trace, span, flags = answer.headers["traceparent"].split("-")
        assert (version, trace, flags) == ("00", TRACE, "01") and span != SPAN and re.fullmatch("[0-9a-f]{16}", span)


def test_a_broken_trace_is_replaced(box):
    for header in ("garbage", f"00-{'0' * 32}-{SPAN}-01", f"ff-{TRACE}-{SPAN}-01", f"00-{TRACE.upper()}-{SPAN}-01", f"00-{TRACE}-{SPAN}"):
        trace = box.appliance.call("GET", "/health", headers={"traceparent": header}).headers["traceparent"]
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", trace) and TRACE not in trace


def test_the_log_tells_who_and_what_but_no_secrets(box):
    marker = "unutterable9query"
    answer = box.appliance.call(
        "POST", "/v1/search?collection=notes", {"query": marker}, box.alder,
        {"traceparent": f"00-{'ab' * 16}-{SPAN}-01", "X-Request-Id": "log-me-7"})
    assert answer.status == 200
    box.appliance.call("GET", "/v1/documents?cursor=secretcursor", token=box.alder)
    log = box.appliance.log.read_text()
    line = next(line for line in log.splitlines() if "log-me-7" in line)
    assert "ab" * 16 in line and "alder" in line and "rest.search" in line
    assert marker not in log and box.alder not in log and box.alder.split(".")[2] not in log and "secretcursor" not in log


def test_hardening_headers(box):
    for path in ("/", "/health", "/nothing"):
        assert box.appliance.call("GET", path).headers["X-Content-Type-Options"] == "nosniff"
