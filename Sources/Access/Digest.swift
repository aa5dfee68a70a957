internal import COpenSSL

/// Hashes, random bytes and their spellings.
public enum Digest {
    /// OpenSSL's SHA-256, looked up once: naming it by `EVP_sha256()` makes every hash look it up anew.
    ///
    /// `@unchecked Sendable`: an algorithm is never changed once it is fetched, and this one is never freed.
    private struct Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer?
    }
    private static let algorithm = Algorithm(pointer: EVP_MD_fetch(nil, "SHA256", nil))
    static var sha256Algorithm: OpaquePointer? { algorithm.pointer }

    /// SHA-256: 32 bytes.
    public static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
        withContiguous(bytes) { input in
            [UInt8](unsafeUninitializedCapacity: 32) { output, count in
                var length: UInt32 = 0
                let status = EVP_Digest(
                    input.baseAddress, input.count, output.baseAddress, &length, sha256Algorithm, nil)
                // Our own algorithm on valid memory: a failure means OpenSSL itself is broken, and going on would be worse.
                precondition(status == 1 && length == 32, "SHA-256 is not available")
                count = 32
            }
        }
    }

    /// HMAC with SHA-256: 32 bytes.
    public static func hmacSHA256(key: some Collection<UInt8>, _ bytes: some Collection<UInt8>) -> [UInt8] {
        withContiguous(key) { key in
            withContiguous(bytes) { input in
                [UInt8](unsafeUninitializedCapacity: 32) { output, count in
                    var length: UInt32 = 0
                    // A NULL key means "the key of before" to OpenSSL; an empty one must still be a pointer.
                    var none: UInt8 = 0
                    let result = withUnsafePointer(to: &none) { empty in
                        HMAC(
                            sha256Algorithm, key.baseAddress ?? UnsafeRawPointer(empty), Int32(clamping: key.count),
                            input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count,
                            output.baseAddress, &length)
                    }
                    precondition(result != nil && length == 32, "HMAC is not available")
                    count = 32
                }
            }
        }
    }

    /// Whether two byte strings are equal, in a time that depends on their lengths alone.
    public static func constantTimeEquals(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        withContiguous(left) { left in
            withContiguous(right) { right in
                guard left.count == right.count else { return false }
                guard let a = left.baseAddress, let b = right.baseAddress else { return true }
                return CRYPTO_memcmp(a, b, left.count) == 0
            }
        }
    }

    /// `count` bytes from the kernel's generator, fit for keys and identifiers.
    public static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<max(0, count)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Two lower-case digits per byte.
    public static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func withContiguous<R>(
        _ bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> R
    ) -> R {
        if let result = bytes.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        return Array(bytes).withUnsafeBytes(body)
    }
}
