/// Which values of a field are to be counted.
public struct FacetRequest: Sendable, Hashable {
    /// The field's path.
    public var field: String
    /// The most values listed: 1 to ``limitRange``'s end.
    public var limit: Int
    /// Stretches to count by, instead of single values.
    public var ranges: [FacetRange]

    /// Values that may be asked for.
    public static let limitRange = 1...1_000
    /// Stretches in one request at most.
    public static let rangeLimit = 100

    /// Counts the most frequent values of a field, or its values by stretches.
    public init(_ field: String, limit: Int = 10, ranges: [FacetRange] = []) {
        self.field = field
        self.limit = limit
        self.ranges = ranges
    }
}

/// A stretch of values: from the first end, which is part of it, to the second, which is not.
public struct FacetRange: Sendable, Hashable {
    /// The first value; nil is no lower end.
    public var from: FilterLiteral?
    /// The first value that is no longer part of it; nil is no upper end.
    public var to: FilterLiteral?

    /// A stretch.
    public init(from: FilterLiteral?, to: FilterLiteral?) {
        self.from = from
        self.to = to
    }

    /// The stretch in a field of this type; nil where an end is no value of it, or where it holds none.
    func cells(_ type: FieldType) -> ClosedRange<Int128>? {
        var lower = Int128(Int64.min) << 20
        var upper = Int128(Int64.max) << 20
        if let from {
            guard case .cells(let cells)? = from.fitted(to: type) else { return nil }
            lower = cells.lowerBound
        }
        if let to {
            guard case .cells(let cells)? = to.fitted(to: type) else { return nil }
            upper = cells.lowerBound - 1
        }
        return lower <= upper ? lower...upper : nil
    }
}

/// How many documents have which values of a field: counts of several collections can be added up.
public struct FacetCounts: Sendable, Equatable {
    /// Documents that were looked at.
    public private(set) var documents = 0
    /// Those without a value of the field.
    public private(set) var missing = 0
    /// Documents by value; one with several values counts for each.
    public private(set) var byValue: [FieldKey: Int] = [:]
    /// Documents by stretch, in the order of the request.
    public private(set) var byRange: [Int]

    init(ranges: Int) { byRange = [Int](repeating: 0, count: ranges) }

    /// No documents, for a request.
    public init(_ request: FacetRequest) { self.init(ranges: request.ranges.count) }

    mutating func add(documents: Int, missing: Int) {
        self.documents += documents
        self.missing += missing
    }

    mutating func add(_ count: Int, of value: FieldKey) { byValue[value, default: 0] += count }

    mutating func add(_ count: Int, inRange index: Int) { byRange[index] += count }

    /// Adds the counts of another collection.
    public mutating func add(_ other: FacetCounts) {
        add(documents: other.documents, missing: other.missing)
        for (value, count) in other.byValue { add(count, of: value) }
        for (index, count) in other.byRange.enumerated() { add(count, inRange: index) }
    }

    /// The most frequent values, equal counts by value.
    public func best(_ limit: Int) -> [(value: FieldKey, count: Int)] {
        let sorted = byValue.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return sorted.prefix(limit).map { ($0.key, $0.value) }
    }
}
