/// OAuth clients: kept, ended and forgotten as API keys are.
extension ApplianceDatabase {
    /// Adds a client together with the audit row that says so.
    /// - Throws: ``StoreError/notFound(_:)`` when its tenant is gone.
    public func createClient(_ client: ClientRecord, audit row: AuditRow) throws(StoreError) {
        let hash = auditHash
        try change { connection throws(StoreError) in
            try Clients(connection: connection).insert(client)
            try AuditLog(connection: connection, hash: hash).append([row])
        }
    }

    /// Takes a client back together with the audit row that says so.
    /// - Parameter time: Milliseconds since 1970.
    /// - Returns: The client; one that was taken back before keeps its time, and no row is added.
    /// - Throws: ``StoreError/notFound(_:)``.
    public func revokeClient(_ id: String, at time: Int64, audit row: AuditRow) throws(StoreError) -> ClientRecord {
        let hash = auditHash
        return try change { connection throws(StoreError) in
            let table = Clients(connection: connection)
            guard let client = try table.client(id) else { throw .notFound(.client(id: id)) }
            guard client.revokedAt == nil else { return client }
            try table.revoke(id, at: time)
            try AuditLog(connection: connection, hash: hash).append([row])
            return client
        }
    }

    /// The client with this id.
    /// - Complexity: One row by key.
    public func client(_ id: String) throws(StoreError) -> ClientRecord? {
        try read { connection throws(StoreError) in try Clients(connection: connection).client(id) }
    }

    /// All clients, by tenant and age.
    public func clients() throws(StoreError) -> [ClientRecord] {
        try read { connection throws(StoreError) in try Clients(connection: connection).all() }
    }

    /// Forgets clients that ended, by their time or by being taken back, before `time`, in seconds since 1970.
    @discardableResult
    public func purgeClients(endedBefore time: Int64) throws(StoreError) -> Int {
        try change { connection throws(StoreError) in
            try Clients(connection: connection).delete(endedBefore: time)
        }
    }
}
