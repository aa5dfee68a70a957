import Appliance
import HTTPServer
import JSON
import TestKit
import Testing

/// W3C trace context and request ids, in and out.
@Suite struct DoorTraceTests {
    private let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    private func context(_ header: String?, seed: UInt64 = 1) -> TraceContext {
        var random = SeededRandom(seed: seed)
        return TraceContext(traceparent: header, random: &random)
    }

    @Test func `a valid parent is continued with a span of our own`() {
        let found = context("00-\(trace)-00f067aa0ba902b7-01")
        #expect(found.traceID == trace)
        #expect(found.parentID == "00f067aa0ba902b7")
        #expect(found.spanID != found.parentID)
        #expect(found.isSampled)
        #expect(found.traceparent == "00-\(trace)-\(found.spanID)-01")
    }

    @Test func `a later version may say more`() {
        #expect(context("01-\(trace)-00f067aa0ba902b7-00-more").traceID == trace)
    }

    @Test(arguments: [
        nil, "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
    ])
    func `anything else starts a trace`(header: String?) {
        let found = context(header)
        #expect(found.parentID == nil)
        #expect(found.traceID.utf8.count == 32)
        #expect(found.spanID.utf8.count == 16)
        #expect(!found.isSampled)
        #expect(found == context(header), "the seed decides")
    }

    @Test func `ids come back, foreign bytes do not`() async throws {
        try await DoorHarness.run { harness in
            let answer = try await harness.send(
                "GET", "/health/live",
                headers: [("X-Request-Id", "job-7.a:b_c"), ("traceparent", "00-\(trace)-00f067aa0ba902b7-01")])
            #expect(answer.headers["X-Request-Id"] == "job-7.a:b_c")
            #expect(answer.headers["traceparent"]?.hasPrefix("00-\(trace)-") == true)
            for bad in ["a b", "a\"b", String(repeating: "x", count: 129), "ä"] {
                let answer = try await harness.send("GET", "/nothing", headers: [("X-Request-Id", bad)])
                let id = try #require(answer.headers["X-Request-Id"])
                #expect(id != bad)
                #expect(answer.json["request_id"]?.stringValue == id)
                #expect(harness.lines.all.contains(bad) == false)
            }
            #expect(harness.lines.all.contains("\"trace_id\":\"\(trace)\""))
        }
    }
}
