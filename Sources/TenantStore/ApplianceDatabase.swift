import Synchronization

/// `appliance.sqlite`: the tenants of the box, revocations, key metadata, the box's own audit log.
///
/// Any thread may call it; calls come one after the other and each change is durable when it returns. Several processes
/// may have the file open: ``changeCounter()`` tells one of them that another changed something.
public final class ApplianceDatabase: Sendable {
    private let connection: Mutex<Connection>
    let auditHash: AuditHash

    /// Opens the file, makes it with mode 0600 if it is missing, and brings its schema up to date.
    /// - Parameter auditHash: Chains the audit rows.
    public static func open(_ path: String, auditHash: @escaping AuditHash) throws(StoreError) -> ApplianceDatabase {
        let connection = try Connection(path, role: .writer)
        try ApplianceSchema.migrations.migrate(connection)
        // No lane watches this file's log, so SQLite folds it in whenever it has 4 MB.
        try connection.checkpointByItself(everyPages: 1_000)
        return ApplianceDatabase(connection, auditHash)
    }

    private init(_ connection: consuming sending Connection, _ auditHash: @escaping AuditHash) {
        self.connection = Mutex(connection)
        self.auditHash = auditHash
    }

    /// Grows with every change of tenants, revocations or keys, by whichever process.
    ///
    /// A server asks every half second and reads again what it keeps in memory when the number is new. Audit rows do not
    /// count.
    /// - Complexity: One row by key, a few microseconds.
    public func changeCounter() throws(StoreError) -> Int64 {
        try read { connection throws(StoreError) in try Counters(connection: connection).value("changes") }
    }

    /// All tenants by name.
    public func tenants() throws(StoreError) -> [TenantRecord] {
        try read { connection throws(StoreError) in try Tenants(connection: connection).all() }
    }

    /// The tenant of this name.
    public func tenant(named name: String) throws(StoreError) -> TenantRecord? {
        try read { connection throws(StoreError) in try Tenants(connection: connection).tenant(named: name) }
    }

    /// Adds a tenant.
    /// - Throws: ``StoreError/alreadyExists(_:)``.
    public func createTenant(_ tenant: TenantRecord) throws(StoreError) {
        try change { connection throws(StoreError) in try Tenants(connection: connection).insert(tenant) }
    }

    /// Suspends or resumes a tenant.
    public func setState(_ state: TenantState, ofTenant name: String) throws(StoreError) {
        try change { connection throws(StoreError) in try Tenants(connection: connection).setState(state, of: name) }
    }

    /// Changes what a tenant may use.
    public func setLimits(tier: String, ratePerMinute: Double?, burst: Double?, ofTenant name: String)
        throws(StoreError)
    {
        try change { connection throws(StoreError) in
            try Tenants(connection: connection).setLimits(
                tier: tier, ratePerMinute: ratePerMinute, burst: burst, of: name)
        }
    }

    /// Renames a tenant, which keeps its uid.
    public func renameTenant(_ name: String, to newName: String) throws(StoreError) {
        try change { connection throws(StoreError) in try Tenants(connection: connection).rename(name, to: newName) }
    }

    /// Removes a tenant and its API keys; its files are the caller's.
    public func deleteTenant(_ name: String) throws(StoreError) {
        try change { connection throws(StoreError) in try Tenants(connection: connection).delete(name) }
    }

    /// Takes a token back; said twice it is kept until the later time.
    /// - Parameter row: The audit row that says so.
    public func revoke(_ revocation: Revocation, audit row: AuditRow? = nil) throws(StoreError) {
        let hash = auditHash
        try change { connection throws(StoreError) in
            try Revocations(connection: connection).insert(revocation)
            if let row { try AuditLog(connection: connection, hash: hash).append([row]) }
        }
    }

    /// All tokens taken back.
    public func revocations() throws(StoreError) -> [Revocation] {
        try read { connection throws(StoreError) in try Revocations(connection: connection).all() }
    }

    /// Forgets revocations of tokens that expired before `time`, in seconds since 1970; says how many.
    @discardableResult
    public func purgeRevocations(expiredBefore time: Int64) throws(StoreError) -> Int {
        try change { connection throws(StoreError) in
            try Revocations(connection: connection).delete(expiredBefore: time)
        }
    }

