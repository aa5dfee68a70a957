/// The runs of a text between white space, and whether a word in one begins as a wanted term does.
///
/// Unsafe inside: it drives raw UTF-8. About a nanosecond a byte, where analysis takes ten.
struct TextRuns {
    struct Run {
        var range: Range<Int>
        /// False only if no word of the run can have a wanted term.
        var mayMatch: Bool
    }

    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    /// The next run; `nil` at the end of the text.
    mutating func next(_ beginnings: WordBeginnings) -> Run? {
        let count = text.count
        var index = position
        while index < count, text[index] <= 0x20 { index += 1 }
        guard index < count else { return nil }
        let start = index
        var mayMatch = false
        var inWord = false
        while index < count {
            let byte = text[index]
            if byte <= 0x20 { break }
            // Every word begins at a letter or digit after something else; beyond ASCII the analyzer decides.
            let isWordByte = Self.isLetterOrDigit(byte)
            if !isWordByte, byte >= 0x80 {
                mayMatch = true
            } else if isWordByte, !inWord, !mayMatch {
                let second = index + 1 < count ? text[index + 1] : 0
                mayMatch =
                    Self.isLetterOrDigit(second) || second >= 0x80 || second == UInt8(ascii: "'")
                    ? beginnings.contains(Self.folded(byte), Self.folded(second))
                    : beginnings.contains(Self.folded(byte), 0) || beginnings.begins(Self.folded(byte))
            }
            inWord = isWordByte
            index += 1
        }
        position = index
        return Run(range: start..<index, mayMatch: mayMatch)
    }

    @inline(__always)
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
    }

    @inline(__always)
    private static func folded(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}
