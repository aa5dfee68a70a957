import Extraction
import TestKit
import Testing

@Suite struct CSVReaderTests {
    private func rows(_ text: String, separator: UInt8 = UInt8(ascii: ","), limit: Int = 1 << 20) -> [CSVReader.Row] {
        var text = text
        return text.withUTF8 { bytes in
            var reader = CSVReader(bytes, separator: separator, limit: limit)
            var rows: [CSVReader.Row] = []
            while let row = reader.next() { rows.append(row) }
            return rows
        }
    }

    /// A value as a careful writer puts it down: quoted where it must be, and now and then where it need not be.
    private func written(_ value: String, quoted: Bool) -> String {
        let needs = value.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        return quoted || needs ? "\"" + value.replacing("\"", with: "\"\"") + "\"" : value
    }

    @Test(arguments: UInt64(1)...80)
    func `what was written comes back`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let parts = ["a", "Größe", ",", "\"", "\"\"", "\n", "\r\n", " ", "漢字", "1,5", ";", "\t"]
        let table = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            (0..<Int.random(in: 2...6, using: &random)).map { _ in
                (0..<Int.random(in: 0...5, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
                    .joined()
            }
        }
        let lineEnd = ["\n", "\r\n", "\r"][Int(seed % 3)]
        let text = table.map { row in
            row.map { written($0, quoted: Bool.random(using: &random)) }.joined(separator: ",")
        }.joined(separator: lineEnd)
        #expect(rows(text + (seed % 2 == 0 ? lineEnd : "")) == table.map { .row($0) })
    }

    @Test func `a row that is too long is passed over and the next one is whole`() {
        let long = String(repeating: "x", count: 500)
        #expect(
            rows("a,b\n\(long),1\n\"\(long)\n\",2\nc,d\n", limit: 100) == [
                .row(["a", "b"]), .tooLong, .tooLong, .row(["c", "d"]),
            ])
    }

    @Test func `a quotation mark inside a value is a sign like others`() {
        #expect(rows("5\" nail,b\n\"x\"y,z") == [.row(["5\" nail", "b"]), .row(["xy", "z"])])
    }

    @Test func `quotes that never close end with the text`() {
        var text = "a,\"b\nc,d\n"
        text.withUTF8 { bytes in
            var reader = CSVReader(bytes, separator: UInt8(ascii: ","))
            #expect(reader.next() == .row(["a", "b\nc,d\n"]))
            #expect(reader.next() == nil && reader.endsInsideQuotes)
        }
    }
}
