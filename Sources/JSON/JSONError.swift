/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable {
    /// What was wrong.
    public enum Reason: Hashable, Sendable {
        /// The text ends inside a value.
        case unexpectedEnd
        /// A byte that cannot stand here.
        case unexpectedByte(UInt8)
        /// Something follows the one value.
        case trailingBytes
        /// Arrays and objects nest deeper than the given bound.
        case tooDeep(maximum: Int)
        /// A number breaks the grammar (leading zero, missing digits, `+`).
        case malformedNumber
        /// A number beyond the range of `Double`.
        case numberOutOfRange
        /// A control character stands unescaped in a string.
        case controlCharacter(UInt8)
        /// A backslash is followed by something else than JSON's escapes.
        case malformedEscape
        /// A `\u` escape names half of a surrogate pair.
        case loneSurrogate
        /// The bytes of a string are not UTF-8.
        case invalidUTF8
    }

    /// Byte offset from the start of the text; for `invalidUTF8` the start of the string.
    public var offset: Int
    /// What was wrong.
    public var reason: Reason

    /// Makes an error.
    public init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONError: CustomStringConvertible {
    /// One sentence fit to be shown to whoever sent the text; quotes nothing of it.
    public var description: String {
        let what =
            switch reason {
            case .unexpectedEnd: "the text ends too early"
            case .unexpectedByte(let byte):
                byte >= 0x21 && byte < 0x7F
                    ? "unexpected '\(Character(Unicode.Scalar(byte)))'" : "unexpected byte \(byte)"
            case .trailingBytes: "more text after the value"
            case .tooDeep(let maximum): "nested deeper than \(maximum) levels"
            case .malformedNumber: "malformed number"
            case .numberOutOfRange: "number out of range"
            case .controlCharacter(let byte): "unescaped control character \(byte) in a string"
            case .malformedEscape: "malformed escape in a string"
            case .loneSurrogate: "lone surrogate in a string"
            case .invalidUTF8: "a string is not valid UTF-8"
            }
        return "\(what) at byte \(offset)"
    }
}
