/// The part of a text to show for a query.
public struct Excerpt: Sendable, Equatable {
    /// What to show, in Unicode scalars of the text.
    public var window: Range<Int>
    /// The query's words in it: ascending, not overlapping, in Unicode scalars of the text.
    public var highlights: [Range<Int>]
}

/// Where a query's terms occur in a text.
///
/// Re-analyses the text: the index keeps no positions.
///
/// Stems match as they do in search: "runs" is marked for "running". Offsets count Unicode scalars.
public struct Highlighter: Sendable {
    private let query: BM25Query
    private let options: AnalyzerOptions
    /// Millionths, so that sums are exact in any order.
    private let weights: [Int]
    /// How a word must begin to be worth stemming.
    private let beginnings: WordBeginnings

    /// A highlighter for `query`; `weights` are ``BM25Result/weights``, or one for each term if left out.
    public init(query: BM25Query, parameters: BM25Parameters = .init(), weights: [Double] = []) {
        self.query = query
        options = parameters.analyzer
        beginnings = WordBeginnings(terms: query.terms)
        self.weights =
            weights.count == query.terms.count
            ? weights.map { Int(($0 * 1e6).rounded()) } : query.terms.map { _ in 1_000_000 }
    }

    /// The first `limit` matching words: ascending, not overlapping.
    public func ranges(in text: String, limit: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        guard limit > 0, !query.isEmpty else { return ranges }
        forEachWord(of: text) { range, place in
            if place != nil {
                ranges.append(range)
            }
            return ranges.count < limit
        }
        return ranges
    }

    /// The stretch of at most `length` scalars that holds the most of the query: distinct terms by weight, then the
    /// first such.
    ///
    /// It begins and ends with a word where words fit, and shows what stands before the first match.
    public func bestWindow(in text: String, length: Int) -> Range<Int> {
        excerpt(of: text, length: length, limit: 0).window
    }

    /// The best window of at most `length` scalars and the first `limit` matching words in it, in one pass over the text.
    public func excerpt(of text: String, length: Int, limit: Int) -> Excerpt {
        let count = Self.scalarCount(text)
        var words: [Range<Int>] = []
        var matches: [(word: Int, place: Int)] = []
        words.reserveCapacity(text.utf8.count / 6)
        forEachPiece(of: text) { range, place in
            if let place {
                matches.append((words.count, place))
            }
            words.append(range)
        }
        var shown = 0..<min(count, max(0, length))
        if count > length, length > 0 {
            shown = window(around: bestSpan(matches, words, length: length), words, length: length, count: count)
        }
        let inside = matches.lazy.map { words[$0.word] }.filter {
            $0.lowerBound >= shown.lowerBound && $0.upperBound <= shown.upperBound
        }
        return Excerpt(window: shown, highlights: Array(inside.prefix(max(0, limit))))
    }

    private static func scalarCount(_ text: String) -> Int {
        var text = text
        return text.withUTF8 { bytes in
            var continuations = 0
            for byte in bytes {
                continuations &+= byte & 0xC0 == 0x80 ? 1 : 0
            }
            return bytes.count - continuations
        }
    }

    /// The scalars from the first to the last match of the best window.
    private func bestSpan(_ matches: [(word: Int, place: Int)], _ words: [Range<Int>], length: Int) -> Range<Int> {
        var best = 0..<0
        var bestWeight = 0
        var weight = 0
        var counts = [Int](repeating: 0, count: weights.count)
        var left = 0
        for match in matches {
            if counts[match.place] == 0 {
                weight += weights[match.place]
            }
            counts[match.place] += 1
            let end = words[match.word].upperBound
            while matches[left].word < match.word,
                end - words[matches[left].word].lowerBound > length
            {
                counts[matches[left].place] -= 1
                if counts[matches[left].place] == 0 {
                    weight -= weights[matches[left].place]
                }
                left += 1
            }
            if weight > bestWeight {
                bestWeight = weight
                best = words[matches[left].word].lowerBound..<end
            }
        }
        return best
    }

    private func window(around span: Range<Int>, _ words: [Range<Int>], length: Int, count: Int) -> Range<Int> {
        // A quarter of the room that is left stands before the first match; more where the text ends early.
        let room = max(0, length - span.count)
        let wanted = max(0, min(span.lowerBound - room / 4, count - length))
        var start = span.lowerBound
        if wanted == 0 {
            start = 0
        } else if let word = words.first(where: { $0.lowerBound >= wanted }), word.lowerBound < span.lowerBound {
            start = word.lowerBound
        }
        let limit = min(start + length, count)
        guard limit < count else { return start..<count }
        let lastWord = words.last { $0.upperBound <= limit && $0.upperBound > start }
        return start..<(lastWord?.upperBound ?? limit)
    }

    /// Calls `body` with pieces of the text that windows may be cut between, and the term's place where one matches.
    ///
    /// White space ends words under every rule, so only the runs between it that could hold a term are analysed; the
    /// others are pieces as they stand.
    private func forEachPiece(of text: String, _ body: (_ range: Range<Int>, _ place: Int?) -> Void) {
        let lease = numberedAnalyzer()
        let analyzer = lease.analyzer
        var text = text
        text.withUTF8 { bytes in
            var offsets = ScalarOffsets(bytes)
            var runs = TextRuns(bytes)
            while let run = runs.next(beginnings) {
                guard run.mayMatch else {
                    let start = offsets.scalars(before: run.range.lowerBound)
                    body(start..<offsets.scalars(before: run.range.upperBound), nil)
                    continue
                }
                let part = UnsafeBufferPointer(rebasing: bytes[run.range])
                analyzer.vocabulary.forEachWord(part, stemming: beginnings) { term, range in
                    let start = offsets.scalars(before: run.range.lowerBound + range.lowerBound)
                    let end = offsets.scalars(before: run.range.lowerBound + range.upperBound)
                    body(start..<end, term.flatMap { analyzer.existingNumber(of: $0) })
                    return true
                }
            }
        }
    }

    /// An analyzer that knows the query's terms by their places.
    private func numberedAnalyzer() -> AnalyzerLease {
        let lease = AnalyzerLease(options)
        for (place, term) in query.terms.enumerated() {
            var term = term
            let number = term.withUTF8 { lease.analyzer.vocabulary.number(ofTerm: $0) }
            _ = lease.analyzer.number(of: number, next: place)
        }
        return lease
    }

    /// Calls `body` with each word and, if it matches, the place of its term in the query; until it returns false.
    private func forEachWord(of text: String, _ body: (_ range: Range<Int>, _ place: Int?) -> Bool) {
        let lease = numberedAnalyzer()
        let analyzer = lease.analyzer
        var text = text
        text.withUTF8 { bytes in
            var offsets = ScalarOffsets(bytes)
            analyzer.vocabulary.forEachWord(bytes, stemming: beginnings) { term, range in
                let start = offsets.scalars(before: range.lowerBound)
                let end = offsets.scalars(before: range.upperBound)
                return body(start..<end, term.flatMap { analyzer.existingNumber(of: $0) })
            }
        }
    }
}

/// Counts the scalars before ascending byte offsets of one text.
private struct ScalarOffsets {
    private let text: UnsafeBufferPointer<UInt8>
    private var byte = 0
    private var scalar = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    mutating func scalars(before offset: Int) -> Int {
        while byte < offset {
            scalar += text[byte] & 0xC0 == 0x80 ? 0 : 1
            byte += 1
        }
        return scalar
    }
}
