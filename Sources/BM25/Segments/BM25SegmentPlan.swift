public import IndexCore

public struct BM25SegmentPlan: Sendable {
    let states: [SegmentState]

    public func run(live: IDSet, deadline: SearchDeadline = .none) throws(BM25Error) -> BM25Segment? {
        do { try deadline.check() } catch { throw .deadlineExceeded }
        var alive = states
        for index in alive.indices {
            for (row, id) in alive[index].segment.rows.ids.enumerated() where !live.contains(PassageID(id)) {
                alive[index].remove(row: row)
            }
        }
        let merged = SegmentMerger.merge(alive)
        return merged.passageCount > 0 ? merged : nil
    }
}

extension BM25Segment {
    public var idRange: ClosedRange<UInt32> { (rows.ids.first ?? 0)...(rows.ids.last ?? 0) }
    public var file: SegmentFile? { origin?.owner as? SegmentFile }

    public var sections: SegmentSections {
        if let origin { return origin }
        func bytes(_ words: [UInt32]) -> [UInt8] { words.withUnsafeBytes { Array($0) } }
        return SegmentSections(copying: [
            (.init("SLOT"), bytes(dictionary.slots)), (.init("STRT"), bytes(dictionary.starts)),
            (.init("TEXT"), dictionary.text), (.init("PSTR"), bytes(dictionary.postingsStarts)),
            (.init("POST"), postings), (.init("IDS."), bytes(rows.ids)), (.init("DOCS"), bytes(rows.documents)),
            (.init("LENS"), bytes(rows.lengths)),
        ])
    }

    public convenience init(sections: SegmentSections) throws(IndexError) {
        func words(_ name: StaticString) -> [UInt32] {
            let section = sections[.init(name)]
            return (0..<section.count / 4).map { section.load($0 * 4, as: UInt32.self) }
        }
        func bytes(_ name: StaticString) -> [UInt8] { Array(sections[.init(name)].buffer) }
        var rows = PassageRows()
        let (ids, documents, lengths) = (words("IDS."), words("DOCS"), words("LENS"))
        for index in ids.indices where index < documents.count && index < lengths.count {
            rows.append(id: ids[index], document: documents[index], length: lengths[index])
        }
        self.init(
            dictionary: TermDictionary(
                slots: words("SLOT"), starts: words("STRT"), text: bytes("TEXT"), postingsStarts: words("PSTR")),
            postings: bytes("POST"), rows: rows, origin: sections)
    }
}

extension BM25Snapshot {
    public var segments: [BM25Segment] { states.map(\.segment) }

    public func leavingOut(where isOut: (BM25Segment) -> Bool) -> BM25Snapshot {
        var statistics = statistics
        for state in states where isOut(state.segment) {
            statistics.passageCount -= state.livePassageCount
            statistics.tokenCount -= state.liveTokenCount
        }
        return BM25Snapshot(
            parameters: parameters, statistics: statistics, states: states.filter { !isOut($0.segment) })
    }
}

extension BM25Parameters {
    public var fingerprint: UInt64 { UInt64(titleWeight) }
}
