import IndexCore

/// Rows of vectors with their int8 codes and ids, column by column: where they lie, in a delta's chunk or in a block.
///
/// ```
/// vectors        count x vectorStride Float  dimension rounded up to 16, zeros behind
/// codes          count x codeStride bytes    dimension rounded up to 64, codes of zero behind
/// scales, errors count x Float               each code's VectorCode
/// sums           count x Int32
/// norms          count x Float               squared lengths; none where all are 1
/// ids, documents count x UInt32
/// ```
/// Whoever holds one also holds what keeps the memory.
struct VectorColumns {
    let dimension: Int
    let count: Int
    let vectors: UnsafePointer<Float>
    let codes: UnsafePointer<UInt8>
    let scales: UnsafePointer<Float>
    let errors: UnsafePointer<Float>
    let sums: UnsafePointer<Int32>
    let norms: UnsafePointer<Float>?
    let ids: UnsafePointer<UInt32>
    let documents: UnsafePointer<UInt32>

    var codeStride: Int { Self.codeStride(dimension) }
    var vectorStride: Int { Self.vectorStride(dimension) }

    static func codeStride(_ dimension: Int) -> Int { (dimension + 63) & ~63 }
    static func vectorStride(_ dimension: Int) -> Int { (dimension + 15) & ~15 }

    /// Bytes of one row, all columns.
    static func bytesPerRow(_ dimension: Int, metric: VectorMetric) -> Int {
        codeStride(dimension) + vectorStride(dimension) * 4 + (metric == .cosine ? 20 : 24)
    }

    @inline(__always)
    func vector(_ row: Int) -> UnsafePointer<Float> { vectors + row &* vectorStride }

    @inline(__always)
    func code(_ row: Int) -> UnsafePointer<UInt8> { codes + row &* codeStride }

    /// The row of a passage, found by halving: for rows whose ids ascend.
    func row(of id: UInt32) -> Int? {
        let row = firstRow(notBelow: id)
        return row < count && ids[row] == id ? row : nil
    }

    /// The first row whose id is not below `id`; ``count`` if there is none.
    func firstRow(notBelow id: UInt32) -> Int {
        var low = 0
        var high = count
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

    /// The rows whose passages are in `ids`, ascending; both are in id order, so the search only ever moves forward.
    ///
    /// Most ids follow each other without a gap, and then a row is as far ahead as its id is.
    func rows(in ids: IDSet) -> [UInt32] {
        var found: [UInt32] = []
        found.reserveCapacity(min(ids.count, count))
        var search = AscendingSearch(UnsafeBufferPointer(start: self.ids, count: count))
        ids.forEach { id in
            if let row = search.find(id.rawValue) { found.append(UInt32(truncatingIfNeeded: row)) }
        }
        return found
    }
}
