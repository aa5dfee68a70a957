import IndexCore

/// Joins segments into one, leaving out documents that are gone.
struct ColumnMerger {
    private let segments: [ColumnSegment]
    /// For each segment the new row of each old one; -1 for what is left out.
    private let rows: [[Int32]]
    private let documents: [UInt32]
    private let passageCounts: [UInt32]

    /// - Parameters:
    ///   - segments: By ascending ids.
    ///   - live: Holds the first passage of every document that stays.
    init(_ segments: [ColumnSegment], live: IDSet) {
        self.segments = segments
        var documents: [UInt32] = []
        var counts: [UInt32] = []
        rows = segments.map { segment in
            segment.documents.enumerated().map { row, first in
                guard live.contains(PassageID(first)) else { return -1 }
                documents.append(first)
                counts.append(segment.passageCounts[row])
                return Int32(documents.count - 1)
            }
        }
        self.documents = documents
        passageCounts = counts
    }

    func merged() -> ColumnSegment {
        var columns: [String: Column] = [:]
        for field in Set(segments.flatMap(\.columns.keys)) {
            columns[field] = column(field)
        }
        return ColumnSegment(documents: documents, passageCounts: passageCounts, columns: columns)
    }

    /// The joined column of a field; nil where no document that stays has it.
    private func column(_ field: String) -> Column? {
        let parts = segments.enumerated().compactMap { index, segment in
            segment.columns[field].map { (column: $0, rows: rows[index]) }
        }
        guard let type = parts.first?.column.type else { return nil }
        var valueRows: [UInt32] = []
        var unfit: [UInt32] = []
        // Places of the values that stay, part by part.
        var kept: [[Int]] = []
        for (column, rows) in parts {
            kept.append((0..<column.count).filter { rows[column.rows[$0]] >= 0 })
            valueRows += kept[kept.count - 1].map { UInt32(rows[column.rows[$0]]) }
            unfit += column.unfit.compactMap { rows[Int($0)] >= 0 ? UInt32(rows[Int($0)]) : nil }
        }
        guard !valueRows.isEmpty || !unfit.isEmpty else { return nil }
        let cells = type == .keyword ? keywords(parts.map(\.column), kept) : keys(parts.map(\.column), kept)
        return Column(
            type: type, rows: RowList(valueRows, rowCount: documents.count), cells: cells, unfit: unfit)
    }

    private func keys(_ columns: [Column], _ kept: [[Int]]) -> Column.Cells {
        var keys: [Int64] = []
        var rests: [Int16] = []
        for (column, places) in zip(columns, kept) {
            guard case .keys(let old, let oldRests) = column.cells else { continue }
            for place in places {
                keys.append(old[place])
                rests.append(oldRests.isEmpty ? 0 : oldRests[place])
            }
        }
        return .keys(keys, rests: rests.allSatisfy { $0 == 0 } ? [] : rests)
    }

    private func keywords(_ columns: [Column], _ kept: [[Int]]) -> Column.Cells {
        var parts: [(dictionary: KeywordDictionary, used: [Bool])] = []
        var old: [[UInt32]] = []
        for (column, places) in zip(columns, kept) {
            guard case .ordinals(let ordinals, let dictionary) = column.cells else { continue }
            var used = [Bool](repeating: false, count: dictionary.count)
            for place in places { used[Int(ordinals[place])] = true }
            parts.append((dictionary, used))
            old.append(places.map { ordinals[$0] })
        }
        let (dictionary, maps) = KeywordDictionary.merge(parts)
        return .ordinals(zip(old, maps).flatMap { ordinals, map in ordinals.map { map[Int($0)] } }, dictionary)
    }
}
