import BM25
import IndexCore
import TenantStore

/// Indexes stored passages anew, from their rows.
struct PassageIndexer {
    let reader: TenantReader
    let collection: UInt32
    let parameters: BM25Parameters

    /// What came of some rows.
    struct Slice: Sendable {
        /// Nil where no row was to be indexed.
        var segment: BM25Segment?
        /// The segment's passages.
        var ids: [PassageID] = []
        /// The greatest id that was looked at: the next slice begins behind it.
        var end: UInt32
    }

    /// The passages of a range that are not indexed, from its beginning on, about 15 µs each.
    /// - Parameters:
    ///   - limit: Ends the slice behind the document that reaches it: a document lies in one segment.
    ///   - isIndexed: Passages to leave out.
    func slice(
        of range: ClosedRange<UInt32>, limit: Int, isIndexed: (PassageID) -> Bool
    ) throws -> Slice {
        var builder = BM25SegmentBuilder(parameters: parameters)
        var slice = Slice(segment: nil, end: range.upperBound)
        let start = range.lowerBound > 0 ? PassageID(range.lowerBound - 1) : nil
        var last = range.lowerBound
        try reader.forEachPassage(in: collection, after: start) { passage, title in
            guard passage.id.rawValue <= range.upperBound else { return false }
            if builder.passageCount >= limit, passage.id == passage.document {
                slice.end = last
                return false
            }
            last = passage.id.rawValue
            guard !isIndexed(passage.id) else { return true }
            slice.ids.append(passage.id)
            builder.add(
                passage.id, document: passage.document,
                title: DocumentContent.indexedTitle(title, heading: passage.heading), text: passage.text)
            return true
        }
        if builder.passageCount > 0 { slice.segment = builder.build() }
        return slice
    }
}

extension CollectionState {
    /// Adds passages that were indexed anew, less those that have died since their rows were read.
    mutating func add(_ slice: PassageIndexer.Slice) {
        guard let segment = slice.segment else { return }
        keywords.append(segment, live: live)
        for id in slice.ids where !live.contains(id) { keywords.remove(id.rawValue..<id.rawValue + 1) }
    }
}
