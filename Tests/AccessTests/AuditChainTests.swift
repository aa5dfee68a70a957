import Access
import Testing

@Suite("Audit chain")
struct AuditChainTests {
    private static func chain(_ records: [[UInt8]]) -> [AuditLink] {
        var previous = AuditChain.genesis
        return records.enumerated().map { index, record in
            let hash = AuditChain.hash(previous: previous, record: record)
            defer { previous = hash }
            return AuditLink(number: Int64(index + 1), previous: previous, hash: hash, record: record)
        }
    }

    private let links = chain((0..<20).map { Array("record \($0)".utf8) })

    @Test func hashIsThePlainFormula() {
        let record = Array("abc".utf8)
        #expect(
            AuditChain.hash(previous: AuditChain.genesis, record: record)
                == Digest.sha256([UInt8](repeating: 0, count: 32) + [0, 0, 0, 0, 0, 0, 0, 3] + record))
    }

    @Test func aWholeChainIsWhole() {
        #expect(AuditChain.firstBreak(in: []) == nil)
        #expect(AuditChain.firstBreak(in: links) == nil)
        #expect(AuditChain.firstBreak(in: links, head: links[19].hash) == nil)
        #expect(AuditChain.firstBreak(in: [], head: AuditChain.genesis) == nil)
    }

    @Test func anEmptyRecordAndALongOneAreChained() {
        #expect(AuditChain.firstBreak(in: Self.chain([[], [0], [], [UInt8](repeating: 7, count: 100_000)])) == nil)
    }

    @Test(arguments: 0..<20)
    func aChangedRecordIsNamed(row: Int) {
        for bit in 0..<8 {
            var links = links
            links[row].record[0] ^= 1 << bit
            #expect(AuditChain.firstBreak(in: links) == AuditBreak(number: Int64(row + 1), reason: .content))
        }
        var longer = links
        longer[row].record.append(0)
        #expect(AuditChain.firstBreak(in: longer)?.number == Int64(row + 1))
    }

    @Test(arguments: 0..<20)
    func aChangedRecordWithItsHashMadeAnewShowsInTheNext(row: Int) {
        var links = links
        links[row].record.append(1)
        links[row].hash = AuditChain.hash(previous: links[row].previous, record: links[row].record)
        let expected = row < 19 ? AuditBreak(number: Int64(row + 2), reason: .previous) : nil
        #expect(AuditChain.firstBreak(in: links) == expected)
        #expect(AuditChain.firstBreak(in: links, head: self.links[19].hash) != nil)
    }

    @Test(arguments: 1..<19)
    func missingMovedAndDoubledRowsAreNamed(row: Int) {
        var missing = links
        missing.remove(at: row)
        #expect(AuditChain.firstBreak(in: missing) == AuditBreak(number: Int64(row + 1), reason: .number))
        var renumbered = missing
        for index in row..<renumbered.count { renumbered[index].number -= 1 }
        #expect(AuditChain.firstBreak(in: renumbered) == AuditBreak(number: Int64(row + 1), reason: .previous))
        var swapped = links
        swapped.swapAt(row, row - 1)
        #expect(AuditChain.firstBreak(in: swapped) != nil)
        var doubled = links
        doubled.insert(links[row], at: row)
        #expect(AuditChain.firstBreak(in: doubled) == AuditBreak(number: Int64(row + 2), reason: .number))
    }

    @Test func rowsCutOffAreNoticedByWhoKnowsTheEnd() {
        #expect(AuditChain.firstBreak(in: links.dropLast()) == nil)
        #expect(
            AuditChain.firstBreak(in: links.dropLast(), head: links[19].hash) == AuditBreak(number: 20, reason: .end))
        #expect(AuditChain.firstBreak(in: links.dropFirst()) == AuditBreak(number: 2, reason: .previous))
        #expect(AuditChain.firstBreak(in: [], head: links[19].hash) == AuditBreak(number: 1, reason: .end))
    }

    @Test func bordersBetweenRecordsAreFixed() {
        let a = AuditChain.hash(previous: AuditChain.genesis, record: [1, 2])
        let b = AuditChain.hash(previous: AuditChain.genesis + [1], record: [2])
        #expect(a != b)
    }
}
