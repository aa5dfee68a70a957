import Appliance
import IndexCore
import JSON
import TenantStore
import TestKit
import Testing

@Suite struct PassageTests {
    private static let budget = 4_000

    private static func text(_ seed: UInt64, sentences: Int) -> String {
        var random = SeededRandom(seed: seed)
        return (0..<sentences).map { number in
            (number % 9 == 0 ? "## Section \(number) \u{1F99C}\n\n" : "")
                + RandomText.sentence(&random, words: 20) + (number % 4 == 0 ? "\n\"\u{1}quoted\"\n" : "")
        }.joined()
    }

    @Test(arguments: [PassageMode.auto, .whole])
    func `the passages in order are the text, part by part`(mode: PassageMode) async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let text = Self.text(5, sentences: 400)
            _ = try await engine.put(
                [DocumentInput(id: "long", text: text)], collection: "notes",
                options: WriteOptions(passages: mode))
            var request = PassageRequest(documentID: "long", byteBudget: Self.budget)
            var joined = ""
            var pages = 0
            repeat {
                let page = try await engine.passages(request)
                #expect(!page.entries.isEmpty)
                var size = 0
                for entry in page.entries {
                    #expect(entry.range.lowerBound == joined.unicodeScalars.count)
                    #expect(entry.range.count == entry.text.unicodeScalars.count)
                    joined += entry.text
                    size += JSONWriter.byteCount(of: entry.text)
                }
                #expect(size <= Self.budget)
                pages += 1
                request.resumption = page.next
            } while request.resumption != nil && pages < 200
            #expect(joined == text)
            #expect(pages > 10)
        }
    }

    @Test func `around, first, last and ids`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let text = Self.text(6, sentences: 300)
            _ = try await engine.put(
                [DocumentInput(id: "other", text: "x"), DocumentInput(id: "long", text: text)], collection: "notes")
            var request = PassageRequest(documentID: "long", byteBudget: 1 << 20)
            let all = try await engine.passages(request)
            #expect(all.entries.count == all.passageCount && all.entries.map(\.number) == Array(1...all.passageCount))
            func numbers(_ choice: PassageRequest.Choice) async throws -> [Int] {
                request.choice = choice
                return try await engine.passages(request).entries.map(\.number)
            }
            let count = all.passageCount
            #expect(try await numbers(.first(3)) == [1, 2, 3])
            #expect(try await numbers(.last(2)) == [count - 1, count])
            #expect(try await numbers(.first(.max)) == Array(1...count))
            for entry in [all.entries[0], all.entries[7], all.entries[count - 1]] {
                for position in [entry.range.lowerBound, entry.range.upperBound - 1] {
                    let wanted = max(1, entry.number - 2)...min(count, entry.number + 2)
                    #expect(try await numbers(.around(position, neighbours: 2)) == Array(wanted))
                    #expect(try await numbers(.around(position, neighbours: 0)) == [entry.number])
                }
            }
            #expect(try await numbers(.ids([all.entries[4].id, all.entries[1].id])) == [5, 2])
            let end = try #require(all.entries.last).range.upperBound
            for wrong in [PassageRequest.Choice.around(end, neighbours: 1), .ids([PassageID(0)])] {
                await #expect(throws: ApplianceError.self) { try await numbers(wrong) }
            }
        }
    }
}
