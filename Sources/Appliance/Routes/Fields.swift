import JSON

/// Takes the members of a JSON object one by one, each with its type and range, and then refuses what is left over.
///
/// Every failure is an ``ApplianceError/invalidArgument(name:reason:)`` that names the field and says what it must be.
struct Fields {
    private let object: JSONObject
    /// Stands before names in messages: `documents[3].`.
    private let prefix: String
    private var taken: Set<String> = []

    init(_ object: JSONObject, prefix: String = "") {
        self.object = object
        self.prefix = prefix
    }

    /// A text of at most `limit` bytes.
    mutating func text(_ name: String, limit: Int = .max) throws(ApplianceError) -> String? {
        guard let value = take(name) else { return nil }
        guard let text = value.stringValue else { throw wrong(name, "must be a string") }
        guard text.utf8.count <= limit else {
            throw wrong(name, "must have at most \(limit) bytes, not \(text.utf8.count)")
        }
        return text
    }

    /// A text that must be there.
    mutating func requiredText(_ name: String, limit: Int = .max) throws(ApplianceError) -> String {
        guard let text = try text(name, limit: limit) else { throw wrong(name, "is required: a string") }
        return text
    }

    /// A whole number.
    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(ApplianceError) -> Int? {
        guard let value = take(name) else { return nil }
        guard let number = value.integerValue.flatMap(Int.init(exactly:)), range.contains(number) else {
            throw wrong(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number.
    mutating func number(_ name: String, in range: ClosedRange<Double>) throws(ApplianceError) -> Double? {
        guard let value = take(name) else { return nil }
        guard let number = value.doubleValue, range.contains(number) else {
            throw wrong(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// One word of a closed list.
    mutating func choice<Choice: RawRepresentable>(
        _ name: String, of choices: [Choice]
    ) throws(ApplianceError) -> Choice? where Choice.RawValue == String {
        guard let value = take(name) else { return nil }
        guard let choice = value.stringValue.flatMap(Choice.init(rawValue:)) else {
            throw wrong(name, "must be one of \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// A list of numbers.
    mutating func vector(_ name: String) throws(ApplianceError) -> [Float]? {
        guard let value = take(name) else { return nil }
        guard let items = value.arrayValue, !items.isEmpty else { throw wrong(name, "must be a list of numbers") }
        var vector: [Float] = []
        vector.reserveCapacity(items.count)
        for item in items {
            guard let number = item.doubleValue.map(Float.init), number.isFinite else {
                throw wrong(name, "must hold numbers alone")
            }
            vector.append(number)
        }
        return vector
    }

    /// An object, taken as it is.
    mutating func object(_ name: String) throws(ApplianceError) -> JSONObject? {
        guard let value = take(name) else { return nil }
        guard let object = value.objectValue else { throw wrong(name, "must be an object") }
        return object
    }

    /// A list of `count` items.
    mutating func list(_ name: String, count: ClosedRange<Int>) throws(ApplianceError) -> [JSONValue]? {
        guard let value = take(name) else { return nil }
        guard let items = value.arrayValue else { throw wrong(name, "must be a list") }
        guard count.contains(items.count) else {
            throw wrong(name, "must have \(count.lowerBound) to \(count.upperBound) items, not \(items.count)")
        }
        return items
    }

    /// A list of texts, none of them empty.
    mutating func texts(_ name: String, count: ClosedRange<Int>) throws(ApplianceError) -> [String]? {
        guard let items = try list(name, count: count) else { return nil }
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            guard let text = item.stringValue, !text.isEmpty else {
                throw wrong("\(name)[\(index)]", "must be a string that is not empty")
            }
            texts.append(text)
        }
        return texts
    }

    /// A truth value.
    mutating func flag(_ name: String) throws(ApplianceError) -> Bool? {
        guard let value = take(name) else { return nil }
        guard let flag = value.boolValue else { throw wrong(name, "must be true or false") }
        return flag
    }

    /// Whether the member is `null`, which is then taken.
    mutating func takeNull(_ name: String) -> Bool {
        guard object[name]?.isNull == true else { return false }
        return take(name) != nil
    }

    /// A member, not taken yet.
    func peek(_ name: String) -> JSONValue? { object[name] }

    /// A member of any kind, `null` included.
    mutating func value(_ name: String) -> JSONValue? { take(name) }

    /// Whether the object has this member, taken or not.
    func has(_ name: String) -> Bool { object[name] != nil }

    /// Refuses what no one has taken.
    func finish() throws(ApplianceError) {
        for (name, _) in object.members where !taken.contains(name) {
            let shown = name.unicodeScalars.count <= 60 ? name : String(name.unicodeScalars.prefix(57)) + "..."
            throw wrong(shown, "is not known here; known are \(taken.sorted().joined(separator: ", "))")
        }
    }

    private mutating func take(_ name: String) -> JSONValue? {
        taken.insert(name)
        return object[name]
    }

    private func wrong(_ name: String, _ reason: String) -> ApplianceError {
        .invalidArgument(name: prefix + name, reason: reason)
    }
}
