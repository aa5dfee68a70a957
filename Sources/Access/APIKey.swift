/// A credential for programs: `crl_<id>_<secret>`, made once and never readable again from what is stored.
///
/// ```
/// crl_  <16 hexadecimal digits>  _  <64 hexadecimal digits>
///       the id, public               the secret, 32 random bytes
/// ```
/// Lower-case digits alone: one key has one spelling, a double click selects all of it, and scanners for leaked secrets
/// find it by its beginning. The box keeps ``secretHash``; SHA-256 without salt or stretching is enough, since nobody
/// can guess 32 random bytes.
public struct APIKey: Sendable {
    /// What every key begins with; no token of ours does.
    public static let prefix = "crl_"
    private static let idDigits = 16
    private static let secretBytes = 32

    /// Names the key in lists, logs and audit rows: `crl_<id>`.
    public let id: String
    private let secret: [UInt8]

    /// Makes a key of random bytes.
    public init() {
        id = Self.prefix + Digest.hexadecimal(Digest.randomBytes(Self.idDigits / 2))
        secret = Digest.randomBytes(Self.secretBytes)
    }

    /// Reads a key; nil for anything but its one spelling.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8.prefix(Self.length + 1))
        let border = Self.prefix.utf8.count + Self.idDigits
        guard bytes.count == Self.length, bytes[border] == UInt8(ascii: "_"),
            let id = String(validating: bytes[..<border], as: UTF8.self), Self.isID(id),
            let secret = Digest.decodeHexadecimal(bytes[(border + 1)...])
        else { return nil }
        self.id = id
        self.secret = secret
    }

    /// The key as its owner keeps it; shown once.
    public var text: String { id + "_" + Digest.hexadecimal(secret) }

    /// SHA-256 of the secret: 32 bytes, all that the box keeps of it.
    public var secretHash: [UInt8] { Digest.sha256(secret) }

    /// Whether this is the key whose hash was stored, in a time that does not tell how much of it is right.
    public func opens(_ storedHash: [UInt8]) -> Bool {
        Digest.constantTimeEquals(secretHash, storedHash)
    }

    /// Whether a text has the form of a key's id.
    public static func isID(_ text: String) -> Bool {
        text.utf8.count == prefix.utf8.count + idDigits && text.utf8.starts(with: prefix.utf8)
            && text.utf8.dropFirst(prefix.utf8.count).allSatisfy { Digest.hexadecimalDigit($0) != nil }
    }

    private static let length = prefix.utf8.count + idDigits + 1 + 2 * secretBytes
}

extension APIKey: CustomStringConvertible, CustomReflectable {
    /// The id alone: a key that is printed by mistake does not leak.
    public var description: String { id }

    /// The id alone, as in ``description``.
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
