/// Tokens that no longer hold, until they expire by themselves.
struct Revocations {
    let connection: Connection

    func insert(_ revocation: Revocation) throws(StoreError) {
        try connection.run(
            "INSERT INTO revocation VALUES (?1, ?2) ON CONFLICT DO UPDATE SET expires_at = max(expires_at, ?2)",
            .text(revocation.tokenID), .integer(revocation.expiresAt))
    }

    func all() throws(StoreError) -> [Revocation] {
        try connection.all("SELECT jti, expires_at FROM revocation ORDER BY jti") {
            Revocation(tokenID: $0.text(0), expiresAt: $0.integer(1))
        }
    }

    func delete(expiredBefore time: Int64) throws(StoreError) -> Int {
        try connection.run("DELETE FROM revocation WHERE expires_at < ?", .integer(time))
    }
}

/// What is known about the signing keys; the keys themselves are files.
struct SigningKeys {
    let connection: Connection

    func insert(_ key: SigningKeyRecord) throws(StoreError) {
        try connection.run(
            "INSERT INTO signing_key VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            .text(key.id), .text(key.algorithm), .integer(key.createdAt), .optional(key.retiredAt))
    }

    func retire(_ id: String, at time: Int64) throws(StoreError) {
        guard try connection.run("UPDATE signing_key SET retired_at = ? WHERE id = ?", .integer(time), .text(id)) == 1
        else {
            throw .notFound(.signingKey(id: id))
        }
    }

    func all() throws(StoreError) -> [SigningKeyRecord] {
        try connection.all("SELECT id, algorithm, created_at, retired_at FROM signing_key ORDER BY created_at, id") {
            SigningKeyRecord(
                id: $0.text(0), algorithm: $0.text(1), createdAt: $0.integer(2), retiredAt: $0.optionalInteger(3))
        }
    }
}
