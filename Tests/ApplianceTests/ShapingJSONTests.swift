import Appliance
import JSON
import Testing

/// A request's wishes as cursors and records keep them: what was read is written, and nothing else.
@Suite struct ShapingJSONTests {
    @Test(arguments: [
        #"{"boosts":[{"filter":"team = hr","factor":2.0},{"filter":"year >= 2020 AND draft != true","factor":0.25}]}"#,
        #"{"decay":[{"field":"at","origin":"now","scale":"2592000s","decay":0.5,"curve":"gauss"}]}"#,
        #"{"decay":[{"field":"at","origin":"2024-05-01","scale":"60s","offset":"5s","decay":0.1,"curve":"exp","missing":0.5}]}"#,
        #"{"decay":[{"field":"stars","origin":-1.5,"scale":12.5,"offset":3.0,"decay":0.9,"curve":"linear"}]}"#,
        #"{"pinned":["b","a"],"hidden":["c \" d"],"rerank":true}"#,
    ])
    func `what was read is written`(text: String) throws {
        let object = try #require(try JSONValue(parsing: text).objectValue)
        #expect(String(decoding: try Shaping(object).json, as: UTF8.self) == text)
    }

    @Test func `no wishes are nothing`() throws {
        #expect(try Shaping([:]).json == Array("{}".utf8))
        #expect(try Shaping(["boosts": [], "rerank": false]).json == Array("{}".utf8))
    }
}
