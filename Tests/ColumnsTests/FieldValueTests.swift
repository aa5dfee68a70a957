import Columns
import Testing

@Suite struct FieldValueTests {
    @Test func `numbers stand in order to the last digit`() throws {
        let ascending: [FieldNumber?] = [
            FieldNumber(double: -.infinity), FieldNumber(double: -1e300), FieldNumber(Int64.min),
            FieldNumber(Int64.min + 1), FieldNumber(double: -1.5), FieldNumber(double: -0.0),
            FieldNumber(double: .leastNonzeroMagnitude), FieldNumber(1),
            FieldNumber(9_007_199_254_740_992), FieldNumber(9_007_199_254_740_993),
            FieldNumber(9_007_199_254_740_994), FieldNumber(Int64.max - 1), FieldNumber(Int64.max),
            FieldNumber(double: 0x1p63), FieldNumber(double: 1e300),
        ]
        let numbers = try ascending.map { try #require($0) }
        for (place, number) in numbers.enumerated() {
            for (other, second) in numbers.enumerated() { #expect((number < second) == (place < other)) }
        }
        #expect(FieldNumber(double: -0.0) == FieldNumber(0))
        #expect(FieldNumber(double: 3.0) == FieldNumber(Int64(3)))
        #expect(FieldNumber(double: .nan) == nil)
        #expect(FieldNumber(Int64.max).text == "9223372036854775807")
        #expect(FieldNumber(9_007_199_254_740_993).wholeValue == 9_007_199_254_740_993)
        #expect(FieldNumber(double: 0.1)?.text == "0.1")
        #expect(FieldNumber(Int64.min).wholeValue == .min)
    }

    @Test(arguments: [
        "1970-01-01", "1969-12-31", "2000-02-29", "1600-03-01", "0000-01-01", "9999-12-31", "2024-12-31T23:59:60Z",
    ])
    func `days are counted as one by one`(text: String) throws {
        let key = try #require(FieldType.date.key(of: .text(text)))
        guard case .date(let date) = key else { return }
        let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
        let seconds = text.utf8.count > 10 ? 86_400 : 0
        #expect(date.microseconds == Int64(NaiveDate.days(parts[0], parts[1], parts[2]) * 86_400 + seconds) * 1_000_000)
        #expect(FieldType.date.key(of: .text(date.text)) == key)
    }

    @Test(arguments: [
        "2024-13-01", "2024-00-01", "2023-02-29", "1900-02-29", "2024-1-1", "2024-01-01T", "2024-01-01T10:00:00",
        "2024-01-01T24:00:00Z", "2024-01-01T10:00Z", "2024-01-01T10:00:00.Z", "2024-01-01T10:00:00+2:00", "2024-01",
        "2024", "spring", "", "２０２４-01-01",
    ])
    func `anything else is no date`(text: String) {
        #expect(FieldType.date.key(of: .text(text)) == nil)
        #expect(FieldType(inferredFrom: .text(text)) == .keyword)
    }

    @Test func `a moment is written in UTC with the digits it has`() throws {
        let written = ["2024-05-01T02:30:00+02:30": "2024-05-01", "2024-05-01t00:00:01.25z": "2024-05-01T00:00:01.25Z"]
        for (text, expected) in written {
            guard case .date(let date)? = FieldType.date.key(of: .text(text)) else {
                Issue.record("\(text) is a date")
                continue
            }
            #expect(date.text == expected)
        }
    }
}

@Suite struct FieldCatalogTests {
    @Test func `the first value says the type, and others are reported, each problem once`() {
        var catalog = FieldCatalog()
        #expect(
            catalog.admit([FieldEntry("year", .number(FieldNumber(1))), FieldEntry("on", .text("2024-01-01"))]) == [])
        #expect(catalog.type(of: "year") == .number)
        #expect(catalog.type(of: "on") == .date)
        #expect(catalog.unsaved == ["year", "on"])
        catalog.markSaved()
        let problems = catalog.admit([
            FieldEntry("year", .text("x")), FieldEntry("year", .text("y")), FieldEntry("on", .text("spring")),
            FieldEntry("tag", .text(String(repeating: "x", count: 1_025))),
        ])
        #expect(
            problems == [
                .wrongType(field: "year", expected: .number), .wrongType(field: "on", expected: .date),
                .tooLong(field: "tag"),
            ])
        #expect(catalog.unsaved == ["tag"])
    }

    @Test func `a declared type holds, and tells whether columns are to be made anew`() {
        var catalog = FieldCatalog()
        _ = catalog.admit([FieldEntry("code", .number(FieldNumber(1)))])
        #expect(catalog.declare(["new": .date]) == false)
        #expect(catalog.declare(["code": .keyword]) == true)
        #expect(catalog.admit([FieldEntry("code", .text("x"))]) == [])
        #expect(catalog.fields["code"] == FieldCatalog.Field(.keyword, isDeclared: true))
    }

    @Test func `fields are bounded`() {
        var catalog = FieldCatalog()
        for number in 0..<FieldCatalog.fieldLimit {
            #expect(catalog.admit([FieldEntry("f\(number)", .boolean(true))]) == [])
        }
        #expect(catalog.admit([FieldEntry("more", .boolean(true))]) == [.tooManyFields])
        #expect(catalog.declare(["more": .number]) == nil)
        #expect(catalog.fields.count == FieldCatalog.fieldLimit)
    }

    @Test func `what fits no field is told`() throws {
        var catalog = FieldCatalog()
        _ = catalog.declare(["year": .number, "author.name": .keyword, "zip": .keyword])
        func faults(_ text: String) throws -> [String] {
            catalog.faults(of: try FilterExpression(parsing: text)).map(\.description)
        }
        #expect(try faults("year > 3 AND author EXISTS AND zip = 12345") == [])
        #expect(
            try faults("yeer = 3 OR yeer = 4") == ["no document has a field yeer; there are year, author.name, zip"])
        #expect(
            try faults("NOT year = '2024'") == [
                "\"2024\" is no number (without quotes it may be), which the field year holds"
            ])
    }
}
