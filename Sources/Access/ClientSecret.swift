/// What an OAuth client shows at the token endpoint: `client_id` and `client_secret`, made once.
///
/// ```
/// client_id       crc_  <16 hexadecimal digits>      public
/// client_secret   crs_  <64 hexadecimal digits>      32 random bytes
/// ```
/// The box keeps ``secretHash`` alone; SHA-256 without salt or stretching is enough, since nobody can guess 32 random
/// bytes. Neither half holds a character that forms or HTTP Basic would have to escape.
public struct ClientSecret: Sendable {
    /// What every id begins with.
    public static let idPrefix = "crc_"
    /// What every secret begins with, by which scanners for leaked secrets find it.
    public static let secretPrefix = "crs_"
    private static let idDigits = 16
    private static let secretBytes = 32

    /// `client_id`.
    public let id: String
    private let secret: [UInt8]

    /// Makes a pair of random bytes.
    public init() {
        id = Self.idPrefix + Digest.hexadecimal(Digest.randomBytes(Self.idDigits / 2))
        secret = Digest.randomBytes(Self.secretBytes)
    }

    /// Reads what a client sent; nil for anything but the one spelling of a pair.
    public init?(id: String, secret text: String) {
        let digits = text.utf8.dropFirst(Self.secretPrefix.utf8.count)
        guard Self.isID(id), text.utf8.starts(with: Self.secretPrefix.utf8), digits.count == 2 * Self.secretBytes,
            let secret = Digest.decodeHexadecimal(digits)
        else { return nil }
        self.id = id
        self.secret = secret
    }

    /// `client_secret`, as its owner keeps it; shown once.
    public var text: String { Self.secretPrefix + Digest.hexadecimal(secret) }

    /// SHA-256 of the secret's bytes: all that the box keeps of it.
    public var secretHash: [UInt8] { Digest.sha256(secret) }

    /// Whether this is the secret whose hash was stored, in a time that does not tell how much of it is right.
    public func opens(_ storedHash: [UInt8]) -> Bool {
        Digest.constantTimeEquals(secretHash, storedHash)
    }

    /// Whether a text has the form of a client's id.
    public static func isID(_ text: String) -> Bool {
        text.utf8.count == idPrefix.utf8.count + idDigits && text.utf8.starts(with: idPrefix.utf8)
            && text.utf8.dropFirst(idPrefix.utf8.count).allSatisfy { Digest.hexadecimalDigit($0) != nil }
    }
}

extension ClientSecret: CustomStringConvertible, CustomReflectable {
    /// The id alone: a pair that is printed by mistake does not leak.
    public var description: String { id }

    /// The id alone, as in ``description``.
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
