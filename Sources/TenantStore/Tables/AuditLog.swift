/// The chained record of what was done: each row's hash covers the row and the hash before it.
struct AuditLog {
    let connection: Connection
    let hash: AuditHash

    /// The newest row's number and hash; 0 and ``AuditChainHead/genesis`` of an empty log.
    static func head(_ connection: Connection) throws(StoreError) -> AuditChainHead {
        try connection.first("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1") {
            AuditChainHead(number: $0.integer(0), hash: $0.blob(1))
        } ?? AuditChainHead(number: 0, hash: AuditChainHead.genesis)
    }

    func append(_ rows: [AuditRow]) throws(StoreError) {
        guard !rows.isEmpty else { return }
        var head = try Self.head(connection)
        try connection.run(
            """
            INSERT INTO audit (id, time, request_id, user, credential_id, operation, target, outcome, query_hash,
                prev_hash, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, forEach: rows
        ) { row in
            let previous = head
            let number = previous.number + 1
            head = AuditChainHead(number: number, hash: hash(previous.hash, row.canonicalBytes(number: number)))
            return [
                .integer(number), .integer(row.time), .text(row.requestID), .text(row.user), .text(row.credentialID),
                .text(row.operation), .text(row.target), .text(row.outcome), .blob(row.queryHash),
                .blob(previous.hash), .blob(head.hash),
            ]
        }
    }

    static func page(_ connection: Connection, after number: Int64, limit: Int) throws(StoreError) -> [NumberedAuditRow]
    {
        try connection.all(
            "SELECT \(columns) FROM audit WHERE id > ? ORDER BY id LIMIT ?", .integer(number), .int(limit)
        ) { record($0) }
    }

    /// Reads the whole chain.
    func verify() throws(StoreError) -> AuditVerdict {
        var head = AuditChainHead(number: 0, hash: AuditChainHead.genesis)
        var broken: Int64?
        try StoreError.only {
            try connection.forEachRow("SELECT \(Self.columns) FROM audit ORDER BY id") { row in
                let found = Self.record(row)
                let expected = hash(head.hash, found.row.canonicalBytes(number: found.number))
                guard found.number == head.number + 1, found.previousHash == head.hash, found.hash == expected else {
                    // A gap is named by the number that is missing.
                    broken = found.number == head.number + 1 ? found.number : head.number + 1
                    return false
                }
                head = AuditChainHead(number: found.number, hash: found.hash)
                return true
            }
        }
        if let broken { return .broken(firstRow: broken) }
        return .intact(head)
    }

    private static let columns =
        "id, time, request_id, user, credential_id, operation, target, outcome, query_hash, prev_hash, hash"

    private static func record(_ row: Row) -> NumberedAuditRow {
        NumberedAuditRow(
            number: row.integer(0),
            row: AuditRow(
                time: row.integer(1), requestID: row.text(2), user: row.text(3), credentialID: row.text(4),
                operation: row.text(5), target: row.text(6), outcome: row.text(7), queryHash: row.blob(8)),
            previousHash: row.blob(9), hash: row.blob(10))
    }
}

extension AuditRow {
    /// The bytes the hash covers: a format version, then number, time and each field with its length before it.
    ///
    /// All numbers are big-endian; lengths have 4 bytes, number and time 8. Lengths make the bytes of two different rows
    /// differ even when text moves from one field to the next.
    package func canonicalBytes(number: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(1)
        func append(_ integer: some FixedWidthInteger) {
            withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
        }
        append(number)
        append(time)
        for text in [requestID, user, credentialID, operation, target, outcome] {
            append(UInt32(truncatingIfNeeded: text.utf8.count))
            bytes += text.utf8
        }
        append(UInt32(truncatingIfNeeded: queryHash.count))
        bytes += queryHash
        return bytes
    }
}
