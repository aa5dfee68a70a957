import Glibc
import IndexCore

/// A row of a delta or of a block.
struct VectorPlace {
    let id: UInt32
    /// Which of the sources it lies in.
    let source: Int
    let row: Int
}

/// Makes a block of rows that lie elsewhere.
enum VectorBlockBuilder {
    /// The block of `places`, which are in id order and at least one.
    /// - Throws: ``HNSWError/deadlineExceeded``.
    static func build(
        _ places: [VectorPlace], of sources: [VectorColumns], dimension: Int, metric: VectorMetric,
        deadline: SearchDeadline
    ) throws(HNSWError) -> VectorBlock {
        let count = places.count
        let vectorStride = VectorColumns.vectorStride(dimension)
        let codeStride = VectorColumns.codeStride(dimension)
        let memory = BlockMemory(dimension: dimension, count: count, metric: metric)
        for (row, place) in places.enumerated() {
            if row & 1_023 == 0 {
                try deadline.checkVectors()
            }
            let source = sources[place.source]
            (memory.vectors + row * vectorStride).update(from: source.vector(place.row), count: vectorStride)
            (memory.codes + row * codeStride).update(from: source.code(place.row), count: codeStride)
            memory.scales[row] = source.scales[place.row]
            memory.errors[row] = source.errors[place.row]
            memory.sums[row] = source.sums[place.row]
            memory.norms?[row] = source.norms?[place.row] ?? 1
            memory.ids[row] = place.id
            memory.documents[row] = source.documents[place.row]
        }
        return memory.block(dimension: dimension, metric: metric)
    }

    /// The block of the first `count` rows of a delta's chunk, which are in id order: nothing is copied.
    static func build(adopting rows: VectorRows, count: Int) -> VectorBlock {
        BlockMemory(adopting: rows, count: count).block(dimension: rows.dimension, metric: rows.metric)
    }
}

/// The sections of a block that is being made; they own their memory from the start, or keep a chunk that does.
private struct BlockMemory {
    private let sections: SegmentSections
    private let header: UnsafeMutableRawBufferPointer
    private let count: Int
    let vectors: UnsafeMutablePointer<Float>
    let codes: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    let errors: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Int32>
    let norms: UnsafeMutablePointer<Float>?
    let ids: UnsafeMutablePointer<UInt32>
    let documents: UnsafeMutablePointer<UInt32>

    init(dimension: Int, count: Int, metric: VectorMetric) {
        var sections: [(name: SegmentSections.Name, bytes: UnsafeMutableRawBufferPointer)] = []
        func column<T>(_ name: SegmentSections.Name, stride: Int = 1, as type: T.Type) -> UnsafeMutablePointer<T> {
            let bytes = SectionMemory.allocate(byteCount: count * stride * MemoryLayout<T>.stride)
            sections.append((name, bytes))
            return bytes.bindMemory(to: type).baseAddress.unsafelyUnwrapped
        }
        header = SectionMemory.allocate(byteCount: BlockHeader.byteCount)
        sections.append((BlockLayout.header, header))
        vectors = column(BlockLayout.vectors, stride: VectorColumns.vectorStride(dimension), as: Float.self)
        codes = column(BlockLayout.codes, stride: VectorColumns.codeStride(dimension), as: UInt8.self)
        scales = column(BlockLayout.scales, as: Float.self)
        errors = column(BlockLayout.errors, as: Float.self)
        sums = column(BlockLayout.sums, as: Int32.self)
        norms = metric == .cosine ? nil : column(BlockLayout.norms, as: Float.self)
        ids = column(BlockLayout.ids, as: UInt32.self)
        documents = column(BlockLayout.documents, as: UInt32.self)
        self.sections = SegmentSections(adopting: sections)
        self.count = count
    }

    init(adopting rows: VectorRows, count: Int) {
        let adopted = AdoptedRows(rows)
        header = adopted.header
        vectors = rows.vectors
        codes = rows.codes
        scales = rows.scales
        errors = rows.errors
        sums = rows.sums
        norms = rows.metric == .cosine ? nil : rows.norms
        ids = rows.ids
        documents = rows.documents
        var sections = [(name: BlockLayout.header, bytes: UnsafeRawBufferPointer(header))]
        func column<T>(_ name: SegmentSections.Name, stride: Int = 1, _ values: UnsafeMutablePointer<T>?) {
            guard let values else { return }
            let byteCount = count * stride * MemoryLayout<T>.stride
            sections.append((name, UnsafeRawBufferPointer(start: values, count: byteCount)))
        }
        column(BlockLayout.vectors, stride: VectorColumns.vectorStride(rows.dimension), vectors)
        column(BlockLayout.codes, stride: VectorColumns.codeStride(rows.dimension), codes)
        column(BlockLayout.scales, scales)
        column(BlockLayout.errors, errors)
        column(BlockLayout.sums, sums)
        column(BlockLayout.norms, norms)
        column(BlockLayout.ids, ids)
        column(BlockLayout.documents, documents)
        self.sections = SegmentSections(sections, owner: adopted)
        self.count = count
    }

    /// The block of what was written.
    func block(dimension: Int, metric: VectorMetric) -> VectorBlock {
        var values = BlockHeader()
        values.metric = metric
        values.dimension = dimension
        values.count = count
        values.firstID = ids[0]
        values.lastID = ids[count - 1]
        values.contentHash = contentHash()
        header.copyBytes(from: values.bytes())
        do {
            return try VectorBlock(sections: sections)
        } catch {
            preconditionFailure("a block is written as it is read: \(error)")
        }
    }

    private func contentHash() -> UInt64 {
        var hash = ContentHash()
        for (_, bytes) in sections.entries.dropFirst() {
            hash.add(UInt64(Checksum.crc32c(bytes.buffer)))
        }
        return hash.value
    }
}

/// A chunk of a delta that became a block, with the header it lacks.
///
/// Sendable, though it has a pointer: the header is written before anybody else sees this object.
private final class AdoptedRows: @unchecked Sendable {
    let rows: VectorRows
    let header = SectionMemory.allocate(byteCount: BlockHeader.byteCount)

    init(_ rows: VectorRows) {
        self.rows = rows
    }

    deinit {
        free(header.baseAddress)
    }
}
