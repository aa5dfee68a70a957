extension VectorSnapshot {
    /// The mean of the vectors of these passages, at unit length; nil where none of them has one, or where they cancel
    /// each other out.
    ///
    /// Summed as `Double` in order of the ids, so that it does not depend on where a vector lies.
    /// - Complexity: O(log n) in each block of the segment, O(rows) in the delta.
    public func meanVector(of passages: Range<UInt32>) -> [Float]? {
        var vectors: [(id: UInt32, vector: UnsafePointer<Float>)] = []
        for block in segment?.blocks ?? [] {
            let columns = block.columns
            let first = columns.firstRow(notBelow: passages.lowerBound)
            for row in first..<max(first, columns.firstRow(notBelow: passages.upperBound)) {
                vectors.append((columns.ids[row], columns.vector(row)))
            }
        }
        for (rows, range) in delta.pieces {
            let columns = rows.columns
            for row in range where passages.contains(columns.ids[row]) {
                vectors.append((columns.ids[row], columns.vector(row)))
            }
        }
        vectors.sort { $0.id < $1.id }
        var sums = [Double](repeating: 0, count: dimension)
        for (_, vector) in vectors {
            for index in 0..<dimension {
                sums[index] += Double(vector[index])
            }
        }
        // The pointers are into what this value holds.
        return withExtendedLifetime(self) {
            // Opposite vectors leave only rounding.
            guard !vectors.isEmpty, sums.contains(where: { abs($0) > 1e-6 }) else { return nil }
            let length = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return sums.map { Float($0 / length) }
        }
    }
}
