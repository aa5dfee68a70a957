package import Columns
package import JSON

extension FilterExpression {
    /// Reads a filter as a request has it: text, or the same as JSON.
    ///
    /// JSON: `{"year": {"$gte": 2020}, "tag": "a"}` is true where all its members are. A member is a field with a value or
    /// an object of `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`, `$between` and `$exists`, or one of `$and`, `$or`
    /// (lists of filters) and `$not` (a filter).
    /// - Parameter name: Of the field of the request, for messages.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` pointing at the character or naming the member.
    package init(_ value: JSONValue, name: String = "filter") throws(ApplianceError) {
        switch value {
        case .string(let text): try self.init(text: text, name: name)
        case .object(let object):
            var reader = FilterJSON()
            self = try reader.filter(object, at: name)
        default: throw .invalidArgument(name: name, reason: "must be a string or an object")
        }
    }

    /// Reads a filter as people write it.
    package init(text: String, name: String = "filter") throws(ApplianceError) {
        do {
            self = try FilterExpression(parsing: text)
        } catch {
            throw .invalidArgument(name: name, reason: "is wrong \(error)")
        }
    }
}

/// Reads the JSON form of a filter, within the bounds that its text has.
private struct FilterJSON {
    private var depth = 0
    private var values = 0
    private var bytes = 0

    mutating func filter(_ object: JSONObject, at path: String) throws(ApplianceError) -> FilterExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= FilterExpression.depthLimit else {
            throw wrong(path, "is nested more than \(FilterExpression.depthLimit) deep")
        }
        guard !object.isEmpty else { throw wrong(path, "must name at least one field") }
        var parts: [FilterExpression] = []
        for (name, value) in object.members { parts += try member(name, value, at: "\(path).\(name)") }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func member(
        _ name: String, _ value: JSONValue, at path: String
    ) throws(ApplianceError) -> [FilterExpression] {
        switch name {
        case "$and": return [.all(try list(value, at: path))]
        case "$or": return [.any(try list(value, at: path))]
        case "$not":
            guard let object = value.objectValue else { throw wrong(path, "must be a filter: an object") }
            return [.not(try filter(object, at: path))]
        case _ where name.hasPrefix("$"):
            throw wrong(path, "is not known here; known are $and, $or, $not and the names of fields")
        default: return try conditions(name, value, at: path)
        }
    }

    private mutating func list(_ value: JSONValue, at path: String) throws(ApplianceError) -> [FilterExpression] {
        guard let items = value.arrayValue, !items.isEmpty else {
            throw wrong(path, "must be a list of filters that is not empty")
        }
        var filters: [FilterExpression] = []
        for (index, item) in items.enumerated() {
            guard let object = item.objectValue else { throw wrong("\(path)[\(index)]", "must be a filter: an object") }
            filters.append(try filter(object, at: "\(path)[\(index)]"))
        }
        return filters
    }

    private mutating func conditions(
        _ field: String, _ value: JSONValue, at path: String
    ) throws(ApplianceError) -> [FilterExpression] {
        try count(bytes: field, at: path)
        guard (1...FilterExpression.fieldByteLimit).contains(field.utf8.count) else {
            throw wrong(path, "has a name that has not 1 to \(FilterExpression.fieldByteLimit) bytes")
        }
        guard let object = value.objectValue else {
            return [.condition(field: field, .isOne(of: [try literal(value, at: path)]))]
        }
        guard !object.isEmpty else { throw wrong(path, "must be a value or hold an operator such as $gte") }
        var parts: [FilterExpression] = []
        for (name, operand) in object.members {
            parts.append(try condition(field, name, operand, at: "\(path).\(name)"))
        }
        return parts
    }

    private mutating func condition(
        _ field: String, _ name: String, _ operand: JSONValue, at path: String
    ) throws(ApplianceError) -> FilterExpression {
        func made(_ test: FilterTest, not: Bool = false) -> FilterExpression {
            not ? .not(.condition(field: field, test)) : .condition(field: field, test)
        }
        switch name {
        case "$eq", "$ne": return made(.isOne(of: [try literal(operand, at: path)]), not: name == "$ne")
        case "$gt": return made(.compares(.greater, try literal(operand, at: path)))
        case "$gte": return made(.compares(.greaterOrEqual, try literal(operand, at: path)))
        case "$lt": return made(.compares(.less, try literal(operand, at: path)))
        case "$lte": return made(.compares(.lessOrEqual, try literal(operand, at: path)))
        case "$in", "$nin": return made(.isOne(of: try literals(operand, at: path)), not: name == "$nin")
        case "$between":
            let ends = try literals(operand, at: path)
            guard ends.count == 2 else { throw wrong(path, "must be a list of two values") }
            return made(.isBetween(ends[0], ends[1]))
        case "$exists":
            guard let exists = operand.boolValue else { throw wrong(path, "must be true or false") }
            return made(.exists, not: !exists)
        default:
            throw wrong(
                path,
                name.hasPrefix("$")
                    ? "is not known; known are $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $between, $exists"
                    : "is not an operator; a field below another is named by its path, as in \"author.name\"")
        }
    }

    private mutating func literals(_ value: JSONValue, at path: String) throws(ApplianceError) -> [FilterLiteral] {
        guard let items = value.arrayValue, !items.isEmpty else {
            throw wrong(path, "must be a list of values that is not empty")
        }
        var literals: [FilterLiteral] = []
        for (index, item) in items.enumerated() { literals.append(try literal(item, at: "\(path)[\(index)]")) }
        return literals
    }

    private mutating func literal(_ value: JSONValue, at path: String) throws(ApplianceError) -> FilterLiteral {
        values += 1
        guard values <= FilterExpression.valueLimit else {
            throw wrong(path, "is one value too many; a filter names at most \(FilterExpression.valueLimit)")
        }
        switch value {
        case .string(let text):
            try count(bytes: text, at: path)
            return .text(text)
        case .array: throw wrong(path, "must be one value; any of several is {\"$in\": […]}")
        case .null: throw wrong(path, "must not be null; a field that is missing is {\"$exists\": false}")
        case .object: throw wrong(path, "must be a string, a number or a truth value")
        default:
            guard let literal = FilterLiteral(value) else { throw wrong(path, "must be a number in range") }
            return literal
        }
    }

    private mutating func count(bytes text: String, at path: String) throws(ApplianceError) {
        bytes += text.utf8.count
        guard bytes <= FilterExpression.byteLimit else {
            throw wrong(path, "makes the filter larger than \(FilterExpression.byteLimit) bytes")
        }
    }

    private func wrong(_ path: String, _ reason: String) -> ApplianceError {
        let shown = path.unicodeScalars.count <= 120 ? path : String(path.unicodeScalars.prefix(117)) + "..."
        return .invalidArgument(name: shown, reason: reason)
    }
}

extension FilterLiteral {
    /// A JSON value as a filter compares it; nil for lists, objects and null.
    init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .bool(let value): self = .boolean(value)
        case .integer(let value): self = .number(FieldNumber(value))
        case .number, .wideInteger:
            guard let number = value.doubleValue.flatMap({ FieldNumber(double: $0) }) else { return nil }
            self = .number(number)
        case .array, .object, .null: return nil
        }
    }
}
