/// Metered operations.
struct Usage {
    let connection: Connection

    func append(_ rows: [UsageRow]) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO usage (time, request_id, user, operation, status, duration_us, bytes, tokens, cost_micros)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, forEach: rows
        ) { row in
            [
                .integer(row.time), .text(row.requestID), .text(row.user), .text(row.operation), .text(row.status),
                .integer(row.duration), .integer(row.byteCount), .integer(row.tokenCount), .integer(row.cost),
            ]
        }
    }

    func page(after number: Int64, limit: Int) throws(StoreError) -> [NumberedUsageRow] {
        try connection.all(
            """
            SELECT id, time, request_id, user, operation, status, duration_us, bytes, tokens, cost_micros
            FROM usage WHERE id > ? ORDER BY id LIMIT ?
            """, .integer(number), .int(limit)
        ) { row in
            NumberedUsageRow(
                number: row.integer(0),
                row: UsageRow(
                    time: row.integer(1), requestID: row.text(2), user: row.text(3), operation: row.text(4),
                    status: row.text(5), duration: row.integer(6), byteCount: row.integer(7),
                    tokenCount: row.integer(8),
                    cost: row.integer(9)))
        }
    }

    /// Sums over rows with `from <= time < until`, by user.
    func totals(from: Int64, until: Int64) throws(StoreError) -> [UsageTotal] {
        try connection.all(
            """
            SELECT user, count(*), total(bytes), total(tokens), total(cost_micros)
            FROM usage WHERE time >= ? AND time < ? GROUP BY user ORDER BY user
            """, .integer(from), .integer(until)
        ) { row in
            UsageTotal(
                user: row.text(0), requestCount: Int(row.integer(1)), byteCount: row.integer(2),
                tokenCount: row.integer(3),
                cost: row.integer(4))
        }
    }
}
