/// What one collection fixes about keyword scoring: analysis, `k1`, `b` and the weight of titles.
///
/// Title and content form one field, as if the title stood `titleWeight` times before the content. Robertson et al.,
/// "Simple BM25 extension to multiple weighted fields" (2004): a sum of separately saturated fields ranks worse.
public struct BM25Parameters: Sendable, Hashable {
    /// How text becomes terms.
    public let analyzer: AnalyzerOptions
    /// Saturation of repeated words, at least 0.
    public let k1: Double
    /// How much a long text is held back, in 0...1.
    public let b: Double
    /// How many times a title counts, in 0...16; 0 leaves titles out.
    public let titleWeight: Int
    /// Whether a segment knows words as they stand, beside their stems: what prefixes, typo tolerance and completion
    /// look through.
    public let surfaceWords: Bool

    /// Parameters; a value outside its range is moved to the nearest end of it, a NaN to the default.
    public init(
        k1: Double = 1.2, b: Double = 0.75, titleWeight: Int = 2, analyzer: AnalyzerOptions = .init(),
        surfaceWords: Bool = true
    ) {
        self.k1 = k1.isNaN ? 1.2 : min(max(k1, 0), 1_000)
        self.b = b.isNaN ? 0.75 : min(max(b, 0), 1)
        self.titleWeight = min(max(titleWeight, 0), 16)
        self.analyzer = analyzer
        self.surfaceWords = surfaceWords
    }
}
