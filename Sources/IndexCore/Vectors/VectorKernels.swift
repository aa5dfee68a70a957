public import CKernels

/// Inner products of vectors and of their int8 codes, by the best instructions this CPU has.
///
/// The C variants live in `CKernels`; ``VectorKernelsReference`` says in plain Swift what each must answer.
/// ``score(_:_:count:level:)``, ``distance(_:_:count:level:)`` and the products of codes are equal bit for bit on every
/// level, ``dot(_:_:count:level:)`` is not: use it where the last bits do not reach an answer.
public enum VectorKernels {
    /// An instruction set; of one architecture's the later is the more able.
    public enum Level: Int32, Sendable, Comparable, CaseIterable {
        /// Plain C, at the target's baseline.
        case portable = 0
        /// AVX2 and FMA.
        case avx2 = 1
        /// AVX2 with VNNI.
        case avxvnni = 2
        /// AVX-512 (F, BW, DQ, VL) with VNNI.
        case avx512 = 3
        /// NEON of every AArch64.
        case neon = 4
        /// NEON with the dot products of ARMv8.2.
        case dotprod = 5

        /// Whether `left` is the less able.
        public static func < (left: Level, right: Level) -> Bool {
            left.rawValue < right.rawValue
        }

        /// Whether this CPU can run it.
        public var isAvailable: Bool { ck_vector_level_runs(rawValue) != 0 }
    }

    /// The level in use: the best one of this CPU, found once.
    public static let level = Level(rawValue: ck_vector_level()) ?? .portable

    /// The levels this CPU can run, ascending.
    public static var availableLevels: [Level] {
        Level.allCases.filter(\.isAvailable)
    }

    /// The inner product in `Float`, fast; its rounding depends on `level`.
    public static func dot(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int, level: Level = VectorKernels.level
    ) -> Float {
        ck_dot(level.rawValue, left, right, count)
    }

    /// The inner products of `query` with four rows, fast; their rounding depends on `level`.
    public static func dot4(
        _ query: UnsafePointer<Float>, _ rows: [UnsafePointer<Float>], count: Int, level: Level = VectorKernels.level
    ) -> SIMD4<Float> {
        precondition(rows.count == 4, "dot4 takes four rows")
        var result = SIMD4<Float>.zero
        withUnsafeMutableBytes(of: &result) { bytes in
            bytes.withMemoryRebound(to: Float.self) { lanes in
                rows.map { Optional($0) }.withUnsafeBufferPointer { list in
                    ck_dot4(level.rawValue, query, list.baseAddress, count, lanes.baseAddress)
                }
            }
        }
        return result
    }

    /// The inner product for final scores: `Float` products summed as `Double` in eight lanes, in one fixed order.
    public static func score(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int, level: Level = VectorKernels.level
    ) -> Float {
        ck_score(level.rawValue, left, right, count)
    }

    /// The fixed-order inner products of `query` with `rowCount` rows, given by their addresses.
    public static func scores(
        _ query: UnsafePointer<Float>, rows: UnsafePointer<UnsafePointer<Float>?>, rowCount: Int, count: Int,
        into results: UnsafeMutablePointer<Float>, level: Level = VectorKernels.level
    ) {
        ck_scores(level.rawValue, query, rows, rowCount, count, results)
    }

    /// The squared Euclidean distance for final scores: squares of `Float` differences summed as
    /// ``score(_:_:count:level:)`` sums its products.
    public static func distance(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int, level: Level = VectorKernels.level
    ) -> Float {
        ck_distance(level.rawValue, left, right, count)
    }

    /// The fixed-order squared distances of `query` to `rowCount` rows, given by their addresses.
    public static func distances(
        _ query: UnsafePointer<Float>, rows: UnsafePointer<UnsafePointer<Float>?>, rowCount: Int, count: Int,
        into results: UnsafeMutablePointer<Float>, level: Level = VectorKernels.level
    ) {
        ck_distances(level.rawValue, query, rows, rowCount, count, results)
    }

