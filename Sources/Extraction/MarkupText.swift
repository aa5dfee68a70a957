/// Text being taken out of markup: blank space as a reader sees it, headings as Markdown writes them.
///
/// Runs of white space become one space, blocks stand on lines of their own, paragraphs have an empty line between
/// them. A heading is a line `## words`; a line of plain text that begins with `#` gets a space before it, so that it
/// passes for none.
struct MarkupText {
    private(set) var bytes: [UInt8] = []
    /// The text has reached ``ExtractionLimits/textBytes``; what came after is not in it.
    private(set) var isFull = false
    /// White space counts, as in `pre`.
    var isPreformatted = false
    /// Line feeds to write before the next sign.
    private var breaks = 0
    private var wantsSpace = false
    private var level = 0
    private var headingStart = 0

    /// Adds a run of text.
    mutating func add(_ run: UnsafeBufferPointer<UInt8>) {
        for byte in run {
            let isSpace = byte == 0x20 || (0x09...0x0D).contains(byte)
            if isSpace, isPreformatted, level == 0 {
                addPreformatted(byte)
            } else if isSpace {
                wantsSpace = true
            } else {
                separate()
                if byte == UInt8(ascii: "#"), level == 0, bytes.last ?? 0x0A == 0x0A { bytes.append(0x20) }
                bytes.append(byte)
            }
        }
        if bytes.count > ExtractionLimits.textBytes { isFull = true }
    }

    private mutating func addPreformatted(_ byte: UInt8) {
        if byte == 0x0A {
            breaks += 1
        } else if byte != 0x0D {
            if breaks > 0 { writeBreaks() }
            bytes.append(byte == 0x09 ? 0x09 : 0x20)
        }
    }

    private mutating func separate() {
        if level > 0 {
            if bytes.count > headingStart, wantsSpace || breaks > 0 { bytes.append(0x20) }
        } else if breaks > 0 {
            writeBreaks()
        } else if wantsSpace, let last = bytes.last, last != 0x0A, last != 0x20, last != 0x09 {
            bytes.append(0x20)
        }
        breaks = 0
        wantsSpace = false
    }

    private mutating func writeBreaks() {
        if !bytes.isEmpty { bytes.append(contentsOf: repeatElement(0x0A, count: min(breaks, 2))) }
        breaks = 0
        wantsSpace = false
    }

    /// Ends the line.
    mutating func breakLine() { breaks = max(breaks, 1) }
    /// Ends the paragraph.
    mutating func breakParagraph() { breaks = max(breaks, 2) }

    /// Ends a cell of a row.
    mutating func breakCell() {
        if level > 0 { wantsSpace = true }
        guard breaks == 0, level == 0, bytes.last ?? 0x0A != 0x0A else { return }
        bytes.append(0x09)
        wantsSpace = false
    }

    /// - Parameter level: 1 to 6; what is added up to ``endHeading()`` is one line.
    mutating func beginHeading(_ level: Int) {
        endHeading()
        breaks = 2
        writeBreaks()
        self.level = min(max(level, 1), 6)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "#"), count: self.level))
        bytes.append(0x20)
        headingStart = bytes.count
    }

    mutating func endHeading() {
        guard level > 0 else { return }
        // A heading without words is none.
        if bytes.count == headingStart {
            bytes.removeLast(level + 1)
            while bytes.last == 0x0A { bytes.removeLast() }
        }
        level = 0
        wantsSpace = false
        breaks = 2
    }

    /// The text, ended by one line feed; empty where there is none.
    mutating func finish() throws(ExtractionFailure) -> String {
        guard !isFull else {
            throw ExtractionFailure("its text is longer than \(ExtractionLimits.textBytes >> 20) MiB")
        }
        endHeading()
        while let last = bytes.last, last == 0x20 || (0x09...0x0D).contains(last) { bytes.removeLast() }
        if !bytes.isEmpty { bytes.append(0x0A) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
