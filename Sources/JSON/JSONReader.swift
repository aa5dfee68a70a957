/// Reads one JSON text by recursive descent over borrowed bytes.
///
/// Every access goes through `byte(at:)`, which answers 0 past the end; 0 is legal nowhere outside this type's own
/// bounds checks, so the end needs no test of its own in the common path.
struct JSONReader {
    private let source: UnsafeBufferPointer<UInt8>
    private let maximumDepth: Int
    private var position = 0
    /// Bytes of a string that holds escapes; kept to be reused.
    private var unescaped: [UInt8] = []

    static func value(of source: UnsafeBufferPointer<UInt8>, maximumDepth: Int) throws(JSONError) -> JSONValue {
        var reader = JSONReader(source: source, maximumDepth: maximumDepth)
        reader.skipWhitespace()
        let value = try reader.value(depth: 0)
        reader.skipWhitespace()
        guard reader.position == source.count else {
            throw JSONError(offset: reader.position, reason: .trailingBytes)
        }
        return value
    }

    private init(source: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.source = source
        self.maximumDepth = maximumDepth
    }

    @inline(__always)
    private func byte(at index: Int) -> UInt8 { index < source.count ? source[index] : 0 }

    private func unexpected() -> JSONError {
        position < source.count
            ? JSONError(offset: position, reason: .unexpectedByte(source[position]))
            : JSONError(offset: position, reason: .unexpectedEnd)
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < source.count {
            switch source[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }
}

// MARK: Values

extension JSONReader {
    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        switch byte(at: position) {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw unexpected()
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard byte(at: position) == word.utf8Start[index] else { throw unexpected() }
            position += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        guard depth <= maximumDepth else { throw JSONError(offset: position, reason: .tooDeep(maximum: maximumDepth)) }
        position += 1
        var object = JSONObject()
        skipWhitespace()
        if byte(at: position) == UInt8(ascii: "}") {
            position += 1
            return object
        }
        while true {
            guard byte(at: position) == UInt8(ascii: "\"") else { throw unexpected() }
            let key = try string()
            skipWhitespace()
            guard byte(at: position) == UInt8(ascii: ":") else { throw unexpected() }
            position += 1
            skipWhitespace()
            object[key] = try value(depth: depth)
            if try !another(closing: UInt8(ascii: "}")) { return object }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        guard depth <= maximumDepth else { throw JSONError(offset: position, reason: .tooDeep(maximum: maximumDepth)) }
        position += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if byte(at: position) == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        while true {
            elements.append(try value(depth: depth))
            if try !another(closing: UInt8(ascii: "]")) { return elements }
        }
    }

    /// After an element: steps over `,` and answers true, or over the closing byte and answers false.
    @inline(__always)
    private mutating func another(closing: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        let next = byte(at: position)
        guard next == UInt8(ascii: ",") || next == closing else { throw unexpected() }
        position += 1
        if next == closing { return false }
        skipWhitespace()
        return true
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        var scan = NumberScan(source: source, start: position)
        guard scan.run() else {
            // A bad byte is named where it stands; a number cut off by the end of the text is an early end.
            throw JSONError(
                offset: scan.end, reason: scan.end == source.count ? .unexpectedEnd : .malformedNumber)
        }
        guard let value = scan.value else { throw JSONError(offset: position, reason: .numberOutOfRange) }
        position = scan.end
        return value
    }
}

// MARK: Strings

extension JSONReader {
    /// Reads a string; `position` is on its opening quote.
    private mutating func string() throws(JSONError) -> String {
        let start = position + 1
        let end = plainEnd(from: start)
        guard end < source.count else { throw JSONError(offset: source.count, reason: .unexpectedEnd) }
        if source[end] == UInt8(ascii: "\"") {
            position = end + 1
            return try text(UnsafeBufferPointer(rebasing: source[start..<end]), offset: start)
        }
        return try escapedString(start: start, firstStop: end)
    }

    /// The next quote, backslash or control character, or the end.
    ///
    /// Looks at eight bytes at once.
    @inline(__always)
    private func plainEnd(from start: Int) -> Int {
        var index = start
        let raw = UnsafeRawBufferPointer(source)
        while index + 8 <= source.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let stops = JSONBytes.stops(in: word)
            if stops != 0 { return index + stops.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < source.count, !JSONBytes.isStop(source[index]) { index += 1 }
        return index
    }

    private func text(_ bytes: UnsafeBufferPointer<UInt8>, offset: Int) throws(JSONError) -> String {
        // The repairing initialiser has nothing to repair in ASCII and is the faster of the two.
        if JSONBytes.isASCII(bytes) { return String(decoding: bytes, as: UTF8.self) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw JSONError(offset: offset, reason: .invalidUTF8)
        }
        return text
    }

    private mutating func escapedString(start: Int, firstStop: Int) throws(JSONError) -> String {
        unescaped.removeAll(keepingCapacity: true)
        var plainStart = start
        var stop = firstStop
        while true {
            guard stop < source.count else { throw JSONError(offset: source.count, reason: .unexpectedEnd) }
            unescaped.append(contentsOf: source[plainStart..<stop])
            switch source[stop] {
            case UInt8(ascii: "\""):
                position = stop + 1
                guard let text = String(validating: unescaped, as: UTF8.self) else {
                    throw JSONError(offset: start, reason: .invalidUTF8)
                }
                return text
            case UInt8(ascii: "\\"): plainStart = try escape(at: stop)
            default: throw JSONError(offset: stop, reason: .controlCharacter(source[stop]))
            }
            stop = plainEnd(from: plainStart)
        }
    }

    /// Appends what the escape at `offset` stands for; answers the offset after it.
    private mutating func escape(at offset: Int) throws(JSONError) -> Int {
        guard offset + 1 < source.count else { throw JSONError(offset: source.count, reason: .unexpectedEnd) }
        switch source[offset + 1] {
        case UInt8(ascii: "\""): unescaped.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): unescaped.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): unescaped.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): return try unicodeEscape(at: offset)
        default: throw JSONError(offset: offset, reason: .malformedEscape)
        }
        return offset + 2
    }

    private mutating func unicodeEscape(at offset: Int) throws(JSONError) -> Int {
        let unit = try codeUnit(at: offset)
        var code = UInt32(unit)
        var end = offset + 6
        if 0xD800...0xDFFF ~= unit {
            // A high half must be followed by an escaped low half; a raw character in between cannot complete it.
            guard unit < 0xDC00, byte(at: end) == UInt8(ascii: "\\"), byte(at: end + 1) == UInt8(ascii: "u") else {
                throw JSONError(offset: offset, reason: .loneSurrogate)
            }
            let low = try codeUnit(at: end)
            guard 0xDC00...0xDFFF ~= low else { throw JSONError(offset: offset, reason: .loneSurrogate) }
            code = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
            end += 6
        }
        guard let scalar = Unicode.Scalar(code) else { throw JSONError(offset: offset, reason: .loneSurrogate) }
        unescaped.append(contentsOf: UTF8.encode(scalar) ?? .init())
        return end
    }

    private func codeUnit(at offset: Int) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for index in offset + 2..<offset + 6 {
            guard index < source.count else { throw JSONError(offset: source.count, reason: .unexpectedEnd) }
            guard let digit = JSONBytes.hexadecimalDigit(source[index]) else {
                throw JSONError(offset: index, reason: .malformedEscape)
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
