/// API keys by their hash; a tenant's go with it.
struct APIKeys {
    let connection: Connection

    private static let columns = """
        k.id, k.tenant_uid, t.name, k.user, k.scopes, k.secret_hash, k.created_at, k.expires_at, k.revoked_at
        FROM api_key k JOIN tenant t ON t.uid = k.tenant_uid
        """

    func insert(_ key: APIKeyRecord) throws(StoreError) {
        let tenant = try connection.first("SELECT 1 FROM tenant WHERE uid = ?", .text(key.tenantUID)) { $0.integer(0) }
        guard tenant != nil else { throw .notFound(.tenant(name: key.tenantName)) }
        try connection.run(
            """
            INSERT INTO api_key (id, tenant_uid, user, scopes, secret_hash, created_at, expires_at, revoked_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(key.id), .text(key.tenantUID), .text(key.user), .text(key.scopes), .blob(key.secretHash),
            .integer(key.createdAt), .integer(key.expiresAt), .optional(key.revokedAt))
    }

    func key(_ id: String) throws(StoreError) -> APIKeyRecord? {
        try connection.first("SELECT \(Self.columns) WHERE k.id = ?", .text(id)) { Self.record($0) }
    }

    func all() throws(StoreError) -> [APIKeyRecord] {
        try connection.all("SELECT \(Self.columns) ORDER BY t.name, k.created_at, k.id") { Self.record($0) }
    }

    func revoke(_ id: String, at time: Int64) throws(StoreError) {
        try connection.run("UPDATE api_key SET revoked_at = ? WHERE id = ?", .integer(time), .text(id))
    }

    func delete(endedBefore time: Int64) throws(StoreError) -> Int {
        try connection.run(
            "DELETE FROM api_key WHERE expires_at < ?1 OR revoked_at < ?1 * 1000", .integer(time))
    }

    private static func record(_ row: Row) -> APIKeyRecord {
        APIKeyRecord(
            id: row.text(0), tenantUID: row.text(1), tenantName: row.text(2), user: row.text(3), scopes: row.text(4),
            secretHash: row.blob(5), createdAt: row.integer(6), expiresAt: row.integer(7),
            revokedAt: row.optionalInteger(8))
    }
}
