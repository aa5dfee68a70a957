internal import COpenSSL
internal import JSON

/// One key that signs agent cards: a pair on the curve P-256, named by its thumbprint.
///
/// No token is ever signed or judged by it: tokens know RS256 and the keys of ``KeyRing`` alone.
final class CardKey: Sendable {
    /// `kid`: RFC 7638 thumbprint of the public half.
    let id: String
    private let x: String
    private let y: String
    private let key: PrivateKey

    /// When it was made, in Unix seconds; the newest signs.
    var createdAt: Int64 { key.createdAt }

    /// Bytes of a coordinate, and of each half of a signature.
    private static let width = 32

    private init(_ key: PrivateKey) throws(AccessError) {
        guard EVP_PKEY_is_a(key.pair, "EC") == 1, EVP_PKEY_get_bits(key.pair) == 256 else {
            throw .cryptography(operation: "use a card key that is not on P-256")
        }
        x = Digest.base64URL(try key.number(OSSL_PKEY_PARAM_EC_PUB_X, width: Self.width))
        y = Digest.base64URL(try key.number(OSSL_PKEY_PARAM_EC_PUB_Y, width: Self.width))
        id = Digest.base64URL(
            Digest.sha256(Array(#"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#.utf8)))
        self.key = key
    }

    static func generate(createdAt: Int64) throws(AccessError) -> CardKey {
        guard let pair = carrel_p256_generate() else {
            ERR_clear_error()
            throw .cryptography(operation: "generate a P-256 key")
        }
        return try CardKey(PrivateKey(owning: pair, createdAt: createdAt))
    }

    /// Reads a key file.
    convenience init(file bytes: [UInt8], path: String) throws(AccessError) {
        try self.init(PrivateKey(file: bytes, path: path))
    }

    /// The bytes that ``init(file:path:)`` reads.
    func fileBytes() throws(AccessError) -> [UInt8] { try key.fileBytes() }

    /// ES256 (RFC 7518, section 3.4): SHA-256 of `input`, the two halves of the signature side by side, 64 bytes.
    func sign(_ input: [UInt8]) throws(AccessError) -> [UInt8] {
        // OpenSSL gives the halves as ASN.1.
        let encoded = try key.sign(input)
        let parsed = encoded.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &position, buffer.count)
        }
        guard let parsed else { throw .cryptography(operation: "sign") }
        defer { ECDSA_SIG_free(parsed) }
        var signature = [UInt8](repeating: 0, count: 2 * Self.width)
        let isWhole = signature.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return BN_bn2binpad(ECDSA_SIG_get0_r(parsed), start, Int32(Self.width)) == Self.width
                && BN_bn2binpad(ECDSA_SIG_get0_s(parsed), start + Self.width, Int32(Self.width)) == Self.width
        }
        guard isWhole else { throw .cryptography(operation: "sign") }
        return signature
    }

    /// Writes the public half as a member of a JWK set.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kty", "EC")
        writer.member("crv", "P-256")
        writer.member("use", "sig")
        writer.member("alg", "ES256")
        writer.member("kid", id)
        writer.member("x", x)
        writer.member("y", y)
        writer.endObject()
    }
}
