import Access
import JSON
import Synchronization

/// The keys of one identity provider: fetched when needed, kept while it cannot be reached.
final class IssuerKeys: Sendable {
    private struct State {
        var keys: ForeignKeySet?
        var schedule = KeySchedule()
        var underWay: Task<Void, Never>?
    }

    let issuer: String
    private let state = Mutex(State())
    /// Blocks; bounded in time and size by itself.
    private let fetch: @Sendable (String) throws -> [UInt8]
    private let threads: ThreadPool
    private let log: Log

    /// - Parameters:
    ///   - threads: Where `fetch` may block.
    ///   - fetch: The bytes at a URL.
    init(issuer: String, threads: ThreadPool, log: Log, fetch: @escaping @Sendable (String) throws -> [UInt8]) {
        self.issuer = issuer
        self.threads = threads
        self.log = log
        self.fetch = fetch
    }

    /// The keys to judge a token by that names `keyID`, the newest there are.
    /// - Throws: ``ApplianceError/identityProviderUnavailable(issuer:)`` while there have never been any.
    func keys(for keyID: String) async throws(ApplianceError) -> ForeignKeySet {
        let (step, running) = state.withLock { state in
            let knowsKey = state.keys?.knows(keyID) ?? false
            let step = state.schedule.step(knowsKey: knowsKey, now: .now)
            if step != .useWhatIsThere, state.underWay == nil {
                state.underWay = Task { [self] in await refresh() }
            }
            // Whoever comes while a fetch runs that may bring the key waits for the same one.
            return (step, knowsKey ? nil : state.underWay)
        }
        if step == .waitForFetch || running != nil { await running?.value }
        guard let keys = state.withLock({ $0.keys }) else { throw .identityProviderUnavailable(issuer: issuer) }
        return keys
    }

    /// Lets the first fetch begin before somebody waits for it.
    func begin() {
        state.withLock { state in
            guard state.schedule.step(knowsKey: false, now: .now) == .waitForFetch, state.underWay == nil else {
                return
            }
            state.underWay = Task { [self] in await refresh() }
        }
    }

    private func refresh() async {
        do {
            let keys = try await threads.run { [self] in try fetchKeys() }
            state.withLock { state in
                state.keys = keys
                state.schedule.succeeded(at: .now)
                state.underWay = nil
            }
            log.info("identity provider's keys fetched", ["issuer": issuer, "keys": "\(keys.count)"])
        } catch {
            state.withLock { $0.underWay = nil }
            log.warning("identity provider's keys not fetched", ["issuer": issuer, "reason": "\(error)"])
        }
    }

    private func fetchKeys() throws -> ForeignKeySet {
        let address = try metadata()
        guard let keys = ForeignKeySet(jwks: try fetch(address)) else {
            throw IdentityProviderError.unusable("what \(address) holds is no set of keys")
        }
        return keys
    }

    /// `jwks_uri` of the issuer's metadata: OpenID's place for it first, then that of RFC 8414.
    private func metadata() throws -> String {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        var places = [base + "/.well-known/openid-configuration"]
        if let origin = WebAddress(issuer) {
            places.append(
                origin.origin.description + "/.well-known/oauth-authorization-server" + WebAddress.path(of: base))
        }
        var first: (any Error)?
        for place in places {
            do {
                return try keyAddress(in: fetch(place), of: place)
            } catch let error as IdentityProviderError where error.isSilence {
                throw error
            } catch {
                first = first ?? error
            }
        }
        throw first ?? IdentityProviderError.unusable("\(issuer) is no address")
    }

    private func keyAddress(in bytes: [UInt8], of place: String) throws -> String {
        guard let metadata = try? JSONValue(parsing: bytes), let named = metadata["issuer"]?.stringValue,
            let address = metadata["jwks_uri"]?.stringValue
        else { throw IdentityProviderError.unusable("what \(place) holds is no metadata with issuer and jwks_uri") }
        guard named.utf8.elementsEqual(issuer.utf8) else {
            throw IdentityProviderError.unusable(
                "\(place) is the metadata of another issuer; write the issuer as it does")
        }
        return address
    }
}

/// Why an identity provider's keys cannot be had; for the log.
enum IdentityProviderError: Error, CustomStringConvertible {
    /// What it answers cannot be used.
    case unusable(String)
    /// It does not answer.
    case unreachable(url: String, reason: String)

    /// Whether asking at another path would only take as long again.
    var isSilence: Bool {
        if case .unreachable = self { true } else { false }
    }

    var description: String {
        switch self {
        case .unusable(let reason): reason
        case .unreachable(let url, let reason): "\(url): \(reason)"
        }
    }
}
