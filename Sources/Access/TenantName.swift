/// A tenant's name, checked once: `[a-z0-9][a-z0-9-]{0,62}`.
///
/// Safe as a folder name, in a URL and in a log line.
public struct TenantName: Sendable, Hashable {
    /// The name as written.
    public let rawValue: String

    /// Checks the name.
    /// - Throws: ``AccessError/invalidTenantName(_:)``.
    public init(_ name: String) throws(AccessError) {
        let bytes = Array(name.utf8.prefix(64))
        let isValid =
            (1...63).contains(bytes.count)
            && bytes.first != UInt8(ascii: "-")
            && bytes.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
        guard isValid else { throw .invalidTenantName(name) }
        rawValue = name
    }
}

extension TenantName: CustomStringConvertible {
    /// The name as written.
    public var description: String { rawValue }
}

extension TenantName: Comparable {
    /// By bytes.
    public static func < (left: TenantName, right: TenantName) -> Bool { left.rawValue < right.rawValue }
}

/// A tenant as a credential names it: the name people read, and the random id that outlives no deletion.
///
/// A deleted tenant's credentials never open a later one of the same name, because the ids differ.
public struct TenantIdentity: Sendable, Hashable {
    /// The name at the time the credential was made.
    public var name: TenantName
    /// Random and immutable: 1 to 64 of `A-Z a-z 0-9 _ -`.
    public var uid: String

    /// Names a tenant.
    ///
    /// The id is checked when a token is issued.
    public init(name: TenantName, uid: String) {
        self.name = name
        self.uid = uid
    }

    /// A new tenant id: 32 hexadecimal digits, 128 random bits.
    public static func makeUID() -> String { Digest.hexadecimal(Digest.randomBytes(16)) }
}
