/// The fields of one collection and their types.
///
/// A field's type is what was declared for it, else that of the first value that came in; it stays whatever is deleted
/// later, so what a filter means does not depend on which documents are left.
public struct FieldCatalog: Sendable, Equatable {
    /// What is known of one field.
    public struct Field: Sendable, Hashable {
        /// The kind of its values.
        public var type: FieldType
        /// Whether somebody said so, and not the first value.
        public var isDeclared: Bool

        /// A field.
        public init(_ type: FieldType, isDeclared: Bool) {
            self.type = type
            self.isDeclared = isDeclared
        }
    }

    /// Why a value is kept with its document alone, where filters, facets and sorting do not see it.
    public enum Problem: Sendable, Hashable {
        /// Its field has values of another kind.
        case wrongType(field: String, expected: FieldType)
        /// It is a text of more than ``Keyword/byteLimit`` bytes.
        case tooLong(field: String)
        /// The collection has ``fieldLimit`` fields already.
        case tooManyFields
    }

    /// The most fields of one collection.
    public static let fieldLimit = 1_000

    /// By path.
    public private(set) var fields: [String: Field] = [:]
    /// Fields whose type was inferred since ``markSaved()``: to be stored, so that it stays.
    public private(set) var unsaved: Set<String> = []

    /// A collection without fields.
    public init() {}

    /// The fields with these types, all of them stored already.
    public init(_ fields: [String: Field]) { self.fields = fields }

    /// The type of a field; nil if no document has had it.
    public func type(of field: String) -> FieldType? { fields[field]?.type }

    /// Learns the fields of a document.
    /// - Returns: What is wrong with its values, each problem once, in their order.
    public mutating func admit(_ entries: [FieldEntry]) -> [Problem] {
        var problems: [Problem] = []
        for entry in entries {
            guard let problem = admit(entry), !problems.contains(problem) else { continue }
            problems.append(problem)
        }
        return problems
    }

    private mutating func admit(_ entry: FieldEntry) -> Problem? {
        guard let field = fields[entry.field] else {
            guard fields.count < Self.fieldLimit else { return .tooManyFields }
            let type = FieldType(inferredFrom: entry.value)
            fields[entry.field] = Field(type, isDeclared: false)
            unsaved.insert(entry.field)
            return type.key(of: entry.value) == nil ? .tooLong(field: entry.field) : nil
        }
        guard field.type.key(of: entry.value) == nil else { return nil }
        if field.type == .keyword, case .text = entry.value { return .tooLong(field: entry.field) }
        return .wrongType(field: entry.field, expected: field.type)
    }

    /// Declares types; fields that are not named stay as they are.
    /// - Returns: Whether a field has another type than before, so that columns must be made anew; nil if there would be
    ///   more than ``fieldLimit`` fields, and nothing has changed then.
    public mutating func declare(_ types: [String: FieldType]) -> Bool? {
        let added = types.keys.count { fields[$0] == nil }
        guard fields.count + added <= Self.fieldLimit else { return nil }
        var changed = false
        for (name, type) in types {
            changed = changed || (fields[name].map { $0.type != type } ?? false)
            fields[name] = Field(type, isDeclared: true)
            unsaved.insert(name)
        }
        return changed
    }

    /// Says that every field is stored.
    public mutating func markSaved() { unsaved = [] }
}
