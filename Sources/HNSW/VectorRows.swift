import Glibc
import IndexCore
import Synchronization

/// Rows of a delta, in one block of memory of fixed capacity (``VectorColumns``).
///
/// Sendable, though it is memory that is written: a row is written once, by whoever won its number in `claim(_:)`, and
/// before any snapshot that counts it exists. Readers get such a value from the writer (handing a value to another
/// thread orders memory) and read only rows below its count. So no row is ever written while it may be read.
final class VectorRows: @unchecked Sendable {
    let dimension: Int
    let metric: VectorMetric
    let capacity: Int
    let vectors: UnsafeMutablePointer<Float>
    let codes: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    let errors: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Int32>
    let norms: UnsafeMutablePointer<Float>
    let ids: UnsafeMutablePointer<UInt32>
    let documents: UnsafeMutablePointer<UInt32>
    private let memory: UnsafeMutableRawPointer
    private let claimedCount = Atomic<Int>(0)

    /// Whether the system would give memory for so many rows now.
    static func hasRoom(for capacity: Int, dimension: Int) -> Bool {
        SectionMemory.hasRoom(for: sizes(capacity, dimension).total)
    }

    /// Bytes of codes, vectors and each other column, which start at multiples of 64, and of all.
    private static func sizes(
        _ capacity: Int, _ dimension: Int
    ) -> (codes: Int, vectors: Int, column: Int, total: Int) {
        let codes = capacity * VectorColumns.codeStride(dimension)
        let vectors = capacity * VectorColumns.vectorStride(dimension) * 4
        let column = (capacity * 4 + 63) & ~63
        return (codes, vectors, column, codes + vectors + 6 * column)
    }

    init(dimension: Int, metric: VectorMetric, capacity: Int) {
        self.dimension = dimension
        self.metric = metric
        self.capacity = capacity
        let (codeBytes, vectorBytes, column, total) = Self.sizes(capacity, dimension)
        memory = SectionMemory.allocateUninitialized(byteCount: total)
        codes = memory.assumingMemoryBound(to: UInt8.self)
        vectors = (memory + codeBytes).assumingMemoryBound(to: Float.self)
        let columns = memory + codeBytes + vectorBytes
        scales = columns.assumingMemoryBound(to: Float.self)
        errors = (columns + column).assumingMemoryBound(to: Float.self)
        sums = (columns + 2 * column).assumingMemoryBound(to: Int32.self)
        norms = (columns + 3 * column).assumingMemoryBound(to: Float.self)
        ids = (columns + 4 * column).assumingMemoryBound(to: UInt32.self)
        documents = (columns + 5 * column).assumingMemoryBound(to: UInt32.self)
    }

    deinit {
        free(memory)
    }

    /// The rows, of which the caller knows how many are written.
    var columns: VectorColumns {
        VectorColumns(
            dimension: dimension, count: capacity, vectors: vectors, codes: codes, scales: scales, errors: errors,
            sums: sums, norms: metric == .cosine ? nil : UnsafePointer(norms), ids: ids, documents: documents)
    }

    /// Reserves `row` for the caller; false if it is taken.
    ///
    /// Rows are claimed in order.
    func claim(_ row: Int) -> Bool {
        row < capacity
            && claimedCount.compareExchange(expected: row, desired: row + 1, ordering: .acquiringAndReleasing).exchanged
    }

    /// Writes a claimed row.
    /// - Parameter scale: What brings `vector` to the form the metric has it in.
    func write(
        _ row: Int, id: PassageID, document: PassageID, vector: UnsafeBufferPointer<Float>, scale: Double
    ) {
        let vectorStride = VectorColumns.vectorStride(dimension)
        let codeStride = VectorColumns.codeStride(dimension)
        let target = vectors + row * vectorStride
        for index in 0..<dimension {
            target[index] = Float(Double(vector[index]) * scale)
        }
        for index in dimension..<vectorStride {
            target[index] = 0
        }
        let code = VectorCode.encode(
            UnsafeBufferPointer(start: target, count: dimension),
            into: UnsafeMutableBufferPointer(start: codes + row * codeStride, count: codeStride))
        scales[row] = code.scale
        errors[row] = code.error
        sums[row] = code.sum
        norms[row] = VectorKernels.score(target, target, count: dimension)
        ids[row] = id.rawValue
        documents[row] = document.rawValue
    }

    /// A new object whose first `count` rows are those of this one.
    func duplicate(count: Int) -> VectorRows {
        let rows = VectorRows(dimension: dimension, metric: metric, capacity: capacity)
        let vectorStride = VectorColumns.vectorStride(dimension)
        let codeStride = VectorColumns.codeStride(dimension)
        rows.claimedCount.store(count, ordering: .releasing)
        rows.vectors.update(from: vectors, count: count * vectorStride)
        rows.codes.update(from: codes, count: count * codeStride)
        rows.scales.update(from: scales, count: count)
        rows.errors.update(from: errors, count: count)
        rows.sums.update(from: sums, count: count)
        rows.norms.update(from: norms, count: count)
        rows.ids.update(from: ids, count: count)
        rows.documents.update(from: documents, count: count)
        return rows
    }
}
