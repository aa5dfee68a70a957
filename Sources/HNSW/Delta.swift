import IndexCore

/// Vectors not yet in a segment: append-only chunks of rows.
///
/// A value; copies share chunks. Positions count all rows ever appended to the index, so that a merge can name the
/// rows it took while more arrive.
struct Delta: Sendable {
    static let usualChunkCapacity = 256

    /// Rows, between which ids all that were ever written to them lie, and whether these ascend.
    private struct Chunk {
        var rows: VectorRows
        var ids: ClosedRange<UInt32>
        var ascends = true

        mutating func note(_ id: UInt32) {
            ascends = ascends && id > ids.upperBound
            ids = min(ids.lowerBound, id)...max(ids.upperBound, id)
        }
    }

    /// Chunks that hold rows `lowerBound..<upperBound`; the first begins at `firstPosition`.
    private var chunks: [Chunk] = []
    private var firstPosition = 0
    private(set) var positions: Range<Int> = 0..<0
    private let dimension: Int
    private let metric: VectorMetric
    /// Rows of a chunk.
    private var chunkCapacity: Int

    /// - Parameter expected: Rows that will come before the first merge, where that is known: they get one chunk, if memory
    ///   has room for it, which may then become a block as it is.
    init(dimension: Int, metric: VectorMetric, expecting expected: Int = 0) {
        self.dimension = dimension
        self.metric = metric
        chunkCapacity = max(Self.usualChunkCapacity, expected)
    }

    var count: Int { positions.count }

    /// Bytes of the rows in use; the rest of the last chunk is address space that was never touched.
    var byteCount: Int { count * VectorColumns.bytesPerRow(dimension, metric: metric) }

    /// The chunks with their rows in use, in order.
    var pieces: [(rows: VectorRows, range: Range<Int>)] {
        chunks.enumerated().compactMap { index, chunk in
            let start = firstPosition + index * chunkCapacity
            let range = positions.clamped(to: start..<start + chunkCapacity)
            return range.isEmpty ? nil : (chunk.rows, range.lowerBound - start..<range.upperBound - start)
        }
    }

    /// Calls `body` for each of some passages that has a row, in no certain order: with its index and the row's vector.
    ///
    /// Chunks that cannot hold one are passed over; those whose ids ascend, as they do unless documents are written
    /// again, are sought in, others read through.
    /// - Parameter passages: Ascending.
    func forEachVector(
        of passages: [PassageID], _ body: (_ index: Int, _ vector: UnsafePointer<Float>) -> Void
    ) {
        var start = firstPosition
        for chunk in chunks {
            let range = positions.clamped(to: start..<start + chunkCapacity)
            let first = range.lowerBound - start
            start += chunkCapacity
            let wanted = passages.places(from: chunk.ids.lowerBound, through: chunk.ids.upperBound)
            guard !range.isEmpty, !wanted.isEmpty else { continue }
            let columns = chunk.rows.columns
            let ids = UnsafeBufferPointer(start: columns.ids + first, count: range.count)
            if chunk.ascends {
                var search = AscendingSearch(ids)
                for index in wanted {
                    if let row = search.find(passages[index].rawValue) { body(index, columns.vector(first + row)) }
                }
            } else {
                for (row, id) in ids.enumerated() {
                    let index = passages.firstIndex(notBelow: id, in: wanted)
                    if index < wanted.upperBound, passages[index].rawValue == id {
                        body(index, columns.vector(first + row))
                    }
                }
            }
        }
        withExtendedLifetime(self) {}
    }

    /// Adds a row.
    ///
    /// A copy of this value that took the row first keeps it; this one then goes on in a chunk of its own.
    /// - Parameter scale: What brings `vector` to the form the metric has it in.
    mutating func append(
        _ id: PassageID, document: PassageID, vector: UnsafeBufferPointer<Float>, scale: Double
    ) {
        let row = (positions.upperBound - firstPosition) % chunkCapacity
        if (positions.upperBound - firstPosition) / chunkCapacity == chunks.count {
            if positions.isEmpty, firstPosition == 0, !VectorRows.hasRoom(for: chunkCapacity, dimension: dimension) {
                chunkCapacity = Self.usualChunkCapacity
            }
            let rows = VectorRows(dimension: dimension, metric: metric, capacity: chunkCapacity)
            chunks.append(Chunk(rows: rows, ids: id.rawValue...id.rawValue))
        }
        let last = chunks.count - 1
        if !chunks[last].rows.claim(row) {
            chunks[last].rows = chunks[last].rows.duplicate(count: row)
            let claimed = chunks[last].rows.claim(row)
            assert(claimed, "a fresh copy has no other writer")
        }
        chunks[last].rows.write(row, id: id, document: document, vector: vector, scale: scale)
        if row > 0 { chunks[last].note(id.rawValue) }
        positions = positions.lowerBound..<positions.upperBound + 1
    }

    /// Forgets the rows below `position`.
    mutating func removeRows(before position: Int) {
        positions = max(position, positions.lowerBound)..<max(position, positions.upperBound)
        let whole = min(chunks.count, (positions.lowerBound - firstPosition) / chunkCapacity)
        chunks.removeFirst(whole)
        firstPosition += whole * chunkCapacity
    }
}
