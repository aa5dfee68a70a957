public import IndexCore

/// Makes one ``BM25Segment`` from passages in ascending id order.
///
/// Terms are numbered as they come, occurrences gathered term by term by a counting sort, and written in the byte
/// order of the terms. Cost on a busy 2-core machine: 18 µs for one passage of 400 bytes, 9 to 14 µs a passage for
/// many. Memory: 12 bytes a word until it is built. Not copyable: it holds an analyzer of its own until then.
public struct BM25SegmentBuilder: ~Copyable {
    private let parameters: BM25Parameters
    private let lease: AnalyzerLease
    private var rows = PassageRowsBuilder()
    private var combined = OccurrenceList()
    private var titles = OccurrenceList()
    private var words = SurfaceWordList()
    /// The tokens of one text.
    private var tokens = RawArray<IndexedToken>(capacity: 256)

    /// Tokens ahead of which memory is asked for.
    private static let lookahead = 24

    /// A builder of segments for a collection with these parameters.
    public init(parameters: BM25Parameters = .init()) {
        self.parameters = parameters
        lease = AnalyzerLease(parameters.analyzer)
        lease.analyzer.segmentNumbers.begin()
    }

    /// The number of passages added.
    public var passageCount: Int { rows.count }

    /// Words added, a title's times its weight: what memory grows with.
    public var tokenCount: Int { combined.count }

    /// Adds a passage; `document` is the first passage id of its document's version.
    ///
    /// Ids must ascend, and a document's passages follow one another: the writer gives ids that way.
    public mutating func add(_ id: PassageID, document: PassageID, title: String, text: String) {
        precondition(rows.lastID.map { $0 < id.rawValue } ?? true, "passage ids must ascend")
        var position = 0
        var titleLength = FieldLength()
        var length = FieldLength()
        let analyzer = lease.analyzer
        let titleEnd = tokenize(title, of: .title, from: 0)
        if tokens.count > 0 {
            appendTitle(&titleLength, &analyzer.segmentNumbers)
            for _ in 0..<parameters.titleWeight {
                appendCombined(from: position, &length, &analyzer.segmentNumbers)
                position += titleEnd + Token.gapBetweenValues
            }
        }
        _ = tokenize(text, of: .content, from: position)
        appendCombined(from: 0, &length, &analyzer.segmentNumbers)
        combined.endRow()
        titles.endRow()
        words.endRow()
        rows.append(
            PassageRowsBuilder.Row(
                id: id.rawValue, document: document.rawValue, length: UInt32(clamping: length.count),
                norm: NormCodec.encode(length.distinctPositions), titleLength: UInt32(clamping: titleLength.count),
                titleNorm: NormCodec.encode(titleLength.distinctPositions)))
    }

    /// Puts a text's tokens into ``tokens``; returns the position after it.
    private mutating func tokenize(_ text: String, of field: TextField, from position: Int) -> Int {
        tokens.removeAll()
        guard !text.isEmpty else { return position }
        var text = text
        let analyzer = lease.analyzer
        return text.withUTF8 { bytes in
            analyzer.vocabulary.forEachToken(bytes, of: field, from: position) { token in
                tokens.append(IndexedToken(term: token.term, word: token.word, position: token.position))
                return true
            }
        }
    }

    private mutating func appendTitle(_ length: inout FieldLength, _ numbers: inout SegmentNumbers) {
        for place in 0..<tokens.count {
            let token = tokens[place]
            length.count(token.position)
            titles.append(numbers.titleTerms.number(of: token.term), token)
        }
    }

    private mutating func appendCombined(
        from start: Int, _ length: inout FieldLength, _ numbers: inout SegmentNumbers
    ) {
        let row = UInt32(truncatingIfNeeded: rows.count)
        for place in 0..<min(Self.lookahead, tokens.count) { numbers.terms.prefetch(tokens[place].term) }
        for place in 0..<tokens.count {
            if place &+ Self.lookahead < tokens.count {
                numbers.terms.prefetch(tokens[place &+ Self.lookahead].term)
            }
            var token = tokens[place]
            token.position &+= start
            length.count(token.position)
            let term = numbers.terms.number(of: token.term)
            combined.append(term, token)
            if parameters.surfaceWords {
                words.append(numbers.words.number(of: token.word), word: token.word, stem: term.number, row: row)
            }
        }
    }

    /// The segment of everything added.
    public consuming func build() -> BM25Segment {
        let occurrences = combined.count + titles.count
        let terms = combined.termCount + titles.termCount + words.count
        var writer = SegmentWriter(
            rows: rows, dictionaryCapacity: terms * 12 + 64, postingsCapacity: occurrences * 2 + 64,
            positionsCapacity: occurrences * 2 + 64)
        let analyzer = lease.analyzer
        let ordinals = combined.write(.combined, to: &writer, analyzer)
        _ = titles.write(.title, to: &writer, analyzer)
        words.write(to: &writer, analyzer, stemOrdinals: ordinals, stems: combined)
        return writer.finish(fingerprint: parameters.fingerprint)
    }
}

/// One token as a builder keeps it.
struct IndexedToken {
    let term: Int
    let word: Int
    var position: Int
}

/// How long a field is, in words and in positions that a word begins.
private struct FieldLength {
    private(set) var count = 0
    private(set) var distinctPositions = 0
    private var last = -1

    @inline(__always)
    mutating func count(_ position: Int) {
        count &+= 1
        distinctPositions &+= position == last ? 0 : 1
        last = position
    }
}
