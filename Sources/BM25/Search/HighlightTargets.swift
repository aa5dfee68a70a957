/// The terms to look for in a text, and what each of them counts for.
struct HighlightTargets: Sendable {
    /// Of words, in millionths, so that sums are exact in any order.
    let weights: [Int]
    private let phrases: [Highlighter.Phrase]
    private let options: AnalyzerOptions
    /// Distinct terms, those of words first; for each the first word that it marks, -1 for none.
    private let terms: [String]
    private let words: [Int]
    /// For each phrase and each of its steps, places in `terms`.
    private let steps: [[[Int]]]
    /// How a word must begin to be worth stemming.
    private let beginnings: WordBeginnings

    init(words: [Highlighter.Word], phrases: [Highlighter.Phrase], options: AnalyzerOptions) {
        var list = TermList()
        for (index, word) in words.enumerated() {
            for term in word.terms { _ = list.place(of: term, word: index) }
        }
        steps = phrases.map { phrase in
            phrase.steps.map { step in step.terms.map { list.place(of: $0, word: -1) } }
        }
        self.options = options
        self.phrases = phrases
        weights = words.map { $0.weight > 0 ? Int((min($0.weight, 1e6) * 1e6).rounded()) : 0 }
        terms = list.terms
        self.words = list.words
        beginnings = WordBeginnings(terms: terms)
    }

    private struct TermList {
        var terms: [String] = []
        var words: [Int] = []
        private var places: [String: Int] = [:]

        mutating func place(of term: String, word: Int) -> Int {
            if let place = places[term] { return place }
            places[term] = terms.count
            terms.append(term)
            words.append(word)
            return terms.count - 1
        }
    }

    /// Where the terms stand in a text, by ascending ranges.
    func matches(in text: TextScalars) -> HighlightMatches {
        guard !terms.isEmpty else { return HighlightMatches() }
        let lease = AnalyzerLease(options)
        let found = find(in: text, &lease.analyzer.vocabulary)
        var matches = HighlightMatches()
        var known = (offset: 0, position: 0)
        for token in found {
            known = (token.range.lowerBound, text.position(of: token.range.lowerBound, after: known))
            let end = text.position(of: token.range.upperBound, after: known)
            let start = known.position - text.scalarsOfRun(before: token.range.lowerBound)
            let run = start..<end + text.scalarsOfRun(after: token.range.upperBound)
            matches.words.append(
                HighlightMatches.Match(
                    range: known.position..<end, run: run, term: token.term, word: words[token.term],
                    position: token.position))
        }
        for (phrase, steps) in zip(phrases, steps) {
            matches.addPhrase(phrase, steps)
        }
        return matches
    }

    /// The tokens that have one of the terms, by ascending ranges; ``Token/term`` is the place of the term.
    private func find(in text: TextScalars, _ vocabulary: inout Vocabulary) -> [Token] {
        var places = TermPlaces(capacity: terms.count)
        for (place, term) in terms.enumerated() {
            var term = term
            places.insert(term.withUTF8 { vocabulary.number(ofTerm: $0) }, place: place)
        }
        var found: [Token] = []
        func keep(_ place: Int, _ range: Range<Int>, _ position: Int) {
            found.append(Token(term: place, word: 0, position: position, range: range))
        }
        guard options.keepsBeginnings, phrases.isEmpty else {
            vocabulary.forEachToken(text.bytes, of: .content) { token in
                let place = places[token.term]
                if place >= 0 { keep(place, token.range, token.position) }
                return true
            }
            if options.looksAround(asQuery: false) {
                found.sort {
                    ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
                }
            }
            return found
        }
        // Positions are of use to phrases alone: most of the text need not be read.
        var runs = CandidateRuns(text.bytes, beginnings)
        while let run = runs.next() {
            let part = UnsafeBufferPointer(rebasing: text.bytes[run])
            vocabulary.forEachWord(part, stemming: beginnings) { term, range in
                let place = term.map { places[$0] } ?? -1
                if place >= 0 { keep(place, run.lowerBound + range.lowerBound..<run.lowerBound + range.upperBound, 0) }
                return true
            }
        }
        return found
    }
}

/// Places of a few terms by their numbers in a vocabulary: a small table, since it is asked for every word of a text.
private struct TermPlaces {
    private var slots: [(number: Int, place: Int)]

    init(capacity: Int) {
        var count = 16
        while count < capacity * 4 { count *= 2 }
        slots = Array(repeating: (-1, -1), count: count)
    }

    mutating func insert(_ number: Int, place: Int) {
        var slot = number & (slots.count - 1)
        while slots[slot].number >= 0, slots[slot].number != number { slot = (slot + 1) & (slots.count - 1) }
        if slots[slot].number < 0 { slots[slot] = (number, place) }
    }

    /// -1 for none.
    @inline(__always)
    subscript(_ number: Int) -> Int {
        var slot = number & (slots.count - 1)
        while slots[slot].number >= 0 {
            if slots[slot].number == number { return slots[slot].place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return -1
    }
}

extension TextScalars {
    /// Bytes looked at for white space on each side of a match.
    private static let nearby = 24

    /// Scalars between white space, or the text's start, and this offset; 0 if that is far.
    fileprivate func scalarsOfRun(before offset: Int) -> Int {
        var count = 0
        var place = offset
        while place > 0, !bytes[place - 1].isBlank {
            guard offset - place < Self.nearby else { return 0 }
            place -= 1
            count += bytes[place] & 0xC0 == 0x80 ? 0 : 1
        }
        return count
    }

    /// Scalars between this offset and white space, or the text's end; 0 if that is far.
    fileprivate func scalarsOfRun(after offset: Int) -> Int {
        var count = 0
        var place = offset
        while place < bytes.count, !bytes[place].isBlank {
            guard place - offset < Self.nearby else { return 0 }
            count += bytes[place] & 0xC0 == 0x80 ? 0 : 1
            place += 1
        }
        return count
    }
}
