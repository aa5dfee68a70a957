import Columns
import Testing
import TestKit

@Suite struct FilterParserTests {
    @Test(
        arguments: [
            ("year = 2024", "year = 2024"),
            ("year==2024 and tag!='a b'", "year = 2024 AND tag != \"a b\""),
            ("a<1 OR b>=2 AND c<>3", "a < 1 OR (b >= 2 AND c != 3)"),
            ("not (a = 1 or b = 2)", "NOT (a = 1 OR b = 2)"),
            ("tag in [a, 'b', \"c\"]", "tag IN [a, \"b\", \"c\"]"),
            ("tag NOT IN (a,b)", "tag NOT IN [a, b]"),
            ("year BETWEEN 1 AND 2 AND x EXISTS", "year BETWEEN 1 AND 2 AND x EXISTS"),
            ("x not exists", "x NOT EXISTS"),
            ("`odd name`.x = 1", nil),
            ("`odd name.x` = 1", "`odd name.x` = 1"),
            ("`NOT` = 'it\\'s \\u00e9 \\ud83d\\ude00 \\\"'", "`NOT` = \"it's é 😀 \\\"\""),
            ("published >= 2024-05-01T12:00:00+02:00", "published >= 2024-05-01T12:00:00+02:00"),
            ("größe.in_cm > 3", "größe.in_cm > 3"),
            ("((a = 1))", "a = 1"),
        ] as [(String, String?)])
    func `a filter is read, and written as what reads the same`(text: String, written: String?) throws {
        guard let written else {
            #expect(throws: FilterError.self) { try FilterExpression(parsing: text) }
            return
        }
        let filter = try FilterExpression(parsing: text)
        #expect(filter.description == written)
        #expect(try FilterExpression(parsing: written).description == written)
    }

    @Test(arguments: [
        ("", 0, "the filter is empty; a condition is a field, a comparison and a value"),
        ("year = = 3", 7, "expected a value after =, not ="),
        ("year 3", 5, "expected =, !=, <, <=, >, >=, IN, BETWEEN or EXISTS, not 3"),
        ("year = 3 tag = a", 9, "expected AND, OR or the end, not tag"),
        ("(year = 3", 0, "this ( is not closed"),
        ("year = 3)", 8, "this ) closes nothing"),
        ("tag IN [a, b", 7, "this list is not closed by ]"),
        ("tag IN [a b]", 10, "expected , or ], not b"),
        ("tag IN []", 8, "expected a value, not ]"),
        ("tag IN a", 7, "expected a list such as [a, b], not a"),
        ("tag = 'a", 6, "the quote ' that begins here is not closed"),
        ("tag = [a]", 6, "expected a value after =; a list of values comes after IN"),
        ("tag = and", 6, "expected a value after =, not AND; as a value it needs quotes"),
        ("AND = 3", 0, "expected a field, not AND; a field of that name stands in backticks"),
        ("'tag' = 3", 0, "expected a field; quotes are for values, backticks (`name`) for fields"),
        ("!tag", 0, "expected != (a condition is turned round by NOT)"),
        ("year BETWEEN 1 OR 2", 15, "expected AND and the upper end, not OR"),
        ("tag = '\\x'", 7, "\\x is no escape; write \\\\ for a backslash"),
        ("tag = '\\ud800'", 7, "half of a surrogate pair stands for no character"),
        ("tag = '\\u12'", 7, "\\u needs four hexadecimal digits"),
        ("tag NOT = 3", 8, "expected IN, BETWEEN or EXISTS, not ="),
        ("`` = 3", 0, "the name of a field has 1 to 256 bytes"),
    ])
    func `an error points at the character`(text: String, offset: Int, reason: String) {
        #expect {
            try FilterExpression(parsing: text)
        } throws: { error in
            let error = error as? FilterError
            return error?.offset == offset && error?.reason == reason
        }
    }

    @Test func `an error shows the line and a mark below the place`() throws {
        do {
            _ = try FilterExpression(parsing: "country = de AND\nyear = = 3")
            Issue.record("that is no filter")
        } catch {
            #expect(
                "\(error)" == """
                    at character 25: expected a value after =, not =
                    country = de AND year = = 3
                                            ^
                    """)
        }
    }

    @Test func `of a long text the part around the place is shown`() throws {
        let text = String(repeating: "a = 1 AND ", count: 20) + "? " + String(repeating: "AND b = 2 ", count: 20)
        do {
            _ = try FilterExpression(parsing: text)
            Issue.record("that is no filter")
        } catch {
            let lines = "\(error)".split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines[1].count == 86)
            #expect(lines[1].dropFirst(lines[2].count - 1).hasPrefix("AND b"))
        }
    }

    @Test func `size, depth and values are bounded`() {
        let deep = String(repeating: "(", count: 40) + "a = 1" + String(repeating: ")", count: 40)
        #expect(throws: FilterError.self) { try FilterExpression(parsing: deep) }
        let denied = String(repeating: "NOT ", count: 40) + "a = 1"
        #expect(throws: FilterError.self) { try FilterExpression(parsing: denied) }
        let many = "a IN [" + (0...1_000).map(String.init).joined(separator: ",") + "]"
        #expect(throws: FilterError.self) { try FilterExpression(parsing: many) }
        #expect(throws: FilterError.self) { try FilterExpression(parsing: String(repeating: " ", count: 16_385)) }
        let flat = (0..<1_000).map { "a = \($0)" }.joined(separator: " OR ")
        #expect((try? FilterExpression(parsing: flat))?.conditions.count == 1_000)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `what is written reads back as the same`(seed: UInt64) throws {
        var made = RandomDocuments(seed: seed)
        for _ in 0..<50 {
            let text = made.filter().description
            #expect(try FilterExpression(parsing: text).description == text)
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `no text makes the parser stumble`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pieces = [
            "a", "NOT", "AND", "OR", "IN", "EXISTS", "BETWEEN", "(", ")", "[", "]", ",", "=", "!", "<", ">", "'", "\"",
            "`", "\\", "\\u", "d800", " ", "\n", "\u{0}", "é", "😀", "\u{301}", "1", "-", ".", "2024-01-01",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined(separator: Bool.random(using: &random) ? " " : "")
            do {
                let written = try FilterExpression(parsing: text).description
                #expect(try FilterExpression(parsing: written).description == written)
            } catch {
                #expect((0...text.unicodeScalars.count).contains(error.offset))
                #expect(error.caret <= error.excerpt.unicodeScalars.count)
            }
        }
    }
}
