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
        traceID = parent?.traceID ?? RandomHex.text(words: 2, random: &random)
        spanID = RandomHex.text(words: 1, random: &random)
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
}

/// Random identifiers in lower-case hexadecimal digits; made for every request, so one draw gives sixteen digits.
enum RandomHex {
    /// `prefix`, then 16 digits a word, not all zero.
    static func text(prefix: StaticString = "", words: Int, random: inout some RandomNumberGenerator) -> String {
        prefix.withUTF8Buffer { prefix in
            String(unsafeUninitializedCapacity: prefix.count + 16 * words) { buffer in
                var count = 0
                func append(_ byte: UInt8) {
                    buffer.initializeElement(at: count, to: byte)
                    count += 1
                }
                prefix.forEach(append)
                for _ in 0..<words {
                    // No word is zero, so neither is the whole.
                    let word = UInt64.random(in: 1 ... .max, using: &random)
                    for shift in stride(from: UInt64(60), through: 0, by: -4) {
                        let digit = UInt8(truncatingIfNeeded: word >> shift) & 15
                        append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                    }
                }
                return count
            }
        }
    }
}
