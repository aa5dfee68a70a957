import COpenSSL

/// A SHA-256 in the making.
struct SHA256Digest: ~Copyable {
    private let context: OpaquePointer?
    private var healthy: Bool

    init() {
        context = EVP_MD_CTX_new()
        healthy = context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        healthy = healthy && EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
    }

    /// The 32 bytes; empty if OpenSSL failed, which equals no digest.
    consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        guard healthy, EVP_DigestFinal_ex(context, &digest, &length) == 1, length == 32 else { return [] }
        return digest
    }
}

/// SHA-256 of bytes in memory.
func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.finish()
}

extension OpenFile {
    /// SHA-256 from `offset` to the end, read in pieces of 1 MiB so that no page of a map is made resident.
    func sha256(from offset: Int) throws(EmbeddingError) -> [UInt8] {
        let piece = 1 << 20
        var digest = SHA256Digest()
        var position = offset
        while position < byteCount {
            let bytes = try bytes(at: position, count: min(piece, byteCount - position))
            bytes.withUnsafeBytes { digest.update($0) }
            position += bytes.count
        }
        return digest.finish()
    }
}

/// Lower-case hexadecimal digits of some bytes.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
