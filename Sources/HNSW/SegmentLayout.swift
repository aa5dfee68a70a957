import IndexCore

/// The names of a segment's sections, in the order of a file; `docs/formats.md` says what is in them.
enum SegmentLayout {
    /// Of graphs by floats, whose codes came later, and of the others.
    static func version(_ codes: TraversalCodes) -> UInt32 { codes == .float32 ? 2 : 1 }
    /// The same of a segment: rows with bits beside them came third.
    static func version(_ codes: TraversalCodes, dimension: Int) -> UInt32 {
        SignCodes.areKept(codes, dimension: dimension) ? 3 : version(codes)
    }
    static let header = SegmentSections.Name("HEAD")
    /// The blocks a segment refers to: content hash (8), rows (4), 0 (4) each.
    static let blocks = SegmentSections.Name("BLKS")
    /// Level 0: m0 neighbours a row; a list that is shorter ends with the row itself.
    static let links = SegmentSections.Name("LNK0")
    /// Traversal codes by row.
    static let codes = SegmentSections.Name("CODE")
    /// Half a row's squared length: what is taken off its similarity where distances are Euclidean.
    static let terms = SegmentSections.Name("TERM")
    /// Whether rows of a graph have terms: also where the bounds of ``FloatCodes`` ask for lengths.
    static func hasTerms(_ metric: VectorMetric, _ codes: TraversalCodes, dimension: Int) -> Bool {
        metric == .euclidean || metric == .dot && FloatCodes.areKept(codes, dimension: dimension)
    }
    /// ``FloatCodes`` by row.
    static let floatCodes = SegmentSections.Name("INT8")
    /// ``FloatCodeFactors`` by row.
    static let floatCodeFactors = SegmentSections.Name("FACT")
    /// ``SignCodes`` by row.
    static let signs = SegmentSections.Name("SIGN")
    static let ids = SegmentSections.Name("PIDS")
    /// A row's place among all rows of the blocks, counted in their order.
    static let places = SegmentSections.Name("PLAC")
    /// The number of a row's first block of links above level 0, all ones for none.
    static let starts = SegmentSections.Name("STRT")
    /// Blocks of links above level 0: count, m rows.
    static let upper = SegmentSections.Name("UPPR")
    /// The quantiser: mean, then step, of each dimension.
    static let quantizer = SegmentSections.Name("QUAN")
    /// The mean of the vectors that were live when it was made, at unit length.
    static let mean = SegmentSections.Name("MEAN")
}

/// A segment's first section: all that opening one reads, beside its list of blocks.
///
/// 128 bytes, little-endian: version (4), metric (4), codes (4), dimension (4), m (4), rows (4), vectors there were at
/// the training (4), blocks (4), entry row (4), highest level (4), upper link blocks (4), whether there is a graph (4),
/// fingerprint of the parameters (8), content hash (8), deviation of cosines (4, Float), slope and deviation of signs (4 each, Float), 0 (52).
struct SegmentHeader: Equatable {
    static let byteCount = 128

    var metric = VectorMetric.cosine
    var codes = TraversalCodes.int4
    var dimension = 1
    var m = 2
    var count = 0
    /// What ``SegmentLayout/quantizer`` was made from: the number of vectors then.
    var trainedCount = 0
    var blockCount = 0
    var entry = 0
    var highestLevel = 0
    var upperBlockCount = 0
    var hasGraph = false
    var fingerprint: UInt64 = 0
    var contentHash: UInt64 = 0
    /// See ``SpaceShape/deviation``.
    var deviation: Float = 0
    /// What the bits of rows are worth, where there are any.
    var signs: SignScale?

    init() {}

    init(_ section: SectionBytes) throws(IndexError) {
        func refuse(_ reason: String) -> IndexError {
            .corruptSection(name: SegmentLayout.header.description, reason: reason)
        }
        func number(_ offset: Int) -> Int { Int(section.load(offset, as: UInt32.self)) }
        guard section.count == Self.byteCount else { throw refuse("\(section.count) bytes") }
        let version = section.load(0, as: UInt32.self)
        guard let metric = VectorMetric(rawValue: section.load(4, as: UInt32.self)),
            let codes = TraversalCodes(rawValue: section.load(8, as: UInt32.self))
        else { throw refuse("no such metric or codes") }
        self.metric = metric
        self.codes = codes
        dimension = number(12)
        guard version == SegmentLayout.version(codes, dimension: dimension) else {
            throw refuse("version \(version)")
        }
        m = number(16)
        count = number(20)
        trainedCount = number(24)
        blockCount = number(28)
        entry = number(32)
        highestLevel = number(36)
        upperBlockCount = number(40)
        hasGraph = number(44) != 0
        fingerprint = section.load(48, as: UInt64.self)
        contentHash = section.load(56, as: UInt64.self)
        deviation = Float(bitPattern: section.load(64, as: UInt32.self))
        signs = SignScale(
            slope: Float(bitPattern: section.load(68, as: UInt32.self)),
            deviation: Float(bitPattern: section.load(72, as: UInt32.self)))
        guard VectorIndex.dimensions.contains(dimension) else { throw refuse("\(dimension) components") }
        guard HNSWParameters.linkCounts.contains(m) else { throw refuse("\(m) links") }
        guard (1...VectorIndex.capacity).contains(count) else { throw refuse("\(count) rows") }
        guard (1...Self.maximumBlockCount).contains(blockCount) else { throw refuse("\(blockCount) blocks") }
        guard entry < count, highestLevel <= GraphView.topLevel else { throw refuse("entry \(entry)") }
        guard upperBlockCount <= count * GraphView.topLevel else { throw refuse("\(upperBlockCount) link blocks") }
    }

    static let maximumBlockCount = 65_536

    /// The section.
    func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        let numbers = [
            dimension, m, count, trainedCount, blockCount, entry, highestLevel, upperBlockCount, hasGraph ? 1 : 0,
        ]
        let forms = [SegmentLayout.version(codes, dimension: dimension), metric.rawValue, codes.rawValue]
        for value in forms + numbers.map({ UInt32($0) }) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for value in [fingerprint, contentHash] {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for value in [deviation, signs?.slope ?? 0, signs?.deviation ?? 0] {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + [UInt8](repeating: 0, count: Self.byteCount - bytes.count)
    }
}
