import Appliance
import TestKit
import Testing

@Suite struct RelayReaderTests {
    private func pieces(_ bytes: [UInt8], _ random: inout SeededRandom) -> [ArraySlice<UInt8>] {
        var rest = bytes[...]
        var pieces: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            let count = Int.random(in: 1...max(1, min(rest.count, 9)), using: &random)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `lines are the same however they come`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let limit = Int.random(in: 0...12, using: &random)
            let alphabet = Array("ab\r\n\n".utf8)
            let text = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 97
            }
            // The slow, obvious reading: split, measure, drop the return.
            var expected = text.split(separator: 0x0A, omittingEmptySubsequences: false).map {
                line -> LineSplitter.Line in
                if line.count > limit { return .tooLong }
                return .text(Array(line.last == 0x0D ? line.dropLast() : line))
            }
            if text.isEmpty || text.last == 0x0A { expected.removeLast() }

            var splitter = LineSplitter(limit: limit)
            var found: [LineSplitter.Line] = []
            for piece in pieces(text, &random) {
                splitter.append(piece)
                while let line = splitter.next() { found.append(line) }
            }
            if let line = splitter.rest() { found.append(line) }
            #expect(found == expected, "\(String(decoding: text, as: UTF8.self)) limit \(limit)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `events are the same however they come`(seed: UInt64) {
        let stream =
            ": comment\n\nid: 7\nevent: message\ndata: {\"a\":\ndata:  1}\n\nevent: other\ndata: no\n\ndata:x\r\n\r\nretry: 5\n\n"
            + "data\n\ndata: unfinished\n"
        var random = SeededRandom(seed: seed)
        var reader = EventStreamReader(limit: 1000)
        var found: [String] = []
        for piece in pieces(Array(stream.utf8), &random) {
            found += reader.take(piece).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == ["{\"a\":\n 1}", "x", ""] && !reader.lostAnEvent)
    }

    @Test func `an event over the limit is noticed`() {
        for text in ["data: 123456\n\n", "data: 123\ndata: 456\n\n"] {
            var small = EventStreamReader(limit: 5)
            _ = small.take(text.utf8)
            #expect(small.lostAnEvent)
            var large = EventStreamReader(limit: 20)
            #expect(large.take(text.utf8).count == 1 && !large.lostAnEvent)
        }
    }
}
