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

    /// A word of the text that has a term of the query.
    private struct Match {
        /// In scalars.
        var range: Range<Int>
        /// Of its term in the query.
        var place: Int
    }

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
        var text = text
        return text.withUTF8 { Array(matches(in: TextScalars($0)).lazy.map(\.range).prefix(max(0, limit))) }
    }

    /// The best window of at most `length` scalars and the first `limit` matching words in it.
    ///
    /// The best holds the most of the query: distinct terms by weight, then the first such. It begins and ends at white
    /// space where that fits, and shows what stands before the first match.
    public func excerpt(of text: String, length: Int, limit: Int) -> Excerpt {
        var text = text
        return text.withUTF8 { bytes in
            let text = TextScalars(bytes)
            let matches = matches(in: text)
            var shown = 0..<min(text.count, max(0, length))
            if text.count > length, length > 0 {
                shown = window(around: bestSpan(matches, length: length), in: text, length: length)
            }
            let inside = matches.lazy.map(\.range).filter {
                $0.lowerBound >= shown.lowerBound && $0.upperBound <= shown.upperBound
            }
            return Excerpt(window: shown, highlights: Array(inside.prefix(max(0, limit))))
        }
    }

    /// The scalars from the first to the last match of the best window.
    private func bestSpan(_ matches: [Match], length: Int) -> Range<Int> {
        var best = 0..<0
        var bestWeight = 0
        var weight = 0
        var counts = [Int](repeating: 0, count: weights.count)
        var left = 0
        for (index, match) in matches.enumerated() {
            if counts[match.place] == 0 {
                weight += weights[match.place]
            }
            counts[match.place] += 1
            let end = match.range.upperBound
            while left < index, end - matches[left].range.lowerBound > length {
                counts[matches[left].place] -= 1
                if counts[matches[left].place] == 0 {
                    weight -= weights[matches[left].place]
                }
                left += 1
            }
            if weight > bestWeight {
                bestWeight = weight
                best = matches[left].range.lowerBound..<end
            }
        }
        return best
    }

    private func window(around span: Range<Int>, in text: TextScalars, length: Int) -> Range<Int> {
        // A quarter of the room that is left stands before the first match; more where the text ends early.
        let room = max(0, length - span.count)
        let wanted = max(0, min(span.lowerBound - room / 4, text.count - length))
        let start = wanted == 0 ? 0 : text.firstRunStart(from: wanted, before: span.lowerBound) ?? span.lowerBound
        let limit = start + length
        guard limit < text.count else { return start..<text.count }
        let end = text.lastRunEnd(upTo: limit, after: start) ?? limit
        return start..<(span.upperBound <= limit ? max(end, span.upperBound) : end)
    }

    /// The words that have a term of the query, in order.
    private func matches(in text: TextScalars) -> [Match] {
        var matches: [Match] = []
        guard !query.isEmpty else { return matches }
        let lease = numberedAnalyzer()
        let analyzer = lease.analyzer
        guard options.keepsBeginnings else {
            var known = (offset: 0, position: 0)
            analyzer.vocabulary.forEachToken(text.bytes, of: .content) { token in
                if let place = analyzer.existingNumber(of: token.term), token.range.lowerBound >= known.offset {
                    known = (token.range.lowerBound, text.position(of: token.range.lowerBound, after: known))
                    let end = text.position(of: token.range.upperBound, after: known)
                    matches.append(Match(range: known.position..<end, place: place))
                }
                return true
            }
            return matches
        }
        var runs = CandidateRuns(text.bytes, beginnings)
        var known = (offset: 0, position: 0)
        while let run = runs.next() {
            let part = UnsafeBufferPointer(rebasing: text.bytes[run])
            analyzer.vocabulary.forEachWord(part, stemming: beginnings) { term, range in
                if let place = term.flatMap({ analyzer.existingNumber(of: $0) }) {
                    let start = run.lowerBound + range.lowerBound
                    known = (start, text.position(of: start, after: known))
                    let end = text.position(of: run.lowerBound + range.upperBound, after: known)
                    matches.append(Match(range: known.position..<end, place: place))
                }
                return true
            }
        }
        return matches
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
}

extension TextScalars {
    /// The position of the first scalar after white space (or of the text) in `first..<limit`.
    fileprivate func firstRunStart(from first: Int, before limit: Int) -> Int? {
        guard first < limit else { return nil }
        let end = offset(of: limit)
        var offset = offset(of: first)
        var position = first
        while offset < end {
            if !bytes[offset].isBlank, offset == 0 || bytes[offset - 1].isBlank { return position }
            repeat { offset += 1 } while offset < end && bytes[offset] & 0xC0 == 0x80
            position += 1
        }
        return nil
    }

    /// The last position up to `last` and after `first` at which a run between white space ends.
    fileprivate func lastRunEnd(upTo last: Int, after first: Int) -> Int? {
        var offset = offset(of: last)
        var position = last
        while position > first {
            if !bytes[offset - 1].isBlank, offset == bytes.count || bytes[offset].isBlank { return position }
            repeat { offset -= 1 } while offset > 0 && bytes[offset] & 0xC0 == 0x80
            position -= 1
        }
        return nil
    }
}
