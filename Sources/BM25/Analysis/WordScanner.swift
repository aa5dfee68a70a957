internal import CKernels

/// Finds the words of a text, one after another, and gives them lower-cased and folded.
///
/// Unsafe inside: raw UTF-8.
///
/// Word borders follow UAX #29 (https://unicode.org/reports/tr29/, rules WB4 to WB13) as Lucene's StandardTokenizer
/// does, but for these: emoji and other symbols are no words; a run of `_` is none; Hebrew has no rules of its own.
/// Han and Hiragana are words of one scalar; Katakana, Hangul and Thai run on as letters do.
///
/// A word of more than ``maximumByteCount`` bytes is cut there; what follows inside the same word is not indexed.
struct WordScanner {
    /// The longest word kept, in UTF-8 bytes after folding.
    static let maximumByteCount = 255
    /// Room for a word: bytes are written sixteen at a time, and read eight at a time.
    static let room = maximumByteCount + 1

    /// Valid UTF-8: the storage of a `String`.
    private let text: UnsafeBufferPointer<UInt8>
    /// Where the next folded word goes, ``maximumByteCount`` bytes at most, in ``room`` bytes.
    var word: UnsafeMutablePointer<UInt8>
    private let asciiClasses: UnsafePointer<UInt8>
    private var position = 0

    /// The folded word's length in bytes.
    private(set) var byteCount = 0
    /// Where the word stands in the text, in bytes.
    private(set) var range = 0..<0
    /// Whether the word is an ideograph, a word by itself wherever it stands.
    private(set) var isIdeograph = false
    private var isFull = false

    /// A scanner over `text`, writing words to `word`, which has ``room`` bytes.
    init(
        _ text: UnsafeBufferPointer<UInt8>, word: UnsafeMutablePointer<UInt8>, asciiClasses: UnsafePointer<UInt8>
    ) {
        self.text = text
        self.word = word
        self.asciiClasses = asciiClasses
    }

    /// Moves to the next word if that is one of up to 15 ASCII letters and digits, with ASCII before it and behind it that joins
    /// it to nothing; returns it then, and otherwise moves nowhere.
    ///
    /// It is what ``next(_:)`` finds, in less time; it keeps neither ``byteCount`` nor ``range``.
    @inline(__always)
    mutating func nextPlain() -> (byteCount: Int, range: Range<Int>)? {
        guard let base = text.baseAddress else { return nil }
        let other = ScalarClass.other.rawValue
        var index = position
        while text.count &- index > 17 {
            let byteCount = Int(ck_fold_run_16(base + index, word))
            let end = index &+ byteCount
            guard byteCount < 16, base[end] < 0x80 else { return nil }
            let behind = asciiClasses[Int(base[end])]
            if behind != other {
                // A middle character joins only what follows it at once.
                guard byteCount > 0, behind >= ScalarClass.midLetter.rawValue, behind <= ScalarClass.midBoth.rawValue,
                    base[end &+ 1] < 0x80, asciiClasses[Int(base[end &+ 1])] == other
                else { return nil }
            }
            if byteCount > 0 {
                position = end &+ 1
                return (byteCount, index..<end)
            }
            index &+= 1
        }
        return nil
    }

    /// Moves to the next word; false at the end of the text.
    mutating func next(_ scalars: inout ScalarTable) -> Bool {
        let letter = ScalarClass.letter.rawValue
        let digit = ScalarClass.digit.rawValue
        let count = text.count
        var index = position
        var start = -1
        var end = 0
        var previous = ScalarClass.other.rawValue
        var hasSubstance = false
        byteCount = 0
        isFull = false
        isIdeograph = false
        while index < count {
            let byte = text[index]
            var width = 1
            var folded = UInt32(byte)
            var scalar = UInt32(byte)
            var scalarClass: UInt8
            if byte < 0x80 {
                scalarClass = asciiClasses[Int(byte)]
                if scalarClass == letter || scalarClass == digit {
                    if start < 0 {
                        start = index
                    }
                    index = appendRun(from: index)
                    previous = asciiClasses[Int(text[index - 1])]
                    hasSubstance = true
                    end = index
                    continue
                }
            } else {
                (scalar, width) = decode(at: index)
                let entry = scalars.entry(of: scalar)
                scalarClass = entry.scalarClass
                folded = entry.folded
            }
            switch scalarClass {
            case letter, digit:
                if start < 0 {
                    start = index
                }
                if folded != 0 {
                    append(folded)
                } else {
                    for part in scalars.spelling(of: scalar).utf8 {
                        appendASCII(part)
                    }
                }
                previous = scalarClass
                hasSubstance = true
                end = index + width
            case ScalarClass.connector.rawValue:
                if start < 0 {
                    start = index
                }
                append(folded)
                previous = scalarClass
                end = index + width
            case ScalarClass.mark.rawValue where start >= 0:
                if folded != 0 {
                    append(folded)
                }
                end = index + width
            case ScalarClass.ideograph.rawValue:
                if hasSubstance {
                    return finish(start..<end, next: index)
                }
                byteCount = 0
                isIdeograph = true
                append(folded)
                end = skipMarks(from: index + width, &scalars)
                return finish(index..<end, next: end)
            case ScalarClass.midLetter.rawValue, ScalarClass.midNumber.rawValue, ScalarClass.midBoth.rawValue:
                if start >= 0, joins(scalarClass, previous, index + width, &scalars) {
                    append(folded)
                } else if hasSubstance {
                    return finish(start..<end, next: index + width)
                } else {
                    start = -1
                    byteCount = 0
                }
            default:
                if hasSubstance {
                    return finish(start..<end, next: index + width)
                }
                start = -1
                byteCount = 0
            }
            index += width
        }
        return hasSubstance ? finish(start..<end, next: count) : stop()
    }

