import HTTPServer

/// Takes the items of a query string one by one, like ``Fields`` those of an object.
struct QueryFields {
    private var items: [String: String] = [:]
    private var known: [String] = []

    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` for a broken escape or a name that comes twice.
    init(_ request: HTTPRequest) throws(ApplianceError) {
        guard let items = request.queryItems else {
            throw .invalidArgument(name: "the query string", reason: "is not valid percent-encoded UTF-8")
        }
        for (name, value) in items {
            guard self.items.updateValue(value, forKey: name) == nil else {
                throw .invalidArgument(name: name, reason: "is given twice")
            }
        }
    }

    mutating func text(_ name: String) -> String? {
        known.append(name)
        return items.removeValue(forKey: name)
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(ApplianceError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalidArgument(
                name: name, reason: "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func choice<Choice: RawRepresentable>(
        _ name: String, of choices: [Choice]
    ) throws(ApplianceError) -> Choice? where Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .invalidArgument(
                name: name, reason: "must be one of \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    func finish() throws(ApplianceError) {
        guard let name = items.keys.min() else { return }
        throw .invalidArgument(
            name: String(name.prefix(60)),
            reason: "is not known in the query string; known are \(known.joined(separator: ", "))")
    }
}
