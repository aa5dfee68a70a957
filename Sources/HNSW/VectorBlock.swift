public import IndexCore

/// Vectors as they were flushed: rows in id order, with their int8 codes.
///
/// What a `.vec` file holds. Written once, and rewritten only to drop the dead. The layout is in `docs/formats.md`.
/// Reading one is safe whatever its bytes say.
public final class VectorBlock: @unchecked Sendable {
    // Sendable although it keeps pointers: they lie in `sections`, which it holds and nobody writes to.

    /// The bytes.
    public let sections: SegmentSections
    /// Components of a vector.
    public let dimension: Int
    /// The metric its vectors were prepared for.
    public let metric: VectorMetric
    /// The number of rows, dead ones included.
    public let count: Int
    /// The ids of the first and the last row.
    public let idRange: ClosedRange<UInt32>
    /// A hash of ids, documents and vectors.
    public let contentHash: UInt64
    let columns: VectorColumns

    /// Opens a block: reads the header and compares sizes, nothing more.
    /// - Throws: ``IndexError/corruptSection(name:reason:)`` if the header is damaged or of another version, or a
    ///   section has another size than it says.
    public init(sections: SegmentSections) throws(IndexError) {
        let header = try BlockHeader(sections[BlockLayout.header])
        self.sections = sections
        dimension = header.dimension
        metric = header.metric
        count = header.count
        idRange = header.firstID...header.lastID
        contentHash = header.contentHash
        columns = try Self.columns(of: sections, header)
    }

    private static func columns(
        of sections: SegmentSections, _ header: BlockHeader
    ) throws(IndexError) -> VectorColumns {
        func column<T>(_ name: SegmentSections.Name, stride: Int = 1, as type: T.Type) throws(IndexError)
            -> UnsafePointer<T>
        {
            try sections[name].array(header.count * stride, of: type, name)
        }
        return VectorColumns(
            dimension: header.dimension, count: header.count,
            vectors: try column(
                BlockLayout.vectors, stride: VectorColumns.vectorStride(header.dimension), as: Float.self),
            codes: try column(BlockLayout.codes, stride: VectorColumns.codeStride(header.dimension), as: UInt8.self),
            scales: try column(BlockLayout.scales, as: Float.self),
            errors: try column(BlockLayout.errors, as: Float.self),
            sums: try column(BlockLayout.sums, as: Int32.self),
            norms: header.metric == .cosine ? nil : try column(BlockLayout.norms, as: Float.self),
            ids: try column(BlockLayout.ids, as: UInt32.self),
            documents: try column(BlockLayout.documents, as: UInt32.self))
    }

    /// Bytes of all sections.
    public var byteCount: Int { sections.byteCount }

    /// Whether the passage, dead or alive, has a row here.
    public func contains(_ id: PassageID) -> Bool { columns.row(of: id.rawValue) != nil }
}

extension SectionBytes {
    /// The section as `count` values of a plain type, at the alignment the kernels need.
    func array<T>(_ count: Int, of type: T.Type, _ name: SegmentSections.Name) throws(IndexError) -> UnsafePointer<T> {
        let (byteCount, isTooLarge) = count.multipliedReportingOverflow(by: MemoryLayout<T>.stride)
        guard !isTooLarge, byteCount == self.count, let base = buffer.baseAddress else {
            throw .corruptSection(name: name.description, reason: "\(self.count) bytes for \(count) values")
        }
        guard UInt(bitPattern: base).isMultiple(of: 64) else {
            throw .corruptSection(name: name.description, reason: "it does not begin at a multiple of 64")
        }
        return base.assumingMemoryBound(to: type)
    }
}
