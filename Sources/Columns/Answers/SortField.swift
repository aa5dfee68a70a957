/// A field that documents are ordered by.
public struct SortField: Sendable, Hashable {
    /// The field's path.
    public var field: String
    /// Whether large values come first.
    public var isDescending: Bool

    /// Fields in one order at most.
    public static let limit = 3

    /// Ascending or descending by a field.
    public init(_ field: String, isDescending: Bool = false) {
        self.field = field
        self.isDescending = isDescending
    }

    /// Reads `field`, `field:asc` or `field:desc`; nil for anything else.
    public init?(parsing text: String) {
        var name = text
        isDescending = name.hasSuffix(":desc")
        if isDescending {
            name.removeLast(5)
        } else if name.hasSuffix(":asc") {
            name.removeLast(4)
        }
        guard (1...FilterExpression.fieldByteLimit).contains(name.utf8.count) else { return nil }
        field = name
    }
}

/// The place of a document in an order, comparable with that of documents of other collections.
///
/// Of several values the least counts where the order ascends, the greatest where it descends. Documents without a value come last either way.
public struct SortPlace: Sendable, Hashable {
    let keys: [FieldKey?]

    /// Whether this place is before (-1) or behind (1) the other or the same (0).
    public func order(_ other: SortPlace, _ fields: [SortField]) -> Int {
        for (index, field) in fields.enumerated() {
            switch (keys[index], other.keys[index]) {
            case (nil, nil): continue
            case (nil, _?): return 1
            case (_?, nil): return -1
            case (let left?, let right?):
                if left == right { continue }
                return (left < right) != field.isDescending ? -1 : 1
            }
        }
        return 0
    }
}
