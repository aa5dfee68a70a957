internal import Glibc
internal import JSON
internal import Synchronization

/// The box's signing keys and identity, kept in one private folder (0700).
///
/// ```
/// signing-keys/
///   box-id            32 hexadecimal digits, made once
///   <kid>.pem         0600: "Created: <Unix seconds>", then a private key as PEM; kid = RFC 7638 thumbprint
///   <kid>.retired     0600: the same two lines for a key that signs and verifies no more; no key material
/// ```
/// The newest key signs; every key that is not retired verifies. A file that is a symbolic link, belongs to somebody else, can
/// be read by others, or holds another key than its name says is refused. Changes by other processes are taken up by
/// ``reloadIfChanged()``.
public final class KeyRing: Sendable {
    /// What `carrel keys list` shows of a key.
    public struct KeyInfo: Sendable, Hashable {
        /// `kid`.
        public var id: String
        /// Unix seconds.
        public var createdAt: Int64
        /// Whether new tokens are signed with it.
        public var isSigning: Bool
        /// Whether it has been retired.
        public var isRetired: Bool
    }

    /// What a good signature covers: claims, and by which key.
    private struct SignedClaims: Sendable {
        let keyID: String
        let claims: TokenClaims
    }

    /// The folder.
    public let directory: String
    /// Random, made together with the first key.
    public let boxID: String
    /// `iss` of every token, and always one of its `aud`: `carrel:<boxID>`.
    public let issuer: String

    private let state: Mutex<KeyFolder.Content>
    private let signatures = SignatureCache<SignedClaims>()

    private init(directory: String, boxID: String, content: KeyFolder.Content) {
        self.directory = directory
        self.boxID = boxID
        issuer = "carrel:" + boxID
        state = Mutex(content)
    }

    /// Opens the folder, making it, the box id and a first RSA-2048 key where they are missing.
    /// - Throws: ``AccessError`` naming the file that cannot be used; nothing is repaired or skipped silently.
    public static func open(_ directory: String) throws(AccessError) -> KeyRing {
        let folder = KeyFolder(try PrivateDirectory.creating(directory))
        try folder.directory.lock()
        try folder.removeLeftovers()
        let boxID = try folder.boxID()
        var content = try folder.content(reusing: [:])
        if let problem = content.problem { throw problem }
        if content.keys.isEmpty {
            try folder.add(SigningKey.generate(createdAt: currentTime()))
            content = try folder.content(reusing: [:])
        }
        return KeyRing(directory: directory, boxID: boxID, content: content)
    }

    // MARK: Keys

    /// All keys, newest first, retired ones last.
    public func keys() -> [KeyInfo] {
        state.withLock { content in
            let active = content.newestFirst.enumerated().map { position, key in
                KeyInfo(id: key.id, createdAt: key.createdAt, isSigning: position == 0, isRetired: false)
            }
            let retired = content.retired.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { id, createdAt in
                KeyInfo(id: id, createdAt: createdAt, isSigning: false, isRetired: true)
            }
            return active + retired
        }
    }

    /// Makes a new key, which signs from now on; the others go on verifying.
    /// - Returns: Its id.
    @discardableResult
    public func rotate() throws(AccessError) -> String {
        let folder = KeyFolder(try PrivateDirectory(directory))
        try folder.directory.lock()
        let current = try folder.content(reusing: state.withLock { $0.keys })
        // Two rotations within one second still have an order.
        let latest = current.newestFirst.first?.createdAt ?? 0
        let key = try SigningKey.generate(
            createdAt: max(KeyRing.currentTime(), min(latest + 1, TokenClaims.latestTime)))
        try folder.add(key)
        try take(folder.content(reusing: [key.id: key].merging(current.keys) { new, _ in new }))
        return key.id
    }

    /// Ends a key: its tokens are refused from now on and its private half is deleted.
    /// - Throws: ``AccessError/unknownKey(_:)``, ``AccessError/lastKey(_:)``.
    public func retire(_ id: String) throws(AccessError) {
        let folder = KeyFolder(try PrivateDirectory(directory))
        try folder.directory.lock()
        let current = try folder.content(reusing: state.withLock { $0.keys })
        guard let key = current.keys[id] else { throw .unknownKey(id) }
        guard current.keys.count > 1 else { throw .lastKey(id) }
        try folder.retire(key)
        try take(folder.content(reusing: current.keys))
    }

    /// Takes up what another process changed in the folder; one `stat` when nothing did.
    ///
    /// Keys that can be read are taken, keys that are gone or retired are dropped, even when another file is refused. A folder
    /// that cannot be opened leaves everything as it was.
    /// - Returns: Whether the set of keys changed.
    /// - Throws: ``AccessError``, once per change of the folder.
    @discardableResult
    public func reloadIfChanged() throws(AccessError) -> Bool {
        let folder = KeyFolder(try PrivateDirectory(directory))
        let stamp = try folder.directory.stamp()
        let known = state.withLock { $0.stamp == stamp && $0.wasSettled ? nil : $0.keys }
        guard let known else { return false }
        return try take(folder.content(reusing: known))
    }

    /// Publishes what was read.
    ///
    /// A reading that was overtaken by another thread's carries an older stamp, so the next reload reads again.
    @discardableResult
    private func take(_ content: KeyFolder.Content) throws(AccessError) -> Bool {
        let (isChanged, isNewProblem) = state.withLock { current in
            defer { current = content }
            return (
                current.keys.keys != content.keys.keys || current.retired != content.retired,
                current.problem != content.problem
            )
        }
        if isNewProblem, let problem = content.problem { throw problem }
        return isChanged
    }

