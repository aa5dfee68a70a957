/// One parser under fire: what is done with an input, and what must hold afterwards.
///
/// A broken promise traps, which libFuzzer and a test run both show as a crash with its input.
public struct FuzzTarget: Sendable {
    /// Names its corpus, too: `Tests/Fuzz/Corpora/<name>`.
    public let name: String
    /// Takes any bytes.
    public let check: @Sendable ([UInt8]) -> Void

    init(_ name: String, _ check: @escaping @Sendable ([UInt8]) -> Void) {
        self.name = name
        self.check = check
    }

    /// Every target.
    public static let all = [http1, http2, json, jsonrpc, mcp, a2a, jwt, cursors, filters, query, querytree]
}

/// Holds in optimised builds, too.
func promise(_ condition: Bool, _ what: StaticString) {
    precondition(condition, "\(what)")
}

extension [UInt8] {
    /// The bytes before and behind the first NUL; all and nothing without one.
    var halves: (first: [UInt8], second: [UInt8]) {
        guard let border = firstIndex(of: 0) else { return (self, []) }
        return (Array(self[..<border]), Array(self[(border + 1)...]))
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}
