public import IndexCore

/// What one search sees of a collection's metadata: immutable, cheap to copy, free to cross threads.
public struct ColumnSnapshot: Sendable {
    /// The fields and their types.
    public let catalog: FieldCatalog
    let states: [ColumnSegmentState]

    /// Every document that is live, by its first passage.
    public func documents(live: IDSet) -> DocumentSelection {
        var selection = everything
        selection.leaveOutDead(live: live)
        return selection
    }

    var everything: DocumentSelection {
        let parts = states.map { state in
            var rows = RowSet(rowCount: state.segment.rowCount)
            rows.invert()
            return rows
        }
        return DocumentSelection(parts: parts, states: states)
    }

    /// A field's values in a document, ascending; empty where it has none or is not there.
    /// - Complexity: O(log documents).
    public func values(of field: String, in document: PassageID) -> [FieldKey] {
        guard let (state, row) = place(of: document), let column = state.segment.columns[field] else { return [] }
        return column.rows.places(of: row).map(column.key)
    }

    /// The passages of a document version; nil if it is not there.
    /// - Complexity: O(log documents).
    public func passages(of document: PassageID) -> Range<UInt32>? {
        place(of: document).map { state, row in
            document.rawValue..<document.rawValue + state.segment.passageCounts[row]
        }
    }

    func place(of document: PassageID) -> (ColumnSegmentState, row: Int)? {
        // Segments stand by ascending ids, without overlaps.
        var (low, high) = (0, states.count)
        while low < high {
            let middle = (low + high) / 2
            if (states[middle].segment.documents.last ?? 0) < document.rawValue {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < states.count, let row = states[low].segment.row(of: document.rawValue) else { return nil }
        return (states[low], row)
    }

    /// How many live documents have the field, and how many of them have values there that are kept with the
    /// document alone.
    public func documentCounts(of field: String, live: IDSet) -> (total: Int, unfit: Int) {
        var (total, unfit) = (0, 0)
        for state in states {
            guard let column = state.segment.columns[field] else { continue }
            let isLive = { (row: Int) in
                state.deadCount == 0 || live.contains(PassageID(state.segment.documents[row]))
            }
            let kept = column.unfit.count { isLive(Int($0)) }
            var rows = RowSet(rowCount: state.segment.rowCount)
            for place in 0..<column.count { rows.insert(column.rows[place]) }
            for row in column.unfit { rows.insert(Int(row)) }
            var count = 0
            rows.forEach { count += isLive($0) ? 1 : 0 }
            total += count
            unfit += kept
        }
        return (total, unfit)
    }
}
