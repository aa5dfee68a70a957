/// Marks the terms of a question in texts, one text after another: what is known of a word serves all of them.
struct HighlightPass: ~Copyable {
    private let targets: HighlightTargets
    private let lease: AnalyzerLease
    private var places: TermPlaces
    private var memo = WordMemo()
    /// The tokens of the text before, for their memory.
    private var spare: [Token] = []

    init(_ targets: HighlightTargets) {
        self.targets = targets
        lease = AnalyzerLease(targets.options)
        places = TermPlaces(capacity: targets.terms.count)
        for (place, term) in targets.terms.enumerated() {
            var term = term
            places.insert(term.withUTF8 { lease.analyzer.vocabulary.number(ofTerm: $0) }, place: place)
        }
    }

    /// Where the terms stand in a text, by ascending ranges.
    mutating func matches(in text: TextScalars) -> HighlightMatches {
        var matches = HighlightMatches()
        guard !targets.terms.isEmpty else { return matches }
        var found: [Token] = []
        swap(&found, &spare)
        found.removeAll(keepingCapacity: true)
        defer { swap(&found, &spare) }
        find(in: text, &found)
        matches.words.reserveCapacity(found.count)
        var known = (offset: 0, position: 0)
        for token in found {
            known = (token.range.lowerBound, text.position(of: token.range.lowerBound, after: known))
            let end = text.position(of: token.range.upperBound, after: known)
            let start = known.position - text.scalarsOfRun(before: token.range.lowerBound)
            let run = start..<end + text.scalarsOfRun(after: token.range.upperBound)
            matches.words.append(
                HighlightMatches.Match(
                    range: known.position..<end, run: run, term: token.term, word: targets.words[token.term],
                    position: token.position))
        }
        for (phrase, steps) in zip(targets.phrases, targets.steps) {
            matches.addPhrase(phrase, steps)
        }
        return matches
    }

    /// Adds the tokens that have one of the terms, by ascending ranges; ``Token/term`` is the place of the term.
    private mutating func find(in text: TextScalars, _ found: inout [Token]) {
        // Positions are of use to phrases alone: without them most of the text need not be read.
        if targets.options.keepsBeginnings, targets.phrases.isEmpty {
            findWords(in: text, &found)
        } else {
            findTokens(in: text, &found)
        }
    }

    private func findTokens(in text: TextScalars, _ found: inout [Token]) {
        lease.analyzer.vocabulary.forEachToken(text.bytes, of: .content) { token in
            let place = places[token.term]
            if place >= 0 {
                found.append(Token(term: place, word: 0, position: token.position, range: token.range))
            }
            return true
        }
        if targets.options.looksAround(asQuery: false) {
            found.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        }
    }

    private mutating func findWords(in text: TextScalars, _ found: inout [Token]) {
        let runs = CandidateRuns(text.bytes, targets.beginnings, asciiClasses: lease.analyzer.vocabulary.asciiClasses)
        runs.forEach { run in
            if let key = run.key, let place = memo[key] {
                if place >= 0 { found.append(Token(term: place, word: 0, position: 0, range: run.range)) }
                return
            }
            var last = -1
            let part = UnsafeBufferPointer(rebasing: text.bytes[run.range])
            lease.analyzer.vocabulary.forEachWord(part, stemming: targets.beginnings) { term, range in
                last = term.map { places[$0] } ?? -1
                if last >= 0 {
                    let start = run.range.lowerBound
                    found.append(
                        Token(
                            term: last, word: 0, position: 0,
                            range: start + range.lowerBound..<start + range.upperBound))
                }
                return true
            }
            if let key = run.key { memo[key] = last }
        }
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

/// What became of the short words met last: a word of a text is mostly one that was met before.
private struct WordMemo {
    private struct Slot {
        var key = WordKey.none
        var place = 0
    }

    private var slots = [Slot](repeating: Slot(), count: 256)

    /// The place of the word's term, -1 if it is none of those looked for; nil for a word that is not remembered.
    @inline(__always)
    subscript(_ key: WordKey) -> Int? {
        get {
            let slot = slots[Self.home(of: key)]
            return slot.key == key ? slot.place : nil
        }
        set { slots[Self.home(of: key)] = Slot(key: key, place: newValue ?? -1) }
    }

    @inline(__always)
    private static func home(of key: WordKey) -> Int {
        Int(truncatingIfNeeded: ((key.head ^ key.tail &>> 7) &* 0x9E37_79B9_7F4A_7C15) &>> 56)
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
