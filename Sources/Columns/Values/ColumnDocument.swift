public import IndexCore

/// One value of a document's metadata, under the dotted path of its field.
public struct FieldEntry: Sendable, Hashable {
    /// Such as `year` or `author.name`.
    public var field: String
    /// The value, of whatever kind.
    public var value: FieldValue

    /// A value of a field.
    public init(_ field: String, _ value: FieldValue) {
        self.field = field
        self.value = value
    }
}

/// What columns hold of one document version.
public struct ColumnDocument: Sendable, Hashable {
    /// The first passage id of the version; it names the version.
    public var first: PassageID
    /// Its passages, one or more, with consecutive ids.
    public var passageCount: Int
    /// Its values; a field with several values has several entries.
    public var entries: [FieldEntry]

    /// A document version.
    public init(_ first: PassageID, passageCount: Int, entries: [FieldEntry]) {
        self.first = first
        self.passageCount = passageCount
        self.entries = entries
    }
}
