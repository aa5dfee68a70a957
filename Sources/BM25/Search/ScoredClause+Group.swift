/// Several terms that count as one: their weighted frequencies are added up, in the order of the query as
/// ``TreeWalker/frequency(_:in:)`` adds them, and scored once. What is about cursors alone serves one term as well.
extension ScoredClause {
    /// Rows that hold any of the terms, at most.
    var documentFrequency: Int {
        var sum = 0
        for place in 0..<cursorCount { sum &+= cursor[place].documentFrequency }
        return sum
    }

    /// The first row that a cursor stands at.
    @inline(__always)
    var row: UInt32 {
        var row = cursor.pointee.row
        for place in 1..<max(1, cursorCount) { row = min(row, cursor[place].row) }
        return row
    }

    /// Moves all cursors to their first rows not below `target`.
    @inline(__always)
    func advance(to target: UInt32) {
        for place in 0..<cursorCount { cursor[place].advance(to: target) }
    }

    /// The last row of the block that holds `row` or the first row above it; nil if there is none.
    ///
    /// Of several, the last such: the bounds of many terms together are seldom worth a look at every border.
    @inline(__always)
    func lastBlockRow(from row: UInt32) -> UInt32? {
        var last: UInt32?
        for place in 0..<cursorCount where cursor[place].shallowAdvance(to: row) {
            last = max(last ?? 0, cursor[place].lastRow(ofBlock: cursor[place].shallowBlock))
        }
        return last
    }

    /// How much of a group's terms the row holds that the cursors were moved to; 0 if nothing.
    func frequency(in row: UInt32) -> Float {
        guard let uses else { return 0 }
        var sum: Float = 0
        for place in 0..<cursorCount where cursor[place].row == row {
            sum += uses[place].weight * Float(cursor[place].frequency)
        }
        return sum
    }

    /// Sets ``bound`` for the rows from `first` to `last`: the parts of a sum do not fall short of the sum's.
    mutating func setGroupBound(from first: UInt32, through last: UInt32) {
        var parts = 0.0
        for place in 0..<cursorCount where cursor[place].shallowAdvance(to: first) {
            parts += Double(cursor[place].maximumPart(from: cursor[place].shallowBlock, through: last, field.bounds))
        }
        bound = Double(weight) * min(parts, ImpactBounds.greatest)
    }
}

/// Frequencies of a group's terms by row of a window, until they are scored: all zero between uses.
struct GroupFrequencies {
    private let sums: UnsafeMutablePointer<Float>
    private let touched: UnsafeMutablePointer<UInt64>

    init(_ scratch: SearchScratch) {
        sums = scratch.groupSums
        touched = scratch.groupTouched
    }

    /// Calls `body` with the score of each row from `start` to before `stop` that holds any of a group's terms, rows
    /// ascending; the cursors go to their first rows not below `stop`.
    @inline(__always)
    func score(_ clause: ScoredClause, from start: UInt32, to stop: UInt32, _ body: (UInt32, Float) -> Void) {
        guard let uses = clause.uses else { return }
        for place in 0..<clause.cursorCount {
            add(clause.cursor + place, uses[place].weight, from: start, to: stop)
        }
        for word in 0...Int(stop &- start &- 1) &>> 6 {
            var marks = touched[word]
            touched[word] = 0
            while marks != 0 {
                let offset = word &<< 6 | marks.trailingZeroBitCount
                marks &= marks &- 1
                let row = start &+ UInt32(truncatingIfNeeded: offset)
                body(row, clause.field.score(clause.weight, sums[offset], row))
                sums[offset] = 0
            }
        }
    }

    private func add(
        _ cursor: UnsafeMutablePointer<PostingsCursor>, _ weight: Float, from start: UInt32, to stop: UInt32
    ) {
        while cursor.pointee.row < stop {
            cursor.pointee.loadRows()
            cursor.pointee.loadFrequencies()
            let rows = UnsafePointer(cursor.pointee.rows)
            let frequencies = UnsafePointer(cursor.pointee.frequencies)
            let last = cursor.pointee.placeOfFirst(notBelow: stop)
            for place in cursor.pointee.index..<last {
                let offset = Int(rows[place] &- start)
                sums[offset] += weight * Float(frequencies[place])
                touched[offset &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: offset)
            }
            guard last == cursor.pointee.count else {
                cursor.pointee.move(to: last)
                return
            }
            cursor.pointee.nextBlock()
        }
    }

    /// Calls `body` with each of the first `count` candidates, whose rows ascend, and how much of a group's terms it holds;
    /// 0 if nothing.
    @inline(__always)
    func forEachFrequency(
        of clause: ScoredClause, in candidates: UnsafePointer<UInt32>, _ count: Int, _ body: (Int, Float) -> Void
    ) {
        guard let uses = clause.uses else { return }
        // List by list, by the candidates' places instead of rows.
        for place in 0..<clause.cursorCount {
            let cursor = clause.cursor + place
            for candidate in 0..<count {
                cursor.pointee.advance(to: candidates[candidate])
                guard cursor.pointee.row == candidates[candidate] else { continue }
                sums[candidate] += uses[place].weight * Float(cursor.pointee.frequency)
            }
        }
        for candidate in 0..<count {
            let frequency = sums[candidate]
            sums[candidate] = 0
            body(candidate, frequency)
        }
    }
}
