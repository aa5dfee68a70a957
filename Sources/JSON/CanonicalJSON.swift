/// One text for one value, whoever writes it: the JSON Canonicalization Scheme (RFC 8785), for signatures.
///
/// Members are sorted by the UTF-16 units of their names, strings escaped as little as JSON allows, numbers written as
/// ECMAScript writes a `Number` (ECMA-262, section 6.1.6.1.20).
extension JSONValue {
    /// The canonical text, or nil for a number that no `Double` holds.
    public var canonical: [UInt8]? {
        var writer = JSONWriter()
        return Self.write(self, to: &writer) ? writer.bytes : nil
    }

    private static func write(_ value: JSONValue, to writer: inout JSONWriter) -> Bool {
        switch value {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .integer, .wideInteger, .number:
            guard let number = value.doubleValue, let text = ECMAScriptNumber.text(of: number) else { return false }
            writer.raw(Array(text.utf8))
        case .string(let text): writer.string(text)
        case .array(let elements):
            writer.beginArray()
            for element in elements where !write(element, to: &writer) { return false }
            writer.endArray()
        case .object(let object):
            writer.beginObject()
            for member in object.members.sorted(by: { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }) {
                writer.key(member.key)
                guard write(member.value, to: &writer) else { return false }
            }
            writer.endObject()
        }
        return true
    }
}

/// Numbers as ECMAScript spells them: the shortest digits that read back as the same `Double`, plain from 1e-6 to below 1e21.
enum ECMAScriptNumber {
    /// The text, or nil for what is not finite.
    static func text(of value: Double) -> String? {
        guard value.isFinite else { return nil }
        if value == 0 { return "0" }
        let (digits, point) = decimal(value.magnitude)
        let sign = value < 0 ? "-" : ""
        let count = digits.count
        let number = String(decoding: digits, as: UTF8.self)
        switch point {
        case count...21: return sign + number + String(repeating: "0", count: point - count)
        case 1...21:
            return sign + String(decoding: digits[..<point], as: UTF8.self) + "."
                + String(decoding: digits[point...], as: UTF8.self)
        case -5...0: return sign + "0." + String(repeating: "0", count: -point) + number
        default:
            let exponent = point - 1
            let fraction = count == 1 ? "" : "." + String(decoding: digits[1...], as: UTF8.self)
            return sign + String(decoding: digits[..<1], as: UTF8.self) + fraction + "e"
                + (exponent < 0 ? "-" : "+") + String(exponent.magnitude)
        }
    }

    /// The shortest digits of a positive number, none of them a zero at an end, and where the decimal point stands behind the first.
    private static func decimal(_ value: Double) -> (digits: [UInt8], point: Int) {
        // Swift's description has the shortest digits already, in its own layout: 5e-324, 1e+21, 123456.0.
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let parts = value.description.utf8.split(separator: UInt8(ascii: "e"))
        for byte in parts[0] {
            if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte) }
        }
        if parts.count == 2 { exponent = Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 }
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        let place = (point ?? digits.count) + exponent - leading
        digits.removeFirst(leading)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, place)
    }
}