    /// The public halves of all active keys as a JWK set (RFC 7517), newest first.
    /// - Parameter cardKeys: Listed behind them; each key says by `alg` what it is for.
    public func jwks(with cardKeys: CardKeys? = nil) -> [UInt8] {
        let keys = state.withLock { $0.newestFirst }
        var writer = JSONWriter(reservingCapacity: 512 * (keys.count + 1))
        writer.beginObject()
        writer.key("keys")
        writer.beginArray()
        for key in keys { key.webKey.write(to: &writer) }
        cardKeys?.write(to: &writer)
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    // MARK: Tokens

    /// Claims of a new token of this box, with a random `jti` and `aud` = issuer and then `extraAudiences`.
    /// - Parameters:
    ///   - tenant: `nil` for the operator, whose only scope is then ``ScopeSet/operator``.
    ///   - ttl: Whole seconds count; taken as at least one.
    ///   - now: Unix seconds.
    ///   - clientID: The OAuth client that asks, with whose registration the token ends.
    public func makeClaims(
        tenant: TenantIdentity?, userID: String, scopes: ScopeSet, ttl: Duration, now: Int64,
        extraAudiences: [String] = [], clientID: String? = nil
    ) -> TokenClaims {
        let now = min(max(now, 0), TokenClaims.latestTime)
        let seconds = min(max(ttl.components.seconds, 1), TokenClaims.latestTime - now)
        return TokenClaims(
            tenantName: tenant?.name.rawValue, tenantUID: tenant?.uid, userID: userID, scopes: scopes, issuer: issuer,
            audience: [issuer] + extraAudiences.filter { $0 != issuer }, issuedAt: now, notBefore: now,
            expiresAt: now + seconds, id: Digest.hexadecimal(Digest.randomBytes(16)), clientID: clientID)
    }

    /// Signs claims with the newest key.
    /// - Throws: ``AccessError/invalidClaims(_:)`` for what ``verify(_:acceptedAudiences:now:)`` would refuse,
    ///   ``AccessError/noSigningKey(directory:)``.
    /// - Complexity: One RSA signature, about 1 ms.
    public func issue(_ claims: TokenClaims) throws(AccessError) -> String {
        if let name = claims.malformedClaim { throw .invalidClaims(name) }
        guard claims.issuer == issuer else { throw .invalidClaims("iss") }
        guard claims.audience.contains(issuer) else { throw .invalidClaims("aud") }
        guard let key = state.withLock({ $0.newestFirst.first }) else { throw .noSigningKey(directory: directory) }
        let input = Digest.base64URL(CompactJWT.header(keyID: key.id)) + "." + Digest.base64URL(claims.encoded())
        let token = input + "." + Digest.base64URL(try key.sign(Array(input.utf8)))
        guard token.utf8.count <= CompactJWT.sizeLimit else { throw .invalidClaims("set of claims (over 8 KiB)") }
        return token
    }

    /// Judges a token: form, header, key, signature, then every claim.
    ///
    /// Revocation, the tenant's id and its state are the caller's.
    ///
    /// RS256 only, by a key of this box that its header names; clocks may differ by 60 s. The signature's result is
    /// remembered for 1,024 tokens with the claims it covers; whether the key still counts and what the claims mean now is
    /// judged each time. An unknown `kid` looks into the folder first, so that a token
    /// signed with a key made a moment ago by the command line works at once.
    /// - Parameters:
    ///   - acceptedAudiences: Resource URIs that stand for this box beside its issuer.
    ///   - now: Unix seconds.
    public func verify(
        _ token: String, acceptedAudiences: Set<String>, now: Int64
    ) -> Result<TokenClaims, CredentialRejection> {
        do throws(CredentialRejection) {
            let claims = try signedClaims(token)
            let rejection = claims.rejection(issuer: issuer, acceptedAudiences: acceptedAudiences, now: now)
            if let rejection { throw rejection }
            return .success(claims)
        } catch {
            return .failure(error)
        }
    }

    /// The claims of a token that a key of this box has signed which still counts.
    private func signedClaims(_ token: String) throws(CredentialRejection) -> TokenClaims {
        guard token.utf8.count <= CompactJWT.sizeLimit else { throw .malformed }
        let hash = Digest.sha256(token.utf8)
        if let known = signatures[hash] {
            guard activeKey(known.keyID) != nil else { throw .unknownKey }
            return known.claims
        }
        let parts = try CompactJWT(token)
        guard let key = activeKey(parts.keyID) else { throw .unknownKey }
        guard key.isValid(signature: parts.signature, over: parts.signingInput) else { throw .signature }
        let claims = try parts.claims()
        signatures.remember(SignedClaims(keyID: parts.keyID, claims: claims), tokenHash: hash)
        return claims
    }

    private func activeKey(_ id: String) -> SigningKey? {
        if let key = state.withLock({ $0.keys[id] }) { return key }
        // A folder that cannot be read is reported by the caller's own reload; here the key is simply not known.
        guard (try? reloadIfChanged()) == true else { return nil }
        return state.withLock { $0.keys[id] }
    }

    /// How many signatures are remembered, for tests.
    package var rememberedSignatureCount: Int { signatures.count }

    private static func currentTime() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec)
    }
}
