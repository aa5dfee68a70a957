internal import JSON

/// What a token of this box says (DESIGN section 5).
///
/// Times are Unix seconds.
public struct TokenClaims: Sendable, Hashable {
    /// `tenant_id`: the tenant's name; `nil` for an operator.
    public var tenantName: String?
    /// `tenant_uid`: the tenant's immutable random id; `nil` for an operator.
    public var tenantUID: String?
    /// `user_id`: 1 to 256 bytes without control characters.
    public var userID: String
    /// `scope`.
    public var scopes: ScopeSet
    /// `iss`.
    public var issuer: String
    /// `aud`, one or more.
    public var audience: [String]
    /// `iat`.
    public var issuedAt: Int64
    /// `nbf`.
    public var notBefore: Int64
    /// `exp`.
    public var expiresAt: Int64
    /// `jti`: 1 to 128 of `A-Z a-z 0-9 _ -`.
    public var id: String
    /// `client_id`: the OAuth client it was issued to; `nil` for a token made on the command line.
    public var clientID: String?

    /// Claims of known values; they are checked when issued and when verified.
    public init(
        tenantName: String?, tenantUID: String?, userID: String, scopes: ScopeSet, issuer: String, audience: [String],
        issuedAt: Int64, notBefore: Int64, expiresAt: Int64, id: String, clientID: String? = nil
    ) {
        self.tenantName = tenantName
        self.tenantUID = tenantUID
        self.userID = userID
        self.scopes = scopes
        self.issuer = issuer
        self.audience = audience
        self.issuedAt = issuedAt
        self.notBefore = notBefore
        self.expiresAt = expiresAt
        self.id = id
        self.clientID = clientID
    }

    /// Whether this is the box's operator rather than somebody of a tenant.
    public var isOperator: Bool { scopes.contains(.operator) }

    /// The last second of the year 9999: times beyond it are refused, so sums with them cannot overflow.
    static let latestTime: Int64 = 253_402_300_799
    /// How far clocks may differ, in seconds.
    static let leeway: Int64 = 60

    // MARK: Reading

    /// Reads a payload, checking the type and form of every claim; the names match RFC 7519 and DESIGN section 5.
    init(_ object: JSONObject) throws(CredentialRejection) {
        func text(_ name: String) throws(CredentialRejection) -> String {
            guard case .string(let text)? = object[name] else { throw .claims(name) }
            return text
        }
        func time(_ name: String) throws(CredentialRejection) -> Int64 {
            guard case .integer(let time)? = object[name] else { throw .claims(name) }
            return time
        }
        guard let scopes = try? ScopeSet(parsing: try text("scope")) else { throw .claims("scope") }
        self.scopes = scopes
        // A claim of an operator that is there but null is still there.
        tenantName = object["tenant_id"] == nil ? nil : try text("tenant_id")
        tenantUID = object["tenant_uid"] == nil ? nil : try text("tenant_uid")
        userID = try text("user_id")
        issuer = try text("iss")
        switch object["aud"] {
        case .string(let one)?: audience = [one]
        case .array(let several)?:
            audience = several.compactMap(\.stringValue)
            guard audience.count == several.count else { throw .claims("aud") }
        default: throw .claims("aud")
        }
        issuedAt = try time("iat")
        notBefore = try time("nbf")
        expiresAt = try time("exp")
        id = try text("jti")
        clientID = object["client_id"] == nil ? nil : try text("client_id")
        if let name = malformedClaim { throw .claims(name) }
    }

    /// The first claim whose form is not allowed, or whose presence contradicts the scopes.
    package var malformedClaim: String? {
        if scopes.isEmpty { return "scope" }
        if isOperator {
            if scopes != .operator { return "scope" }
            if tenantName != nil { return "tenant_id" }
            if tenantUID != nil { return "tenant_uid" }
            if clientID != nil { return "client_id" }
        } else {
            guard let tenantName, (try? TenantName(tenantName)) != nil else { return "tenant_id" }
            guard let tenantUID, TokenClaims.isWord(tenantUID, limit: 64) else { return "tenant_uid" }
        }
        guard TokenClaims.isUserID(userID) else { return "user_id" }
        guard TokenClaims.isWord(id, limit: 128) else { return "jti" }
        if let clientID, !ClientSecret.isID(clientID) { return "client_id" }
        guard (1...16).contains(audience.count), audience.allSatisfy({ !$0.isEmpty }) else { return "aud" }
        for (name, time) in [("iat", issuedAt), ("nbf", notBefore), ("exp", expiresAt)] {
            guard (0...TokenClaims.latestTime).contains(time) else { return name }
        }
        return nil
    }

    /// Judges who the claims are for and when they hold.
    package func rejection(issuer box: String, acceptedAudiences: Set<String>, now: Int64) -> CredentialRejection? {
        // By bytes: `==` on String takes different spellings of one text as equal.
        func same(_ a: String, _ b: String) -> Bool { Digest.constantTimeEquals(a.utf8, b.utf8) }
        guard same(issuer, box) else { return .issuer }
        guard audience.contains(where: { name in same(name, box) || acceptedAudiences.contains { same(name, $0) } })
        else { return .audience }
        let now = min(max(now, 0), TokenClaims.latestTime)
        guard now < expiresAt + TokenClaims.leeway else { return .expired }
        guard notBefore <= now + TokenClaims.leeway, issuedAt <= now + TokenClaims.leeway else { return .notYetValid }
        return nil
    }

    /// Whether a text may name a user: 1 to 256 bytes without control characters.
    public static func isUserID(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    static func isWord(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    // MARK: Writing

    /// The payload as JSON.
    func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        if let tenantName { writer.member("tenant_id", tenantName) }
        if let tenantUID { writer.member("tenant_uid", tenantUID) }
        writer.member("user_id", userID)
        writer.member("scope", scopes.description)
        writer.member("iss", issuer)
        writer.member("aud", audience)
        writer.member("iat", issuedAt)
        writer.member("nbf", notBefore)
        writer.member("exp", expiresAt)
        writer.member("jti", id)
        if let clientID { writer.member("client_id", clientID) }
        writer.endObject()
        return writer.bytes
    }
}
