public import JSON

/// Checks a tool's arguments against its published schema and says what is wrong so that a model can correct itself.
///
/// Knows the part of JSON Schema 2020-12 named in ``supportedKeywords``; a schema must use nothing else (a test of the
/// caller shows it by ``unsupportedKeywords(in:)``), or it would promise a check that is not made.
public struct ArgumentValidator: Sendable {
    /// Problems after which no more are collected.
    public let maximumProblems: Int

    /// Makes a validator.
    public init(maximumProblems: Int = 8) { self.maximumProblems = maximumProblems }

    /// Keywords that are checked.
    public static let checkedKeywords: Set<String> = [
        "type", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "items", "properties",
        "required", "additionalProperties",
    ]
    /// Keywords that may stand in a schema: the checked ones and those that only describe.
    public static let supportedKeywords = checkedKeywords.union(["title", "description", "default", "examples"])

    /// One sentence per problem, each naming argument, problem and allowed values; empty = valid.
    public func validate(_ arguments: JSONObject, against schema: JSONValue) -> [String] {
        var problems: [String] = []
        checkObject(arguments, schema, "", &problems)
        return Array(problems.prefix(maximumProblems))
    }

    /// Keywords of a schema that this validator does not know, as paths.
    public static func unsupportedKeywords(in schema: JSONValue) -> [String] {
        guard let object = schema.objectValue else { return [] }
        var found = object.keys.filter { !supportedKeywords.contains($0) }
        for member in object["properties"]?.objectValue?.members ?? [] {
            found += unsupportedKeywords(in: member.value).map { "\(member.key).\($0)" }
        }
        if let items = object["items"] { found += unsupportedKeywords(in: items).map { "[].\($0)" } }
        return found
    }
}

// MARK: Checks

extension ArgumentValidator {
    private func check(_ value: JSONValue, _ schema: JSONValue, _ path: String, _ problems: inout [String]) {
        guard problems.count < maximumProblems else { return }
        let types = Self.types(schema)
        if !types.isEmpty, !types.contains(where: { Self.matches(value, $0) }) {
            problems.append("`\(path)` must be \(Self.typeNames(types)), not \(Self.typeName(of: value))")
            return
        }
        if let allowed = schema["enum"]?.arrayValue, !allowed.contains(value) {
            let list = allowed.map(Self.shown).joined(separator: ", ")
            problems.append("`\(path)` must be one of \(list), not \(Self.shown(value))")
            return
        }
        switch value {
        case .integer, .wideInteger, .number: checkNumber(value, schema, path, &problems)
        case .string(let text): checkText(text, schema, path, &problems)
        case .array(let elements): checkArray(elements, schema, path, &problems)
        case .object(let object): checkObject(object, schema, path, &problems)
        case .null, .bool: break
        }
    }

    private func checkNumber(_ value: JSONValue, _ schema: JSONValue, _ path: String, _ problems: inout [String]) {
        guard let number = value.doubleValue else { return }
        let minimum = schema["minimum"]
        let maximum = schema["maximum"]
        let isBelow = minimum?.doubleValue.map { number < $0 } ?? false
        let isAbove = maximum?.doubleValue.map { number > $0 } ?? false
        guard isBelow || isAbove else { return }
        let range =
            switch (minimum, maximum) {
            case (let minimum?, let maximum?): "from \(Self.shown(minimum)) to \(Self.shown(maximum))"
            case (let minimum?, nil): "at least \(Self.shown(minimum))"
            case (nil, let maximum?): "at most \(Self.shown(maximum))"
            case (nil, nil): "a number"
            }
        problems.append("`\(path)` must be \(range), not \(Self.shown(value))")
    }

