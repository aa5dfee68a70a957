/// One row of an audit trail as it was stored.
public struct AuditLink: Sendable, Hashable {
    /// The row's number; consecutive from the first.
    public var number: Int64
    /// The hash of the row before, or ``AuditChain/genesis``.
    public var previous: [UInt8]
    /// The row's own hash.
    public var hash: [UInt8]
    /// The bytes the hash covers.
    public var record: [UInt8]

    /// A row of known parts.
    public init(number: Int64, previous: [UInt8], hash: [UInt8], record: [UInt8]) {
        self.number = number
        self.previous = previous
        self.hash = hash
        self.record = record
    }
}

/// Where an audit trail stops being the one that was written.
public struct AuditBreak: Error, Sendable, Hashable {
    /// What does not fit.
    public enum Reason: String, Sendable {
        /// A row is missing, doubled or moved.
        case number
        /// The row does not continue the one before.
        case previous
        /// The row's content is not what was hashed.
        case content
        /// Rows are missing at the end: the last hash is not the one known from elsewhere.
        case end
    }

    /// The first row that does not fit; for ``Reason/end``, the number that should have followed.
    public var number: Int64
    /// What does not fit.
    public var reason: Reason

    /// A break of known parts.
    public init(number: Int64, reason: Reason) {
        self.number = number
        self.reason = reason
    }
}

/// A tamper-evident chain over audit rows: each hash covers the one before and the row's bytes.
///
/// Whoever can rewrite the whole file can rewrite the whole chain; the chain shows changes to anybody who remembers one of
/// its hashes, and every change that does not rewrite all that follows.
public enum AuditChain {
    /// What the first row names as its predecessor: 32 zero bytes.
    public static let genesis = [UInt8](repeating: 0, count: 32)

    /// SHA-256 over the previous hash, the record's length (8 bytes, big-endian) and the record.
    ///
    /// The length keeps the border between the parts fixed whatever the bytes are.
    public static func hash(previous: [UInt8], record: [UInt8]) -> [UInt8] {
        var input = previous
        input.reserveCapacity(previous.count + 8 + record.count)
        withUnsafeBytes(of: UInt64(record.count).bigEndian) { input.append(contentsOf: $0) }
        input.append(contentsOf: record)
        return Digest.sha256(input)
    }

    /// Checks rows in order from the first one ever written.
    /// - Parameters:
    ///   - links: All rows, ascending by number.
    ///   - head: The last hash if it is known from elsewhere; without it, rows cut off the end cannot be noticed.
    /// - Returns: The first break, or `nil` if the chain is whole.
    public static func firstBreak(in links: some Sequence<AuditLink>, head: [UInt8]? = nil) -> AuditBreak? {
        var verifier = AuditVerifier()
        for link in links {
            if let found = verifier.check(link) { return found }
        }
        return verifier.finish(head: head)
    }
}

/// Checks an audit trail row by row, for readers that stream.
public struct AuditVerifier: Sendable {
    /// How many rows have been found good.
    public private(set) var count = 0
    /// The hash of the last good row.
    public private(set) var head = AuditChain.genesis
    private var next: Int64?

    /// Starts before the first row.
    public init() {}

    /// Checks the next row; after a break the verifier stays where it was.
    public mutating func check(_ link: AuditLink) -> AuditBreak? {
        if let next, link.number != next { return AuditBreak(number: next, reason: .number) }
        guard Digest.constantTimeEquals(link.previous, head) else {
            return AuditBreak(number: link.number, reason: .previous)
        }
        guard Digest.constantTimeEquals(link.hash, AuditChain.hash(previous: head, record: link.record)) else {
            return AuditBreak(number: link.number, reason: .content)
        }
        count += 1
        head = link.hash
        next = link.number &+ 1
        return nil
    }

    /// Compares the end with a hash known from elsewhere.
    public func finish(head expected: [UInt8]?) -> AuditBreak? {
        guard let expected, !Digest.constantTimeEquals(expected, head) else { return nil }
        return AuditBreak(number: next ?? 1, reason: .end)
    }
}
