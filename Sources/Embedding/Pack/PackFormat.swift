/// The bytes of a model pack.
///
/// ```
/// pack    = header table padding (tensor padding)*     all numbers little-endian
/// header  = magic "CARRELPK"  version u32  precision u32  entryCount u32  reserved u32 = 0  byteCount u64
///           body SHA-256 [32]                                                 64 bytes
/// table   = entry*                                                            80 bytes each
/// entry   = name [48] ASCII, zero-filled  type u32  rows u32  columns u32  reserved u32 = 0  offset u64  byteCount u64
/// tensor  = rows x columns numbers, at an offset that is a multiple of 64
/// ```
/// The body is everything after the header, so the hash covers the table, the tensors and the zeros between them. A pack
/// of the same source files always has the same bytes. Example: the q8 pack's first entry names `vocab`, type 0, rows 1,
/// columns 231,508.
enum PackFormat {
    static let magic = Array("CARRELPK".utf8)
    static let version: UInt32 = 1
    static let headerSize = 64
    static let hashOffset = 32
    static let entrySize = 80
    static let nameSize = 48
    static let alignment = 64
    /// More entries than any model has: bounds what a broken header can make the reader allocate.
    static let maximumEntries = 1_024

    /// The number type of a tensor.
    enum ElementType: UInt32 {
        case uint8 = 0
        case int8 = 1
        case int32 = 2
        case float32 = 3

        var byteCount: Int {
            switch self {
            case .uint8, .int8: 1
            case .int32, .float32: 4
            }
        }
    }

    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }
}

extension ModelPack {
    /// The arithmetic a pack is made for.
    public enum Precision: UInt32, Sendable, CaseIterable, CustomStringConvertible {
        /// 8-bit weights and activations: small and fast.
        case q8 = 1
        /// The weights as published: the oracle.
        case float32 = 2

        /// The name in vector spaces.
        public var description: String {
            switch self {
            case .q8: "q8"
            case .float32: "f32"
            }
        }
    }
}
