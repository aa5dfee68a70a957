import IndexCore

/// Vectors not yet in a segment: append-only chunks of rows.
///
/// A value; copies share chunks. Positions count all rows ever appended to the index, so that a merge can name the
/// rows it took while more arrive.
struct Delta: Sendable {
    static let chunkCapacity = 256

    /// Chunks that hold rows `lowerBound..<upperBound`; the first begins at `firstPosition`.
    private var chunks: [VectorRows] = []
    private var firstPosition = 0
    private(set) var positions: Range<Int> = 0..<0
    private let dimension: Int
    private let metric: VectorMetric

    init(dimension: Int, metric: VectorMetric) {
        self.dimension = dimension
        self.metric = metric
    }

    var count: Int { positions.count }

    /// Bytes of the rows in use; the rest of the last chunk is address space that was never touched.
    var byteCount: Int { count * VectorColumns.bytesPerRow(dimension, metric: metric) }

    /// The chunks with their rows in use, in order.
    var pieces: [(rows: VectorRows, range: Range<Int>)] {
        chunks.enumerated().compactMap { index, chunk in
            let start = firstPosition + index * Self.chunkCapacity
            let range = positions.clamped(to: start..<start + Self.chunkCapacity)
            return range.isEmpty ? nil : (chunk, range.lowerBound - start..<range.upperBound - start)
        }
    }

    /// Adds a row.
    ///
    /// A copy of this value that took the row first keeps it; this one then goes on in a chunk of its own.
    mutating func append(_ id: PassageID, document: PassageID, vector: [Float]) {
        let row = (positions.upperBound - firstPosition) % Self.chunkCapacity
        if (positions.upperBound - firstPosition) / Self.chunkCapacity == chunks.count {
            chunks.append(VectorRows(dimension: dimension, metric: metric, capacity: Self.chunkCapacity))
        }
        let last = chunks.count - 1
        if !chunks[last].claim(row) {
            chunks[last] = chunks[last].duplicate(count: row)
            let claimed = chunks[last].claim(row)
            assert(claimed, "a fresh copy has no other writer")
        }
        vector.withUnsafeBufferPointer { chunks[last].write(row, id: id, document: document, vector: $0) }
        positions = positions.lowerBound..<positions.upperBound + 1
    }

    /// Forgets the rows below `position`.
    mutating func removeRows(before position: Int) {
        positions = max(position, positions.lowerBound)..<max(position, positions.upperBound)
        let whole = min(chunks.count, (positions.lowerBound - firstPosition) / Self.chunkCapacity)
        chunks.removeFirst(whole)
        firstPosition += whole * Self.chunkCapacity
    }
}
