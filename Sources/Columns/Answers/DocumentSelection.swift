public import IndexCore

/// Some documents of one snapshot: what passes a filter, what facets count, what is sorted.
public struct DocumentSelection: Sendable {
    /// Rows of each segment of the snapshot.
    var parts: [RowSet]
    let states: [ColumnSegmentState]

    /// The number of documents.
    public var count: Int { parts.reduce(0) { $0 + $1.count } }

    /// The passages of the documents, live or not: the filter that both legs of a search take.
    ///
    /// O(documents of the snapshot).
    public var passages: IDSet {
        var ids = IDSet()
        for (part, state) in zip(parts, states) {
            let (firsts, counts) = (state.segment.documents, state.segment.passageCounts)
            part.forEach { row in ids.insert(firsts[row]..<firsts[row] + counts[row]) }
        }
        return ids
    }

    /// The first passages of the documents, ascending.
    public var documents: [PassageID] {
        var ids: [PassageID] = []
        ids.reserveCapacity(count)
        for (part, state) in zip(parts, states) {
            part.forEach { row in ids.append(PassageID(state.segment.documents[row])) }
        }
        return ids
    }

    /// Leaves out documents whose first passage is not in `ids`.
    public mutating func formIntersection(_ ids: IDSet) {
        for index in parts.indices {
            let documents = states[index].segment.documents
            parts[index].forEachCopy { row, part in
                if !ids.contains(PassageID(documents[row])) { part.remove(row) }
            }
        }
    }

    /// Leaves out documents that are not in `live`: a look at each of a segment in which some have died.
    mutating func leaveOutDead(live: IDSet) {
        for index in parts.indices where states[index].deadCount > 0 {
            let documents = states[index].segment.documents
            parts[index].forEachCopy { row, part in
                if !live.contains(PassageID(documents[row])) { part.remove(row) }
            }
        }
    }
}

extension RowSet {
    /// Calls `body` with every row there was at the beginning, and the set to change.
    fileprivate mutating func forEachCopy(_ body: (Int, inout RowSet) -> Void) {
        let rows = self
        rows.forEach { body($0, &self) }
    }
}
