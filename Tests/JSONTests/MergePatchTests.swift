import JSON
import Testing

/// RFC 7396, with the cases of its appendix A whose target and patch are objects.
@Suite struct MergePatchTests {
    @Test(
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
            (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
            (#"{"a":{"b":1}}"#, #"{}"#, #"{"a":{"b":1}}"#),
        ])
    func mergesAsTheStandardSays(_ target: String, _ patch: String, _ expected: String) throws {
        let target = try #require(try JSONValue(parsing: target).objectValue)
        let patch = try #require(try JSONValue(parsing: patch).objectValue)
        #expect(String(decoding: target.merging(patch).encoded(), as: UTF8.self) == expected)
    }

    @Test func `applied twice it changes nothing more`() throws {
        let target = try #require(try JSONValue(parsing: #"{"a":{"x":1,"y":[1,2]},"b":"c","d":{}}"#).objectValue)
        let patch = try #require(try JSONValue(parsing: #"{"a":{"x":null,"z":{"q":null}},"b":null,"n":7}"#).objectValue)
        let once = target.merging(patch)
        #expect(once.merging(patch) == once)
    }
}
