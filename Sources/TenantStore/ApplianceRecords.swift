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