    /// The fast inner products of `query` with the rows listed, `stride` components apart; memory is asked for ahead of
    /// its use.
    public static func dots(
        _ query: UnsafePointer<Float>, base: UnsafePointer<Float>, stride: Int, rows: UnsafePointer<UInt32>,
        rowCount: Int, count: Int, into results: UnsafeMutablePointer<Float>, level: Level = VectorKernels.level
    ) {
        ck_dots_at(level.rawValue, query, base, stride, rows, rowCount, count, results)
    }

    /// The exact integer inner product of a query of signed bytes with a row of half bytes.
    ///
    /// A chunk of 64 bytes holds 128 components: byte `i` those numbered `i` (low half) and `64 + i`.
    /// - Parameters:
    ///   - query: Two bytes for each byte of the row.
    ///   - byteCount: Bytes of the row, a multiple of 64, at most 65,536.
    public static func nibbleDot(
        _ query: UnsafePointer<Int8>, _ row: UnsafePointer<UInt8>, byteCount: Int, level: Level = VectorKernels.level
    ) -> Int32 {
        ck_nibble_dot(level.rawValue, query, row, byteCount)
    }

    /// The half-byte products of `query` with the rows listed, `stride` bytes apart; memory is asked for ahead of its
    /// use, if that was not done before.
    public static func nibbleDots(
        _ query: UnsafePointer<Int8>, base: UnsafePointer<UInt8>, stride: Int, rows: UnsafePointer<UInt32>,
        rowCount: Int, areAsked: Bool = false, into results: UnsafeMutablePointer<Int32>,
        level: Level = VectorKernels.level
    ) {
        ck_nibble_dots_at(level.rawValue, query, base, stride, rows, rowCount, areAsked ? 1 : 0, results)
    }

    /// The exact integer inner product of two code rows; a byte stands for (byte - 128).
    /// - Parameters:
    ///   - querySum: The sum of the query's codes, each in -127...127.
    ///   - count: Bytes in a row, at most 65,536, so that no sum leaves `Int32`.
    public static func codeDot(
        _ query: UnsafePointer<UInt8>, querySum: Int32, _ row: UnsafePointer<UInt8>, count: Int,
        level: Level = VectorKernels.level
    ) -> Int32 {
        ck_code_dot(level.rawValue, query, querySum, row, count)
    }

    /// The code products of `query` with `rowCount` consecutive rows, `stride` bytes apart.
    public static func codeDots(
        _ query: UnsafePointer<UInt8>, querySum: Int32, base: UnsafePointer<UInt8>, stride: Int, rowCount: Int,
        count: Int, into results: UnsafeMutablePointer<Int32>, level: Level = VectorKernels.level
    ) {
        ck_code_dots(level.rawValue, query, querySum, base, stride, rowCount, count, results)
    }

    /// The code products of `query` with the rows listed in `rows`; memory is asked for ahead of its use, if that was not
    /// done before.
    public static func codeDots(
        _ query: UnsafePointer<UInt8>, querySum: Int32, base: UnsafePointer<UInt8>, stride: Int,
        rows: UnsafePointer<UInt32>, rowCount: Int, count: Int, areAsked: Bool = false,
        into results: UnsafeMutablePointer<Int32>, level: Level = VectorKernels.level
    ) {
        ck_code_dots_at(
            level.rawValue, query, querySum, base, stride, rows, rowCount, count, areAsked ? 1 : 0, results)
    }

