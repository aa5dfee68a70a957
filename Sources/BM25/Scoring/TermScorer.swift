internal import Glibc

/// Lucene's BM25 for one state of the statistics, in the same `Float` operations and so with the same bits
/// (`BM25Similarity` of Lucene 10): `w - w / (1 + tf · normInverse)`.
///
/// That form never falls when tf grows or the length shrinks, even after rounding, which pruning relies on. The constant
/// factor k1 + 1 of the textbook is left out, as there.
struct TermScorer {
    /// `1 / (k1 · (1 - b + b · length / averageLength))` by norm byte.
    let normInverses: [Float]
    private let passageCount: Int

    /// A scorer for a field that `passageCount` passages have a word in, `tokenCount` words together: Lucene's
    /// `docCount` and `sumTotalTermFreq`, of live passages alone.
    init(_ parameters: BM25Parameters, passageCount: Int, tokenCount: Int) {
        let k1 = Float(parameters.k1)
        let b = Float(parameters.b)
        let average = passageCount > 0 ? Float(Double(tokenCount) / Double(passageCount)) : 0
        normInverses = (0...255).map { code in
            // Without a word there is no length to hold back.
            let ratio = average > 0 ? b * Float(NormCodec.decode(UInt8(code))) / average : 0
            return 1 / (k1 * ((1 - b) + ratio))
        }
        self.passageCount = passageCount
    }

    /// `ln(1 + (N - df + 0.5) / (df + 0.5))`: above 0 for every term that occurs, 0 for one that does not.
    func inverseDocumentFrequency(_ documentFrequency: Int) -> Float {
        guard documentFrequency > 0 else { return 0 }
        let frequency = Double(min(documentFrequency, passageCount))
        return Float(log(1 + (Double(passageCount) - frequency + 0.5) / (frequency + 0.5)))
    }

    /// The score of a term of weight `weight` that occurs `frequency` times, more than 0.
    @inline(__always)
    static func score(_ weight: Float, _ frequency: Float, _ normInverse: Float) -> Float {
        weight - weight / (1 + frequency * normInverse)
    }
}
