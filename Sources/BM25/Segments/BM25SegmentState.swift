internal import IndexCore

/// A segment with what has died in it: what one snapshot knows of it.
struct BM25SegmentState: Sendable {
    let segment: BM25Segment
    /// Rows whose passages are gone.
    private(set) var deadCount = 0
    /// Words of the live rows, a title's times its weight; words of their titles.
    private(set) var liveTokenCount: Int
    private(set) var liveTitleTokenCount: Int
    /// Live rows with at least one word; with at least one in the title.
    private(set) var liveWordedCount: Int
    private(set) var liveTitledCount: Int
    /// The first ``deadCount`` of it are this value's.
    private var dead: DeadRows?

    init(_ segment: BM25Segment) {
        self.segment = segment
        liveTokenCount = Int(segment.header.tokenCount)
        liveTitleTokenCount = Int(segment.header.titleTokenCount)
        liveWordedCount = segment.header.wordedCount
        liveTitledCount = segment.header.titledCount
    }

    /// A segment whose dead rows are those that are not in `live`.
    ///
    /// Where the numbers agree no row is looked at.
    init(_ segment: BM25Segment, live: IDSet) {
        self.init(segment)
        guard live.count(in: segment.idRange) < segment.passageCount else { return }
        for row in 0..<segment.rows.count where !live.contains(PassageID(segment.rows.id(row))) {
            remove(row: row)
        }
    }

    var livePassageCount: Int { segment.passageCount - deadCount }
    var byteCount: Int { segment.byteCount + (dead?.byteCount ?? 0) }

    func isDead(_ row: Int) -> Bool { dead?.contains(row, before: deadCount) ?? false }

    /// Counts the passages of `ids` as dead; those already dead, or elsewhere, change nothing.
    mutating func remove(_ ids: Range<UInt32>) {
        for place in segment.rows.places(of: ids) {
            let row = segment.rows.row(atPlace: place)
            // In a damaged list of rows anything may lie between two ends.
            if ids.contains(segment.rows.id(row)) { remove(row: row) }
        }
    }

    mutating func remove(row: Int) {
        guard !isDead(row) else { return }
        if let dead {
            if !dead.append(row, at: deadCount) {
                let copy = dead.copy(deadCount)
                _ = copy.append(row, at: deadCount)
                self.dead = copy
            }
        } else {
            let dead = DeadRows(rowCount: segment.rows.count)
            _ = dead.append(row, at: 0)
            self.dead = dead
        }
        deadCount += 1
        let length = Int(segment.rows.length(row))
        let titleLength = Int(segment.rows.titleLength(row))
        liveTokenCount -= length
        liveTitleTokenCount -= titleLength
        liveWordedCount -= length > 0 ? 1 : 0
        liveTitledCount -= titleLength > 0 ? 1 : 0
    }

    /// The ids of the passages that died after the first `count` had.
    func idsOfDead(after count: Int) -> [UInt32] {
        guard let dead, count < deadCount else { return [] }
        return (count..<deadCount).map { segment.rows.id(dead.row($0)) }
    }

    /// How many live passages hold a term that the segment's dictionary knows.
    ///
    /// Its df minus the dead among its rows. They are found by walking the shorter of the two, the deaths or the
    /// postings, and remembered, so that later only new deaths are walked.
    func liveDocumentFrequency(_ entry: TermEntry, _ field: TermField) -> Int {
        guard let dead, deadCount > 0 else { return entry.documentFrequency }
        // A word that marks its rows is not its term; one that shares them is.
        guard let (holder, field) = entry.form == .marked ? (entry, field) : segment.holder(of: entry, field) else {
            return 0
        }
        let key = UInt64(field.rawValue) << 32 | UInt64(holder.ordinal)
        var count = dead.counts.entry(key, upTo: deadCount)
        if count.seen < deadCount {
            let news = deadCount - count.seen
            // A seek costs some eight steps of a walk.
            if news * 8 < holder.documentFrequency {
                count.dead += deadPostings(of: holder, field, among: count.seen..<deadCount, dead)
            } else {
                count.dead = deadPostings(of: holder, field, dead)
            }
            count.seen = deadCount
            dead.counts.remember(count, key)
        }
        return max(0, holder.documentFrequency - count.dead)
    }

    /// How many of the deaths `places` hold the term: a seek for each.
    private func deadPostings(
        of entry: TermEntry, _ field: TermField, among places: Range<Int>, _ dead: DeadRows
    ) -> Int {
        let rows = places.map(dead.row).sorted()
        var count = 0
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: PostingsCursor.scratchCount) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            var cursor = segment.cursor(entry, field, scratch: scratch)
            let marks = field == .surface && entry.form == .marked ? segment.marks(of: entry) : nil
            for row in rows {
                cursor.advance(to: UInt32(row))
                guard cursor.row == UInt32(row) else { continue }
                count += marks?.contains(cursor.block, cursor.place) ?? true ? 1 : 0
            }
        }
        withExtendedLifetime(segment) {}
        return count
    }

    /// How many of the term's rows are dead: a look at each.
    private func deadPostings(of entry: TermEntry, _ field: TermField, _ dead: DeadRows) -> Int {
        var count = 0
        segment.forEachRow(of: entry, field) { row in
            count += dead.contains(Int(row), before: deadCount) ? 1 : 0
        }
        return count
    }
}
