internal import CKernels
internal import IndexCore

/// Scores added up by row of a window: a row that nothing was added to holds minus zero, which no sum of scores is.
enum RowSums {
    /// What a row holds before anything is added.
    static let untouched = -0.0

    /// 1 if a sum is at least `needed`, 0 otherwise; not a choice, which would be guessed wrong too often.
    @inline(__always)
    static func reach(_ sum: Double, _ needed: Double) -> Int {
        Int(truncatingIfNeeded: ~(sum - needed).bitPattern &>> 63)
    }

    /// Outputs of ``take(_:count:needed:first:_:_:level:)`` are written so many at a time, wanted or not.
    static let takenAtOnce = 8

    /// Whether going through all sums looks at several at a time.
    static let isWide = ck_take_sums_is_wide(VectorKernels.level.rawValue) != 0

    /// Writes the rows whose sums are at least `needed`, ascending, and these sums; leaves all rows untouched.
    /// - Parameters:
    ///   - first: The row of the first sum.
    ///   - rows: As `taken`, with room for `count` and ``takenAtOnce`` more.
    /// - Returns: How many there are.
    /// - Complexity: 8 rows in about 2 cycles where vectors are wide, plus what is written.
    @inline(__always)
    static func take(
        _ sums: UnsafeMutablePointer<Double>, count: Int, needed: Double, first: UInt32,
        _ rows: UnsafeMutablePointer<UInt32>, _ taken: UnsafeMutablePointer<Double>,
        level: VectorKernels.Level = VectorKernels.level
    ) -> Int {
        ck_take_sums(level.rawValue, sums, count, needed, first, rows, taken)
    }
}
