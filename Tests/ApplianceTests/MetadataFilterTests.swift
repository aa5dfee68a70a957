import Appliance
import JSON
import Testing

/// Which metadata passes a filter of equal pairs.
@Suite struct MetadataFilterTests {
    private func passes(_ metadata: String, _ filter: String) throws -> Bool {
        let pairs = try #require(try JSONValue(parsing: filter).objectValue)
        return try #require(MetadataFilter(pairs)).passes(Array(metadata.utf8))
    }

    @Test func `a filter without pairs is none`() {
        #expect(MetadataFilter([:]) == nil)
    }

    @Test(
        arguments: [
            (#"{"a":1,"b":2}"#, #"{"a":1}"#), (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#), (#"{"a":1.0}"#, #"{"a":1}"#),
            (#"{"a":1e2}"#, #"{"a":100}"#), (#"{"a":null}"#, #"{"a":null}"#),
            (#"{"a":[1,{"b":2.0}]}"#, #"{"a":[1.0,{"b":2}]}"#),
            (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"y":2,"x":1}}"#),
            (#"{"a":18446744073709551616}"#, #"{"a":18446744073709551616}"#),
            (#"{"":true}"#, #"{"":true}"#), (#"{"a":-0.0}"#, #"{"a":0}"#),
        ])
    func equalPairsPass(_ metadata: String, _ filter: String) throws {
        #expect(try passes(metadata, filter))
    }

    @Test(
        arguments: [
            (#"{}"#, #"{"a":1}"#), (#"{"a":1}"#, #"{"a":1,"b":2}"#), (#"{"a":"1"}"#, #"{"a":1}"#),
            (#"{"a":true}"#, #"{"a":1}"#),
            (#"{"a":1}"#, #"{"a":null}"#), (#"{"b":{"a":1}}"#, #"{"a":1}"#), (#"{"a":[1,2]}"#, #"{"a":[2,1]}"#),
            (#"{"a":[1,2]}"#, #"{"a":1}"#), (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"x":1}}"#),
            (#"{"a":"x"}"#, #"{"A":"x"}"#),
            (#"{"a":"x "}"#, #"{"a":"x"}"#), (#"{"a":18446744073709551616}"#, #"{"a":18446744073709551617}"#),
            (#"{"a":18446744073709551616}"#, #"{"a":18446744073709551616.0}"#),
            (#"{"a":9007199254740993}"#, #"{"a":9007199254740992}"#), (#"{"a":"\u00e9"}"#, #"{"a":"e\u0301"}"#),
        ])
    func otherPairsDoNot(_ metadata: String, _ filter: String) throws {
        #expect(try !passes(metadata, filter))
    }
}
