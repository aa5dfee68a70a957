/// The documents of two lists, each with its places in them.
package enum DocumentPairs {
    /// A document that at least one list holds.
    package struct Pair: Sendable, Equatable {
        /// Named by its first passage.
        package var document: PassageID
        /// Its place in the keyword leg's list.
        package var keyword: Int?
        /// Its place in the vector leg's list.
        package var vector: Int?
    }

    /// All documents, ascending; a list holds a document once.
    ///
    /// O(n log n).
    package static func of(_ keyword: [DocumentHit], _ vector: [DocumentHit]) -> [Pair] {
        let keywordOrder = places(keyword)
        let vectorOrder = places(vector)
        var pairs: [Pair] = []
        pairs.reserveCapacity(keywordOrder.count + vectorOrder.count)
        var left = 0
        var right = 0
        while left < keywordOrder.count || right < vectorOrder.count {
            let keywordNext = left < keywordOrder.count ? keywordOrder[left].document : .max
            let vectorNext = right < vectorOrder.count ? vectorOrder[right].document : .max
            let document = min(keywordNext, vectorNext)
            let inKeyword = left < keywordOrder.count && keywordNext == document
            let inVector = right < vectorOrder.count && vectorNext == document
            pairs.append(
                Pair(
                    document: PassageID(document), keyword: inKeyword ? keywordOrder[left].index : nil,
                    vector: inVector ? vectorOrder[right].index : nil))
            left += inKeyword ? 1 : 0
            right += inVector ? 1 : 0
        }
        return pairs
    }

    private static func places(_ hits: [DocumentHit]) -> [(document: UInt32, index: Int)] {
        var places = hits.indices.map { UInt64(hits[$0].document.rawValue) << 32 | UInt64($0) }
        KeySort.sort(&places)
        return places.map { (UInt32($0 >> 32), Int($0 & 0xFFFF_FFFF)) }
    }
}
