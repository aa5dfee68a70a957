import JSON
import Testing

@Suite struct ReaderTests {
    private func reason(_ text: String, maximumDepth: Int = 64) -> JSONError? {
        do {
            _ = try JSONValue(parsing: text, maximumDepth: maximumDepth)
            return nil
        } catch { return error }
    }

    @Test func `errors say what and where`() {
        #expect(reason("") == JSONError(offset: 0, reason: .unexpectedEnd))
        #expect(reason("[1,]") == JSONError(offset: 3, reason: .unexpectedByte(UInt8(ascii: "]"))))
        #expect(reason("{} x") == JSONError(offset: 3, reason: .trailingBytes))
        #expect(reason("[01]") == JSONError(offset: 2, reason: .malformedNumber))
        #expect(reason("\"a\nb\"") == JSONError(offset: 2, reason: .controlCharacter(10)))
        #expect(reason(#""ab\x""#) == JSONError(offset: 3, reason: .malformedEscape))
        #expect(reason(#""\ud800""#) == JSONError(offset: 1, reason: .loneSurrogate))
        #expect(reason(#""abcdefgh"#) == JSONError(offset: 9, reason: .unexpectedEnd))
        #expect(throws: JSONError(offset: 1, reason: .invalidUTF8)) {
            try JSONValue(parsing: [0x22, 0x61, 0xFF, 0x22])
        }
        #expect(reason("[1,]")?.description == "unexpected ']' at byte 3")
    }

    @Test func `depth is bounded where asked`() {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(reason(nested(64)) == nil)
        #expect(reason(nested(65)) == JSONError(offset: 64, reason: .tooDeep(maximum: 64)))
        #expect(reason(nested(3), maximumDepth: 2) == JSONError(offset: 2, reason: .tooDeep(maximum: 2)))
        #expect(reason(#"{"a":{"b":[1]}}"#, maximumDepth: 2)?.reason == .tooDeep(maximum: 2))
    }

    /// The word-at-a-time scan must stop at the right byte wherever it stands.
    @Test(arguments: 0..<24)
    func stopsAreFoundAtEveryOffset(_ offset: Int) throws {
        for (escape, meaning) in [
            (#"\""#, "\""), (#"\\"#, "\\"), (#"\u00e9"#, "\u{E9}"), (#"\ud83d\ude00"#, "\u{1F600}"),
        ] {
            let pad = String(repeating: "\u{E9}", count: offset / 2) + String(repeating: "x", count: offset % 2)
            let value = try JSONValue(parsing: "\"\(pad)\(escape)\(pad)\"")
            #expect(value == .string(pad + meaning + pad))
            #expect(try JSONValue(parsing: value.encoded()) == value)
        }
        let control = String(repeating: "y", count: offset) + "\u{1F}"
        #expect(reason("\"\(control)\"") == JSONError(offset: offset + 1, reason: .controlCharacter(0x1F)))
    }

    @Test func `slices read with offsets of their own`() throws {
        let lines = Array("{\"a\":1}\n[2]\n".utf8)
        #expect(try JSONValue(parsing: lines[8..<11]) == [2])
        #expect(throws: JSONError(offset: 2, reason: .unexpectedEnd)) { try JSONValue(parsing: lines[8..<10]) }
    }

    @Test func `the last of equal keys wins and keeps the first one's place`() throws {
        let object = try #require(try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#).objectValue)
        #expect(object.keys == ["a", "b"])
        #expect(object["a"] == 3)
    }

    @Test func `keys are compared byte by byte`() throws {
        // The same letter composed and decomposed: equal as Swift strings, different as JSON keys.
        let object = try #require(try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#).objectValue)
        #expect(object.count == 2)
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test func `many members are found, replaced and removed`() {
        var object = JSONObject((0..<1000).map { ("k\($0)", JSONValue.integer(Int64($0))) })
        #expect(object["k999"] == 999)
        object["k500"] = "new"
        object["k0"] = nil
        object["missing"] = nil
        #expect(object.count == 999)
        #expect(object["k500"] == "new")
        #expect(object["k0"] == nil)
        #expect(object["k999"] == 999)
    }

    @Test func `objects are equal in any order`() {
        let a: JSONValue = ["x": 1, "y": [true, nil]]
        let b: JSONValue = ["y": [true, nil], "x": 1]
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
        #expect(a != ["x": 1])
        #expect(a != ["x": 1, "z": [true, nil]])
    }
}
