/// Writes JSON text straight into one byte array; commas and escapes are its business, the order of calls the caller's.
///
/// It does not check that calls form a value (`key` only in an object, every `begin` ended): that is the caller's
/// code, not data, and a test of the caller shows it.
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Makes a writer with room for so many bytes.
    public init(reservingCapacity: Int = 256) {
        bytes.reserveCapacity(reservingCapacity)
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    @inline(__always)
    private mutating func begin(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    @inline(__always)
    private mutating func end(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    /// Begins an object.
    public mutating func beginObject() { begin(UInt8(ascii: "{")) }
    /// Ends the object begun last.
    public mutating func endObject() { end(UInt8(ascii: "}")) }
    /// Begins an array.
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }
    /// Ends the array begun last.
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes the name of the member whose value comes next.
    public mutating func key(_ key: String) {
        string(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a text.
    public mutating func string(_ text: String) {
        separate()
        // What lies in one piece, as nearly all texts do, is read where it lies.
        if text.utf8.withContiguousStorageIfAvailable({ appendString($0) }) == nil {
            var text = text
            text.withUTF8 { appendString($0) }
        }
    }

    /// Writes JSON text as one JSON string that holds it, such as the text block beside a structured result.
    /// - Parameter json: Valid UTF-8, as another writer made it.
    public mutating func stringHolding(json: [UInt8]) {
        separate()
        bytes.reserveCapacity(bytes.count + json.count + json.count / 8)
        json.withUnsafeBufferPointer { appendString($0) }
    }

    /// Writes a whole number.
    public mutating func integer(_ value: Int64) {
        separate()
        appendDigits(of: value)
    }

    /// Writes a whole number.
    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    /// Writes a whole number of any length; what is not written as one becomes `null`.
    public mutating func wideInteger(_ text: String) {
        separate()
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        let isNumber =
            digits.first.map { $0 != UInt8(ascii: "0") } == true && digits.allSatisfy { (0x30...0x39).contains($0) }
        appendText(isNumber ? text : "null")
    }

    /// Writes the shortest text that reads back as the same `Double`; `null` if it is not finite.
    public mutating func number(_ value: Double) {
        separate()
        appendText(value.isFinite ? value.description : "null")
    }

    /// Writes the shortest text that reads back as the same `Float`; `null` if it is not finite.
    public mutating func number(_ value: Float) {
        separate()
        appendText(value.isFinite ? value.description : "null")
    }

    /// Writes a truth value.
    public mutating func bool(_ value: Bool) {
        separate()
        appendText(value ? "true" : "false")
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        appendText("null")
    }

    /// Writes a value that is JSON text already.
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes any value.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .wideInteger(let digits): wideInteger(digits)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }
}

// MARK: Members

extension JSONWriter {
    /// Writes a member.
    public mutating func member(_ key: String, _ value: String) {
        self.key(key)
        string(value)
    }

    /// Writes a member.
    public mutating func member(_ key: String, _ value: Int64) {
        self.key(key)
        integer(value)
    }

    /// Writes a member.
    public mutating func member(_ key: String, _ value: Int) {
        self.key(key)
        integer(value)
    }

    /// Writes a member.
    public mutating func member(_ key: String, _ value: Double) {
        self.key(key)
        number(value)
    }

    /// Writes a member.
    public mutating func member(_ key: String, _ value: Float) {
        self.key(key)
        number(value)
    }

    /// Writes a member.
    public mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    /// Writes a member.
    public mutating func member(_ key: String, _ value: JSONValue) {
        self.key(key)
        self.value(value)
    }

    /// Writes a member that is a list of texts.
    public mutating func member(_ key: String, _ values: [String]) {
        self.key(key)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// Writes a member whose value is JSON text already.
    public mutating func member(_ key: String, raw json: [UInt8]) {
        self.key(key)
        raw(json)
    }
}

// MARK: Bytes

extension JSONWriter {
    private mutating func appendText(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func appendDigits(of value: Int64) {
        var magnitude = value.magnitude
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        if magnitude < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(magnitude))
            return
        }
        var digitCount = 0
        var rest = magnitude
        repeat {
            digitCount += 1
            rest /= 10
        } while rest > 0
        bytes.append(addingCapacity: digitCount) { span in
            span.withUnsafeMutableBufferPointer { digits, count in
                for place in (0..<digitCount).reversed() {
                    digits.initializeElement(
                        at: place, to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10))
                    magnitude /= 10
                }
                count = digitCount
            }
        }
    }

    /// The text between quotes, with what must be escaped.
    private mutating func appendString(_ source: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        let source = UnsafeRawBufferPointer(source)
        var index = 0
        while index < source.count {
            index = appendEscaped(source, from: index)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Copies eight bytes at a time, and what must be escaped as that, until the text or the room for it ends.
    /// - Returns: Where that is.
    @inline(__always)
    private mutating func appendEscaped(_ source: UnsafeRawBufferPointer, from first: Int) -> Int {
        var index = first
        let rest = source.count &- first
        // An eighth more is enough for most texts.
        bytes.append(addingCapacity: rest &+ rest / 8 &+ 2 &* Self.wordSize) { span in
            span.withUnsafeMutableBufferPointer { room, count in
                let room = UnsafeMutableRawBufferPointer(room)
                var place = 0
                // The last word written may reach beyond the byte that ends it, and an escape is shorter than two words.
                while index < source.count, place &+ 2 &* Self.wordSize <= room.count {
                    if index &+ Self.wordSize <= source.count {
                        let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                        room.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
                        let stops = JSONBytes.stops(in: UInt64(littleEndian: word))
                        let plain = stops == 0 ? Self.wordSize : stops.trailingZeroBitCount &>> 3
                        index &+= plain
                        place &+= plain
                        if stops == 0 { continue }
                    } else if !JSONBytes.isStop(source[index]) {
                        room[place] = source[index]
                        index &+= 1
                        place &+= 1
                        continue
                    }
                    let escape = JSONBytes.escape(source[index])
                    room.storeBytes(of: escape.bytes.littleEndian, toByteOffset: place, as: UInt64.self)
                    place &+= escape.count
                    index &+= 1
                }
                count = place
            }
        }
        return index
    }

    private static let wordSize = MemoryLayout<UInt64>.size
}
