/// An OAuth client as the box keeps it: enough to recognise it, nothing by which to stand for it.
public struct ClientRecord: Sendable, Equatable {
    /// `client_id`; public.
    public var id: String
    /// Whose documents its tokens open.
    public var tenantUID: String
    /// The name of that tenant now; not stored with the client.
    public var tenantName: String
    /// Whom its tokens stand for inside the tenant.
    public var user: String
    /// The most its tokens may do, separated by spaces.
    public var scopes: String
    /// SHA-256 of the secret: 32 bytes.
    public var secretHash: [UInt8]
    /// How long one of its tokens is good.
    public var tokenSeconds: Int64
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// Seconds since 1970.
    public var expiresAt: Int64
    /// Milliseconds since 1970; `nil` while it was not taken back.
    public var revokedAt: Int64?
    /// When it ends or ended, in seconds since 1970.
    public var endedAt: Int64 { min(expiresAt, revokedAt.map { $0 / 1000 } ?? expiresAt) }

    /// A client; see the properties for units.
    public init(
        id: String, tenantUID: String, tenantName: String, user: String, scopes: String, secretHash: [UInt8],
        tokenSeconds: Int64, createdAt: Int64, expiresAt: Int64, revokedAt: Int64? = nil
    ) {
        self.id = id
        self.tenantUID = tenantUID
        self.tenantName = tenantName
        self.user = user
        self.scopes = scopes
        self.secretHash = secretHash
        self.tokenSeconds = tokenSeconds
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }
}
