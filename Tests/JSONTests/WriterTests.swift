import JSON
import Testing

@Suite struct WriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `commas come by themselves`() {
        let text = written { writer in
            writer.beginObject()
            writer.member("a", 1)
            writer.member("b", "two")
            writer.key("c")
            writer.beginArray()
            writer.number(0.5)
            writer.number(Float(0.1))
            writer.bool(false)
            writer.null()
            writer.beginObject()
            writer.endObject()
            writer.beginArray()
            writer.endArray()
            writer.endArray()
            writer.member("d", raw: Array("[1,2]".utf8))
            writer.member("e", ["x", "y"])
            writer.member("f", ["k": nil] as JSONValue)
            writer.member("g", true)
            writer.member("h", 1e300)
            writer.endObject()
        }
        #expect(
            text
                == #"{"a":1,"b":"two","c":[0.5,0.1,false,null,{},[]],"d":[1,2],"e":["x","y"],"f":{"k":null},"g":true,"h":1e+300}"#
        )
    }

    @Test func `escapes are the short ones, other text stays as it is`() {
        let text = written { $0.string("q\" b\\ /\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}\u{E9}\u{2028}\u{1F600}") }
        #expect(text == "\"q\\\" b\\\\ /\\b\\f\\n\\r\\t\\u0000\\u001f\u{7F}\u{E9}\u{2028}\u{1F600}\"")
    }

    @Test func `numbers that JSON cannot hold become null`() {
        #expect(written { $0.value([.number(.nan), .number(.infinity)]) } == "[null,null]")
        #expect(written { $0.number(-Float.infinity) } == "null")
    }

    @Test(arguments: [0, 9, -9, 10, -10, 99, 1000, Int64.max, Int64.min])
    func integersArePrintedInFull(_ value: Int64) { #expect(written { $0.integer(value) } == String(value)) }

    @Test func `a string holding JSON reads back as that JSON`() throws {
        let inner = (["text": "say \"hi\"\n", "list": [1, 2.5, nil]] as JSONValue).encoded()
        var writer = JSONWriter()
        writer.stringHolding(json: inner)
        let text = try #require(try JSONValue(parsing: writer.bytes).stringValue)
        #expect(Array(text.utf8) == inner)
    }

    @Test func `escapes stand wherever words of eight bytes end, and however many there are`() {
        func expected(_ text: String) -> [UInt8] {
            var bytes: [UInt8] = [0x22]
            for byte in text.utf8 {
                switch byte {
                case 0x22: bytes += #"\""#.utf8
                case 0x5C: bytes += #"\\"#.utf8
                case 0x08: bytes += #"\b"#.utf8
                case 0x09: bytes += #"\t"#.utf8
                case 0x0A: bytes += #"\n"#.utf8
                case 0x0C: bytes += #"\f"#.utf8
                case 0x0D: bytes += #"\r"#.utf8
                case 0..<0x20: bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
                default: bytes.append(byte)
                }
            }
            return bytes + [0x22]
        }
        func written(_ text: String) -> [UInt8] {
            var writer = JSONWriter()
            writer.string(text)
            return writer.bytes
        }
        for length in 0..<26 {
            for place in 0..<max(1, length) {
                for escaped in [#"""#, #"\"#, "\u{0}", "\u{8}", "\n", "\u{1F}", "é"] where length > 0 {
                    let text =
                        String(repeating: "x", count: place) + escaped + String(repeating: "y", count: length - place)
                    #expect(written(text) == expected(text))
                }
            }
        }
        for count in [1, 7, 64, 1_000] {
            let text = String(repeating: "\u{1}", count: count) + String(repeating: #"a"\"#, count: count)
            #expect(written(text) == expected(text))
        }
    }
}
