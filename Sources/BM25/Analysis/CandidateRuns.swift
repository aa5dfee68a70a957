internal import CKernels

/// The runs of a text between white space that may hold one of some given terms, in order.
///
/// White space ends words under every rule, so the analyzer finds the same words in a run as in the whole text. A run
/// is left out only if none of its words can have a term. Unsafe inside: it drives raw UTF-8. A fraction of a
/// nanosecond a byte and some nanoseconds a word, where analysis takes ten nanoseconds a byte.
struct CandidateRuns {
    private let text: UnsafeBufferPointer<UInt8>
    private let beginnings: WordBeginnings
    /// Where the block in hand begins, and its places not looked at yet: word beginnings and bytes beyond ASCII.
    private var block = 0
    private var places: UInt64 = 0
    private var nextBlock = 0
    /// 1 if the byte before ``nextBlock`` is a letter or digit.
    private var endsInWord: UInt64 = 0
    /// The end of the run last given.
    private var passed = 0

    init(_ text: UnsafeBufferPointer<UInt8>, _ beginnings: WordBeginnings) {
        self.text = text
        self.beginnings = beginnings
    }

    /// The next run's byte range; `nil` at the end of the text.
    mutating func next() -> Range<Int>? {
        while true {
            while places != 0 {
                let place = block &+ places.trailingZeroBitCount
                places &= places &- 1
                if place >= passed, mayBegin(at: place) {
                    let run = run(around: place)
                    passed = run.upperBound
                    return run
                }
            }
            guard nextBlock < text.count else { return nil }
            readBlock()
        }
    }

    private mutating func readBlock() {
        guard let base = text.baseAddress else { return }
        block = nextBlock
        let rest = text.count - block
        let classes = rest >= 64 ? ck_classify_64(base + block) : ck_classify_tail(base + block, rest)
        // Every word begins at a letter or digit after something else; beyond ASCII the analyzer decides.
        places = classes.letters & ~(classes.letters << 1 | endsInWord) | classes.beyond
        endsInWord = classes.letters >> 63
        nextBlock = block + 64
    }

    @inline(__always)
    private func mayBegin(at place: Int) -> Bool {
        let first = Self.folded(text[place])
        let second = place + 1 < text.count ? text[place + 1] : 0
        if first >= 0x80 { return true }
        return Self.isLetterOrDigit(second) || second >= 0x80 || second == UInt8(ascii: "'")
            ? beginnings.contains(first, Self.folded(second))
            : beginnings.contains(first, 0) || beginnings.begins(first)
    }

    private func run(around place: Int) -> Range<Int> {
        var start = place
        while start > 0, !text[start - 1].isBlank { start -= 1 }
        var end = place
        while end < text.count, !text[end].isBlank { end += 1 }
        return start..<end
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

extension UInt8 {
    /// Whether the byte is ASCII white space or a control character.
    @inline(__always)
    var isBlank: Bool { self <= 0x20 }
}
