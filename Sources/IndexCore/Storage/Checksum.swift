internal import CKernels

/// CRC32C of bytes: by the CPU's instruction where it has one, else by a table.
public enum Checksum {
    private static let hasInstruction = ck_has_crc32c() != 0

    /// The checksum of `bytes`, or of `bytes` behind others whose checksum is `crc`.
    public static func crc32c(_ bytes: UnsafeRawBufferPointer, after crc: UInt32 = 0) -> UInt32 {
        hasInstruction
            ? ck_crc32c_hardware(crc, bytes.baseAddress, bytes.count)
            : ck_crc32c_portable(crc, bytes.baseAddress, bytes.count)
    }

    /// The checksums of the three thirds of `bytes`, in half the time of one after another.
    /// - Parameter bytes: A multiple of 24 of them.
    static func crc32cOfThirds(_ bytes: UnsafeRawBufferPointer) -> InlineArray<3, UInt32> {
        let third = bytes.count / 3
        guard hasInstruction else {
            return InlineArray { crc32c(UnsafeRawBufferPointer(rebasing: bytes[$0 * third..<($0 + 1) * third])) }
        }
        var sums = InlineArray<3, UInt32>(repeating: 0)
        withUnsafeMutableBytes(of: &sums) { sums in
            ck_crc32c_three_hardware(bytes.baseAddress, third, sums.assumingMemoryBound(to: UInt32.self).baseAddress)
        }
        return sums
    }
}
