/// The part of a text to show for a query.
public struct Excerpt: Sendable, Equatable {
    /// What to show, in Unicode scalars of the text.
    public var window: Range<Int>
    /// The same in bytes of its UTF-8.
    public var bytes: Range<Int>
    /// The query's words in it: ascending, not overlapping, in Unicode scalars of the text.
    public var highlights: [Range<Int>]
}

/// Where a query's terms occur in a text.
///
/// Re-analyses the text, so that stems, folded letters, synonyms, ideographs and parts of identifiers are marked where
/// they are found. Offsets count Unicode scalars.
public struct Highlighter: Sendable {
    /// A word of a question: one of its terms is enough to mark it.
    ///
    /// A word that stands for several, such as a prefix or a word with a typing error, has them all.
    public struct Word: Sendable, Hashable {
        /// Terms after analysis.
        public var terms: [String]
        /// What a window gains by showing the word, however often and by whichever term: its idf, say.
        public var weight: Double

        /// A word.
        public init(terms: [String], weight: Double = 1) {
            self.terms = terms
            self.weight = weight
        }
    }

    /// Words that belong together.
    public struct Phrase: Sendable, Hashable {
        /// A place in the phrase.
        public struct Step: Sendable, Hashable {
            /// Terms after analysis, any of which may stand here.
            public var terms: [String]
            /// Counted in words, as the analyzer counts them.
            public var position: Int

            /// A step.
            public init(terms: [String], position: Int) {
                self.terms = terms
                self.position = position
            }
        }

        /// At least one.
        public var steps: [Step]
        /// How far steps may stand from where they belong, counted from the one that is furthest the other way.
        public var slop: Int

        /// A phrase.
        public init(steps: [Step], slop: Int = 0) {
            self.steps = steps
            self.slop = slop
        }
    }

    private let targets: HighlightTargets

    /// A highlighter for `query`; `weights` are ``BM25Result/weights``, or one for each term if left out.
    /// - Parameters:
    ///   - phrases: ``CompiledQuery/phrases``, which are marked as a whole.
    ///   - phraseTerms: ``CompiledQuery/phraseTerms``, which are not marked elsewhere.
    public init(
        query: BM25Query, phrases: [Phrase] = [], phraseTerms: Set<String> = [], parameters: BM25Parameters = .init(),
        weights: [Double] = []
    ) {
        let isWeighted = weights.count == query.terms.count
        let words = query.terms.indices.filter { !phraseTerms.contains(query.terms[$0]) }
        self.init(
            words: words.map { Word(terms: [query.terms[$0]], weight: isWeighted ? weights[$0] : 1) },
            phrases: phrases, parameters: parameters)
    }

    /// A highlighter for words and phrases.
    ///
    /// A phrase is marked as a whole. Its words are marked by themselves only if they are among `words`.
    public init(words: [Word], phrases: [Phrase] = [], parameters: BM25Parameters = .init()) {
        targets = HighlightTargets(words: words, phrases: phrases, options: parameters.analyzer)
    }

    /// The matches in a text, `limit` at most: whole phrases before words, then the first.
    ///
    /// Ascending and not overlapping: what overlaps, such as pairs of ideographs, is one.
    public func ranges(in text: String, limit: Int) -> [Range<Int>] {
        var text = text
        return text.withUTF8 { bytes in
            var pass = HighlightPass(targets)
            return pass.matches(in: TextScalars(bytes)).marks(within: 0..<Int.max, limit: limit)
        }
    }

    /// The best window of at most `length` scalars and `limit` matches in it, chosen as ``ranges(in:limit:)`` does.
    ///
    /// The best holds the most of the query: distinct words by weight, then distinct phrases, then neighbouring matches
    /// of different words, then the first such. It begins and ends at white space where that fits, and shows what stands
    /// before the first match.
    public func excerpt(of text: String, length: Int, limit: Int) -> Excerpt {
        var pass = HighlightPass(targets)
        return excerpt(of: text, length: length, limit: limit, &pass)
    }

    /// The same of several texts, which costs less than one by one.
    public func excerpts(of texts: [String], length: Int, limit: Int) -> [Excerpt] {
        var pass = HighlightPass(targets)
        var excerpts: [Excerpt] = []
        excerpts.reserveCapacity(texts.count)
        for text in texts { excerpts.append(excerpt(of: text, length: length, limit: limit, &pass)) }
        return excerpts
    }

    private func excerpt(of text: String, length: Int, limit: Int, _ pass: inout HighlightPass) -> Excerpt {
        var text = text
        return text.withUTF8 { bytes in
            let text = TextScalars(bytes)
            let matches = pass.matches(in: text)
            var shown = 0..<min(text.count, max(0, length))
            if text.count > length, length > 0 {
                let best = BestWindow.span(of: matches, weights: targets.weights, length: length)
                shown = window(around: best, in: text, length: length)
            }
            let start = text.offset(of: shown.lowerBound)
            let end = text.offset(of: shown.upperBound, after: (start, shown.lowerBound))
            return Excerpt(
                window: shown, bytes: start..<end, highlights: matches.marks(within: shown, limit: limit))
        }
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
