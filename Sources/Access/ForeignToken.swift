internal import JSON

/// What a token of an external identity provider says, once it was found good.
public struct ForeignClaims: Sendable, Equatable {
    /// `iss`.
    public var issuer: String
    /// The tenant it is for, by name; whether there is one the box knows.
    public var tenantName: String
    /// Whom it stands for.
    public var userID: String
    /// What it may do: perhaps nothing, and never what the operator may.
    public var scopes: ScopeSet
    /// `exp`, in Unix seconds.
    public var expiresAt: Int64
    /// Names the token in records: its `jti`, or a hash.
    public var id: String

    /// Claims of known values; see the properties.
    public init(
        issuer: String, tenantName: String, userID: String, scopes: ScopeSet, expiresAt: Int64, id: String
    ) {
        self.issuer = issuer
        self.tenantName = tenantName
        self.userID = userID
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.id = id
    }
}

/// A token that is not of this box: taken apart, its header judged, its signature not checked yet.
public struct ForeignToken: Sendable {
    /// The issuer it claims; only to look up whose keys to ask.
    public let claimedIssuer: String
    /// Which of them it names.
    public var keyID: String { parts.keyID }
    private let parts: CompactJWT
    private let hash: [UInt8]

    /// Takes a token apart.
    /// - Throws: ``CredentialRejection`` for the form, and for a header that could steer its own verification.
    public init(_ token: String, rules: ForeignTokenRules) throws(CredentialRejection) {
        parts = try CompactJWT(token, algorithms: SignatureAlgorithm.allCases)
        guard let issuer = try parts.payloadObject()["iss"]?.stringValue, rules.trusts(issuer) else { throw .issuer }
        claimedIssuer = issuer
        hash = Digest.sha256(token.utf8)
    }

    /// Judges signature, then claims.
    /// - Parameters:
    ///   - keys: Those of ``claimedIssuer``.
    ///   - resource: The box's own resource URI, which is always an audience.
    ///   - now: Unix seconds.
    public func claims(
        keys: ForeignKeySet, rules: ForeignTokenRules, resource: String, now: Int64
    ) throws(CredentialRejection) -> ForeignClaims {
        guard keys.knows(keyID) else { throw .unknownKey }
        guard keys.isGenuine(parts, hash: hash) else { throw .signature }
        return try rules.claims(parts.payloadObject(), tokenHash: hash, resource: resource, now: now)
    }
}
