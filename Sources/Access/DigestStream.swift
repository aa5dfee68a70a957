internal import COpenSSL

/// A SHA-256 of bytes that come piece by piece.
public struct DigestStream: ~Copyable {
    private let context: OpaquePointer?

    /// Nothing hashed yet.
    public init() {
        context = EVP_MD_CTX_new()
        // As with Digest: a failure on valid memory means OpenSSL itself is broken.
        precondition(
            context != nil && EVP_DigestInit_ex(context, Digest.sha256Algorithm, nil) == 1, "SHA-256 is not available")
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes the next piece.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "SHA-256 is not available")
    }

    /// The 32 bytes.
    public consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            var length: UInt32 = 0
            precondition(
                EVP_DigestFinal_ex(context, output.baseAddress, &length) == 1 && length == 32,
                "SHA-256 is not available")
            count = 32
        }
    }
}