    private func checkText(_ text: String, _ schema: JSONValue, _ path: String, _ problems: inout [String]) {
        if let minimum = schema["minLength"]?.integerValue, text.unicodeScalars.count < minimum {
            problems.append(
                minimum == 1
                    ? "`\(path)` must not be empty"
                    : "`\(path)` must have at least \(minimum) characters, not \(text.unicodeScalars.count)")
        }
        if let maximum = schema["maxLength"]?.integerValue, text.unicodeScalars.count > maximum {
            problems.append("`\(path)` must have at most \(maximum) characters, not \(text.unicodeScalars.count)")
        }
    }

    private func checkArray(_ elements: [JSONValue], _ schema: JSONValue, _ path: String, _ problems: inout [String]) {
        if let minimum = schema["minItems"]?.integerValue, elements.count < minimum {
            problems.append("`\(path)` must have at least \(minimum) \(Self.items(minimum)), not \(elements.count)")
        }
        if let maximum = schema["maxItems"]?.integerValue, elements.count > maximum {
            problems.append("`\(path)` must have at most \(maximum) \(Self.items(maximum)), not \(elements.count)")
        }
        guard let items = schema["items"] else { return }
        // A vector of numbers is the one long list that comes often; it needs no paths made.
        if items == ["type": "number"], elements.allSatisfy({ $0.doubleValue != nil }) { return }
        for (index, element) in elements.enumerated() {
            guard problems.count < maximumProblems else { return }
            check(element, items, "\(path)[\(index)]", &problems)
        }
    }

    private func checkObject(_ object: JSONObject, _ schema: JSONValue, _ path: String, _ problems: inout [String]) {
        let properties = schema["properties"]?.objectValue ?? [:]
        for name in schema["required"]?.arrayValue ?? [] {
            guard let name = name.stringValue, object[name] == nil else { continue }
            let expected = properties[name].map(Self.expectation) ?? ""
            problems.append("`\(Self.join(path, name))` is required\(expected.isEmpty ? "" : ": \(expected)")")
        }
        for member in object.members {
            guard problems.count < maximumProblems else { return }
            if let property = properties[member.key] {
                check(member.value, property, Self.join(path, member.key), &problems)
            } else if schema["additionalProperties"] == false {
                let known =
                    properties.isEmpty
                    ? "there are none" : "known: \(properties.keys.joined(separator: ", "))"
                problems.append("`\(Self.join(path, Self.clipped(member.key)))` is not a known argument; \(known)")
            } else if let other = schema["additionalProperties"], other.objectValue != nil {
                check(member.value, other, Self.join(path, Self.clipped(member.key)), &problems)
            }
        }
    }
}

// MARK: Words

extension ArgumentValidator {
    private static func types(_ schema: JSONValue) -> [String] {
        switch schema["type"] {
        case .string(let type): [type]
        case .array(let types): types.compactMap(\.stringValue)
        default: []
        }
    }

    private static func matches(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "string": value.stringValue != nil
        case "integer": value.integerValue != nil
        case "number": value.doubleValue != nil
        case "boolean": value.boolValue != nil
        case "array": value.arrayValue != nil
        case "object": value.objectValue != nil
        case "null": value.isNull
        default: false
        }
    }

    private static func typeNames(_ types: [String]) -> String { types.map(article).joined(separator: " or ") }

    private static func article(_ type: String) -> String {
        switch type {
        case "integer": "a whole number"
        case "array", "object": "an \(type)"
        case "null": "null"
        default: "a \(type)"
        }
    }

    private static func typeName(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .wideInteger, .number: "the number \(shown(value))"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// What a missing argument should be.
    private static func expectation(_ schema: JSONValue) -> String {
        if let allowed = schema["enum"]?.arrayValue { return "one of \(allowed.map(shown).joined(separator: ", "))" }
        return typeNames(types(schema))
    }

    private static func items(_ count: Int64) -> String { count == 1 ? "item" : "items" }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// The value as JSON, cut when long.
    private static func shown(_ value: JSONValue) -> String {
        clipped(String(decoding: value.encoded(), as: UTF8.self))
    }

    private static func clipped(_ text: String) -> String {
        text.unicodeScalars.count <= 60 ? text : String(text.unicodeScalars.prefix(57)) + "..."
    }
}
