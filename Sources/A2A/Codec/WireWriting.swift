import JSON

/// How values of the protocol are written: absent members left out, never `null`, whole numbers without a fraction.
extension JSONWriter {
    mutating func optional(_ name: String, _ text: String?) {
        if let text, !text.isEmpty { member(name, text) }
    }

    mutating func optional(_ name: String, _ texts: [String]) {
        if !texts.isEmpty { member(name, texts) }
    }

    /// An object whose content is the sender's business; an empty one stays, since the sender gave it.
    mutating func opaque(_ name: String, _ object: JSONObject?) {
        guard let object else { return }
        key(name)
        opaque(.object(object))
    }

    /// Writes any value, 42.0 as 42: readers of the protocol know one kind of number.
    mutating func opaque(_ value: JSONValue) {
        switch value {
        case .number(let number):
            // 2^53: above it a whole Double is no count of anything.
            if number.magnitude < 9_007_199_254_740_992, let whole = Int64(exactly: number),
                whole != 0 || number.sign == .plus
            {
                integer(whole)
            } else {
                self.number(number)
            }
        case .array(let elements):
            beginArray()
            for element in elements { opaque(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.key)
                opaque(member.value)
            }
            endObject()
        case .null, .bool, .integer, .wideInteger, .string: self.value(value)
        }
    }
}
