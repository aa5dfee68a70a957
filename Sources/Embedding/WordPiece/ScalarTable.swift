/// What the tokenizer does with each Unicode scalar: a two-stage table, filled once from ``UnicodeTables``.
struct ScalarTable: Sendable {
    /// The part a scalar plays in the splitting of words.
    enum Role: UInt32 {
        /// Part of a word, as it is or as another scalar.
        case letter
        /// Part of a word, as several scalars.
        case letters
        /// A precomposed Hangul syllable: two or three letters by rule.
        case hangul
        case dropped
        case space
        /// A word of its own: punctuation or an ideograph.
        case single
    }

    /// A role in the high bits; in the low 24 the scalar it becomes (0: itself), or an index into `expansions`.
    struct Cell: Hashable {
        var bits: UInt32

        init(_ role: Role, _ value: UInt32) { bits = role.rawValue << 24 | value }

        var role: Role { Role(rawValue: bits >> 24) ?? .letter }
        var value: UInt32 { bits & 0xFF_FFFF }
    }

    /// The scalars of each ``Role/letters``.
    private(set) var expansions: [[UInt32]] = []
    /// For each 256 scalars, the start of their cells.
    ///
    /// The first block is that of letters that stay as they are.
    private var blocks = [UInt32](repeating: 0, count: 0x110000 / 256)
    private var cells = [Cell](repeating: Cell(.letter, 0), count: 256)

    init() {
        fill(UnicodeTables.dropped, .dropped)
        fill(UnicodeTables.spaces, .space)
        fill(UnicodeTables.ideographs, .single)
        fill(UnicodeTables.punctuation, .single)
        for scalar in HangulSyllable.range { self[scalar] = Cell(.hangul, 0) }
        fillMappings()
        shareEqualBlocks()
    }

    private(set) subscript(scalar: UInt32) -> Cell {
        get { cells[Int(blocks[Int(scalar >> 8)]) + Int(scalar & 255)] }
        set {
            let block = Int(scalar >> 8)
            if blocks[block] == 0 {
                blocks[block] = UInt32(cells.count)
                cells.append(contentsOf: repeatElement(Cell(.letter, 0), count: 256))
            }
            cells[Int(blocks[block]) + Int(scalar & 255)] = newValue
        }
    }

    /// Keeps one of the blocks that are alike: private planes, Hangul, most of the ideographs.
    private mutating func shareEqualBlocks() {
        var starts: [ArraySlice<Cell>: UInt32] = [:]
        var shared: [Cell] = []
        for block in blocks.indices {
            let start = Int(blocks[block])
            let content = cells[start..<start + 256]
            if let known = starts[content] {
                blocks[block] = known
            } else {
                let new = UInt32(shared.count)
                starts[content] = new
                blocks[block] = new
                shared += content
            }
        }
        cells = shared
    }

    private mutating func fill(_ table: StaticString, _ role: Role) {
        for item in items(of: table) {
            let bounds = item.split(separator: UInt8(ascii: "-"))
            guard let first = bounds.first, let last = bounds.last else { continue }
            for scalar in hexadecimalValue(first)...hexadecimalValue(last) { self[scalar] = Cell(role, 0) }
        }
    }

    private mutating func fillMappings() {
        for item in items(of: UnicodeTables.mappings) {
            let parts = item.split(separator: UInt8(ascii: ":"))
            guard parts.count == 2 else { continue }
            var scalar = hexadecimalValue(parts[0])
            for target in parts[1].split(separator: UInt8(ascii: ",")) {
                map(scalar, to: target.split(separator: UInt8(ascii: "+")).map(hexadecimalValue))
                scalar += 1
            }
        }
    }

    private mutating func map(_ scalar: UInt32, to targets: [UInt32]) {
        if targets.count == 1 {
            self[scalar] = Cell(self[scalar].role, targets[0])
        } else {
            self[scalar] = Cell(.letters, UInt32(expansions.count))
            expansions.append(targets)
        }
    }

    private func items(of table: StaticString) -> [ArraySlice<UInt8>] {
        let bytes = table.withUTF8Buffer { Array($0) }
        return bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    }

    private func hexadecimalValue(_ digits: ArraySlice<UInt8>) -> UInt32 {
        digits.reduce(0) { $0 << 4 | UInt32($1 >= 65 ? $1 - 55 : $1 - 48) }
    }
}

/// Decomposes Hangul syllables (The Unicode Standard, section 3.12).
enum HangulSyllable {
    static let range: Range<UInt32> = 0xAC00..<0xD7A4

    /// The two or three jamo of a syllable.
    static func jamo(of syllable: UInt32) -> [UInt32] {
        let index = syllable - range.lowerBound
        let leading = 0x1100 + index / 588
        let vowel = 0x1161 + index % 588 / 28
        let trailing = index % 28
        return trailing == 0 ? [leading, vowel] : [leading, vowel, 0x11A7 + trailing]
    }
}
