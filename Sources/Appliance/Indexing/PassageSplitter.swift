/// One passage as the splitter cuts it: a piece of the text and where it lies.
package struct TextPiece: Equatable {
    package var text: String
    /// First and one-past-last position, counted in Unicode scalars of the document's text.
    package var start: Int
    package var end: Int
    /// The page it begins on, from 1; `nil` where the text has no form feed.
    package var page: Int?
    /// The nearest heading line at or before its start.
    package var heading: String?

    package init(text: String, start: Int, end: Int, page: Int? = nil, heading: String? = nil) {
        (self.text, self.start, self.end) = (text, start, end)
        (self.page, self.heading) = (page, heading)
    }
}

/// Cuts a text into passages of about 220 tokens at sentence and heading borders.
///
/// The rule is fixed and needs no model: a word or punctuation mark counts 1.3 tokens, and so does each scalar from
/// U+3000 on, since Chinese and Japanese write no spaces. The pieces partition the text: joined in order they give it
/// back byte for byte. A heading (a line that starts with `#`) opens a passage unless the passage before it is still
/// shorter than a quarter of the target; a sentence longer than the target is cut between words. A run without any
/// border fills a passage when it has reached ``longestRun`` bytes and is cut between scalars.
///
/// One pass over the UTF-8 bytes; allocates the pieces only.
package struct PassageSplitter {
    /// Words and punctuation marks in 220 tokens, at 1.3 tokens each.
    package static let targetUnits = 169
    /// Bytes after which a run without any border is cut: no word of a language is this long.
    package static let longestRun = 2_048

    package init() {}

    /// The passages of `text`, in order; one empty passage for an empty text.
    package func split(_ text: String) -> [TextPiece] {
        var text = text
        return text.withUTF8 { bytes in
            var pieces: [TextPiece] = []
            var places = PlaceScanner(bytes)
            var scanner = SentenceScanner(bytes: bytes)
            var piece = 0..<0
            var units = 0
            var position = 0

            func close() {
                guard !piece.isEmpty else { return }
                let slice = UnsafeBufferPointer(rebasing: bytes[piece])
                let scalars = slice.count { $0 & 0xC0 != 0x80 }
                let (page, heading) = places.place(of: piece)
                pieces.append(
                    TextPiece(
                        text: String(decoding: slice, as: UTF8.self), start: position, end: position + scalars,
                        page: page, heading: heading))
                position += scalars
                piece = piece.upperBound..<piece.upperBound
                units = 0
            }
            while let sentence = scanner.next() {
                let opensSection = sentence.isHeading && units >= Self.targetUnits / 4
                if opensSection || units + sentence.units > Self.targetUnits {
                    close()
                }
                piece = piece.lowerBound..<sentence.range.upperBound
                units += sentence.units
            }
            close()
            return pieces.isEmpty ? [TextPiece(text: "", start: 0, end: 0)] : pieces
        }
    }

    /// The sentences of `text` in bytes, white space around them left out; headings are none.
    func sentences(of text: String) -> [Range<Int>] {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = SentenceScanner(bytes: bytes)
            var ranges: [Range<Int>] = []
            while let sentence = scanner.next() {
                var range = sentence.range
                while let last = range.last, Self.isBlank(bytes[last]) { range = range.lowerBound..<last }
                while let first = range.first, Self.isBlank(bytes[first]) { range = first + 1..<range.upperBound }
                if !sentence.isHeading, !range.isEmpty { ranges.append(range) }
            }
            return ranges
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// The whole of `text` as one passage.
    package func whole(_ text: String) -> [TextPiece] {
        var copy = text
        let (page, heading) = copy.withUTF8 { bytes in
            var places = PlaceScanner(bytes)
            return places.place(of: 0..<bytes.count)
        }
        return [TextPiece(text: text, start: 0, end: text.unicodeScalars.count, page: page, heading: heading)]
    }
}

/// Walks over a text in sentences: runs that end after `.`, `!` or `?` and white space, or after a line break that
/// ends a heading or a paragraph, or when they reach the size of a passage.
private struct SentenceScanner {
    struct Sentence {
        var range: Range<Int>
        var units: Int
        var isHeading: Bool
    }

    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func next() -> Sentence? {
        let start = position
        guard start < bytes.count else { return nil }
        let isHeading = bytes[start] == UInt8(ascii: "#") && (start == 0 || bytes[start - 1] == UInt8(ascii: "\n"))
        var units = 0
        var inWord = false
        var lastBorder = start
        var index = start
        scan: while index < bytes.count {
            let byte = bytes[index]
            if isWordByte(byte) {
                if !inWord {
                    if units == PassageSplitter.targetUnits { break scan }
                    units += 1
                    inWord = true
                    lastBorder = index
                } else if index - lastBorder >= PassageSplitter.longestRun, byte & 0xC0 != 0x80 {
                    units = PassageSplitter.targetUnits
                    break scan
                }
                index += 1
                continue
            }
            inWord = false
            if byte >= Self.firstLoneLead {
                if units == PassageSplitter.targetUnits { break scan }
                units += 1
                let end = endOfScalar(at: index)
                let isEnd = endsSentence(bytes[index..<end])
                index = end
                lastBorder = index
                if isEnd {
                    index = skipSpace(index)
                    break scan
                }
                continue
            }
            if isSpace(byte) {
                index += 1
                if byte == UInt8(ascii: "\n"), isHeading || endsParagraph(at: index) {
                    index = skipSpace(index)
                    break scan
                }
                lastBorder = index
                continue
            }
            if units == PassageSplitter.targetUnits { break scan }
            units += 1
            index += 1
            lastBorder = index
            if endsSentence(byte), index < bytes.count, isSpace(bytes[index]) {
                index = skipSpace(index)
                break scan
            }
        }
        position = index
        return Sentence(range: start..<index, units: units, isHeading: isHeading)
    }

    /// First byte of the scalars that count as words of their own: U+3000 and all above.
    private static let firstLoneLead: UInt8 = 0xE3

    private func endOfScalar(at index: Int) -> Int {
        var end = index + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 {
            end += 1
        }
        return end
    }

    /// Whether it is the ideographic full stop or a full-width exclamation or question mark: no space follows them.
    private func endsSentence(_ scalar: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        scalar.elementsEqual("。".utf8) || scalar.elementsEqual("！".utf8) || scalar.elementsEqual("？".utf8)
    }

    /// Letters, digits and every byte of a non-ASCII scalar below U+3000.
    private func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80..<Self.firstLoneLead: true
        default: false
        }
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private func endsSentence(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?")
    }

    /// Whether the line break before `index` ends a paragraph: an empty line or a heading follows.
    private func endsParagraph(at index: Int) -> Bool {
        guard index < bytes.count else { return true }
        return bytes[index] == UInt8(ascii: "\n") || bytes[index] == UInt8(ascii: "\r")
            || bytes[index] == UInt8(ascii: "#")
    }

    /// White space belongs to the sentence before it, so that pieces start with a word.
    private func skipSpace(_ index: Int) -> Int {
        var index = index
        while index < bytes.count, isSpace(bytes[index]) {
            index += 1
        }
        return index
    }
}
