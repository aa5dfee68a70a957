import IndexCore

/// A block's first section: all that opening one reads.
///
/// 64 bytes, little-endian: version (4), metric (4), dimension (4), rows (4), first id (4), last id (4), content hash
/// (8), 0 (32).
struct BlockHeader: Equatable {
    static let version: UInt32 = 1
    static let byteCount = 64

    var metric = VectorMetric.cosine
    var dimension = 1
    var count = 0
    var firstID: UInt32 = 0
    var lastID: UInt32 = 0
    var contentHash: UInt64 = 0

    init() {}

    init(_ section: SectionBytes) throws(IndexError) {
        func refuse(_ reason: String) -> IndexError {
            .corruptSection(name: BlockLayout.header.description, reason: reason)
        }
        guard section.count == Self.byteCount else { throw refuse("\(section.count) bytes") }
        let version = section.load(0, as: UInt32.self)
        guard version == Self.version else { throw refuse("version \(version)") }
        guard let metric = VectorMetric(rawValue: section.load(4, as: UInt32.self)) else {
            throw refuse("no such metric")
        }
        self.metric = metric
        dimension = Int(section.load(8, as: UInt32.self))
        count = Int(section.load(12, as: UInt32.self))
        firstID = section.load(16, as: UInt32.self)
        lastID = section.load(20, as: UInt32.self)
        contentHash = section.load(24, as: UInt64.self)
        guard VectorIndex.dimensions.contains(dimension) else { throw refuse("\(dimension) components") }
        guard (1...VectorIndex.capacity).contains(count) else { throw refuse("\(count) rows") }
        guard firstID <= lastID, Int(lastID - firstID) >= count - 1 else { throw refuse("ids \(firstID) to \(lastID)") }
    }

    /// The section.
    func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        for value in [Self.version, metric.rawValue, UInt32(dimension), UInt32(count), firstID, lastID] {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        withUnsafeBytes(of: contentHash.littleEndian) { bytes.append(contentsOf: $0) }
        return bytes + [UInt8](repeating: 0, count: Self.byteCount - bytes.count)
    }
}

/// The names of a block's sections, in the order of a file.
enum BlockLayout {
    static let header = SegmentSections.Name("HEAD")
    static let vectors = SegmentSections.Name("VECS")
    static let codes = SegmentSections.Name("CODE")
    static let scales = SegmentSections.Name("SCAL")
    static let errors = SegmentSections.Name("ERRS")
    static let sums = SegmentSections.Name("SUMS")
    static let norms = SegmentSections.Name("NORM")
    static let ids = SegmentSections.Name("PIDS")
    static let documents = SegmentSections.Name("PDOC")
}
