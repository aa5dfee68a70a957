/// The hash of an audit row: over the previous row's hash, then the row's canonical bytes.
///
/// Injected, since this module knows no cryptography.
public typealias AuditHash = @Sendable (_ previous: [UInt8], _ record: [UInt8]) -> [UInt8]

/// The end of an audit chain; kept elsewhere it proves that no newest rows were cut off.
public struct AuditChainHead: Sendable, Equatable {
    /// 0 for an empty log.
    public var number: Int64
    /// SHA-256 over the previous hash and the row.
    public var hash: [UInt8]

    /// The end at row `number`.
    public init(number: Int64, hash: [UInt8]) {
        self.number = number
        self.hash = hash
    }

    /// The hash before row one.
    public static let genesis = [UInt8](repeating: 0, count: 32)
}

/// What reading a whole audit chain showed.
public enum AuditVerdict: Sendable, Equatable {
    case intact(AuditChainHead)
    /// The first row that was changed or is missing.
    case broken(firstRow: Int64)
}

/// An audit row as stored.
public struct NumberedAuditRow: Sendable, Equatable {
    /// Counts from 1 without gaps.
    public var number: Int64
    /// The row itself.
    public var row: AuditRow
    /// The hash of the row before.
    public var previousHash: [UInt8]
    /// SHA-256 over the previous hash and the row.
    public var hash: [UInt8]
}

/// A usage row as stored.
public struct NumberedUsageRow: Sendable, Equatable {
    /// Counts from 1.
    public var number: Int64
    /// The row itself.
    public var row: UsageRow
}

/// The sum of a user's usage rows.
public struct UsageTotal: Sendable, Equatable {
    /// The user inside the tenant.
    public var user: String
    /// Rows summed up.
    public var requestCount: Int
    /// Bytes in and out.
    public var byteCount: Int64
    /// Word pieces embedded.
    public var tokenCount: Int64
    /// Millionths of the cost unit.
    public var cost: Int64
}

/// A chunk of the set of live passages.
public struct LiveChunk: Sendable, Equatable {
    /// Its place among the chunks of its set.
    public var index: UInt32
    /// 512 bytes, little-endian words.
    public var bytes: [UInt8]

    /// A chunk.
    public init(index: UInt32, bytes: [UInt8]) {
        self.index = index
        self.bytes = bytes
    }
}
