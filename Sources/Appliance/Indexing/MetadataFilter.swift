package import JSON

/// Metadata that a document must have: every pair, as a top-level member with an equal value.
package struct MetadataFilter: Sendable {
    private let pairs: JSONObject

    /// A filter of at least one pair; nil without any, since it would pass every document.
    package init?(_ pairs: JSONObject) {
        guard !pairs.isEmpty else { return nil }
        self.pairs = pairs
    }

    /// Whether a document's metadata, a JSON object as stored, holds every pair.
    package func passes(_ metadata: [UInt8]) throws(JSONError) -> Bool {
        let value = try JSONValue(parsing: metadata)
        return pairs.members.allSatisfy { pair in value[pair.key].map { Self.isEqual($0, pair.value) } ?? false }
    }

    /// Equal as JSON values: numbers by what they are worth, however written; objects whatever the order.
    private static func isEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy(isEqual)
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.members.allSatisfy { member in right[member.key].map { isEqual(member.value, $0) } ?? false }
        case (.string(let left), .string(let right)):
            // Byte for byte, as ids are compared.
            return left.utf8.elementsEqual(right.utf8)
        default:
            if left == right { return true }
            // Digits count: a long number is not equal to the nearest double.
            if case .wideInteger = left { return false }
            if case .wideInteger = right { return false }
            if let left = left.integerValue, let right = right.integerValue { return left == right }
            guard case .number(let left) = left, case .number(let right) = right else { return false }
            return left == right
        }
    }
}
