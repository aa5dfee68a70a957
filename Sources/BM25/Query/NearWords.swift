internal import IndexCore

extension BM25Segment {
    /// Calls `body` with each surface word that an automaton accepts, in no particular order: its bytes, what the
    /// dictionary says of it, and how near it is.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    func forEachWord(
        near automaton: inout EditDistanceAutomaton, deadline: SearchDeadline,
        _ body: (_ word: UnsafeBufferPointer<UInt8>, _ entry: TermEntry, _ distance: Int) -> Void
    ) throws(BM25Error) {
        defer { withExtendedLifetime(sections) {} }
        if let list = try spellings.list(dictionary, deadline: deadline) {
            forEachWord(near: &automaton, in: list, body)
        } else {
            walkWords(near: &automaton, body)
        }
    }

    /// The same by a walk through the dictionary.
    func walkWords(
        near automaton: inout EditDistanceAutomaton,
        _ body: (_ word: UnsafeBufferPointer<UInt8>, _ entry: TermEntry, _ distance: Int) -> Void
    ) {
        var walk = FuzzyWalk(dictionary)
        while let found = walk.next(&automaton) {
            guard let entry = dictionary.entry(found.ordinal, .surface) else { continue }
            body(walk.word, entry, found.distance)
        }
    }

    /// The same by the words' letters.
    func forEachWord(
        near automaton: inout EditDistanceAutomaton, in list: SpellingList,
        _ body: (_ word: UnsafeBufferPointer<UInt8>, _ entry: TermEntry, _ distance: Int) -> Void
    ) {
        var reader = SurfaceWordReader(dictionary)
        var candidates: [Int] = []
        list.forEachCandidate(automaton) { candidates.append($0) }
        for ordinal in candidates where reader.seek(ordinal: ordinal) {
            guard let distance = automaton.distance(to: reader.word),
                let entry = dictionary.entry(ordinal, .surface)
            else { continue }
            body(reader.word, entry, distance)
        }
    }
}
