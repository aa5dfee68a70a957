public import IndexCore

/// Lets one document through for each value of a field: the one that comes first.
///
/// Of several values the least names the group. A document without a value is a group of its own.
public struct DistinctDocuments: Sendable {
    private let field: String
    private var seen: Set<FieldKey> = []

    /// Nothing has been seen of this field's values.
    public init(field: String) { self.field = field }

    /// Whether the document is the first of its group; it counts as seen from then on.
    public mutating func admits(_ document: PassageID, of columns: ColumnSnapshot) -> Bool {
        guard let value = columns.values(of: field, in: document).first else { return true }
        return seen.insert(value).inserted
    }
}
