/// One position in a distributed trace: W3C Trace Context, level 1.
///
/// A valid `traceparent` of the caller is continued with a span of our own; anything else starts a new trace.
package struct TraceContext: Sendable, Hashable {
    /// 32 lower-case hexadecimal digits, not all zero.
    package let traceID: String
    /// 16 lower-case hexadecimal digits, not all zero: our span.
    package let spanID: String
    /// The caller's span, if the trace came from outside.
    package let parentID: String?
    /// Bit 0 of the flags: the caller records this trace.
    package let isSampled: Bool

    /// Continues the trace of a `traceparent` header, or starts one.
    package init(traceparent: String?, random: inout some RandomNumberGenerator) {
        let parent = traceparent.flatMap(Self.parse)
        traceID = parent?.traceID ?? Self.hexadecimal(bytes: 16, random: &random)
        spanID = Self.hexadecimal(bytes: 8, random: &random)
        parentID = parent?.spanID
        isSampled = parent?.isSampled ?? false
    }

    /// The header to send on, naming our span as the parent.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// Reads `version-traceid-parentid-flags`; nil unless it is valid in every part.
    ///
    /// Version `ff` is forbidden; a version above `00` may carry more fields behind the four known ones.
    private static func parse(_ header: String) -> (traceID: String, spanID: String, isSampled: Bool)? {
        let parts = header.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].count == 2, parts[1].count == 32, parts[2].count == 16, parts[3].count == 2,
            parts[0...3].allSatisfy({ $0.allSatisfy(isLowerHexadecimal) })
        else { return nil }
        let version = String(Substring(parts[0]))
        guard version != "ff", version != "00" || parts.count == 4 else { return nil }
        let zero = UInt8(ascii: "0")
        guard !parts[1].allSatisfy({ $0 == zero }), !parts[2].allSatisfy({ $0 == zero }) else { return nil }
        let flags = UInt8(Substring(parts[3]), radix: 16) ?? 0
        return (String(Substring(parts[1])), String(Substring(parts[2])), flags & 1 == 1)
    }

    private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func hexadecimal(bytes count: Int, random: inout some RandomNumberGenerator) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        repeat {
            text.removeAll(keepingCapacity: true)
            for _ in 0..<count {
                let byte = UInt8.random(in: 0...255, using: &random)
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        } while text.allSatisfy { $0 == UInt8(ascii: "0") }
        return String(decoding: text, as: UTF8.self)
    }
}
