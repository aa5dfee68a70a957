import Glibc

/// Tells the page and the heading of passages, asked for in order of the text.
///
/// Pages are counted from form feeds, as `pdftotext` writes them between pages. A heading is a line of one to six `#`, a
/// space and words; inside Markdown's fenced code such lines are comments of some program and count for nothing. One
/// pass over the bytes for all passages together.
struct PlaceScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let hasPages: Bool
    private let hasHeadings: Bool
    /// Form feeds before this position are counted.
    private var pagePosition = 0
    private var page = 1
    /// Lines that begin before this position have been looked at.
    private var linePosition = 0
    private var heading: String?
    private var fence: UInt8?

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        hasPages = Self.find(0x0C, in: bytes, from: 0) != nil
        hasHeadings = Self.find(UInt8(ascii: "#"), in: bytes, from: 0) != nil
    }

    /// The page on which the first sign of `passage` stands, and the nearest heading line at or before its start.
    /// - Parameter passage: Begins where the one asked for before ended, or later.
    mutating func place(of passage: Range<Int>) -> (page: Int?, heading: String?) {
        if hasHeadings {
            while linePosition <= passage.lowerBound, linePosition < bytes.count { takeLine() }
        }
        guard hasPages else { return (nil, heading) }
        var first = passage.lowerBound
        while first < passage.upperBound, bytes[first] == 0x20 || (0x09...0x0D).contains(bytes[first]) { first += 1 }
        while pagePosition < first {
            if bytes[pagePosition] == 0x0C { page += 1 }
            pagePosition += 1
        }
        return (page, heading)
    }

    private mutating func takeLine() {
        let end = Self.find(UInt8(ascii: "\n"), in: bytes, from: linePosition) ?? bytes.count
        let line = UnsafeBufferPointer(rebasing: bytes[linePosition..<end])
        linePosition = end + 1
        if line.starts(with: "```".utf8) || line.starts(with: "~~~".utf8) {
            // A fence ends with the sign it began with.
            if fence == nil {
                fence = line[0]
            } else if fence == line[0] {
                fence = nil
            }
        } else if fence == nil, let found = HeadingLine.text(of: line) {
            heading = found
        }
    }

    private static func find(_ byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from position: Int) -> Int? {
        guard let base = bytes.baseAddress, position < bytes.count,
            let found = memchr(base + position, Int32(byte), bytes.count - position)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}

/// A heading as Markdown writes it.
enum HeadingLine {
    /// Scalars kept of a heading.
    static let longest = 300

    /// The words of a line that is a heading; `nil` for any other.
    static func text(of line: UnsafeBufferPointer<UInt8>) -> String? {
        guard line.first == UInt8(ascii: "#") else { return nil }
        let marks = line.prefix { $0 == UInt8(ascii: "#") }.count
        guard marks <= 6, marks < line.count, isSpace(line[marks]) else { return nil }
        var words = Substring(String(decoding: line[marks...], as: UTF8.self)).unicodeScalars
        words.trim { $0.value <= 0x20 }
        // Markdown lets a heading end with marks too.
        let closing = words.reversed().prefix { $0 == "#" }.count
        if closing > 0, closing < words.count, words.dropLast(closing).last?.value ?? 0 <= 0x20 {
            words.removeLast(closing)
            words.trim { $0.value <= 0x20 }
        }
        return words.isEmpty ? nil : String(String.UnicodeScalarView(words.prefix(longest)))
    }

    /// The first heading of a text; `nil` where there is none.
    static func first(in text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes in
            var places = PlaceScanner(bytes)
            return places.firstHeading()
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

extension PlaceScanner {
    fileprivate mutating func firstHeading() -> String? {
        while heading == nil, linePosition < bytes.count { takeLine() }
        return heading
    }
}

extension Substring.UnicodeScalarView {
    fileprivate mutating func trim(_ isBlank: (Unicode.Scalar) -> Bool) {
        while let last, isBlank(last) { removeLast() }
        self = drop(while: isBlank)
    }
}
