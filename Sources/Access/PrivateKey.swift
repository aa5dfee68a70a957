internal import COpenSSL

/// A private key of this box and its file, whatever its kind; those who use it check what it is.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is never changed after `init`, and OpenSSL 3 allows any number of threads to sign
/// and verify with one unchanging `EVP_PKEY`, each call having its own `EVP_MD_CTX` (openssl-threads(7); blinding is locked
/// inside).
final class PrivateKey: @unchecked Sendable {
    /// When it was made, in Unix seconds; the newest of a kind signs.
    let createdAt: Int64
    let pair: OpaquePointer

    /// The first line of a key file.
    ///
    /// PEM readers skip what stands before `-----BEGIN`.
    private static let createdPrefix = "Created: "

    /// Takes the pair over.
    init(owning pair: OpaquePointer, createdAt: Int64) {
        self.pair = pair
        self.createdAt = createdAt
    }

    deinit { EVP_PKEY_free(pair) }

    /// Reads a key file: `Created: <Unix seconds>`, then the key as PEM (PKCS #8, not encrypted).
    init(file bytes: [UInt8], path: String) throws(AccessError) {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let text = String(decoding: line.prefix(64), as: UTF8.self)
        guard text.hasPrefix(Self.createdPrefix), let createdAt = Int64(text.dropFirst(Self.createdPrefix.count)),
            (0...TokenClaims.latestTime).contains(createdAt)
        else { throw .corruptFile(path: path, reason: "its first line is not 'Created: ' and a time") }
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
        self.pair = pair
        self.createdAt = createdAt
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

    /// The signature over the SHA-256 of `input`, as OpenSSL writes it for this kind of key.
    func sign(_ input: [UInt8]) throws(AccessError) -> [UInt8] {
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

    /// A number of the public half, its highest byte first.
    /// - Parameter width: Bytes of the result, filled with zeros in front; nil: as many as the number has.
    func number(_ name: String, width: Int? = nil) throws(AccessError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pair, name, &number) == 1, let number else {
            ERR_clear_error()
            throw .cryptography(operation: "read a public key")
        }
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: width ?? Int(carrel_bn_byte_count(number)))
        guard BN_bn2binpad(number, &bytes, Int32(bytes.count)) == bytes.count else {
            throw .cryptography(operation: "read a public key")
        }
        return bytes
    }
}
