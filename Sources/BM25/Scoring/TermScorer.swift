internal import Glibc

/// Lucene's BM25 for one state of the statistics: `idf · tf / (tf + k1 · (1 - b + b · length / averageLength))`,
/// without the constant factor (k1 + 1), in the form `w - w · 1 / (1 + tf · normInverse)`.
///
/// That form never falls when tf grows or the length shrinks, even after rounding, which later pruning relies on
/// (Lucene's `BM25Similarity` says why). The reciprocal does not depend on the term: for small tf it comes from a
/// table, which holds the very same bits. All in Double; only the sum over terms is rounded to Float.
struct TermScorer {
    /// tf below this are in the table.
    static let tabulatedCount = 16

    /// `1 / (1 + tf · normInverse)` at `tf · 256 + norm`.
    let reciprocals: [Double]
    /// `1 / (k1 · (1 - b + b · length / averageLength))` by norm byte.
    let normInverses: [Double]
    private let passageCount: Int

    init(_ parameters: BM25Parameters, _ statistics: BM25Statistics) {
        let average = statistics.averageLength
        let normInverses = Self.lengths.map { length in
            let ratio = average > 0 ? length / average : 0
            return 1 / (parameters.k1 * (1 - parameters.b + parameters.b * ratio))
        }
        reciprocals = [Double](unsafeUninitializedCapacity: Self.tabulatedCount * 256) { table, count in
            for frequency in 0..<Self.tabulatedCount {
                for norm in 0..<256 {
                    table[frequency << 8 | norm] = Self.reciprocal(UInt32(frequency), normInverses[norm])
                }
            }
            count = Self.tabulatedCount * 256
        }
        self.normInverses = normInverses
        passageCount = statistics.passageCount
    }

    private static let lengths = (0...255).map { Double(NormCodec.decode(UInt8($0))) }

    /// `ln(1 + (N - df + 0.5) / (df + 0.5))`: above 0 for every term that occurs, 0 for one that does not.
    func inverseDocumentFrequency(_ documentFrequency: Int) -> Double {
        guard documentFrequency > 0 else { return 0 }
        let frequency = Double(min(documentFrequency, passageCount))
        return log(1 + (Double(passageCount) - frequency + 0.5) / (frequency + 0.5))
    }

    /// The share of its weight a term does not add.
    @inline(__always)
    static func reciprocal(_ frequency: UInt32, _ normInverse: Double) -> Double {
        1 / (1 + Double(frequency) * normInverse)
    }
}
