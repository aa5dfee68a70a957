internal import COpenSSL

/// One RSA key pair of this box, named by its thumbprint.
package final class SigningKey: Sendable {
    /// The key's public half, whose thumbprint is the key id.
    package let webKey: JSONWebKey
    /// `kid`: RFC 7638 thumbprint of ``webKey``.
    package let id: String
    private let key: PrivateKey

    /// When it was made, in Unix seconds; the newest signs.
    var createdAt: Int64 { key.createdAt }

    private init(_ key: PrivateKey) throws(AccessError) {
        guard EVP_PKEY_is_a(key.pair, "RSA") == 1, (2048...8192).contains(EVP_PKEY_get_bits(key.pair)) else {
            throw .cryptography(operation: "use a key that is not RSA of 2048 to 8192 bits")
        }
        webKey = JSONWebKey(
            modulus: try key.number(OSSL_PKEY_PARAM_RSA_N), exponent: try key.number(OSSL_PKEY_PARAM_RSA_E))
        id = webKey.thumbprint
        self.key = key
    }

    /// A new key of 2,048 bits; takes up to a second.
    static func generate(createdAt: Int64) throws(AccessError) -> SigningKey {
        guard let pair = carrel_rsa_generate(2048) else {
            ERR_clear_error()
            throw .cryptography(operation: "generate an RSA key")
        }
        return try SigningKey(PrivateKey(owning: pair, createdAt: createdAt))
    }

    /// Reads a key file.
    package convenience init(file bytes: [UInt8], path: String) throws(AccessError) {
        try self.init(PrivateKey(file: bytes, path: path))
    }

    /// The bytes that ``init(file:path:)`` reads.
    func fileBytes() throws(AccessError) -> [UInt8] { try key.fileBytes() }

    /// RSASSA-PKCS1-v1_5 with SHA-256 over `input`.
    package func sign(_ input: [UInt8]) throws(AccessError) -> [UInt8] { try key.sign(input) }

    /// Whether `signature` is this key's over `input`.
    package func isValid(signature: [UInt8], over input: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        let isValid =
            EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key.pair) == 1
            && EVP_DigestVerify(context, signature, signature.count, input, input.count) == 1
        // A failed check leaves an entry that the next TLS read on this thread would take for its own.
        if !isValid { ERR_clear_error() }
        return isValid
    }
}
