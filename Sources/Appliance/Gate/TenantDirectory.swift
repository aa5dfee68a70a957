package import Access
import Synchronization
package import TenantStore

/// What the gate must know of tenants, revocations and signing keys, kept in memory and never older than half a second.
///
/// The appliance file has a counter of its changes, so a look costs one small read; only a change, by this server or by a
/// command beside it, empties what is kept. Reads of the file leave the event loop.
package final class TenantDirectory: Sendable {
    private static let maximumAge = Duration.milliseconds(500)

    private struct State {
        var checkedAt: ContinuousClock.Instant?
        var counter: Int64 = -1
        /// Names looked up since the last change; nil for those that are no tenant's.
        var tenants: [String: TenantRecord?] = [:]
        var revoked: Set<String> = []
    }
    private let database: ApplianceDatabase
    private let keys: KeyRing
    private let state = Mutex(State())

    package init(_ database: ApplianceDatabase, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    /// The caller behind verified claims, as the box knows their tenant now.
    /// - Throws: ``ApplianceError/credentialRefused(reason:)`` for a revoked token, a tenant that is gone, or one that only has
    ///   the name of the token's.
    func caller(_ claims: TokenClaims) async throws -> Caller {
        try await refresh()
        guard !isRevoked(claims.id) else {
            throw ApplianceError.credentialRefused(reason: "The token has been revoked")
        }
        var record: TenantRecord?
        if let name = claims.tenantName {
            record = try await tenant(named: name)
            guard let record, record.uid == claims.tenantUID else {
                throw ApplianceError.credentialRefused(reason: "The tenant of the token does not exist")
            }
        }
        return Caller(
            tenant: record, userID: claims.userID, credentialID: claims.id, credentialKind: .token,
            scopes: claims.scopes, expiresAt: claims.expiresAt)
    }

    /// The caller of a local command: everything the tenant's own credentials could be given, or the box.
    func localCaller(_ tenant: TenantContext?) async throws -> Caller {
        var record: TenantRecord?
        if let tenant {
            try await refresh()
            record = try await self.tenant(named: tenant.name.rawValue)
            guard let record, record.uid == tenant.uid else {
                throw ApplianceError.tenantNotFound(name: tenant.name.rawValue)
            }
        }
        return Caller(
            tenant: record, userID: "local", credentialID: "", credentialKind: .local,
            scopes: tenant == nil ? .operator : [.search, .write, .admin, .audit], expiresAt: nil)
    }

    /// Checks again, in the middle of a long operation, all but the token's age.
    func checkStillAllowed(_ caller: Caller) async throws {
        try await refresh()
        guard caller.credentialID.isEmpty || !isRevoked(caller.credentialID) else {
            throw ApplianceError.credentialRefused(reason: "The token has been revoked")
        }
        guard let known = caller.tenant else { return }
        guard let record = try await tenant(named: known.name), record.uid == known.uid else {
            throw ApplianceError.credentialRefused(reason: "The tenant of the token does not exist")
        }
        if record.state == .suspended { throw ApplianceError.tenantSuspended(name: record.name) }
    }

    /// Forgets everything at once, after a change made by this process.
    package func invalidate() {
        state.withLock { $0.checkedAt = nil }
    }

    private func isRevoked(_ id: String) -> Bool {
        state.withLock { $0.revoked.contains(id) }
    }

    private func tenant(named name: String) async throws -> TenantRecord? {
        let (known, counter) = state.withLock { ($0.tenants[name], $0.counter) }
        if let known { return known }
        let record = try await read { try $0.tenant(named: name) }
        // A change in the meantime has emptied the state; what was read before it must not outlive it.
        state.withLock { state in
            if state.counter == counter { state.tenants[name] = .some(record) }
        }
        return record
    }

    private func refresh() async throws {
        let now = ContinuousClock.now
        let isFresh = state.withLock { state in
            if let checkedAt = state.checkedAt, checkedAt.duration(to: now) < Self.maximumAge { return true }
            // Calls that come while this one reads go on with what is known, which is half a second old.
            state.checkedAt = state.checkedAt == nil ? nil : now
            return false
        }
        guard !isFresh else { return }
        let known = state.withLock { $0.counter }
        let (counter, revoked) = try await read { [keys] database in
            try keys.reloadIfChanged()
            let counter = try database.changeCounter()
            return (counter, counter == known ? nil : Set(try database.revocations().map(\.tokenID)))
        }
        state.withLock { state in
            state.checkedAt = now
            guard let revoked, counter != state.counter else { return }
            state.counter = counter
            state.revoked = revoked
            state.tenants = [:]
        }
    }

    @concurrent private func read<Value: Sendable>(
        _ body: @Sendable (ApplianceDatabase) throws -> Value
    ) async throws -> Value {
        try body(database)
    }
}
