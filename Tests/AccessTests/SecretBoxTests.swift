import Access
import Testing

/// Secrets on the disk open with their key and in their place, and nowhere else.
@Suite struct SecretBoxTests {
    private let box = SecretBox(key: [UInt8](repeating: 3, count: 32))

    @Test(arguments: [0, 1, 15, 16, 17, 1_000])
    func `what was sealed opens, and twice it looks different`(count: Int) throws {
        let secret = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sealed = box.seal(secret, for: [1, 2])
        #expect(box.open(sealed, for: [1, 2]) == secret)
        #expect(box.seal(secret, for: [1, 2]) != sealed)
        #expect(sealed.count == count + 29)
    }

    @Test func `another key, another place, or any other bit opens nothing`() throws {
        let sealed = box.seal(Array("token".utf8), for: [1])
        #expect(SecretBox(key: [UInt8](repeating: 4, count: 32)).open(sealed, for: [1]) == nil)
        #expect(box.open(sealed, for: [2]) == nil)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(box.open(changed, for: [1]) == nil, "byte \(index)")
        }
        for count in 0..<sealed.count { #expect(box.open(Array(sealed.prefix(count)), for: [1]) == nil) }
    }

    /// NIST's GCM example for a key and nonce of zeros would need a chosen nonce; the decryption is checked with one instead:
    /// AES-256-GCM of 16 zero bytes under the zero key and nonce (test case 14 of the GCM specification).
    @Test func `it is AES-256-GCM as specified`() throws {
        let zero = SecretBox(key: [UInt8](repeating: 0, count: 32))
        let cipher: [UInt8] = [
            0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18,
        ]
        let tag: [UInt8] = [
            0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19,
        ]
        let bytes = [1] + [UInt8](repeating: 0, count: 12) + cipher + tag
        #expect(zero.open(bytes, for: []) == [UInt8](repeating: 0, count: 16))
    }
}
