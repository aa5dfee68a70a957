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
}