    private mutating func finish(_ found: Range<Int>, next: Int) -> Bool {
        range = found
        position = next
        return true
    }

    private mutating func stop() -> Bool {
        position = text.count
        byteCount = 0
        return false
    }

    /// WB6, WB7, WB11, WB12: a middle character stays inside when the same kind stands on both sides.
    private func joins(_ middle: UInt8, _ previous: UInt8, _ index: Int, _ scalars: inout ScalarTable) -> Bool {
        let isLetter = previous == ScalarClass.letter.rawValue && middle != ScalarClass.midNumber.rawValue
        let isDigit = previous == ScalarClass.digit.rawValue && middle != ScalarClass.midLetter.rawValue
        guard isLetter || isDigit else { return false }
        let after = skipMarks(from: index, &scalars)
        return after < text.count && classOfScalar(at: after, &scalars) == previous
    }

    private func skipMarks(from index: Int, _ scalars: inout ScalarTable) -> Int {
        var index = index
        while index < text.count, text[index] >= 0x80 {
            let (scalar, width) = decode(at: index)
            guard scalars.entry(of: scalar).scalarClass == ScalarClass.mark.rawValue else { break }
            index += width
        }
        return index
    }

    private func classOfScalar(at index: Int, _ scalars: inout ScalarTable) -> UInt8 {
        let byte = text[index]
        return byte < 0x80 ? asciiClasses[Int(byte)] : scalars.entry(of: decode(at: index).scalar).scalarClass
    }

    /// The scalar that starts at `index`, beyond ASCII.
    ///
    /// A piece cut short, which a `String` cannot hold, is U+FFFD.
    private func decode(at index: Int) -> (scalar: UInt32, width: Int) {
        let lead = text[index]
        let width = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC0, index + width <= text.count else { return (0xFFFD, 1) }
        var scalar = UInt32(lead) & (width == 2 ? 0x1F : width == 3 ? 0x0F : 0x07)
        for offset in 1..<width {
            scalar = scalar << 6 | UInt32(text[index + offset] & 0x3F)
        }
        return (scalar, width)
    }

    /// Appends the ASCII letters and digits that begin at `index`, of which there is one; returns where they end.
    @inline(__always)
    private mutating func appendRun(from index: Int) -> Int {
        var index = index
        if let base = text.baseAddress {
            while text.count &- index >= 16, byteCount &+ 16 <= Self.maximumByteCount {
                let length = Int(ck_fold_run_16(base + index, word + byteCount))
                byteCount &+= length
                index &+= length
                if length < 16 { return index }
            }
        }
        while index < text.count, text[index] < 0x80 {
            let scalarClass = asciiClasses[Int(text[index])]
            guard scalarClass == ScalarClass.letter.rawValue || scalarClass == ScalarClass.digit.rawValue else { break }
            appendASCII(text[index])
            index &+= 1
        }
        return index
    }

    @inline(__always)
    private mutating func appendASCII(_ byte: UInt8) {
        guard byteCount < Self.maximumByteCount, !isFull else { return }
        word[byteCount] = byte &- 0x41 < 26 ? byte | 0x20 : byte
        byteCount += 1
    }

    private mutating func append(_ scalar: UInt32) {
        if scalar < 0x80 {
            return appendASCII(UInt8(scalar))
        }
        let width = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
        guard !isFull, byteCount + width <= Self.maximumByteCount else {
            isFull = true
            return
        }
        let lead: UInt32 = width == 2 ? 0xC0 : width == 3 ? 0xE0 : 0xF0
        word[byteCount] = UInt8(truncatingIfNeeded: lead | scalar >> UInt32(6 * (width - 1)))
        for offset in 1..<width {
            let shift = UInt32(6 * (width - 1 - offset))
            word[byteCount + offset] = UInt8(truncatingIfNeeded: 0x80 | (scalar >> shift) & 0x3F)
        }
        byteCount += width
    }
}
