/// Makes pairs of neighbouring ideographs, and identifiers of the words they consist of.
///
/// Words come as the scanner finds them. Ideographs: a run `ABC` gives `AB`, `BC`; a lone `A` gives `A`.
/// Identifiers: a run of words with one `/ \ - . : @ + ~`, `::`, `->` or `:\` between each two gives the whole, every word and
/// every word's parts at one position; hyphens alone join nothing unless there is a digit, as they do in prose.
struct WordJoiner {
    /// The most words of one identifier.
    private static let maximumRunCount = 16

    private let text: UnsafeBufferPointer<UInt8>
    private let pairsIdeographs: Bool
    private let splitsIdentifiers: Bool
    /// That of the next word.
    private(set) var position: Int
    private(set) var words: [ContextWord] = []

    private struct Piece {
        let word: Int
        let range: Range<Int>
    }

    /// The identifier in hand.
    private var run: [Piece] = []
    private var ideograph: (bytes: [UInt8], range: Range<Int>, isPaired: Bool)?

    init(_ options: AnalyzerOptions, text: UnsafeBufferPointer<UInt8>, position: Int) {
        self.text = text
        self.position = position
        pairsIdeographs = options.ideographs == .bigrams
        splitsIdentifiers = options.splitsIdentifiers
    }

    mutating func takeWords() -> [ContextWord] {
        defer { words.removeAll(keepingCapacity: true) }
        return words
    }

    /// Takes the scanner's word.
    mutating func append(_ scanner: WordScanner, _ vocabulary: inout Vocabulary) {
        if scanner.isIdeograph, pairsIdeographs {
            // Copied first: the parts of an identifier are scanned into the same place.
            let bytes = Array(vocabulary.scannedWord(scanner))
            endRun(&vocabulary)
            pair(bytes, scanner.range, &vocabulary)
            return
        }
        endIdeographs(&vocabulary)
        let piece = Piece(word: vocabulary.number(of: scanner), range: scanner.range)
        guard splitsIdentifiers else { return add(piece, vocabulary) }
        if let last = run.last, !continues(last, piece) { endRun(&vocabulary) }
        run.append(piece)
    }

    /// Ends the text.
    mutating func finish(_ vocabulary: inout Vocabulary) {
        endIdeographs(&vocabulary)
        endRun(&vocabulary)
    }

    private mutating func add(_ piece: Piece, parts: [Token] = [], _ vocabulary: borrowing Vocabulary) {
        if let token = vocabulary.token(piece.word, position, piece.range) {
            words.append(ContextWord(token: token, parts: parts))
        }
        position += 1
    }

    // MARK: Ideographs

    private mutating func pair(_ bytes: [UInt8], _ range: Range<Int>, _ vocabulary: inout Vocabulary) {
        var isPaired = false
        if let first = ideograph, first.range.upperBound == range.lowerBound {
            isPaired = true
            let word = (first.bytes + bytes).withUnsafeBufferPointer { vocabulary.number(ofWhole: $0) }
            add(Piece(word: word, range: first.range.lowerBound..<range.upperBound), vocabulary)
        } else {
            endIdeographs(&vocabulary)
        }
        ideograph = (bytes, range, isPaired)
    }

    private mutating func endIdeographs(_ vocabulary: inout Vocabulary) {
        guard let last = ideograph.take(), !last.isPaired else { return }
        let word = last.bytes.withUnsafeBufferPointer { vocabulary.number(ofWhole: $0) }
        add(Piece(word: word, range: last.range), vocabulary)
    }

    // MARK: Identifiers

    private func continues(_ last: Piece, _ next: Piece) -> Bool {
        guard run.count < Self.maximumRunCount, let first = run.first,
            next.range.upperBound - first.range.lowerBound <= WordScanner.maximumByteCount
        else { return false }
        let between = text[last.range.upperBound..<next.range.lowerBound]
        switch between.count {
        case 1: return between.first.map { "/\\-.:@+~".utf8.contains($0) } ?? false
        case 2: return ["::", "->", ":\\"].contains { between.elementsEqual($0.utf8) }
        default: return false
        }
    }

    private mutating func endRun(_ vocabulary: inout Vocabulary) {
        guard let first = run.first, let last = run.last else { return }
        let pieces = run
        run.removeAll(keepingCapacity: true)
        guard pieces.count > 1, isIdentifier(pieces) else {
            for piece in pieces { add(piece, parts: parts(of: piece, &vocabulary), vocabulary) }
            return
        }
        var whole: [UInt8] = []
        var tokens: [Token] = []
        var end = first.range.lowerBound
        for piece in pieces {
            whole += text[end..<piece.range.lowerBound]
            whole += vocabulary.words.bytes(piece.word)
            end = piece.range.upperBound
            if let token = vocabulary.token(piece.word, position, piece.range) { tokens.append(token) }
            tokens += parts(of: piece, &vocabulary)
        }
        // Folding can lengthen a word; it is cut as the scanner cuts, never inside a scalar.
        var count = min(whole.count, WordScanner.maximumByteCount)
        while count < whole.count, whole[count] & 0xC0 == 0x80 { count -= 1 }
        let word = whole.prefix(count).withUnsafeBufferPointer { vocabulary.number(ofWhole: $0) }
        add(Piece(word: word, range: first.range.lowerBound..<last.range.upperBound), parts: tokens, vocabulary)
    }

    private func isIdentifier(_ pieces: [Piece]) -> Bool {
        var end = pieces[0].range.lowerBound
        for piece in pieces {
            if text[end..<piece.range.lowerBound].contains(where: { $0 != UInt8(ascii: "-") }) { return true }
            if text[piece.range].contains(where: { $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") }) { return true }
            end = piece.range.upperBound
        }
        return false
    }

    /// The tokens of a word's parts; none where it has one.
    private func parts(of piece: Piece, _ vocabulary: inout Vocabulary) -> [Token] {
        let ranges = IdentifierParts.ranges(UnsafeBufferPointer(rebasing: text[piece.range]))
        guard ranges.count > 1 else { return [] }
        var tokens: [Token] = []
        for part in ranges {
            let start = piece.range.lowerBound + part.lowerBound
            var scanner = vocabulary.scanner(
                UnsafeBufferPointer(rebasing: text[start..<piece.range.lowerBound + part.upperBound]))
            while vocabulary.next(&scanner) {
                let range = start + scanner.range.lowerBound..<start + scanner.range.upperBound
                let word = vocabulary.number(of: scanner)
                if let token = vocabulary.token(word, position, range) { tokens.append(token) }
            }
        }
        return tokens
    }
}
