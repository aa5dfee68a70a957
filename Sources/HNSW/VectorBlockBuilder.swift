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
}

/// The sections of a block that is being made; they own their memory from the start.
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