    /// Rounds a query to signed bytes, with `steps` folded into it: what rows of codes are multiplied with.
    /// - Parameters:
    ///   - mean: What is taken off the query first; nothing if nil.
    ///   - flip: What each byte is combined with: 128 makes a byte stand for (byte - 128).
    ///   - products: Room for `count` numbers in between.
    ///   - bytes: Room for the `count` bytes.
    /// - Returns: The value of one unit, and the sum of the codes, each in -127...127.
    public static func foldQuery(
        _ query: UnsafePointer<Float>, mean: UnsafePointer<Float>?, steps: UnsafePointer<Float>, count: Int,
        flip: UInt8, products: UnsafeMutablePointer<Float>, into bytes: UnsafeMutablePointer<UInt8>,
        level: Level = VectorKernels.level
    ) -> (scale: Float, sum: Int32) {
        let scale = ck_fold_query(level.rawValue, query, mean, steps, count, products) / 127
        let factor = scale >= Float.leastNormalMagnitude ? 1 / scale : 0
        return (scale, ck_round_query(level.rawValue, products, factor, count, flip, bytes))
    }

    /// What scores are at most: each of `products` x (`scale` x its `scales`) + (its `errors` x `factor` + `rest`).
    ///
    /// Steps may be rounded together or one by one.
    public static func upperEnds(
        of products: UnsafePointer<Int32>, scales: UnsafePointer<Float>, errors: UnsafePointer<Float>, scale: Float,
        factor: Float, rest: Float, count: Int, into ends: UnsafeMutablePointer<Float>,
        level: Level = VectorKernels.level
    ) {
        ck_upper_ends(level.rawValue, products, scales, errors, scale, factor, rest, count, ends)
    }

    /// Writes the places of those of `count` scores that are at least `least`, ascending.
    /// - Parameter places: Room for `count` places and 16 more.
    /// - Returns: How many there are.
    public static func places(
        of scores: UnsafePointer<Float>, count: Int, atLeast least: Float, into places: UnsafeMutablePointer<UInt32>,
        level: Level = VectorKernels.level
    ) -> Int {
        ck_at_least(level.rawValue, scores, 0, count, least, places)
    }

    /// Inserts `value` into `count` ascending numbers; returns its place, behind those that are less.
    /// - Parameter values: Room up to the next multiple of eight behind the new last one.
    @inlinable
    public static func insert(
        _ value: UInt64, into values: UnsafeMutablePointer<UInt64>, count: Int, level: Level = VectorKernels.level
    ) -> Int {
        ck_insert(level.rawValue, values, count, value)
    }

    /// Sets the bits of those of `count` components that are at least their means in a row of zeros: that of component c is
    /// bit c % 8 of byte c / 8.
    public static func signRow(
        _ values: UnsafePointer<Float>, means: UnsafePointer<Float>, count: Int,
        into row: UnsafeMutablePointer<UInt8>, level: Level = VectorKernels.level
    ) {
        ck_sign_row(level.rawValue, values, means, count, row)
    }

    /// The sums of those bytes of `query` whose bits are set, of the rows listed, `stride` bytes apart.
    /// - Parameters:
    ///   - query: Eight bytes for each byte of a row, each in -127...127.
    ///   - byteCount: Bytes of a row, a multiple of 16, at most 65,536.
    public static func signSums(
        _ query: UnsafePointer<Int8>, base: UnsafePointer<UInt8>, stride: Int, rows: UnsafePointer<UInt32>,
        rowCount: Int, byteCount: Int, into sums: UnsafeMutablePointer<Int32>, level: Level = VectorKernels.level
    ) {
        ck_sign_sums_at(level.rawValue, query, base, stride, rows, rowCount, byteCount, sums)
    }

    /// Asks for the cache line at `address`, to be read soon.
    ///
    /// Any address is allowed.
    @inlinable
    public static func prefetch(_ address: UnsafeRawPointer) {
        ck_prefetch(address)
    }

    /// Asks for all lines of a row, to be read soon.
    @inlinable
    public static func prefetchLines(_ row: UnsafePointer<UInt8>, byteCount: Int) {
        ck_prefetch_lines(row, byteCount)
    }

    /// Asks for the lines of a row of codes, to be read soon.
    @inlinable
    public static func prefetchCodes(_ row: UnsafePointer<UInt8>, byteCount: Int) {
        ck_prefetch_codes(row, byteCount)
    }
}
