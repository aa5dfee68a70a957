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
    /// How long an API key that has ended is still listed.
    private static let apiKeyRetention: Int64 = 30 * 86_400

    private struct State {
        var checkedAt: ContinuousClock.Instant?
        var counter: Int64 = -1
        /// Names looked up since the last change; nil for those that are no tenant's.
        var tenants: [String: TenantRecord?] = [:]
        var revoked: Set<String> = []
        var apiKeys: [String: APIKeyRecord] = [:]
        var purgedAt: ContinuousClock.Instant?
        /// Looks for the sake of keys that were not known: the one that reads, and the one that comes after it.
        var runningLook: Task<Void, any Error>?
        var waitingLook: Task<Void, any Error>?
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
        }
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
        return Caller(
            tenant: record, userID: claims.userID, credentialID: claims.id, credentialKind: .token,
            scopes: claims.scopes, expiresAt: claims.expiresAt)
    }

    /// Only whoever holds the secret learns more than that it is not valid. Ids are no secret, so an unknown one may
    /// take longer.
    private func caller(_ key: APIKey) async throws -> Caller {
        var stored = state.withLock { $0.apiKeys[key.id] }
        if stored == nil {
            try await lookAgain()
            stored = state.withLock { $0.apiKeys[key.id] }
        }
        guard let stored, key.opens(stored.secretHash) else {
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

    /// Checks again, in the middle of a long operation, all but the credential's age.
    func checkStillAllowed(_ caller: Caller) async throws {
        try await refresh()
        switch caller.credentialKind {
        case .none: break
        case .token:
            guard !isRevoked(caller.credentialID) else {
                throw ApplianceError.credentialRefused(reason: "The token has been revoked")
            }
        case .apiKey:
            let stored = state.withLock { $0.apiKeys[caller.credentialID] }
            guard let stored, stored.revokedAt == nil else {
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
        try await look(now)
    }

    /// A look that begins after this call, so that a key made a moment ago by a command works at once.
    ///
    /// Whoever waits for the same look shares it: however many unknown keys are sent, there is one look at a time.
    private func lookAgain() async throws {
        let look = state.withLock { state in
            if let waiting = state.waitingLook { return waiting }
            let running = state.runningLook
            let look = Task {
                _ = await running?.result
                self.state.withLock { state in
                    state.runningLook = state.waitingLook
                    state.waitingLook = nil
                }
                try await self.look(.now)
            }
            state.waitingLook = look
            return look
        }
        try await look.value
    }

    private func look(_ now: ContinuousClock.Instant) async throws {
        let known = state.withLock { $0.counter }
        let (counter, changed) = try await threads.run { [database, keys] in
            try keys.reloadIfChanged()
            let counter = try database.changeCounter()
            return (counter, counter == known ? nil : try Roll(database))
        }
        state.withLock { state in
            state.checkedAt = now
            // A look that took its time must not put back what a later one has read.
            guard let changed, counter > state.counter else { return }
            state.counter = counter
            state.revoked = changed.revoked
            state.apiKeys = changed.apiKeys
            state.tenants = [:]
        }
    }

    /// What is read whole after a change: a call looks into memory alone, also one with a credential nobody made.
    private struct Roll: Sendable {
        let revoked: Set<String>
        let apiKeys: [String: APIKeyRecord]

        init(_ database: ApplianceDatabase) throws {
            revoked = Set(try database.revocations().map(\.tokenID))
            apiKeys = Dictionary(try database.apiKeys().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Forgets revocations of tokens and API keys that ended long ago, at the first look and then once an hour.
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
        }
    }
}
