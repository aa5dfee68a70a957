import CKernels
import IndexCore
import TestKit
import Testing

@Suite struct ChecksumTests {
    /// RFC 3720, appendix B.4.
    @Test func `the vectors of the standard`() {
        func sum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { Checksum.crc32c($0) } }
        #expect(sum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(sum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(sum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(sum((0..<32).reversed().map { UInt8($0) }) == 0x113F_DB5C)
        #expect(sum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(sum([]) == 0)
    }

    @Test func `three runs at once have the sums of each`() {
        var random = SeededRandom(seed: 4)
        for words in [0, 1, 7, 512] {
            let bytes = (0..<24 * words).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            bytes.withUnsafeBytes { bytes in
                var sums = [UInt32](repeating: 1, count: 3)
                if ck_has_crc32c() != 0 { ck_crc32c_three_hardware(bytes.baseAddress, 8 * words, &sums) }
                for run in 0..<3 where ck_has_crc32c() != 0 {
                    let part = UnsafeRawBufferPointer(rebasing: bytes[8 * words * run..<8 * words * (run + 1)])
                    #expect(sums[run] == ck_crc32c_portable(0, part.baseAddress, part.count))
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `instruction and table agree, in one go and in parts`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            bytes.withUnsafeBytes { bytes in
                let whole = ck_crc32c_portable(0, bytes.baseAddress, bytes.count)
                #expect(ck_has_crc32c() == 0 || ck_crc32c_hardware(0, bytes.baseAddress, bytes.count) == whole)
                let first = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
                #expect(Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[cut...]), after: first) == whole)
            }
        }
    }
}
