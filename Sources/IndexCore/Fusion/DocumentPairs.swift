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
            let keywordNext = left < keywordOrder.count ? keywordOrder[left] >> 32 : .max
            let vectorNext = right < vectorOrder.count ? vectorOrder[right] >> 32 : .max
            let document = min(keywordNext, vectorNext)
            var pair = Pair(document: PassageID(UInt32(document)))
            if keywordNext == document {
                pair.keyword = Int(keywordOrder[left] & 0xFFFF_FFFF)
                left += 1
            }
            if vectorNext == document {
                pair.vector = Int(vectorOrder[right] & 0xFFFF_FFFF)
                right += 1
            }
            pairs.append(pair)
        }
        return pairs
    }

    /// Each hit's document before its place in the list, ascending.
    private static func places(_ hits: [DocumentHit]) -> [UInt64] {
        var places = hits.indices.map { UInt64(hits[$0].document.rawValue) << 32 | UInt64($0) }
        KeySort.sort(&places)
        return places
    }
}
