/// The bytes around the sections of an index file.
///
/// ```
/// file       = header section* checksums footer     all numbers little-endian
/// header     4,096 bytes
///   0    8   magic             "CRLINDEX"
///   8    4   format version    1
///   12   4   kind              four ASCII characters
///   16   8   byte count        of the whole file
///   24   8   checksums offset  where the sections have ended
///   32   4   section count     1...126
///   36   4   piece size        65,536
///   40   24  reserved          0
///   64   32  section           name (8, filled with zeros), offset (8), byte count (8), 0 (8); as many as there are
/// section    at a multiple of 64, in the order of the table
/// checksums  CRC32C (4) of each piece of 65,536 bytes between header and checksums
/// footer     32 bytes
///   0    8   byte count        of the whole file
///   8    4   CRC32C of the header
///   12   4   CRC32C of the checksums
///   16   8   reserved          0
///   24   8   magic             "CRLXEND\n"
/// ```
/// Every byte of a file is a checked one: the header's and the footer's at opening, the rest by
/// ``SegmentFile/verify()``.
enum SegmentFormat {
    static let magic: [UInt8] = Array("CRLINDEX".utf8)
    static let endMagic: [UInt8] = Array("CRLXEND\n".utf8)
    static let version: UInt32 = 1
    static let headerSize = 4_096
    static let footerSize = 32
    static let tableOffset = 64
    static let entrySize = 32
    static let maximumSections = (headerSize - tableOffset) / entrySize
    static let pieceSize = 65_536
    static let alignment = 64

    static func pieceCount(upTo checksumsOffset: Int) -> Int {
        (checksumsOffset - headerSize + pieceSize - 1) / pieceSize
    }

    /// The bytes of piece `index`.
    static func piece(_ index: Int, upTo checksumsOffset: Int) -> Range<Int> {
        let start = headerSize + index * pieceSize
        return start..<min(start + pieceSize, checksumsOffset)
    }
}

/// What an index file holds: four ASCII characters, such as `bm25`.
public struct SegmentKind: Hashable, Sendable, CustomStringConvertible {
    let code: UInt32

    /// The kind spelt by four ASCII characters.
    public init(_ name: StaticString) {
        precondition(name.isASCII && name.utf8CodeUnitCount == 4, "a kind has four ASCII characters")
        code = name.withUTF8Buffer { UnsafeRawBufferPointer($0).loadUnaligned(as: UInt32.self).littleEndian }
    }

    init(code: UInt32) {
        self.code = code
    }

    /// The four characters.
    public var description: String { withUnsafeBytes(of: code.littleEndian) { String(decoding: $0, as: UTF8.self) } }
}

/// A named run of bytes of an index file.
struct SegmentSection: Sendable, Equatable {
    var name: String
    var bytes: Range<Int>
}

extension UnsafeRawBufferPointer {
    func uint32(at offset: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    func uint64(at offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension [UInt8] {
    mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
