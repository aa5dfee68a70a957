extension IDSet {
    /// How many ids are in both sets; no set is made for it.
    ///
    /// A bit count over the words of the smaller table of chunks.
    public func intersectionCount(_ other: IDSet) -> Int {
        var count = 0
        for index in 0..<min(chunks.count, other.chunks.count) {
            guard !chunks[index].isEmpty, !other.chunks[index].isEmpty else { continue }
            chunks[index].withUnsafeBufferPointer { left in
                other.chunks[index].withUnsafeBufferPointer { right in
                    for word in 0..<Self.wordCount {
                        count &+= (left[word] & right[word]).nonzeroBitCount
                    }
                }
            }
        }
        return count
    }
}
