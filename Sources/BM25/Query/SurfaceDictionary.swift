package import IndexCore

/// The words of a collection as they stand before stemming, over all segments of a snapshot.
///
/// What it gives does not depend on how the words are spread over segments, nor on words of passages that are gone.
package struct SurfaceDictionary {
    /// A word and the term it is indexed by.
    package struct Word: Equatable {
        package var text: String
        package var stem: String
        /// Live passages that hold the word.
        package var passageCount: Int
        /// Edits from the word that was asked for.
        package var distance = 0

        package init(text: String, stem: String, passageCount: Int, distance: Int = 0) {
            self.text = text
            self.stem = stem
            self.passageCount = passageCount
            self.distance = distance
        }
    }

    /// Words, and whether there were more of them.
    package struct Words: Equatable {
        package var list: [Word] = []
        package var hasMore = false
    }

    private let states: [BM25SegmentState]
    private let deadline: SearchDeadline

    package init(_ snapshot: BM25Snapshot, deadline: SearchDeadline) {
        states = snapshot.states
        self.deadline = deadline
    }

    /// How many live passages hold a term of a field.
    package func passageCount(of term: String, _ field: BM25Field) -> Int {
        guard let field = TermField(rawValue: field.rawValue) else { return 0 }
        var term = term
        return term.withUTF8 { bytes in
            states.reduce(0) { sum, state in
                let entry = state.segment.dictionary.find(UnsafeRawBufferPointer(bytes), field)
                return sum + (entry.map { state.liveDocumentFrequency($0, field) } ?? 0)
            }
        }
    }

    /// Where one segment has a word.
    private struct Occurrence {
        var state: Int
        var entry: TermEntry
    }

    private func count(_ occurrences: [Occurrence]) -> Int {
        occurrences.reduce(0) { $0 + states[$1.state].liveDocumentFrequency($1.entry, .surface) }
    }

    private func word(_ bytes: [UInt8], _ occurrences: [Occurrence], _ count: Int, distance: Int = 0) -> Word {
        // Every segment knows the same stem; the first that can say it is asked.
        let stem = occurrences.lazy.compactMap { states[$0.state].segment.dictionary.term($0.entry.stem, .combined) }
            .first
        let text = String(decoding: bytes, as: UTF8.self)
        return Word(
            text: text, stem: stem.map { String(decoding: $0, as: UTF8.self) } ?? text, passageCount: count,
            distance: distance)
    }

    // MARK: Words near a word

    /// The first `limit` words at most `distance` edits from a folded word.
    ///
    /// Nearest first, then those in the most passages, then in byte order.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    package func words(near word: String, distance: Int, limit: Int) throws(BM25Error) -> Words {
        guard var automaton = EditDistanceAutomaton(word, distance: distance) else { return Words() }
        var groups = [[[UInt8]: [Occurrence]]](repeating: [:], count: automaton.maximumDistance + 1)
        for (index, state) in states.enumerated() {
            try state.segment.forEachWord(near: &automaton, deadline: deadline) { word, entry, distance in
                groups[distance][Array(word), default: []].append(Occurrence(state: index, entry: entry))
            }
            try deadline.checkSearch()
        }
        var words = Words()
        for (distance, group) in groups.enumerated() where !group.isEmpty {
            guard words.list.count < limit else {
                words.hasMore = true
                break
            }
            let counted = group.map { (bytes: $0.key, places: $0.value, count: count($0.value)) }.filter {
                $0.count > 0
            }
            .sorted { left, right in
                left.count != right.count
                    ? left.count > right.count : left.bytes.lexicographicallyPrecedes(right.bytes)
            }
            let room = limit - words.list.count
            words.list += counted.prefix(room).map { self.word($0.bytes, $0.places, $0.count, distance: distance) }
            words.hasMore = words.hasMore || counted.count > room
            try deadline.checkSearch()
        }
        return words
    }

    // MARK: Words with a beginning

    /// The `limit` words that begin with `prefix` and are held by the most passages, then in byte order.
    ///
    /// Cost: a walk over all words with this beginning.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    package func words(beginningWith prefix: String, limit: Int) throws(BM25Error) -> Words {
        let prefix = Array(prefix.utf8)
        let readers = states.indices.map { PrefixReader(states[$0].segment, prefix) }
        var best: [(bytes: [UInt8], places: [Occurrence], count: Int)] = []
        var hasMore = false
        var readCount = 0
        while true {
            var lowest: [UInt8]?
            for reader in readers where !reader.isAtEnd {
                if lowest.map({ reader.isBelow($0) }) ?? true { lowest = reader.term }
            }
            guard let term = lowest else { break }
            var places: [Occurrence] = []
            for (index, reader) in readers.enumerated() where !reader.isAtEnd && reader.equals(term) {
                places.append(Occurrence(state: index, entry: reader.entry))
                reader.advance()
            }
            readCount += 1
            if readCount & 4_095 == 0 { try deadline.checkSearch() }
            // Deaths can only lower a count, so most words need none counted.
            let least = best.count < limit ? 0 : best[best.count - 1].count
            if places.reduce(0, { $0 + $1.entry.documentFrequency }) <= least {
                hasMore = hasMore || count(places) > 0
                continue
            }
            let count = count(places)
            guard count > 0 else { continue }
            hasMore = hasMore || best.count == limit
            guard count > least else { continue }
            // Equal counts stand in byte order, and words come in that order.
            let place = best.firstIndex { $0.count < count } ?? best.count
            best.insert((term, places, count), at: place)
            if best.count > limit { best.removeLast() }
        }
        return Words(list: best.map { word($0.bytes, $0.places, $0.count) }, hasMore: hasMore)
    }
}

/// Walks one segment's words that begin alike.
private final class PrefixReader {
    private let segment: BM25Segment
    private let prefix: [UInt8]
    private var cursor: TermCursor
    private(set) var isAtEnd: Bool

    init(_ segment: BM25Segment, _ prefix: [UInt8]) {
        self.segment = segment
        self.prefix = prefix
        var cursor = TermCursor(segment.dictionary, .surface)
        let hasTerm = prefix.withUnsafeBytes { cursor.seek(to: $0) }
        isAtEnd = !hasTerm || !cursor.term.starts(with: prefix)
        self.cursor = cursor
    }

    var term: [UInt8] { Array(cursor.term) }
    var entry: TermEntry { cursor.entry }

    func isBelow(_ other: [UInt8]) -> Bool {
        other.withUnsafeBytes { TermCursor.isBelow(UnsafeRawBufferPointer(cursor.term), $0) }
    }

    func equals(_ other: [UInt8]) -> Bool { cursor.term.elementsEqual(other) }

    func advance() {
        let hasTerm = cursor.next()
        isAtEnd = !hasTerm || !cursor.term.starts(with: prefix)
    }
}
