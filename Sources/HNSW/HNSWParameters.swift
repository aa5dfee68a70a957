/// The shape of the graph, in the words of Malkov & Yashunin ("Efficient and robust approximate nearest neighbor
/// search using Hierarchical Navigable Small World graphs", 2018), and what it is walked by.
public struct HNSWParameters: Sendable, Hashable {
    /// What makes two vectors near.
    public var metric: VectorMetric
    /// What stands for a vector while the graph is walked.
    public var codes: TraversalCodes
    /// Links of a node on the upper levels, `2...32`; level 0 has room for twice as many (``m0``).
    public var m: Int
    /// Candidates kept while a node's neighbours are searched, at least `m`.
    public var efConstruction: Int
    /// Links a new node takes on level 0, at most ``m0``; ``m`` if nil.
    ///
    /// Lists grow by the links that lead back.
    public var newLinks: Int?
    /// Up to this many passages are scanned whatever it costs, for answers that miss nothing; beyond, whichever is cheaper.
    public var scanLimit: Int
    /// A segment of fewer vectors has no graph and is scanned.
    public var graphThreshold: Int

    /// What ``m`` may be.
    public static let linkCounts = 2...32

    /// The parameters; values outside their ranges are moved to the nearest bound.
    public init(
        metric: VectorMetric = .cosine, codes: TraversalCodes = .int4, m: Int = 16, efConstruction: Int = 64,
        newLinks: Int? = nil, scanLimit: Int = 0, graphThreshold: Int = 10_000
    ) {
        self.metric = metric
        self.codes = codes
        self.m = min(Self.linkCounts.upperBound, max(Self.linkCounts.lowerBound, m))
        self.efConstruction = min(4_096, max(self.m, efConstruction))
        let most = 2 * self.m
        self.newLinks = newLinks.map { min(most, max(Self.linkCounts.lowerBound, $0)) }
        self.scanLimit = max(0, scanLimit)
        self.graphThreshold = max(1, graphThreshold)
    }

    /// The best graph that takes no longer to build than others' at `efConstruction` 64: chosen from many, few links each
    /// (docs/decisions/0137, 0142).
    public static func best(metric: VectorMetric = .cosine, codes: TraversalCodes = .int4, m: Int = 16) -> Self {
        HNSWParameters(metric: metric, codes: codes, m: m, efConstruction: 300, newLinks: m * 3 / 4)
    }

    /// Links of a node on level 0.
    public var m0: Int { 2 * m }

    /// Bytes of one vector that a walk through the graph reads at most, with these codes: its row and its links on level 0.
    ///
    /// The vectors themselves stay in their file; of them those of the best candidates alone are read.
    public func walkBytes(_ codes: TraversalCodes, dimension: Int) -> Int {
        var row = Quantizer.rowByteCount(codes, dimension: dimension)
        if FloatCodes.areKept(codes, dimension: dimension) {
            row += VectorColumns.codeStride(dimension) + MemoryLayout<FloatCodeFactors>.stride
        }
        if SignCodes.areKept(codes, dimension: dimension) {
            row += SignCodes.stride(dimension)
        }
        return row + 4 * m0
    }

    /// What the bytes of a segment depend on beside its vectors: equal parameters, equal fingerprint.
    ///
    /// ``scanLimit`` is not in it: it is asked for by searches alone.
    public var fingerprint: UInt64 {
        var hash = ContentHash()
        for value in [
            SegmentLayout.version(codes), metric.rawValue, codes.rawValue, UInt32(m), UInt32(efConstruction),
            UInt32(newLinks ?? 0), UInt32(clamping: graphThreshold),
        ] {
            hash.add(UInt64(value))
        }
        return hash.value
    }
}
