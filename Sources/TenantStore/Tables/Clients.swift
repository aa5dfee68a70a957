/// OAuth clients by the hash of their secret; a tenant's go with it.
struct Clients {
    let connection: Connection

    private static let columns = """
        c.id, c.tenant_uid, t.name, c.user, c.scopes, c.secret_hash, c.token_seconds, c.created_at, c.expires_at, \
        c.revoked_at
        FROM oauth_client c JOIN tenant t ON t.uid = c.tenant_uid
        """

    func insert(_ client: ClientRecord) throws(StoreError) {
        let tenant = try connection.first("SELECT 1 FROM tenant WHERE uid = ?", .text(client.tenantUID)) {
            $0.integer(0)
        }
        guard tenant != nil else { throw .notFound(.tenant(name: client.tenantName)) }
        try connection.run(
            """
            INSERT INTO oauth_client
                (id, tenant_uid, user, scopes, secret_hash, token_seconds, created_at, expires_at, revoked_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(client.id), .text(client.tenantUID), .text(client.user), .text(client.scopes),
            .blob(client.secretHash), .integer(client.tokenSeconds), .integer(client.createdAt),
            .integer(client.expiresAt), .optional(client.revokedAt))
    }

    func client(_ id: String) throws(StoreError) -> ClientRecord? {
        try connection.first("SELECT \(Self.columns) WHERE c.id = ?", .text(id)) { Self.record($0) }
    }

    func all() throws(StoreError) -> [ClientRecord] {
        try connection.all("SELECT \(Self.columns) ORDER BY t.name, c.created_at, c.id") { Self.record($0) }
    }

    func revoke(_ id: String, at time: Int64) throws(StoreError) {
        try connection.run("UPDATE oauth_client SET revoked_at = ? WHERE id = ?", .integer(time), .text(id))
    }

    func delete(endedBefore time: Int64) throws(StoreError) -> Int {
        try connection.run(
            "DELETE FROM oauth_client WHERE expires_at < ?1 OR revoked_at < ?1 * 1000", .integer(time))
    }

    private static func record(_ row: Row) -> ClientRecord {
        ClientRecord(
            id: row.text(0), tenantUID: row.text(1), tenantName: row.text(2), user: row.text(3), scopes: row.text(4),
            secretHash: row.blob(5), tokenSeconds: row.integer(6), createdAt: row.integer(7),
            expiresAt: row.integer(8), revokedAt: row.optionalInteger(9))
    }
}
