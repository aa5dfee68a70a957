/// The tokenizer of BERT's uncased models: text to word-piece ids.
///
/// Gives the ids of Hugging Face's `tokenizers` (BertNormalizer, BertPreTokenizer, WordPiece; Wu et al. 2016) on every
/// text but one kind: markers such as `[SEP]` typed in a text are split as ordinary text, so that a document cannot end
/// its own sequence.
package struct WordPiece: Sendable {
    /// A word of more scalars is unknown as a whole.
    private static let longestWord = 100

    private let vocabulary: Vocabulary
    private let scalars = ScalarTable()

    init(vocabulary: Vocabulary) { self.vocabulary = vocabulary }

    /// Makes a tokenizer of a vocabulary file's bytes; `nil` if they are not a vocabulary.
    package init?(vocabularyLines: [UInt8]) {
        guard let vocabulary = vocabularyLines.withUnsafeBytes(Vocabulary.init(lines:)) else { return nil }
        self.init(vocabulary: vocabulary)
    }

    /// The ids of a text with its two markers.
    package struct Encoding: Sendable, Equatable {
        package var ids: [Int32]
        /// Whether more pieces followed than were asked for.
        package var truncated: Bool
    }

    /// Splits a text into word pieces.
    /// - Parameter maximumCount: Most ids returned, both markers included; at least 2.
    /// - Complexity: O(bytes) until `maximumCount` pieces are found, then it stops.
    package func encode(_ text: String, maximumCount: Int) -> Encoding {
        var pieces = Pieces(vocabulary: vocabulary, limit: maximumCount - 1)
        var text = text
        text.withUTF8 { bytes in
            if isASCII(bytes) { splitASCII(bytes, into: &pieces) } else { splitUnicode(bytes, into: &pieces) }
        }
        return pieces.finish()
    }

    private func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var union: UInt8 = 0
        for byte in bytes { union |= byte }
        return union < 0x80
    }

    /// Without marks to strip, a byte is enough to know its part.
    private func splitASCII(_ bytes: UnsafeBufferPointer<UInt8>, into pieces: inout Pieces) {
        for byte in bytes {
            switch byte {
            case 0x61...0x7A, 0x30...0x39: pieces.append(byte)
            case 0x41...0x5A: pieces.append(byte | 0x20)
            case 0x20, 0x09, 0x0A, 0x0D: pieces.endWord()
            case 0x21...0x7E: pieces.appendSingle(UInt32(byte))
            default: break
            }
            if pieces.isFull { return }
        }
    }

    private func splitUnicode(_ bytes: UnsafeBufferPointer<UInt8>, into pieces: inout Pieces) {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            let cell = scalars[scalar.value]
            let target = cell.value == 0 ? scalar.value : cell.value
            switch cell.role {
            case .letter: pieces.append(target)
            case .letters: for part in scalars.expansions[Int(cell.value)] { pieces.append(part) }
            case .hangul: for part in HangulSyllable.jamo(of: scalar.value) { pieces.append(part) }
            case .dropped: break
            case .space: pieces.endWord()
            case .single: pieces.appendSingle(target)
            }
            if pieces.isFull { return }
        }
    }

    /// Collects the bytes of a word and cuts it into pieces at its end.
    private struct Pieces {
        private let vocabulary: Vocabulary
        private let limit: Int
        private var ids: [Int32]
        private var word: [UInt8] = []
        private var wordLength = 0

        init(vocabulary: Vocabulary, limit: Int) {
            self.vocabulary = vocabulary
            self.limit = limit
            ids = [vocabulary.start]
            word.reserveCapacity(4 * longestWord)
        }

        /// Whether more pieces were found than can be returned.
        var isFull: Bool { ids.count > limit }

        @inline(__always)
        mutating func append(_ byte: UInt8) {
            wordLength += 1
            if wordLength <= longestWord { word.append(byte) }
        }

        mutating func append(_ scalar: UInt32) {
            if scalar < 0x80 { return append(UInt8(truncatingIfNeeded: scalar)) }
            wordLength += 1
            guard wordLength <= longestWord, let scalar = Unicode.Scalar(scalar) else { return }
            word.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }

        mutating func appendSingle(_ scalar: UInt32) {
            endWord()
            append(scalar)
            endWord()
        }

        mutating func endWord() {
            if wordLength == 0 { return }
            if wordLength > longestWord || !appendPieces() { ids.append(vocabulary.unknown) }
            word.removeAll(keepingCapacity: true)
            wordLength = 0
        }

        /// Appends the word's pieces, longest first; appends nothing and returns false if some part is in no piece.
        private mutating func appendPieces() -> Bool {
            let first = ids.count
            var start = 0
            while start < word.count {
                guard let piece = longestPiece(from: start) else {
                    ids.removeSubrange(first...)
                    return false
                }
                ids.append(piece.id)
                start = piece.end
            }
            return true
        }

        private func longestPiece(from start: Int) -> (id: Int32, end: Int)? {
            word.withUnsafeBufferPointer { word in
                let limit = min(word.count - start, vocabulary.longest)
                return withUnsafeTemporaryAllocation(of: Vocabulary.Hash.self, capacity: limit) { hashes in
                    var hash = start == 0 ? Vocabulary.Hash() : .continuation
                    for offset in 0..<limit {
                        hash.combine(word[start + offset])
                        hashes[offset] = hash
                    }
                    for length in stride(from: limit, to: 0, by: -1) {
                        let end = start + length
                        let range = start..<end
                        let cutsScalar = end < word.count && word[end] & 0xC0 == 0x80
                        if cutsScalar { continue }
                        let id = vocabulary.id(of: word, range, continues: start > 0, hash: hashes[length - 1])
                        if let id { return (id, end) }
                    }
                    return nil
                }
            }
        }

        mutating func finish() -> Encoding {
            endWord()
            let truncated = isFull
            if truncated { ids.removeSubrange(limit...) }
            ids.append(vocabulary.end)
            return Encoding(ids: ids, truncated: truncated)
        }
    }
}
