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
    private let vectors: UnsafeMutablePointer<Float>
    private let codes: UnsafeMutablePointer<UInt8>
    private let scales: UnsafeMutablePointer<Float>
    private let errors: UnsafeMutablePointer<Float>
    private let sums: UnsafeMutablePointer<Int32>
    private let norms: UnsafeMutablePointer<Float>
    private let ids: UnsafeMutablePointer<UInt32>
    private let documents: UnsafeMutablePointer<UInt32>
    private let memory: UnsafeMutableRawPointer
    private let claimedCount = Atomic<Int>(0)

    init(dimension: Int, metric: VectorMetric, capacity: Int) {
        self.dimension = dimension
        self.metric = metric
        self.capacity = capacity
        // Columns start at multiples of 64 bytes.
        let column = (capacity * 4 + 63) & ~63
        let codeBytes = capacity * VectorColumns.codeStride(dimension)
        let vectorBytes = capacity * VectorColumns.vectorStride(dimension) * 4
        // Fresh pages cost nothing until written.
        memory = .allocate(byteCount: codeBytes + vectorBytes + 6 * column, alignment: 64)
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
        memory.deallocate()
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

    /// Writes a claimed row; `vector` is as the metric has it.
    func write(_ row: Int, id: PassageID, document: PassageID, vector: UnsafeBufferPointer<Float>) {
        let vectorStride = VectorColumns.vectorStride(dimension)
        let codeStride = VectorColumns.codeStride(dimension)
        let target = vectors + row * vectorStride
        for index in 0..<vectorStride {
            target[index] = index < dimension ? vector[index] : 0
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
