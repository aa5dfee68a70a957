internal import JSON

/// What a token of an external identity provider must say to be taken, and what its claims mean here.
public struct ForeignTokenRules: Sendable, Equatable {
    /// The issuers trusted, each to the byte as its tokens' `iss`.
    public var issuers: [String] = []
    /// What `aud` may hold, beside this box's resource URI.
    public var audiences: Set<String> = []
    /// The claim that names the tenant: a name, or a path of names between dots.
    public var tenantClaim = "tenant_id"
    /// Values of the tenant's claim and the tenants they mean; if any are given, no other value means one.
    public var tenants: [String: String] = [:]
    /// The claim that names the user.
    public var userClaim = "sub"
    /// What stands before a scope's name, such as `api://carrel/`; names without it are taken too.
    public var scopePrefix = ""
    /// By claim and value of it (`groups`, `realm_access.roles`, `azp`, …), what these are worth here.
    public var grants: [String: [String: ScopeSet]] = [:]
    /// What a token is worth that names no scope of ours and matches no grant.
    public var defaultScopes = ScopeSet()

    /// Rules that trust nobody.
    public init() {}

    /// Judges verified claims.
    /// - Parameters:
    ///   - resource: The box's own resource URI, which is always an audience.
    ///   - now: Unix seconds.
    func claims(
        _ object: JSONObject, tokenHash: [UInt8], resource: String, now: Int64
    ) throws(CredentialRejection) -> ForeignClaims {
        guard let issuer = object["iss"]?.stringValue, trusts(issuer) else { throw .issuer }
        try checkAudience(object["aud"], resource: resource)
        let expiresAt = try checkTimes(object, now: now)
        let scopes = try scopes(object)
        return ForeignClaims(
            issuer: issuer, tenantName: try tenant(object), userID: try user(object, issuer: issuer), scopes: scopes,
            expiresAt: expiresAt, id: Self.id(object, tokenHash: tokenHash))
    }

    /// Whether an issuer is one of ours, by bytes.
    func trusts(_ issuer: String) -> Bool { issuers.contains { $0.utf8.elementsEqual(issuer.utf8) } }

    private func checkAudience(_ claim: JSONValue?, resource: String) throws(CredentialRejection) {
        let named: [String]
        switch claim {
        case .string(let one)?: named = [one]
        case .array(let several)? where (1...64).contains(several.count):
            named = several.compactMap(\.stringValue)
            guard named.count == several.count else { throw .claims("aud") }
        default: throw .claims("aud")
        }
        let accepted = audiences.union([resource])
        guard named.contains(where: { name in accepted.contains { $0.utf8.elementsEqual(name.utf8) } }) else {
            throw .audience
        }
    }

    /// - Returns: `exp`.
    private func checkTimes(_ object: JSONObject, now: Int64) throws(CredentialRejection) -> Int64 {
        func time(_ name: String) throws(CredentialRejection) -> Int64? {
            guard let claim = object[name] else { return nil }
            // RFC 7519 allows fractions of a second.
            guard let seconds = claim.doubleValue, (0...Double(TokenClaims.latestTime)).contains(seconds) else {
                throw .claims(name)
            }
            return Int64(seconds)
        }
        guard let expiresAt = try time("exp") else { throw .claims("exp") }
        let now = min(max(now, 0), TokenClaims.latestTime)
        guard now < expiresAt + TokenClaims.leeway else { throw .expired }
        for name in ["nbf", "iat"] {
            guard try time(name) ?? 0 <= now + TokenClaims.leeway else { throw .notYetValid }
        }
        return expiresAt
    }

    private func tenant(_ object: JSONObject) throws(CredentialRejection) -> String {
        guard let value = Self.claim(tenantClaim, of: object)?.stringValue else { throw .claims(tenantClaim) }
        // A text with another spelling of the same letters is another value.
        let mapped = tenants.first { $0.key.utf8.elementsEqual(value.utf8) }?.value
        let name = tenants.isEmpty ? value : mapped
        guard let name, (try? TenantName(name)) != nil else { throw .claims(tenantClaim) }
        return name
    }

    /// With several issuers a user's name says whose it is: the same `sub` of two of them are two users.
    private func user(_ object: JSONObject, issuer: String) throws(CredentialRejection) -> String {
        guard let name = Self.claim(userClaim, of: object)?.stringValue, !name.isEmpty else { throw .claims(userClaim) }
        let user = issuers.count > 1 ? "\(issuer)|\(name)" : name
        guard TokenClaims.isUserID(user) else { throw .claims(userClaim) }
        return user
    }

    private func scopes(_ object: JSONObject) throws(CredentialRejection) -> ScopeSet {
        var found = ScopeSet()
        for name in ["scope", "scp", "permissions"] {
            for words in try Self.words(object[name], claim: name) {
                for word in words.split(separator: " ") {
                    if let scope = Scope(named: withoutPrefix(word)) { found.formUnion(ScopeSet([scope])) }
                }
            }
        }
        for (name, values) in grants {
            for value in try Self.words(Self.claim(name, of: object), claim: name) {
                for (granted, scopes) in values where granted.utf8.elementsEqual(value.utf8) { found.formUnion(scopes) }
            }
        }
        if found.isEmpty { found = defaultScopes }
        // Whoever runs the box does so by its own credentials.
        return found.subtracting(.operator)
    }

    private func withoutPrefix(_ word: Substring) -> Substring {
        !scopePrefix.isEmpty && word.utf8.starts(with: scopePrefix.utf8)
            ? Substring(word.utf8.dropFirst(scopePrefix.utf8.count)) : word
    }

    /// A text or a list of texts; a claim that is not there is an empty list.
    private static func words(_ value: JSONValue?, claim: String) throws(CredentialRejection) -> [String] {
        switch value {
        case nil, .null?: return []
        case .string(let text)?: return [text]
        case .array(let list)?:
            let words = list.compactMap(\.stringValue)
            guard words.count == list.count else { throw .claims(claim) }
            return words
        default: throw .claims(claim)
        }
    }

    /// A claim by its name, or by the names on the way to it between dots.
    ///
    /// The whole name goes first: some providers use URLs as names.
    private static func claim(_ name: String, of object: JSONObject) -> JSONValue? {
        if let value = object[name] { return value }
        var value = JSONValue.object(object)
        for part in name.split(separator: ".") {
            guard let next = value[String(part)] else { return nil }
            value = next
        }
        return value
    }

    /// `jti` where it is fit for records, else a name made of the token's hash.
    private static func id(_ object: JSONObject, tokenHash: [UInt8]) -> String {
        if let id = object["jti"]?.stringValue, TokenClaims.isWord(id, limit: 128) { return id }
        return "sha256-" + Digest.hexadecimal(tokenHash.prefix(16))
    }
}
