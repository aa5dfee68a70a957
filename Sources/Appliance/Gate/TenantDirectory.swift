import Access
import Synchronization
import TenantStore

/// What the gate must know of tenants, revocations, API keys and signing keys, kept in memory and never older than half a second.
///
/// The appliance file has a counter of its changes, so a look costs one small read; only a change, by this server or by a
/// command beside it, empties what is kept. The file is read on threads of the appliance, by one call of many: the
/// others never leave the event loop.
package final class TenantDirectory: Sendable {
    private static let maximumAge = Duration.milliseconds(500)
    private static let purgePause = Duration.seconds(3600)
    /// How long an expired token is still good, and more: clocks differ.
    private static let purgeLeeway: Int64 = 600
    /// How long an API key or a client that has ended is still listed.
    private static let apiKeyRetention: Int64 = 30 * 86_400

    private struct State {
        var checkedAt: ContinuousClock.Instant?
        var counter: Int64 = -1
        /// Names looked up since the last change; nil for those that are no tenant's.
        var tenants: [String: TenantRecord?] = [:]
        var revoked: Set<String> = []
        /// Keys looked up since the last change; ids that are no key's are not kept, since anybody can send them.
        var apiKeys: [String: APIKeyRecord] = [:]
        /// OAuth clients, likewise.
        var clients: [String: ClientRecord] = [:]
        var purgedAt: ContinuousClock.Instant?
    }
    private let database: ApplianceDatabase
    private let keys: KeyRing
    private let threads: ThreadPool
    private let state = Mutex(State())

    init(_ database: ApplianceDatabase, keys: KeyRing, threads: ThreadPool) {
        self.database = database
        self.keys = keys
        self.threads = threads
    }

    /// The caller behind a credential, as the box knows it and its tenant now.
    /// - Throws: ``ApplianceError/credentialRefused(reason:)`` for a revoked credential, an API key that is none of the
    ///   box's or has expired, a tenant that is gone, or one that only has the name of the credential's.
    func caller(_ credential: Credential) async throws -> Caller {
        try await refresh()
        return switch credential {
        case .token(let claims): try await caller(claims)
        case .apiKey(let key): try await caller(key)
        case .foreign(let claims): try await caller(claims)
        }
    }

    /// The same for a token of a tenant's user where nothing has to be read; nil where something has, or is wrong.
    func callerAtOnce(_ credential: Credential) -> Caller? {
        guard case .token(let claims) = credential, let name = claims.tenantName, claims.clientID == nil else {
            return nil
        }
        let now = ContinuousClock.now
        let record = state.withLock { state -> TenantRecord? in
            guard let checkedAt = state.checkedAt, checkedAt.duration(to: now) < Self.maximumAge,
                !state.revoked.contains(claims.id)
            else { return nil }
            return state.tenants[name] ?? nil
        }
        guard let record, record.uid == claims.tenantUID else { return nil }
        return Caller(record, claims)
    }

    private func caller(_ claims: TokenClaims) async throws -> Caller {
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
        if let id = claims.clientID { try await checkClient(id) }
        return Caller(record, claims)
    }

    /// Only whoever holds the secret learns more than that it is not valid.
    ///
    /// Ids are no secret, so an unknown one may take longer.
    private func caller(_ key: APIKey) async throws -> Caller {
        guard let stored = try await apiKey(key.id), key.opens(stored.secretHash) else {
            throw ApplianceError.credentialRefused(reason: "The API key is not valid")
        }
        guard stored.revokedAt == nil else {
            throw ApplianceError.credentialRefused(reason: "The API key has been revoked")
        }
        guard Timestamp.now.seconds < stored.expiresAt else {
            throw ApplianceError.credentialRefused(reason: "The API key has expired")
        }
        guard let record = try await tenant(named: stored.tenantName), record.uid == stored.tenantUID else {
            throw ApplianceError.credentialRefused(reason: "The tenant of the API key does not exist")
        }
        return Caller(
            tenant: record, userID: stored.user, credentialID: stored.id, credentialKind: .apiKey,
            scopes: try ScopeSet(parsing: stored.scopes).subtracting(.operator), expiresAt: stored.expiresAt)
    }

    /// A tenant of another's token is known by its name alone: its issuer has never heard of ours.
    private func caller(_ claims: ForeignClaims) async throws -> Caller {
        guard !isRevoked(claims.id) else {
            throw ApplianceError.credentialRefused(reason: "The token has been revoked")
        }
        guard let record = try await tenant(named: claims.tenantName) else {
            throw ApplianceError.credentialRefused(reason: "The tenant of the token does not exist")
        }
        return Caller(
            tenant: record, userID: claims.userID, credentialID: claims.id, credentialKind: .foreign,
            scopes: claims.scopes, expiresAt: claims.expiresAt)
    }

    /// The caller who handed work over, as the box knows them now; the credential's age does not count.
    /// - Throws: As ``checkStillAllowed(_:)``.
    func caller(_ stored: StoredCaller, of tenant: TenantContext) async throws -> Caller {
        try await refresh()
        guard let record = try await self.tenant(named: tenant.name.rawValue), record.uid == tenant.uid else {
            throw ApplianceError.credentialRefused(reason: "The tenant of the credential does not exist")
        }
        let caller = Caller(
            tenant: record, userID: stored.userID, credentialID: stored.credentialID,
            credentialKind: stored.credentialKind, scopes: stored.scopes, expiresAt: nil, clientID: stored.clientID)
        try await checkStillAllowed(caller)
        return caller
    }

    /// The registration behind what a client showed at the token endpoint, with its tenant.
    /// - Returns: nil for a client that is not known, has another secret or has ended, all alike.
    func client(_ shown: ClientSecret) async throws -> (client: ClientRecord, tenant: TenantRecord)? {
        try await refresh()
        guard let client = try await client(shown.id), shown.opens(client.secretHash), Self.isGood(client),
            let tenant = try await tenant(named: client.tenantName), tenant.uid == client.tenantUID
        else { return nil }
        return (client, tenant)
    }

    /// Tokens of a client end with it; one that was forgotten had ended.
    private func checkClient(_ id: String) async throws {
        guard let client = try await client(id), Self.isGood(client) else {
            throw ApplianceError.credentialRefused(reason: "The client of the token has been revoked or has ended")
        }
    }

    private static func isGood(_ client: ClientRecord) -> Bool {
        client.revokedAt == nil && Timestamp.now.seconds < client.expiresAt
    }

    /// Checks again, in the middle of a long operation, all but the credential's age.
    func checkStillAllowed(_ caller: Caller) async throws {
        try await refresh()
        switch caller.credentialKind {
        case .none: break
        case .token, .foreign:
            guard !isRevoked(caller.credentialID) else {
                throw ApplianceError.credentialRefused(reason: "The token has been revoked")
            }
            if let id = caller.clientID { try await checkClient(id) }
        case .apiKey:
            guard let stored = try await apiKey(caller.credentialID), stored.revokedAt == nil else {
                throw ApplianceError.credentialRefused(reason: "The API key has been revoked")
            }
        }
        guard let known = caller.tenant else { return }
        guard let record = try await tenant(named: known.name), record.uid == known.uid else {
            throw ApplianceError.credentialRefused(reason: "The tenant of the credential does not exist")
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
        let record = try await threads.run { [database] in try database.tenant(named: name) }
        // A change in the meantime has emptied the state; what was read before it must not outlive it.
        state.withLock { state in
            if state.counter == counter { state.tenants[name] = .some(record) }
        }
        return record
    }

    /// A key by its id: one that was made a moment ago is there at once, one that was used before costs no read.
    private func apiKey(_ id: String) async throws -> APIKeyRecord? {
        let (known, counter) = state.withLock { ($0.apiKeys[id], $0.counter) }
        if let known { return known }
        guard let record = try await threads.run({ [database] in try database.apiKey(id) }) else { return nil }
        state.withLock { state in
            if state.counter == counter { state.apiKeys[id] = record }
        }
        return record
    }

    private func client(_ id: String) async throws -> ClientRecord? {
        let (known, counter) = state.withLock { ($0.clients[id], $0.counter) }
        if let known { return known }
        guard let record = try await threads.run({ [database] in try database.client(id) }) else { return nil }
        state.withLock { state in
            if state.counter == counter { state.clients[id] = record }
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
        purgeIfDue(now)
        let known = state.withLock { $0.counter }
        let (counter, revoked) = try await threads.run { [database, keys] in
            try keys.reloadIfChanged()
            let counter = try database.changeCounter()
            return (counter, counter == known ? nil : Set(try database.revocations().map(\.tokenID)))
        }
        state.withLock { state in
            state.checkedAt = now
            // A look that took its time must not put back what a later one has read.
            guard let revoked, counter > state.counter else { return }
            state.counter = counter
            state.revoked = revoked
            state.apiKeys = [:]
            state.clients = [:]
            state.tenants = [:]
        }
    }

    /// Forgets revocations of tokens, API keys and clients that ended long ago, at the first look and then once an hour.
    ///
    /// No call waits for it; what cannot be done now is done the next time.
    private func purgeIfDue(_ now: ContinuousClock.Instant) {
        let isDue = state.withLock { state in
            if let purgedAt = state.purgedAt, purgedAt.duration(to: now) < Self.purgePause { return false }
            state.purgedAt = now
            return true
        }
        guard isDue else { return }
        _ = threads.submit { [database] in
            // A change of the file makes every process read it again: none without need.
            let limit = Timestamp.now.seconds - Self.purgeLeeway
            if let revoked = try? database.revocations(), revoked.contains(where: { $0.expiresAt < limit }) {
                _ = try? database.purgeRevocations(expiredBefore: limit)
            }
            let keyLimit = Timestamp.now.seconds - Self.apiKeyRetention
            if let keys = try? database.apiKeys(), keys.contains(where: { $0.endedAt < keyLimit }) {
                _ = try? database.purgeAPIKeys(endedBefore: keyLimit)
            }
            if let clients = try? database.clients(), clients.contains(where: { $0.endedAt < keyLimit }) {
                _ = try? database.purgeClients(endedBefore: keyLimit)
            }
        }
    }
}

extension Caller {
    /// Who shows a token of this box.
    fileprivate convenience init(_ tenant: TenantRecord?, _ claims: TokenClaims) {
        self.init(
            tenant: tenant, userID: claims.userID, credentialID: claims.id, credentialKind: .token,
            scopes: claims.scopes, expiresAt: claims.expiresAt, clientID: claims.clientID)
    }
}
