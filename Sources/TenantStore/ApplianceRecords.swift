/// Whether a tenant is served.
public enum TenantState: String, Sendable {
    case active
    case suspended
}

/// A tenant of the box.
public struct TenantRecord: Sendable, Equatable {
    /// The name, unique in its file.
    public var name: String
    /// Random and kept for life; a later tenant of the same name has another.
    public var uid: String
    /// The tier's name.
    public var tier: String
    /// Set when the tenant's rate is not its tier's.
    public var ratePerMinute: Double?
    /// Requests at once; `nil`: the tier's.
    public var burst: Double?
    /// Whether its credentials are served.
    public var state: TenantState
    /// Milliseconds since 1970.
    public var createdAt: Int64

    /// A tenant; see the properties for units.
    public init(
        name: String, uid: String, tier: String, ratePerMinute: Double? = nil, burst: Double? = nil,
        state: TenantState = .active, createdAt: Int64
    ) {
        self.name = name
        self.uid = uid
        self.tier = tier
        self.ratePerMinute = ratePerMinute
        self.burst = burst
        self.state = state
        self.createdAt = createdAt
    }
}

/// A token that was taken back.
public struct Revocation: Sendable, Equatable {
    /// The token's `jti`.
    public var tokenID: String
    /// Seconds since 1970, as in the token; later the row is not needed.
    public var expiresAt: Int64

    /// A revocation.
    public init(tokenID: String, expiresAt: Int64) {
        self.tokenID = tokenID
        self.expiresAt = expiresAt
    }
}

/// What is known about a signing key besides the key.
public struct SigningKeyRecord: Sendable, Equatable {
    /// The `kid` of its tokens.
    public var id: String
    /// The signature algorithm, as in JWT.
    public var algorithm: String
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// Milliseconds since 1970; `nil` while the key is in use.
    public var retiredAt: Int64?

    /// A key; see the properties for units.
    public init(id: String, algorithm: String, createdAt: Int64, retiredAt: Int64? = nil) {
        self.id = id
        self.algorithm = algorithm
        self.createdAt = createdAt
        self.retiredAt = retiredAt
    }
}

/// An API key as the box keeps it: enough to recognise it, nothing that would make one.
public struct APIKeyRecord: Sendable, Equatable {
    /// Names the key; public.
    public var id: String
    /// Whose documents it opens.
    public var tenantUID: String
    /// The name of that tenant now; not stored with the key.
    public var tenantName: String
    /// Whom it stands for inside the tenant.
    public var user: String
    /// Separated by spaces.
    public var scopes: String
    /// SHA-256 of the secret.
    public var secretHash: [UInt8]
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// Seconds since 1970.
    public var expiresAt: Int64
    /// Milliseconds since 1970; `nil` while it was not taken back.
    public var revokedAt: Int64?
    /// When it ends or ended, in seconds since 1970.
    public var endedAt: Int64 { min(expiresAt, revokedAt.map { $0 / 1000 } ?? expiresAt) }

    /// A key; see the properties for units.
    public init(
        id: String, tenantUID: String, tenantName: String, user: String, scopes: String, secretHash: [UInt8],
        createdAt: Int64, expiresAt: Int64, revokedAt: Int64? = nil
    ) {
        self.id = id
        self.tenantUID = tenantUID
        self.tenantName = tenantName
        self.user = user
        self.scopes = scopes
        self.secretHash = secretHash
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }
}
