internal import COpenSSL
internal import JSON

/// One key that signs agent cards: a pair on the curve P-256, named by its thumbprint.
///
/// No token is ever signed or judged by it: tokens know RS256 and the keys of ``KeyRing`` alone.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is never changed after `init`, and OpenSSL 3 allows any number of threads to sign with
/// one unchanging `EVP_PKEY`, each call having its own `EVP_MD_CTX` (openssl-threads(7)).
final class CardKey: @unchecked Sendable {
    /// `kid`: RFC 7638 thumbprint of the public half.
    let id: String
    /// When it was made, in Unix seconds; the newest signs.
    let createdAt: Int64
    private let x: String
    private let y: String
    private let pair: OpaquePointer

    private static let createdPrefix = "Created: "
    /// Bytes of a coordinate, and of each half of a signature.
    private static let width = 32

    private init(owning pair: OpaquePointer, createdAt: Int64) throws(AccessError) {
        var adopted = false
        defer { if !adopted { EVP_PKEY_free(pair) } }
        guard EVP_PKEY_is_a(pair, "EC") == 1, EVP_PKEY_get_bits(pair) == 256 else {
            throw .cryptography(operation: "use a card key that is not on P-256")
        }
        x = Digest.base64URL(try Self.coordinate(pair, OSSL_PKEY_PARAM_EC_PUB_X))
        y = Digest.base64URL(try Self.coordinate(pair, OSSL_PKEY_PARAM_EC_PUB_Y))
        id = Digest.base64URL(
            Digest.sha256(Array(#"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#.utf8)))
        self.createdAt = createdAt
        self.pair = pair
        adopted = true
    }

    deinit { EVP_PKEY_free(pair) }

    static func generate(createdAt: Int64) throws(AccessError) -> CardKey {
        guard let pair = carrel_p256_generate() else {
            ERR_clear_error()
            throw .cryptography(operation: "generate a P-256 key")
        }
        return try CardKey(owning: pair, createdAt: createdAt)
    }

    /// Reads a key file: `Created: <Unix seconds>`, then the key as PEM (PKCS #8, not encrypted).
    convenience init(file bytes: [UInt8], path: String) throws(AccessError) {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let text = String(decoding: line.prefix(64), as: UTF8.self)
        guard text.hasPrefix(Self.createdPrefix), let createdAt = Int64(text.dropFirst(Self.createdPrefix.count)) else {
            throw .corruptFile(path: path, reason: "its first line is not 'Created: ' and a time")
        }
        let pair: OpaquePointer? = bytes.withUnsafeBytes { buffer in
            guard let memory = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
            defer { BIO_free(memory) }
            // Without a callback OpenSSL would ask the terminal for the password of an encrypted key.
            return PEM_read_bio_PrivateKey(memory, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let pair else {
            ERR_clear_error()
            throw .corruptFile(path: path, reason: "it holds no readable private key")
        }
        try self.init(owning: pair, createdAt: createdAt)
    }

    /// The bytes that ``init(file:path:)`` reads.
    func fileBytes() throws(AccessError) -> [UInt8] {
        guard let memory = BIO_new(BIO_s_secmem()) else { throw .cryptography(operation: "allocate memory") }
        defer { BIO_free(memory) }
        var start: UnsafeMutablePointer<CChar>?
        guard PEM_write_bio_PKCS8PrivateKey(memory, pair, nil, nil, 0, nil, nil) == 1 else {
            ERR_clear_error()
            throw .cryptography(operation: "write a private key")
        }
        let count = carrel_bio_bytes(memory, &start)
        guard let start, count > 0 else { throw .cryptography(operation: "write a private key") }
        let pem = UnsafeRawBufferPointer(start: start, count: count)
        return Array("\(Self.createdPrefix)\(createdAt)\n".utf8) + Array(pem)
    }

    /// ES256 (RFC 7518, section 3.4): SHA-256 of `input`, the two halves of the signature side by side, 64 bytes.
    func sign(_ input: [UInt8]) throws(AccessError) -> [UInt8] {
        var encoded = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(pair)))
        var length = encoded.count
        guard let context = EVP_MD_CTX_new() else { throw .cryptography(operation: "allocate memory") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, pair) == 1,
            EVP_DigestSign(context, &encoded, &length, input, input.count) == 1
        else {
            ERR_clear_error()
            throw .cryptography(operation: "sign")
        }
        // OpenSSL gives the halves as ASN.1.
        let parsed = encoded.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &position, length)
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

    private static func coordinate(_ pair: OpaquePointer, _ name: String) throws(AccessError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pair, name, &number) == 1, let number else {
            ERR_clear_error()
            throw .cryptography(operation: "read a public key")
        }
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: width)
        guard BN_bn2binpad(number, &bytes, Int32(width)) == width else {
            throw .cryptography(operation: "read a public key")
        }
        return bytes
    }
}
