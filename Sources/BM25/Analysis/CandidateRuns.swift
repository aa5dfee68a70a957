internal import CKernels
internal import IndexCore

/// The parts of a text that may hold one of some given terms, in order.
///
/// A part is a word of ASCII letters, digits and `_` between marks that separate words under every rule, or else all that
/// stands between white space. The analyzer finds the same words in a part as in the whole text, and a part is left out
/// only if none of its words can have a term. Unsafe inside: it drives raw UTF-8. A fraction of a nanosecond a byte and
/// some nanoseconds a word, where analysis takes ten nanoseconds a byte.
struct CandidateRuns {
    private let text: UnsafeBufferPointer<UInt8>
    private let beginnings: WordBeginnings
    private let asciiClasses: UnsafePointer<UInt8>

    /// Bytes behind a place that say whether it may begin a word.
    private static let lookahead = 2

    /// A part of the text.
    struct Run {
        /// In bytes.
        let range: Range<Int>
        /// Of a single short word; nil for anything else.
        let key: WordKey?
    }

    /// 64 bytes of the text, a bit for each.
    private struct Block {
        let start: Int
        /// Letters, digits and `_`.
        let letters: UInt64
        /// Not looked at yet: word beginnings and bytes beyond ASCII.
        var places: UInt64

        var end: Int { start &+ 64 }
    }

    init(_ text: UnsafeBufferPointer<UInt8>, _ beginnings: WordBeginnings, asciiClasses: UnsafePointer<UInt8>) {
        self.text = text
        self.beginnings = beginnings
        self.asciiClasses = asciiClasses
    }

    /// Calls `body` with each part.
    @inline(__always)
    func forEach(_ body: (Run) -> Void) {
        guard let base = text.baseAddress else { return }
        let level = VectorKernels.level.rawValue
        withUnsafePointer(to: beginnings.sets) { sets in
            // 1 if the byte before the block is one of a word.
            var endsInWord: UInt64 = 0
            var passed = 0
            for start in stride(from: 0, to: text.count, by: 64) {
                let rest = text.count &- start
                let classes = rest >= 64 ? ck_classify_64(base + start) : ck_classify_tail(base + start, rest)
                // Every word begins at a letter, a digit or a `_` after something else; beyond ASCII the analyzer decides.
                var places = classes.letters & ~(classes.letters << 1 | endsInWord)
                if places != 0, rest >= 64 &+ Self.lookahead {
                    places &= ck_may_begin(level, sets, base + start, classes.letters)
                }
                endsInWord = classes.letters >> 63
                var block = Block(start: start, letters: classes.letters, places: places | classes.beyond)
                while block.places != 0 {
                    let place = start &+ block.places.trailingZeroBitCount
                    block.places &= block.places &- 1
                    guard place >= passed, mayBegin(at: place) else { continue }
                    let run = run(from: place, in: block, behind: passed)
                    passed = run.range.upperBound
                    body(run)
                }
            }
        }
    }

    @inline(__always)
    private func mayBegin(at place: Int) -> Bool {
        let first = Self.folded(text[place])
        let second = place + 1 < text.count ? text[place + 1] : 0
        if first >= 0x80 { return true }
        if Self.isWordByte(second) {
            let third = place + 2 < text.count ? text[place + 2] : 0
            // Case does not show in the bits that thirds are told apart by.
            return Self.isWordByte(third)
                ? beginnings.contains(first, Self.folded(second), third)
                : beginnings.contains(first, Self.folded(second))
        }
        return second >= 0x80 || second == UInt8(ascii: "'")
            ? beginnings.contains(first, second) : beginnings.contains(first, 0) || beginnings.begins(first)
    }

    @inline(__always)
    private func run(from place: Int, in block: Block, behind passed: Int) -> Run {
        var end = place &+ (~(block.letters &>> UInt64(place &- block.start))).trailingZeroBitCount
        if end >= block.end {
            end = block.end
            while end < text.count, Self.isWordByte(text[end]) { end &+= 1 }
        }
        if end > place, isBorder(before: place), isBorder(behind: end) {
            return Run(range: place..<end, key: WordKey(text, place..<end))
        }
        return Run(range: blanks(around: place, behind: passed), key: nil)
    }

    /// Whether a word that begins here is joined to nothing before it.
    @inline(__always)
    private func isBorder(before place: Int) -> Bool {
        guard place > 0 else { return true }
        let before = text[place &- 1]
        guard before < 0x80 else { return false }
        return asciiClasses[Int(before)] == ScalarClass.other.rawValue
            || Self.isMiddle(asciiClasses[Int(before)]) && (place == 1 || isSeparator(at: place &- 2))
    }

    /// Whether a word that ends here is joined to nothing behind it.
    @inline(__always)
    private func isBorder(behind end: Int) -> Bool {
        guard end < text.count else { return true }
        let behind = text[end]
        guard behind < 0x80 else { return false }
        return asciiClasses[Int(behind)] == ScalarClass.other.rawValue
            || Self.isMiddle(asciiClasses[Int(behind)]) && (end &+ 1 == text.count || isSeparator(at: end &+ 1))
    }

    @inline(__always)
    private func isSeparator(at place: Int) -> Bool {
        text[place] < 0x80 && asciiClasses[Int(text[place])] == ScalarClass.other.rawValue
    }

    /// Of what joins words only where they stand on both sides.
    @inline(__always)
    private static func isMiddle(_ scalarClass: UInt8) -> Bool {
        scalarClass >= ScalarClass.midLetter.rawValue && scalarClass <= ScalarClass.midBoth.rawValue
    }

    /// What stands between white space; a part given before is behind a mark that separates, too.
    private func blanks(around place: Int, behind passed: Int) -> Range<Int> {
        var start = place
        while start > passed, !text[start - 1].isBlank { start -= 1 }
        var end = place
        while end < text.count, !text[end].isBlank { end += 1 }
        return start..<end
    }

    @inline(__always)
    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_")
    }

    @inline(__always)
    private static func folded(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}

/// A word of up to 16 ASCII letters, digits and `_`, in lower case.
struct WordKey: Equatable {
    let head: UInt64
    let tail: UInt64

    /// Equal to no word's.
    static let none = WordKey(head: 0, tail: 0)

    private init(head: UInt64, tail: UInt64) {
        self.head = head
        self.tail = tail
    }

    /// The key of the word at `range`; nil for a longer one.
    @inline(__always)
    init?(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        let count = range.count
        guard count > 0, count <= 16, let base = text.baseAddress else { return nil }
        let word = UnsafeRawPointer(base + range.lowerBound)
        var halves: (UInt64, UInt64) = (0, 0)
        if range.lowerBound &+ 16 <= text.count {
            halves = (
                word.loadUnaligned(as: UInt64.self), word.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            )
        } else {
            let bytes = UnsafeRawBufferPointer(start: word, count: count)
            withUnsafeMutableBytes(of: &halves) { $0.copyMemory(from: bytes) }
        }
        // Bit 5 is the case of a letter and is set in every digit; `_` becomes a byte that stands for nothing else.
        head = (UInt64(littleEndian: halves.0) | 0x2020_2020_2020_2020) & Self.mask(min(count, 8))
        tail = (UInt64(littleEndian: halves.1) | 0x2020_2020_2020_2020) & Self.mask(count &- 8)
    }

    /// The first `count` bytes; none of a negative count.
    @inline(__always)
    private static func mask(_ count: Int) -> UInt64 {
        count <= 0 ? 0 : .max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    }
}

extension UInt8 {
    /// Whether the byte is ASCII white space or a control character.
    @inline(__always)
    var isBlank: Bool { self <= 0x20 }
}
