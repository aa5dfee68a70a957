import JSON
import Testing

/// The reader against the 318 texts of JSONTestSuite.
@Suite struct SuiteTests {
    /// Where the RFC leaves the choice: accepted are numbers that round to a finite double, nothing else.
    static let acceptedFree: Set<String> = [
        "number_double_huge_neg_exp", "number_real_underflow", "number_too_big_neg_int", "number_too_big_pos_int",
        "number_very_big_negative_int",
    ]

    @Test func `the table is complete`() {
        #expect(SuiteCase.accepted.count == 95)
        #expect(SuiteCase.refused.count == 188)
        #expect(SuiteCase.free.count == 35)
    }

    @Test(arguments: SuiteCase.accepted)
    func acceptsAndKeepsTheValue(_ example: SuiteCase) throws {
        let value = try JSONValue(parsing: example.bytes)
        #expect(try JSONValue(parsing: value.encoded()) == value)
    }

    @Test(arguments: SuiteCase.refused)
    func refuses(_ example: SuiteCase) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: example.bytes) }
        #expect((0...example.bytes.count).contains(error?.offset ?? -1))
        #expect(error?.description.isEmpty == false)
    }

    @Test(arguments: SuiteCase.free)
    func decidesAsDocumented(_ example: SuiteCase) {
        let value = try? JSONValue(parsing: example.bytes)
        #expect((value != nil) == Self.acceptedFree.contains(example.name))
    }
}
