import Appliance
import Glibc
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

    @Test func `identifiers have their digits, leading zeros too`() {
        for seed in 1...200 as ClosedRange<UInt64> {
            let found = context(nil, seed: seed)
            #expect(found.traceID.utf8.count == 32)
            #expect(found.spanID.utf8.count == 16)
            #expect((found.traceID + found.spanID).allSatisfy { "0123456789abcdef".contains($0) })
            #expect(found.traceID != context(nil, seed: seed + 1).traceID)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `moments read as the C library writes them, from the year 1000 on`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let edges: [Int64] = [0, 1, -1, 951_782_400_000, 1_709_164_799_999, 4_107_542_400_000, 253_402_300_799_999]
        for milliseconds in edges + (0..<500).map({ _ in Int64.random(in: -1 << 44...1 << 47, using: &random) }) {
            var seconds = time_t((Double(milliseconds) / 1000).rounded(.down))
            var parts = tm()
            gmtime_r(&seconds, &parts)
            var text = [CChar](repeating: 0, count: 40)
            strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S.", &parts)
            let rest = String(1000 + Int(milliseconds - Int64(seconds) * 1000)).dropFirst()
            let date = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
            #expect(Timestamp(milliseconds: milliseconds).description == date + rest + "Z")
        }
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
