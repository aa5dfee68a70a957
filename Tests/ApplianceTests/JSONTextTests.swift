import Appliance
import JSON
import TestKit
import Testing

@Suite struct JSONTextTests {
    /// A random value whose strings hold what could mislead a scanner.
    private func value(_ depth: Int, _ random: inout SeededRandom) -> JSONValue {
        let words = ["", "a", "servers", "carrel", "\"", "\\", "}", "{\"x\": [", "é\n", ","]
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64.random(in: -9...9, using: &random))
        case 3: return .number(1.5)
        case 4: return .string(words.randomElement(using: &random) ?? "")
        case 5: return .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth - 1, &random) })
        default: return object(depth - 1, &random)
        }
    }

    private func object(_ depth: Int, _ random: inout SeededRandom) -> JSONValue {
        let keys = ["servers", "carrel", "a\"b", "{", "z", "\\", "é"].shuffled(using: &random)
        let members = keys.prefix(Int.random(in: 0...5, using: &random)).map { ($0, value(depth, &random)) }
        return .object(JSONObject(members))
    }

    /// The same value with blanks wherever JSON allows them.
    private func spread(_ text: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var result: [UInt8] = []
        var inString = false
        var escaped = false
        for byte in text {
            let isMark = !inString && "{}[],:".utf8.contains(byte)
            if isMark, Bool.random(using: &random) { result += Array(" \n\t".utf8.shuffled(using: &random)) }
            result.append(byte)
            if isMark, Bool.random(using: &random) { result += Array("\r\n  ".utf8) }
            if escaped {
                escaped = false
            } else if inString, byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte
                == UInt8(ascii: "\"")
            {
                inString.toggle()
            }
        }
        return result
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `one member changes and nothing else, as in the value`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let new: JSONValue = ["command": "c", "args": ["a", "b"], "env": ["K": "v"]]
        var changes = 0
        for _ in 0..<500 {
            let old = object(3, &random)
            let bytes = spread(old.encoded(), &random)
            guard old["servers"] == nil || old["servers"]?.objectValue != nil else {
                #expect(throws: JSONText.Failure.notAnObject(["servers"])) {
                    try JSONText(bytes).setting(["servers", "carrel"], to: new)
                }
                continue
            }
            let result = try JSONText(bytes).setting(["servers", "carrel"], to: new)
            var servers = old["servers"]?.objectValue ?? JSONObject()
            servers["carrel"] = new
            var expected = old.objectValue ?? JSONObject()
            expected["servers"] = .object(servers)
            let parsed = try JSONValue(parsing: result)
            #expect(parsed == .object(expected))
            #expect(parsed.objectValue?.keys == expected.keys)
            #expect(parsed["servers"]?.objectValue?.keys == servers.keys)
            // Set once more, it is found and replaced.
            #expect(try JSONText(result).setting(["servers", "carrel"], to: new) == result)
            #expect(try JSONText(result).value(at: ["servers", "carrel"]) == new)
            changes += 1
        }
        #expect(changes > 100)
    }

    @Test func `layout follows the file`() throws {
        func set(_ text: String) throws -> String {
            String(
                decoding: try JSONText(Array(text.utf8)).setting(["servers", "x"], to: ["k": [1, 2]]), as: UTF8.self)
        }
        #expect(try set("") == "{\n  \"servers\": {\n    \"x\": {\n      \"k\": [1, 2]\n    }\n  }\n}\n")
        #expect(
            try set("{\n\t\"servers\": {}\n}")
                == "{\n\t\"servers\": {\n\t\t\"x\": {\n\t\t\t\"k\": [1, 2]\n\t\t}\n\t}\n}")
        #expect(try set("{\"servers\":{\"x\":0,\"y\":1}}").hasSuffix("},\"y\":1}}"))
    }

    @Test(arguments: ["{", "// c\n{}", "{} x", "{\"a\": 1,}", "\u{FEFF}{}"])
    func `what is not JSON is not touched`(text: String) {
        #expect(throws: JSONText.Failure.self) { try JSONText(Array(text.utf8)) }
    }

    @Test(arguments: ["[]", "1", "\"servers\""])
    func `what holds no members is not touched`(text: String) throws {
        let text = try JSONText(Array(text.utf8))
        #expect(throws: JSONText.Failure.notAnObject([])) { try text.setting(["servers", "x"], to: 1) }
    }
}
