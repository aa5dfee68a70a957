/// The tenants of a box.
struct Tenants {
    let connection: Connection

    private static let columns = "name, uid, tier, rate_per_minute, burst, state, created_at"

    func all() throws(StoreError) -> [TenantRecord] {
        try connection.all("SELECT \(Self.columns) FROM tenant ORDER BY name") { row throws(StoreError) in
            try Self.record(row)
        }
    }

    func tenant(named name: String) throws(StoreError) -> TenantRecord? {
        try connection.first("SELECT \(Self.columns) FROM tenant WHERE name = ?", .text(name)) {
            row throws(StoreError) in try Self.record(row)
        }
    }

    func insert(_ tenant: TenantRecord) throws(StoreError) {
        guard try self.tenant(named: tenant.name) == nil else { throw .alreadyExists(.tenant(name: tenant.name)) }
        try connection.run(
            """
            INSERT INTO tenant (name, uid, tier, rate_per_minute, burst, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            .text(tenant.name), .text(tenant.uid), .text(tenant.tier), .optional(tenant.ratePerMinute),
            .optional(tenant.burst), .text(tenant.state.rawValue), .integer(tenant.createdAt))
    }

    func setState(_ state: TenantState, of name: String) throws(StoreError) {
        try requireOne(
            connection.run("UPDATE tenant SET state = ? WHERE name = ?", .text(state.rawValue), .text(name)), name)
    }

    func setLimits(tier: String, ratePerMinute: Double?, burst: Double?, of name: String) throws(StoreError) {
        try requireOne(
            connection.run(
                "UPDATE tenant SET tier = ?, rate_per_minute = ?, burst = ? WHERE name = ?", .text(tier),
                .optional(ratePerMinute), .optional(burst), .text(name)), name)
    }

    func rename(_ name: String, to newName: String) throws(StoreError) {
        guard try tenant(named: newName) == nil else { throw .alreadyExists(.tenant(name: newName)) }
        try requireOne(connection.run("UPDATE tenant SET name = ? WHERE name = ?", .text(newName), .text(name)), name)
    }

    func delete(_ name: String) throws(StoreError) {
        try requireOne(connection.run("DELETE FROM tenant WHERE name = ?", .text(name)), name)
    }

    private func requireOne(_ count: Int, _ name: String) throws(StoreError) {
        guard count == 1 else { throw .notFound(.tenant(name: name)) }
    }

    private static func record(_ row: Row) throws(StoreError) -> TenantRecord {
        guard let state = TenantState(rawValue: row.text(5)) else { throw row.corrupt("an unknown tenant state") }
        return TenantRecord(
            name: row.text(0), uid: row.text(1), tier: row.text(2), ratePerMinute: row.optionalReal(3),
            burst: row.optionalReal(4), state: state, createdAt: row.integer(6))
    }
}
