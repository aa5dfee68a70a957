/// The header fields MCP reads, as they came: one element per field line, absent = empty.
public struct MCPHTTPFields: Hashable, Sendable {
    /// `Content-Type`.
    public var contentType: [String]
    /// `Accept`.
    public var accept: [String]
    /// `MCP-Protocol-Version`.
    public var protocolVersion: [String]
    /// `Mcp-Method`.
    public var method: [String]
    /// `Mcp-Name`.
    public var name: [String]
    /// `Mcp-Param-*`, by what follows the prefix.
    public var parameters: [Parameter]

    /// One field that repeats an argument.
    public struct Parameter: Hashable, Sendable {
        let name: String
        let value: String

        /// Makes a field.
        public init(name: String, value: String) {
            self.name = name
            self.value = MediaRange.trimmed(value)
        }
    }

    /// Makes the fields; white space around values is taken off.
    public init(
        contentType: [String], accept: [String], protocolVersion: [String] = [], method: [String] = [],
        name: [String] = [], parameters: [Parameter] = []
    ) {
        self.contentType = contentType.map(MediaRange.trimmed)
        self.accept = accept
        self.protocolVersion = protocolVersion.map(MediaRange.trimmed)
        self.method = method.map(MediaRange.trimmed)
        self.name = name.map(MediaRange.trimmed)
        self.parameters = parameters
    }

    /// Whether the body claims to be JSON; parameters such as `charset` are allowed.
    var carriesJSON: Bool {
        // What clients send as a rule: no need to take it apart.
        contentType.count == 1
            && (contentType[0] == "application/json" || MediaRange(contentType[0]).type == "application/json")
    }

    /// Whether the client takes a JSON reply.
    ///
    /// No `Accept` at all means anything goes (RFC 9110 section 12.5.1); otherwise the most specific range decides,
    /// and a weight of zero refuses.
    var acceptsJSON: Bool { accept.isEmpty || accepts(["application/json", "application/*", "*/*"]) }

    /// Whether the client takes a stream for a reply: it must say so.
    var acceptsEventStream: Bool { accepts(["text/event-stream", "text/*", "*/*"]) }

    /// What clients send as a rule: no need to take it apart.
    private static let usual: [String] = ["application/json, text/event-stream", "text/event-stream, application/json"]

    private func accepts(_ types: [String]) -> Bool {
        if accept.count == 1, Self.usual.contains(accept[0]) { return true }
        let ranges = accept.flatMap { $0.split(separator: ",") }.map { MediaRange(String($0)) }
        for type in types {
            let weights = ranges.filter { $0.type == type }.map(\.isWanted)
            if !weights.isEmpty { return weights.contains(true) }
        }
        return false
    }
}

/// One media type or range: lower-case type without parameters, and whether its weight is above zero.
private struct MediaRange {
    let type: String
    let isWanted: Bool

    init(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed(String($0)) }
        type = parts[0].lowercased()
        let weight = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }?.dropFirst(2)
        isWanted = weight.flatMap { Double($0) }.map { $0 > 0 } ?? true
    }

    /// Without the white space HTTP allows around a value.
    static func trimmed(_ text: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last) else {
            return text
        }
        let body = text.utf8.drop(while: isSpace)
        let end = body.lastIndex { !isSpace($0) }.map { body.index(after: $0) } ?? body.startIndex
        return String(body[..<end]) ?? text
    }
}
