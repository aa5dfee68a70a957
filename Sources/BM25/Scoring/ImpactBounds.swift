/// The share of its weight that a term can add to a score, by impact: what turns a block's impacts into a bound.
///
/// Rounding makes a score differ from weight times share by less than the slack of 2⁻²⁰ (eight units in the last place
/// of a weight) that is added here once, so that no bound needs any of its own.
enum ImpactBounds {
    /// Frequencies with a row of their own; the last row holds for all above as well.
    static let frequencyCount = 32
    static let count = frequencyCount * 256
    private static let slack: Float = 0x1p-20
    /// No share is above it.
    static let greatest = Double(1 + slack)

    /// Fills `table` with the share at `frequency << 8 | norm`.
    static func fill(_ table: UnsafeMutablePointer<Float>, _ normInverses: UnsafePointer<Float>) {
        for norm in 0..<256 {
            // Impacts of frequency 0 say nothing.
            table[norm] = 0
            for frequency in 1..<frequencyCount - 1 {
                table[frequency << 8 | norm] = 1 - 1 / (1 + Float(frequency) * normInverses[norm]) + slack
            }
            table[(frequencyCount - 1) << 8 | norm] = 1 + slack
        }
    }
}
