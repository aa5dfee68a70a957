/// Byte offsets and scalar positions of one text; the same numbers where all of it is ASCII.
///
/// Unsafe inside: it borrows the text's UTF-8.
struct TextScalars {
    let bytes: UnsafeBufferPointer<UInt8>
    /// Unicode scalars in the text.
    let count: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        count = Self.count(bytes)
    }

    private var isASCII: Bool { count == bytes.count }

    /// The scalars before the byte offset `offset`, counted on from a pair known before it.
    @inline(__always)
    func position(of offset: Int, after known: (offset: Int, position: Int) = (0, 0)) -> Int {
        guard !isASCII else { return offset }
        return known.position + Self.count(UnsafeBufferPointer(rebasing: bytes[known.offset..<offset]))
    }

    /// The byte offset at which the scalar at `position` begins, counted on from a pair known before it.
    func offset(of position: Int, after known: (offset: Int, position: Int) = (0, 0)) -> Int {
        guard !isASCII else { return position }
        var (offset, left) = (known.offset, position - known.position)
        let text = UnsafeRawBufferPointer(bytes)
        while offset + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // A byte that goes on with a scalar has its highest bit and not the next.
            let continuations = word &>> 7 & ~word &>> 6 & 0x0101_0101_0101_0101
            let starts = 8 - continuations.nonzeroBitCount
            guard starts <= left else { break }
            left -= starts
            offset += 8
        }
        while offset < bytes.count {
            if bytes[offset] & 0xC0 != 0x80 {
                if left == 0 { break }
                left -= 1
            }
            offset += 1
        }
        return offset
    }

    private static func count(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if isASCII(bytes) { return bytes.count }
        var continuations = 0
        for byte in bytes {
            continuations &+= byte & 0xC0 == 0x80 ? 1 : 0
        }
        return bytes.count &- continuations
    }

    private static func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let bytes = UnsafeRawBufferPointer(bytes)
        var bits: UInt64 = 0
        var place = 0
        while place &+ 8 <= bytes.count {
            bits |= bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            place &+= 8
        }
        while place < bytes.count {
            bits |= UInt64(bytes[place])
            place &+= 1
        }
        return bits & 0x8080_8080_8080_8080 == 0
    }
}
