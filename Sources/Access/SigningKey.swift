internal import COpenSSL

/// One RSA key pair of this box, named by its thumbprint.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is never changed after `init`, and OpenSSL 3 allows any number of threads to sign
/// and verify with one unchanging `EVP_PKEY`, each call having its own `EVP_MD_CTX` (openssl-threads(7); blinding is locked
/// inside).
package final class SigningKey: @unchecked Sendable {
    /// The key's public half, whose thumbprint is the key id.
    package let webKey: JSONWebKey
    /// `kid`: RFC 7638 thumbprint of ``webKey``.
    package let id: String
    /// When it was made, in Unix seconds; the newest signs.
    let createdAt: Int64
    private let pair: OpaquePointer

    private init(owning pair: OpaquePointer, createdAt: Int64) throws(AccessError) {
        var adopted = false
        defer { if !adopted { EVP_PKEY_free(pair) } }
        guard EVP_PKEY_is_a(pair, "RSA") == 1, (2048...8192).contains(EVP_PKEY_get_bits(pair)) else {
            throw .cryptography(operation: "use a key that is not RSA of 2048 to 8192 bits")
        }
        webKey = JSONWebKey(
            modulus: try SigningKey.number(pair, OSSL_PKEY_PARAM_RSA_N),
            exponent: try SigningKey.number(pair, OSSL_PKEY_PARAM_RSA_E))
        id = webKey.thumbprint
        self.createdAt = createdAt
        self.pair = pair
        adopted = true
    }

    deinit { EVP_PKEY_free(pair) }

    /// A new key of 2,048 bits; takes up to a second.
    static func generate(createdAt: Int64) throws(AccessError) -> SigningKey {
        guard let pair = carrel_rsa_generate(2048) else {
            ERR_clear_error()
            throw .cryptography(operation: "generate an RSA key")
        }
        return try SigningKey(owning: pair, createdAt: createdAt)
    }

    // MARK: Files

    /// The first line of a key file.
    ///
    /// PEM readers skip what stands before `-----BEGIN`.
    private static let createdPrefix = "Created: "

    /// Reads a key file: `Created: <Unix seconds>`, then the key as PEM (PKCS #8, not encrypted).
    package convenience init(file bytes: [UInt8], path: String) throws(AccessError) {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let text = String(decoding: line.prefix(64), as: UTF8.self)
        guard text.hasPrefix(SigningKey.createdPrefix),
            let createdAt = Int64(text.dropFirst(SigningKey.createdPrefix.count)),
            (0...TokenClaims.latestTime).contains(createdAt)
        else { throw .corruptFile(path: path, reason: "its first line is not 'Created: ' and a time") }
        let pair: OpaquePointer? = bytes.withUnsafeBytes { buffer in
            guard let memory = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else { return nil }
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
        return Array("\(SigningKey.createdPrefix)\(createdAt)\n".utf8) + Array(pem)
    }

    // MARK: RS256

    /// RSASSA-PKCS1-v1_5 with SHA-256 over `input`.
    package func sign(_ input: [UInt8]) throws(AccessError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(pair)))
        var length = signature.count
        guard let context = EVP_MD_CTX_new() else { throw .cryptography(operation: "allocate memory") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, pair) == 1,
            EVP_DigestSign(context, &signature, &length, input, input.count) == 1
        else {
            ERR_clear_error()
            throw .cryptography(operation: "sign")
        }
        return Array(signature.prefix(length))
    }

    /// Whether `signature` is this key's over `input`.
    package func isValid(signature: [UInt8], over input: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        let isValid =
            EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, pair) == 1
            && EVP_DigestVerify(context, signature, signature.count, input, input.count) == 1
        // A failed check leaves an entry that the next TLS read on this thread would take for its own.
        if !isValid { ERR_clear_error() }
        return isValid
    }

    private static func number(_ pair: OpaquePointer, _ name: String) throws(AccessError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pair, name, &number) == 1, let number else {
            ERR_clear_error()
            throw .cryptography(operation: "read a public key")
        }
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(carrel_bn_byte_count(number)))
        BN_bn2bin(number, &bytes)
        return bytes
    }
}
