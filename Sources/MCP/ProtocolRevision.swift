/// The published revisions of MCP this endpoint speaks.
public enum ProtocolRevision: String, Hashable, Sendable, CaseIterable {
    /// The stateless revision: every request describes itself.
    case v2026_07_28 = "2026-07-28"
    /// The last handshake revision.
    case v2025_11_25 = "2025-11-25"
    /// Handshake; brought structured results and the version header.
    case v2025_06_18 = "2025-06-18"
    /// Handshake; the only one with batches.
    case v2025_03_26 = "2025-03-26"
    /// Handshake; the first.
    case v2024_11_05 = "2024-11-05"

    /// The current revision.
    public static let modern = v2026_07_28
    /// The four handshake revisions, newest first.
    public static let legacy: [ProtocolRevision] = [.v2025_11_25, .v2025_06_18, .v2025_03_26, .v2024_11_05]
    /// All five, modern first: the order in which `server/discover` names them.
    public static let all: [ProtocolRevision] = [modern] + legacy

    /// Whether this revision begins with `initialize`.
    public var isLegacy: Bool { self != .modern }

    /// What `initialize` answers: the client's revision if it is one of the four, else the newest of them.
    static func negotiated(_ requested: String) -> ProtocolRevision {
        legacy.first { $0.rawValue == requested } ?? .v2025_11_25
    }
}

/// Which of the two wires a call came on; it decides envelope and HTTP status of its reply.
public enum MCPEra: Hashable, Sendable {
    /// 2026-07-28.
    case modern
    /// A handshake revision, as named by the version header; without header 2025-03-26.
    case legacy(ProtocolRevision)
}
