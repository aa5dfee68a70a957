internal import Glibc

/// Lucene's BM25 for one state of the statistics: `idf · tf / (tf + k1 · (1 - b + b · length / averageLength))`,
/// without the constant factor (k1 + 1), in the form `w - w / (1 + tf · normInverse)`.
///
/// That form never falls when tf grows or the length shrinks, even after rounding, which later pruning relies on
/// (Lucene's `BM25Similarity` says why). All in Double; only the sum over terms is rounded to Float.
struct TermScorer {
    /// `1 / (k1 · (1 - b + b · length / averageLength))` by norm byte.
    let normInverses: [Double]
    private let passageCount: Int

    init(_ parameters: BM25Parameters, _ statistics: BM25Statistics) {
        let average = statistics.averageLength
        normInverses = (0...255).map { code in
            let ratio = average > 0 ? Double(NormCodec.decode(UInt8(code))) / average : 0
            return 1 / (parameters.k1 * (1 - parameters.b + parameters.b * ratio))
        }
        passageCount = statistics.passageCount
    }

    /// `ln(1 + (N - df + 0.5) / (df + 0.5))`: above 0 for every term that occurs, 0 for one that does not.
    func inverseDocumentFrequency(_ documentFrequency: Int) -> Double {
        guard documentFrequency > 0 else { return 0 }
        let frequency = Double(min(documentFrequency, passageCount))
        return log(1 + (Double(passageCount) - frequency + 0.5) / (frequency + 0.5))
    }

    /// What one term adds to one passage's score.
    @inline(__always)
    static func score(weight: Double, frequency: UInt32, normInverse: Double) -> Double {
        weight - weight / (1 + Double(frequency) * normInverse)
    }
}