    /// Adds an API key together with the audit row that says so.
    /// - Throws: ``StoreError/notFound(_:)`` when its tenant is gone.
    public func createAPIKey(_ key: APIKeyRecord, audit row: AuditRow) throws(StoreError) {
        let hash = auditHash
        try change { connection throws(StoreError) in
            try APIKeys(connection: connection).insert(key)
            try AuditLog(connection: connection, hash: hash).append([row])
        }
    }

    /// Takes an API key back together with the audit row that says so.
    /// - Parameter time: Milliseconds since 1970.
    /// - Returns: The key; one that was taken back before keeps its time, and no row is added.
    /// - Throws: ``StoreError/notFound(_:)``.
    public func revokeAPIKey(_ id: String, at time: Int64, audit row: AuditRow) throws(StoreError) -> APIKeyRecord {
        let hash = auditHash
        return try change { connection throws(StoreError) in
            let table = APIKeys(connection: connection)
            guard let key = try table.key(id) else { throw .notFound(.apiKey(id: id)) }
            guard key.revokedAt == nil else { return key }
            try table.revoke(id, at: time)
            try AuditLog(connection: connection, hash: hash).append([row])
            return key
        }
    }

    /// The API key with this id.
    /// - Complexity: One row by key.
    public func apiKey(_ id: String) throws(StoreError) -> APIKeyRecord? {
        try read { connection throws(StoreError) in try APIKeys(connection: connection).key(id) }
    }

    /// All API keys, by tenant and age.
    public func apiKeys() throws(StoreError) -> [APIKeyRecord] {
        try read { connection throws(StoreError) in try APIKeys(connection: connection).all() }
    }

    /// Forgets API keys that ended, by their time or by being taken back, before `time`, in seconds since 1970.
    @discardableResult
    public func purgeAPIKeys(endedBefore time: Int64) throws(StoreError) -> Int {
        try change { connection throws(StoreError) in
            try APIKeys(connection: connection).delete(endedBefore: time)
        }
    }

    /// Remembers a signing key; one that is known stays as it is.
    public func recordSigningKey(_ key: SigningKeyRecord) throws(StoreError) {
        try change { connection throws(StoreError) in try SigningKeys(connection: connection).insert(key) }
    }

    /// Marks a signing key as no longer used, in milliseconds since 1970.
    public func retireSigningKey(_ id: String, at time: Int64) throws(StoreError) {
        try change { connection throws(StoreError) in try SigningKeys(connection: connection).retire(id, at: time) }
    }

    /// All signing keys, oldest first.
    public func signingKeys() throws(StoreError) -> [SigningKeyRecord] {
        try read { connection throws(StoreError) in try SigningKeys(connection: connection).all() }
    }

    /// Adds rows to the box's audit chain.
    public func appendAudit(_ rows: [AuditRow]) throws(StoreError) {
        let hash = auditHash
        try transaction { connection throws(StoreError) in
            try AuditLog(connection: connection, hash: hash).append(rows)
        }
    }

    /// Audit rows with numbers above `number`, oldest first.
    public func audit(after number: Int64 = 0, limit: Int) throws(StoreError) -> [NumberedAuditRow] {
        try read { connection throws(StoreError) in try AuditLog.page(connection, after: number, limit: limit) }
    }

    /// Recomputes the audit chain and names the first row that does not fit.
    public func verifyAudit() throws(StoreError) -> AuditVerdict {
        let hash = auditHash
        return try read { connection throws(StoreError) in try AuditLog(connection: connection, hash: hash).verify() }
    }

    /// Ends the connection; later calls throw.
    public func close() throws(StoreError) {
        try read { connection throws(StoreError) in try connection.close() }
    }

    func read<T: Sendable>(_ body: @Sendable (Connection) throws(StoreError) -> T) throws(StoreError) -> T {
        try connection.withLock { connection throws(StoreError) in try body(connection) }
    }

    /// A transaction that other processes notice.
    func change<T: Sendable>(_ body: @Sendable (Connection) throws(StoreError) -> T) throws(StoreError) -> T {
        try transaction { connection throws(StoreError) in
            let result = try body(connection)
            let counters = Counters(connection: connection)
            try counters.set("changes", to: try counters.value("changes") + 1)
            return result
        }
    }

    private func transaction<T: Sendable>(_ body: @Sendable (Connection) throws(StoreError) -> T) throws(StoreError)
        -> T
    {
        try connection.withLock { connection throws(StoreError) in
            try StoreError.only { try connection.transaction("BEGIN IMMEDIATE") { try body(connection) } }
        }
    }
}
