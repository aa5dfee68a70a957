internal import IndexCore

/// A segment's contents as plain values, and its cursors' every step: what tests and benchmarks look at.
package struct SegmentInspection {
    /// One posting with its positions.
    package struct Posting: Equatable {
        package var row: Int
        package var frequency: Int
        package var positions: [Int]

        package init(row: Int, frequency: Int, positions: [Int]) {
            self.row = row
            self.frequency = frequency
            self.positions = positions
        }
    }

    /// What a segment keeps of one passage.
    package struct Row: Equatable {
        package var id: UInt32
        package var document: UInt32
        package var length: Int
        package var norm: UInt8
        package var titleLength: Int

        package init(id: UInt32, document: UInt32, length: Int, norm: UInt8, titleLength: Int) {
            self.id = id
            self.document = document
            self.length = length
            self.norm = norm
            self.titleLength = titleLength
        }
    }

    /// One key of the dictionary.
    package struct Term {
        package var text: String
        package var documentFrequency: Int
        package var totalFrequency: Int
        /// Of a surface word: its term.
        package var stem: String?
    }

    package let segment: BM25Segment

    package init(_ segment: BM25Segment) {
        self.segment = segment
    }

    /// All passages.
    package var rows: [Row] {
        let rows = segment.rows
        return (0..<rows.count).map { row in
            Row(
                id: rows.id(row), document: rows.document(row), length: Int(rows.length(row)), norm: rows.norms[row],
                titleLength: Int(rows.titleLength(row)))
        }
    }

    /// Whether words near a word are looked for by a list of their letters.
    package var hasSpellingList: Bool { segment.spellings.isMade }

    /// The surface words at most `distance` edits from a word, by a walk or by the letters, with their distances; -1 for one
    /// that came with another word's entry.
    package func words(near word: String, distance: Int, byLetters: Bool) throws -> [String: Int] {
        guard var automaton = EditDistanceAutomaton(word, distance: distance) else { return [:] }
        var found: [String: Int] = [:]
        let take = { (word: UnsafeBufferPointer<UInt8>, entry: TermEntry, distance: Int) in
            let same = segment.dictionary.find(UnsafeRawBufferPointer(word), .surface)?.ordinal == entry.ordinal
            found[String(decoding: word, as: UTF8.self)] = same ? distance : -1
        }
        if byLetters {
            let list = try SpellingList(segment.dictionary, deadline: .none)
            segment.forEachWord(near: &automaton, in: list, take)
        } else {
            segment.walkWords(near: &automaton, take)
        }
        return found
    }

    /// The keys of a field (0 terms, 1 terms of titles, 2 words before stemming), in the dictionary's order.
    ///
    /// - Parameter start: If given, from the first key on that is not below it.
    package func terms(field number: Int, from start: String? = nil) -> [Term] {
        guard let field = TermField(rawValue: UInt8(number)) else { return [] }
        var terms: [Term] = []
        var cursor = TermCursor(segment.dictionary, field)
        func add(_ cursor: borrowing TermCursor) {
            let entry = cursor.entry
            let stem = field == .surface ? segment.dictionary.term(entry.stem, .combined) : nil
            terms.append(
                Term(
                    text: String(decoding: cursor.term, as: UTF8.self), documentFrequency: entry.documentFrequency,
                    totalFrequency: entry.totalFrequency, stem: stem.map { String(decoding: $0, as: UTF8.self) }))
        }
        if var start {
            guard start.withUTF8({ cursor.seek(to: UnsafeRawBufferPointer($0)) }) else { return [] }
            add(cursor)
        }
        while cursor.next() { add(cursor) }
        return terms
    }

    /// All postings of a key; nil if there is no such key.
    package func postings(of term: String, field number: Int) -> [Posting]? {
        guard let cursor = CursorInspection(segment, term, field: number) else { return nil }
        var postings: [Posting] = []
        while cursor.next() {
            postings.append(Posting(row: cursor.row, frequency: cursor.frequency, positions: cursor.positions))
        }
        return postings
    }
}

