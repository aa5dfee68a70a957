/// A row for each ranking of a collection that was probed or decided about.
struct LegHealth {
    let connection: Connection

    func all(of collection: UInt32) throws(StoreError) -> [LegRecord] {
        try connection.all(
            """
            SELECT leg, space, rule, probed, found, probed_at, next_passage FROM leg_health WHERE collection = ?
            ORDER BY leg, space
            """, .int(collection)
        ) { row throws(StoreError) in
            guard let leg = LegName(rawValue: row.text(0)), let rule = LegRule(rawValue: row.text(2)) else {
                throw row.corrupt("a ranking's health has an unknown name or rule")
            }
            return LegRecord(
                leg: leg, space: row.text(1), rule: rule, probed: Int(try row.uint32(3)), found: Int(try row.uint32(4)),
                probedAt: row.integer(5), nextPassage: try row.uint32(6))
        }
    }

    func save(_ record: LegRecord, of collection: UInt32) throws(StoreError) {
        try connection.run(
            "INSERT OR REPLACE INTO leg_health VALUES (?, ?, ?, ?, ?, ?, ?, ?)", .int(collection),
            .text(record.leg.rawValue), .text(record.space), .text(record.rule.rawValue), .int(record.probed),
            .int(record.found), .integer(record.probedAt), .int(record.nextPassage))
    }

    func forget(_ space: String, of collection: UInt32) throws(StoreError) {
        try connection.run(
            "DELETE FROM leg_health WHERE collection = ? AND leg = 'vector' AND space = ?", .int(collection),
            .text(space))
    }
}

extension TenantReader {
    /// What is known of a collection's rankings, by name and space.
    public func legs(of collection: UInt32) throws(StoreError) -> [LegRecord] {
        try LegHealth(connection: connection).all(of: collection)
    }
}

extension TenantWriter {
    /// Puts what is known of one ranking in the place of what was; the sequence stays as it is.
    public func saveLeg(_ record: LegRecord, of collection: UInt32) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        try LegHealth(connection: connection).save(record, of: collection)
    }
}
