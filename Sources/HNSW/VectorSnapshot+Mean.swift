extension VectorSnapshot {
    /// The mean of the vectors of these passages, at unit length; nil where none of them has one, or where they cancel
    /// each other out.
    ///
    /// Summed as `Double` in order of the ids, so that it does not depend on where a vector lies.
    /// - Complexity: O(log n) in the segment, O(rows) in the delta.
    public func meanVector(of passages: Range<UInt32>) -> [Float]? {
        var places: [(id: UInt32, rows: VectorRows, row: Int)] = []
        if let segment {
            for row in segment.rows(of: passages) {
                places.append((segment.rows.ids[row], segment.rows, row))
            }
        }
        for (rows, range) in delta.pieces {
            for row in range where passages.contains(rows.ids[row]) {
                places.append((rows.ids[row], rows, row))
            }
        }
        places.sort { $0.id < $1.id }
        var sums = [Double](repeating: 0, count: dimension)
        for place in places {
            let vector = place.rows.vectors + place.row * place.rows.vectorStride
            for index in 0..<dimension {
                sums[index] += Double(vector[index])
            }
        }
        // Opposite vectors leave only rounding.
        guard !places.isEmpty, sums.contains(where: { abs($0) > 1e-6 }) else { return nil }
        let length = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return sums.map { Float($0 / length) }
    }
}

extension VectorSegment {
    /// The rows whose ids lie in `passages`; rows are in id order.
    fileprivate func rows(of passages: Range<UInt32>) -> Range<Int> {
        let first = firstRow(notBelow: passages.lowerBound)
        return first..<max(first, firstRow(notBelow: passages.upperBound))
    }

    private func firstRow(notBelow id: UInt32) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if rows.ids[middle] < id {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