extension BM25Snapshot {
    /// Live passages that hold a key, counted segment by segment as a search does.
    package func liveDocumentFrequency(of term: String, field number: Int) -> Int {
        guard let field = TermField(rawValue: UInt8(number)) else { return 0 }
        return states.reduce(0) { sum, state in
            sum + (state.segment.find(term, field).map { state.liveDocumentFrequency($0, field) } ?? 0)
        }
    }
}

/// A cursor with memory of its own.
///
/// Unsafe inside: it owns the memory.
package final class CursorInspection {
    private let segment: BM25Segment
    private let scratch = UnsafeMutablePointer<UInt32>.allocate(capacity: PostingsCursor.scratchCount)
    private var cursor: PostingsCursor
    private let marked: MarkedPostings?

    /// A cursor before the first posting of a key; nil if the segment has no such key.
    package init?(_ segment: BM25Segment, _ term: String, field number: Int) {
        self.segment = segment
        guard let field = TermField(rawValue: UInt8(number)), let entry = segment.find(term, field) else {
            scratch.deallocate()
            return nil
        }
        marked = field == .surface && entry.form == .marked ? MarkedPostings(entry, of: segment) : nil
        cursor = marked?.cursor(scratch: scratch) ?? segment.cursor(entry, field, scratch: scratch)
    }

    deinit {
        scratch.deallocate()
    }

    package var documentFrequency: Int { cursor.documentFrequency }
    package var blockCount: Int { cursor.blockCount }
    package var hasSkipData: Bool { cursor.hasSkipData }
    package var row: Int { Int(cursor.row) }
    package var isAtEnd: Bool { cursor.row == .max }
    package var block: Int { cursor.block }
    package var shallowBlock: Int { cursor.shallowBlock }
    package var frequency: Int { Int(cursor.frequency) }

    /// Moves on by one; false at the end.
    package func next() -> Bool {
        cursor.next()
        return !isAtEnd
    }

    package func nextBlock() -> Bool { cursor.nextBlock() }
    package func advance(to row: Int) { cursor.advance(to: UInt32(row)) }
    package func shallowAdvance(to row: Int) -> Bool { cursor.shallowAdvance(to: UInt32(row)) }
    package func lastRow(ofBlock block: Int) -> Int { Int(cursor.lastRow(ofBlock: block)) }

    /// Positions of the present row.
    package var positions: [Int] {
        var buffer = PositionBuffer()
        cursor.positions(into: &buffer)
        return (0..<buffer.count).map { Int(buffer.values[$0]) }
    }

    /// Decoded rows and frequencies of the present block.
    package var blockContents: (rows: [Int], frequencies: [Int]) {
        cursor.loadRows()
        cursor.loadFrequencies()
        return (
            (0..<cursor.count).map { Int(cursor.rows[$0]) }, (0..<cursor.count).map { Int(cursor.frequencies[$0]) }
        )
    }

    /// The pairs of a block's impacts, or of a group's.
    package func impacts(ofBlock block: Int) -> [(frequency: Int, norm: Int)] {
        Self.pairs(cursor.impacts(ofBlock: block))
    }

    package func impacts(ofGroup group: Int) -> [(frequency: Int, norm: Int)] {
        Self.pairs(cursor.impacts(ofGroup: group))
    }

    /// The greatest value a table has for an impact from a block to the one that reaches `row`.
    package func maximumPart(from block: Int, through row: Int, _ table: [Float]) -> Float {
        table.withUnsafeBufferPointer { table in
            table.baseAddress.map { cursor.maximumPart(from: block, through: UInt32(row), $0) } ?? 0
        }
    }

    private static func pairs(_ impacts: UInt64) -> [(frequency: Int, norm: Int)] {
        (0..<4).compactMap { place in
            let pair = impacts >> UInt64(16 * place)
            return pair & 0xFF == 0 ? nil : (Int(pair & 0xFF), Int(pair >> 8 & 0xFF))
        }
    }
}
