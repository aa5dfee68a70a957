public import IndexCore

extension ColumnSnapshot {
    /// The documents that pass a filter, live or not.
    ///
    /// Each condition looks at all values of its field: 0.5 ns for one that fails, up to 10 for one that passes.
    /// - Throws: ``IndexError/deadlineExceeded``, looked at once a segment.
    public func documents(
        passing filter: FilterExpression, deadline: SearchDeadline = .none
    ) throws(IndexError) -> DocumentSelection {
        let resolved = ResolvedFilter(filter, catalog)
        var parts: [RowSet] = []
        parts.reserveCapacity(states.count)
        for state in states {
            try deadline.check()
            parts.append(resolved.rows(of: state.segment))
        }
        return DocumentSelection(parts: parts, states: states)
    }
}

extension ResolvedFilter {
    /// The rows of a segment that pass.
    fileprivate func rows(of segment: ColumnSegment) -> RowSet {
        var rows = RowSet(rowCount: segment.rowCount)
        switch self {
        case .nothing: break
        case .cells(let field, let ranges): segment.columns[field]?.insertRows(in: ranges, into: &rows)
        case .keywords(let field, let keywords): segment.columns[field]?.insertRows(of: keywords, into: &rows)
        case .keywordRange(let field, let lower, let upper):
            segment.columns[field]?.insertRows(from: lower, to: upper, into: &rows)
        case .exists(let field): segment.insertRows(having: field, into: &rows)
        case .all(let parts):
            rows.invert()
            for part in parts { rows.formIntersection(part.rows(of: segment)) }
        case .any(let parts):
            for part in parts { rows.formUnion(part.rows(of: segment)) }
        case .not(let part):
            rows = part.rows(of: segment)
            rows.invert()
        }
        return rows
    }
}

extension ColumnSegment {
    /// Inserts the rows with any value of the field or of one below it.
    fileprivate func insertRows(having field: String, into rows: inout RowSet) {
        for (name, column) in columns where name == field || name.hasPrefix(field + ".") {
            for place in 0..<column.count { rows.insert(column.rows[place]) }
            for row in column.unfit { rows.insert(Int(row)) }
        }
    }
}

extension Column {
    /// Inserts the rows with a value in one of `ranges`, which are ascending and apart.
    fileprivate func insertRows(in ranges: [ClosedRange<Int128>], into rows: inout RowSet) {
        guard case .keys(let keys, let rests) = cells else { return }
        if ranges.count == 1, rests.isEmpty {
            // The keys whose cell, without a rest, is in the range.
            let lower = (ranges[0].lowerBound + 0xFFFF) >> 16
            let upper = ranges[0].upperBound >> 16
            guard lower <= upper, lower <= Int128(Int64.max), upper >= Int128(Int64.min) else { return }
            let range = Int64(clamping: lower)...Int64(clamping: upper)
            for (place, key) in keys.enumerated() where range.contains(key) { rows.insert(self.rows[place]) }
            return
        }
        for (place, key) in keys.enumerated() {
            let cell = CellValue.key(key, rest: rests.isEmpty ? 0 : rests[place])
            if Self.contains(cell, ranges) { rows.insert(self.rows[place]) }
        }
    }

    private static func contains(_ cell: Int128, _ ranges: [ClosedRange<Int128>]) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < cell { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= cell
    }

    /// Inserts the rows with one of these keywords.
    fileprivate func insertRows(of keywords: [Keyword], into rows: inout RowSet) {
        guard case .ordinals(let ordinals, let dictionary) = cells else { return }
        let wanted = keywords.compactMap { dictionary.ordinal(of: $0) }
        if wanted.isEmpty { return }
        if wanted.count == 1 {
            let only = UInt32(wanted[0])
            for (place, ordinal) in ordinals.enumerated() where ordinal == only { rows.insert(self.rows[place]) }
            return
        }
        var isWanted = [Bool](repeating: false, count: dictionary.count)
        for ordinal in wanted { isWanted[ordinal] = true }
        for (place, ordinal) in ordinals.enumerated() where isWanted[Int(ordinal)] { rows.insert(self.rows[place]) }
    }

    /// Inserts the rows with a keyword between two ends.
    fileprivate func insertRows(
        from lower: ResolvedFilter.KeywordBound?, to upper: ResolvedFilter.KeywordBound?, into rows: inout RowSet
    ) {
        guard case .ordinals(let ordinals, let dictionary) = cells else { return }
        var (first, end) = (0, dictionary.count)
        if let lower {
            first = dictionary.lowerBound(lower.keyword)
            if !lower.isIncluded, dictionary.ordinal(of: lower.keyword) != nil { first += 1 }
        }
        if let upper {
            end = dictionary.lowerBound(upper.keyword)
            if upper.isIncluded, dictionary.ordinal(of: upper.keyword) != nil { end += 1 }
        }
        guard first < end else { return }
        let range = UInt32(first)..<UInt32(end)
        for (place, ordinal) in ordinals.enumerated() where range.contains(ordinal) { rows.insert(self.rows[place]) }
    }
}

extension FilterExpression {
    /// Whether a document with these values passes, in a collection with these fields.
    public func passes(_ entries: [FieldEntry], _ catalog: FieldCatalog) -> Bool {
        let segment = ColumnSegment(
            [ColumnDocument(PassageID(0), passageCount: 1, entries: entries)], catalog: catalog)
        return ResolvedFilter(self, catalog).rows(of: segment).contains(0)
    }
}
