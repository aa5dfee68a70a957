/// The word pieces of a model and their ids, in an open-addressing hash table over UTF-8 bytes.
struct Vocabulary: Sendable {
    /// Bytes of all pieces, one after another.
    private let text: [UInt8]
    /// Piece `i` is `text[ends[i - 1]..<ends[i]]`.
    private let ends: [UInt32]
    /// Id + 1 of a piece, or 0 for an empty slot; a power of two.
    private let slots: [UInt16]
    /// Bytes of the longest piece.
    let longest: Int

    let unknown: Int32
    let start: Int32
    let end: Int32

    /// FNV-1a, byte by byte, so that the hashes of all prefixes of a word come in one pass.
    struct Hash {
        private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

        /// The hash of `##`, with which a piece inside a word begins.
        static let continuation: Hash = {
            var hash = Hash()
            hash.combine(UInt8(ascii: "#"))
            hash.combine(UInt8(ascii: "#"))
            return hash
        }()

        @inline(__always)
        mutating func combine(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

        var slot: Int { Int(truncatingIfNeeded: value ^ value >> 29) }
    }

    /// Reads a vocabulary of one piece a line; the line number is the id.
    ///
    /// `nil` if there are too many pieces or the three markers are missing.
    init?(lines: UnsafeRawBufferPointer) {
        var text: [UInt8] = []
        var ends: [UInt32] = []
        text.reserveCapacity(lines.count)
        for byte in lines {
            if byte == UInt8(ascii: "\n") { ends.append(UInt32(text.count)) } else { text.append(byte) }
        }
        if let last = lines.last, last != UInt8(ascii: "\n") { ends.append(UInt32(text.count)) }
        guard ends.count < Int(UInt16.max) else { return nil }

        var slots = [UInt16](repeating: 0, count: 1 << 17)
        var longest = 0
        var start = 0
        for (id, end) in ends.enumerated() {
            var hash = Hash()
            for byte in text[start..<Int(end)] { hash.combine(byte) }
            var slot = hash.slot & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt16(id + 1)
            longest = max(longest, Int(end) - start)
            start = Int(end)
        }
        self.text = text
        self.ends = ends
        self.slots = slots
        self.longest = longest

        func marker(_ name: String) -> Int32? {
            for (id, end) in ends.enumerated() {
                let first = id == 0 ? 0 : Int(ends[id - 1])
                if text[first..<Int(end)].elementsEqual(name.utf8) { return Int32(id) }
            }
            return nil
        }
        guard let unknown = marker("[UNK]"), let opening = marker("[CLS]"), let closing = marker("[SEP]") else {
            return nil
        }
        self.unknown = unknown
        self.start = opening
        self.end = closing
    }

    var count: Int { ends.count }

    /// The id of the piece `word[range]`, of `##` and it when `continues`; `hash` is the hash of just that.
    func id(of word: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, continues: Bool, hash: Hash) -> Int32? {
        var slot = hash.slot & (slots.count - 1)
        while slots[slot] != 0 {
            let id = Int(slots[slot]) - 1
            if isPiece(id, word, range, continues: continues) { return Int32(id) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private func isPiece(_ id: Int, _ word: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, continues: Bool) -> Bool {
        var position = id == 0 ? 0 : Int(ends[id - 1])
        let prefix = continues ? 2 : 0
        guard Int(ends[id]) - position == range.count + prefix else { return false }
        if continues {
            guard text[position] == UInt8(ascii: "#"), text[position + 1] == UInt8(ascii: "#") else { return false }
            position += 2
        }
        for offset in range {
            if text[position] != word[offset] { return false }
            position += 1
        }
        return true
    }
}
