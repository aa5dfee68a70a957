import Glibc
import IndexCore
import Synchronization

/// Rows of unit vectors with their int8 codes and ids, in one block of memory of fixed capacity.
///
/// Both homes of a vector are made of it: the delta's chunks and a segment's rows.
/// ```
/// codes      capacity x codeStride bytes    dimension rounded up to 64, 64-byte aligned
/// vectors    capacity x vectorStride Floats dimension rounded up to 16
/// scales, errors, sums                      the codes' VectorCode, one array each
/// ids, documents                            UInt32 each
/// ```
///
/// Sendable, though it is memory that is written: a row is written once, by whoever won its number in `claim(_:)`, and
/// before any snapshot or segment that counts it exists. Readers get such a value from the writer (handing a value
/// to another thread orders memory) and read only rows below its count. So no row is ever written while it may be read.
final class VectorRows: @unchecked Sendable {
    let dimension: Int
    let capacity: Int
    let codeStride: Int
    let vectorStride: Int
    let codes: UnsafeMutablePointer<UInt8>
    let vectors: UnsafeMutablePointer<Float>
    let scales: UnsafeMutablePointer<Float>
    let errors: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Int32>
    let ids: UnsafeMutablePointer<UInt32>
    let documents: UnsafeMutablePointer<UInt32>
    private let memory: UnsafeMutableRawPointer
    private let claimedCount = Atomic<Int>(0)

    init(dimension: Int, capacity: Int) {
        self.dimension = dimension
        self.capacity = capacity
        codeStride = (dimension + 63) & ~63
        vectorStride = (dimension + 15) & ~15
        // Sections start at multiples of 64 bytes.
        let column = (capacity * 4 + 63) & ~63
        let codeBytes = capacity * codeStride
        let vectorBytes = capacity * vectorStride * 4
        memory = Self.allocate(byteCount: codeBytes + vectorBytes + 5 * column)
        codes = memory.assumingMemoryBound(to: UInt8.self)
        vectors = (memory + codeBytes).assumingMemoryBound(to: Float.self)
        let columns = memory + codeBytes + vectorBytes
        scales = columns.assumingMemoryBound(to: Float.self)
        errors = (columns + column).assumingMemoryBound(to: Float.self)
        sums = (columns + 2 * column).assumingMemoryBound(to: Int32.self)
        ids = (columns + 3 * column).assumingMemoryBound(to: UInt32.self)
        documents = (columns + 4 * column).assumingMemoryBound(to: UInt32.self)
    }

    deinit {
        memory.deallocate()
    }

    /// Bytes of one row, all columns.
    var bytesPerRow: Int { codeStride + vectorStride * 4 + 20 }

    /// Reserves `row` for the caller; false if it is taken.
    ///
    /// Rows are claimed in order.
    func claim(_ row: Int) -> Bool {
        row < capacity
            && claimedCount.compareExchange(expected: row, desired: row + 1, ordering: .acquiringAndReleasing).exchanged
    }

    /// Writes a claimed row; `vector` is of unit length.
    func write(_ row: Int, id: PassageID, document: PassageID, vector: UnsafeBufferPointer<Float>) {
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
        ids[row] = id.rawValue
        documents[row] = document.rawValue
    }

    /// Copies a row of `source`, which has the same dimension, to a claimed row.
    func copy(_ sourceRow: Int, of source: VectorRows, to row: Int) {
        (vectors + row * vectorStride).update(from: source.vectors + sourceRow * vectorStride, count: vectorStride)
        (codes + row * codeStride).update(from: source.codes + sourceRow * codeStride, count: codeStride)
        scales[row] = source.scales[sourceRow]
        errors[row] = source.errors[sourceRow]
        sums[row] = source.sums[sourceRow]
        ids[row] = source.ids[sourceRow]
        documents[row] = source.documents[sourceRow]
    }

    /// A new block whose first `count` rows are those of this one.
    func duplicate(count: Int) -> VectorRows {
        let rows = VectorRows(dimension: dimension, capacity: capacity)
        for row in 0..<count where rows.claim(row) {
            rows.copy(row, of: self, to: row)
        }
        return rows
    }

    /// Large blocks ask for huge pages: random reads then miss the TLB less.
    ///
    /// Fresh pages cost nothing until written.
    private static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        let hugePage = 2 << 20
        guard byteCount >= 4 * hugePage else {
            return .allocate(byteCount: max(byteCount, 64), alignment: 64)
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
        madvise(memory, byteCount & ~(hugePage - 1), MADV_HUGEPAGE)
        return memory
    }
}
