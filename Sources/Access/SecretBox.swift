internal import COpenSSL

/// Encrypts small secrets that are kept on the disk: AES-256-GCM, with what the secret belongs to as authenticated context.
///
/// Form: version, 12 random bytes, the ciphertext, 16 bytes of tag. A text moved to another place does not open there.
public struct SecretBox: Sendable {
    private let key: [UInt8]

    private static let version: UInt8 = 1
    private static let nonceLength = 12
    private static let tagLength = 16

    /// Makes a box with a key of 32 bytes.
    public init(key: [UInt8]) {
        precondition(key.count == 32, "AES-256 takes 32 bytes")
        self.key = key
    }

    /// The encrypted form of `secret`.
    /// - Parameter context: What it belongs to; the same must be given to open it.
    public func seal(_ secret: [UInt8], for context: [UInt8]) -> [UInt8] {
        let nonce = Digest.randomBytes(Self.nonceLength)
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        let sealed = run(
            secret, nonce: nonce, context: context, encrypts: true,
            afterEnd: { EVP_CIPHER_CTX_ctrl($0, EVP_CTRL_GCM_GET_TAG, Int32(Self.tagLength), &tag) == 1 })
        // Our own algorithm on valid memory: a failure means OpenSSL itself is broken, and going on would be worse.
        guard let sealed else { preconditionFailure("AES-256-GCM is not available") }
        return [Self.version] + nonce + sealed + tag
    }

    /// The secret; nil for bytes that were not sealed by this key for this context.
    public func open(_ bytes: [UInt8], for context: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 1 + Self.nonceLength + Self.tagLength, bytes[0] == Self.version else { return nil }
        let nonce = Array(bytes[1..<1 + Self.nonceLength])
        var tag = Array(bytes.suffix(Self.tagLength))
        let body = Array(bytes[(1 + Self.nonceLength)..<(bytes.count - Self.tagLength)])
        return run(
            body, nonce: nonce, context: context, encrypts: false,
            beforeEnd: { EVP_CIPHER_CTX_ctrl($0, EVP_CTRL_GCM_SET_TAG, Int32(Self.tagLength), &tag) == 1 })
    }

    /// - Parameters:
    ///   - beforeEnd: Sets the tag that the end is checked against.
    ///   - afterEnd: Reads the tag that the end has made.
    private func run(
        _ input: [UInt8], nonce: [UInt8], context: [UInt8], encrypts: Bool,
        beforeEnd: (OpaquePointer) -> Bool = { _ in true }, afterEnd: (OpaquePointer) -> Bool = { _ in true }
    ) -> [UInt8]? {
        guard let cipher = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(cipher) }
        guard EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce, encrypts ? 1 : 0) == 1 else { return nil }
        var length: Int32 = 0
        if !context.isEmpty {
            guard EVP_CipherUpdate(cipher, nil, &length, context, Int32(context.count)) == 1 else { return nil }
        }
        // A stream cipher: as many bytes come out as go in.
        var output = [UInt8](repeating: 0, count: input.count + 16)
        guard EVP_CipherUpdate(cipher, &output, &length, input, Int32(input.count)) == 1, beforeEnd(cipher) else {
            return nil
        }
        var rest: Int32 = 0
        let isWhole = output.withUnsafeMutableBufferPointer { buffer in
            EVP_CipherFinal_ex(cipher, buffer.baseAddress.map { $0 + Int(length) }, &rest) == 1
        }
        guard isWhole, afterEnd(cipher) else { return nil }
        return Array(output.prefix(Int(length + rest)))
    }
}
