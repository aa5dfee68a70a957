import Columns
import JSON

extension JSONObject {
    /// Metadata as columns take it: every value that is not null under its dotted path.
    ///
    /// Members of objects are joined by dots, also of objects in a list; a list gives each of its values.
    /// - Returns: At most ``MetadataEntries/valueLimit`` values, and whether there were more, or any that no filter could name.
    var columnEntries: MetadataEntries {
        var entries = MetadataEntries()
        for (name, value) in members { entries.add(value, at: name, depth: 1) }
        return entries
    }
}

/// The values of one document's metadata.
struct MetadataEntries {
    /// Values of one document at most.
    static let valueLimit = 1_000
    /// Objects and lists inside each other at most.
    static let depthLimit = 16

    private(set) var entries: [FieldEntry] = []
    /// Whether some were left out.
    private(set) var isCut = false

    fileprivate mutating func add(_ value: JSONValue, at path: String, depth: Int) {
        switch value {
        case .null: return
        case .bool(let value): append(path, .boolean(value))
        case .integer(let value): append(path, .number(FieldNumber(value)))
        case .wideInteger, .number:
            if let number = value.doubleValue.flatMap({ FieldNumber(double: $0) }) { append(path, .number(number)) }
        case .string(let text): append(path, .text(text))
        case .array(let values):
            guard depth < Self.depthLimit else { return isCut = true }
            for value in values where !isCut { add(value, at: path, depth: depth + 1) }
        case .object(let object):
            guard depth < Self.depthLimit else { return isCut = true }
            for (name, value) in object.members where !isCut { add(value, at: path + "." + name, depth: depth + 1) }
        }
    }

    private mutating func append(_ path: String, _ value: FieldValue) {
        guard entries.count < Self.valueLimit, (1...FilterExpression.fieldByteLimit).contains(path.utf8.count) else {
            isCut = true
            return
        }
        entries.append(FieldEntry(path, value))
    }
}
