extension IDSet {
    /// How many ids of `range` are in the set.
    ///
    /// A bit count over the words of the range.
    public func count(in range: ClosedRange<UInt32>) -> Int {
        let firstChunk = Int(range.lowerBound >> 12)
        let lastChunk = min(Int(range.upperBound >> 12), chunks.count - 1)
        guard firstChunk <= lastChunk else { return 0 }
        var count = 0
        for chunk in firstChunk...lastChunk where !chunks[chunk].isEmpty {
            let base = UInt64(chunk) << 12
            let low = max(UInt64(range.lowerBound), base) - base
            let high = min(UInt64(range.upperBound), base + 4_095) - base
            for word in Int(low >> 6)...Int(high >> 6) {
                var bits = chunks[chunk][word]
                if word == Int(low >> 6) { bits &= ~0 << (low & 63) }
                if word == Int(high >> 6) { bits &= ~0 >> (63 - high & 63) }
                count += bits.nonzeroBitCount
            }
        }
        return count
    }
}
