import JSON
import TestKit

extension SeededRandom {
    mutating func text() -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "Z", " ", "\"", "\\", "/", "\n", "\t", "\r", "\u{0}", "\u{1F}", "\u{7F}", "\u{E9}", "\u{301}",
            "\u{2028}",
            "\u{FFFF}", "\u{1F600}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...24, using: &self) { text.append(alphabet.randomElement(using: &self) ?? "a") }
        return String(text)
    }

    mutating func double() -> Double {
        let value = Double(bitPattern: next())
        return value.isFinite ? value : 0.5
    }

    mutating func value(depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 6), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64(bitPattern: next()) >> Int64.random(in: 0..<63, using: &self))
        case 3: return .number(double())
        case 4: return .number(Double(Float.random(in: -1...1, using: &self)))
        case 5: return .string(text())
        case 6:
            return .array((0..<Int.random(in: 0...6, using: &self)).map { _ in value(depth: depth + 1) })
        default:
            // Now and then more members than a linear search is used for.
            let count = Int.random(in: 0...(depth == 0 ? 40 : 6), using: &self)
            return .object(JSONObject((0..<count).map { _ in (text(), value(depth: depth + 1)) }))
        }
    }
}
