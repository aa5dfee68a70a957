/// A filter whose values are what the fields of one collection hold.
indirect enum ResolvedFilter {
    /// A value in one of these stretches, which are ascending and apart.
    case cells(field: String, [ClosedRange<Int128>])
    case keywords(field: String, [Keyword])
    case keywordRange(field: String, lower: KeywordBound?, upper: KeywordBound?)
    case exists(field: String)
    case all([ResolvedFilter])
    case any([ResolvedFilter])
    case not(ResolvedFilter)
    case nothing

    struct KeywordBound {
        var keyword: Keyword
        var isIncluded: Bool
    }

    init(_ filter: FilterExpression, _ catalog: FieldCatalog) {
        switch filter {
        case .all(let parts): self = .all(parts.map { ResolvedFilter($0, catalog) })
        case .any(let parts): self = .any(parts.map { ResolvedFilter($0, catalog) })
        case .not(let part): self = .not(ResolvedFilter(part, catalog))
        case .condition(let field, .exists): self = .exists(field: field)
        case .condition(let field, let test):
            guard let type = catalog.type(of: field) else {
                self = .nothing
                return
            }
            switch test {
            case .isOne(let literals): self = Self.values(field, literals.compactMap { $0.fitted(to: type) })
            case .compares(.less, let end): self = Self.range(field, type, upper: Bound(end, isIncluded: false))
            case .compares(.lessOrEqual, let end): self = Self.range(field, type, upper: Bound(end, isIncluded: true))
            case .compares(.greater, let end): self = Self.range(field, type, lower: Bound(end, isIncluded: false))
            case .compares(.greaterOrEqual, let end):
                self = Self.range(field, type, lower: Bound(end, isIncluded: true))
            case .isBetween(let lower, let upper):
                self = Self.range(
                    field, type, lower: Bound(lower, isIncluded: true), upper: Bound(upper, isIncluded: true))
            case .exists: self = .exists(field: field)
            }
        }
    }

    private static func values(_ field: String, _ literals: [FittedLiteral]) -> ResolvedFilter {
        var keywords: Set<Keyword> = []
        var cells: [ClosedRange<Int128>] = []
        for literal in literals {
            switch literal {
            case .keyword(let keyword): keywords.insert(keyword)
            case .cells(let range): cells.append(range)
            }
        }
        if !keywords.isEmpty { return .keywords(field: field, keywords.sorted()) }
        return cells.isEmpty ? .nothing : .cells(field: field, joined(cells))
    }

    /// The same cells in stretches that are ascending and apart.
    private static func joined(_ ranges: [ClosedRange<Int128>]) -> [ClosedRange<Int128>] {
        var result: [ClosedRange<Int128>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// An end of a range, as the filter has it.
    private struct Bound {
        var literal: FilterLiteral
        var isIncluded: Bool

        init(_ literal: FilterLiteral, isIncluded: Bool) {
            self.literal = literal
            self.isIncluded = isIncluded
        }
    }

    private static func range(
        _ field: String, _ type: FieldType, lower: Bound? = nil, upper: Bound? = nil
    ) -> ResolvedFilter {
        let (first, last) = (lower?.literal.fitted(to: type), upper?.literal.fitted(to: type))
        guard (first == nil) == (lower == nil), (last == nil) == (upper == nil) else { return .nothing }
        if type == .keyword {
            return .keywordRange(
                field: field, lower: keywordBound(first, lower), upper: keywordBound(last, upper))
        }
        // Beyond every cell, yet far from the ends of the integers.
        var from = Int128(Int64.min) << 20
        var to = Int128(Int64.max) << 20
        if case .cells(let cells) = first { from = lower?.isIncluded == true ? cells.lowerBound : cells.upperBound + 1 }
        if case .cells(let cells) = last { to = upper?.isIncluded == true ? cells.upperBound : cells.lowerBound - 1 }
        return from <= to ? .cells(field: field, [from...to]) : .nothing
    }

    private static func keywordBound(_ literal: FittedLiteral?, _ bound: Bound?) -> KeywordBound? {
        guard case .keyword(let keyword) = literal, let bound else { return nil }
        return KeywordBound(keyword: keyword, isIncluded: bound.isIncluded)
    }
}
