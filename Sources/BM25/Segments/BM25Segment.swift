import IndexCore

/// An immutable piece of keyword index: the postings of some passages, and what scoring needs of each.
///
/// Rows are private to the segment: passage ids ascend with them, and a document's passages are consecutive rows of
/// one segment.
public final class BM25Segment: Sendable {
    let dictionary: TermDictionary
    /// Postings of all terms: ``PostingsCodec``.
    let postings: [UInt8]
    let rows: PassageRows
    let origin: SegmentSections?

    init(dictionary: TermDictionary, postings: [UInt8], rows: PassageRows, origin: SegmentSections? = nil) {
        self.dictionary = dictionary
        self.postings = postings
        self.rows = rows
        self.origin = origin
    }

    /// The number of passages, dead ones included.
    public var passageCount: Int { rows.count }

    /// The number of distinct terms.
    public var termCount: Int { dictionary.count }

    /// Index bytes: dictionary, postings and row arrays.
    public var byteCount: Int { dictionary.byteCount + postings.count + rows.byteCount }
}

/// What a segment keeps of each passage, by row.
///
/// 13 bytes a row.
struct PassageRows: Sendable {
    /// Passage ids, ascending.
    var ids: [UInt32] = []
    /// The first passage id of the passage's document.
    var documents: [UInt32] = []
    /// Words, a title's words times its weight; exact, for the statistics.
    var lengths: [UInt32] = []
    /// The same length as scoring sees it: ``NormCodec``.
    var norms: [UInt8] = []
    /// The sum of `lengths`.
    private(set) var tokenCount = 0

    var count: Int { ids.count }
    var byteCount: Int { count * 13 }

    mutating func append(id: UInt32, document: UInt32, length: UInt32) {
        ids.append(id)
        documents.append(document)
        lengths.append(length)
        norms.append(NormCodec.encode(Int(length)))
        tokenCount += Int(length)
    }

    mutating func reserveCapacity(_ capacity: Int) {
        ids.reserveCapacity(capacity)
        documents.reserveCapacity(capacity)
        lengths.reserveCapacity(capacity)
        norms.reserveCapacity(capacity)
    }

    /// The rows whose ids lie in `range`.
    func rows(of range: Range<UInt32>) -> Range<Int> {
        lowerBound(range.lowerBound)..<lowerBound(range.upperBound)
    }

    private func lowerBound(_ id: UInt32) -> Int {
        var low = 0
        var high = ids.count
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
