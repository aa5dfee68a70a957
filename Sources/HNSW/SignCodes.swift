import IndexCore

/// One bit for each component of a row, whether it is above the mean: which rows are likely near enough to be compared.
///
/// A walk asks these first. The sum of a query's components whose bits are set tells the row's product with the query but for an error that falls
/// with the root of the dimension (Charikar 2002, "Similarity estimation techniques from rounding algorithms"; Gao and Long
/// 2024, "RaBitQ", for the error). Of 1,536 half bytes it reads three lines of memory instead of twelve, and the twelve of
/// every fourth row.
struct SignCodes {
    /// The smallest row of traversal codes that is read less often thanks to bits: with smaller ones a walk waits longer
    /// for two reads, one after another, than for all lines of one.
    ///
    /// Measured: rows of 384, 512, 768 and 1,536 bytes are walked 0.95, 1.05 to 1.1, 1.24 and 1.35 times as fast with
    /// them at recall@10 .95 (docs/decisions/0160).
    static let leastRowByteCount = 512

    /// ``stride`` bytes a row.
    let rows: UnsafePointer<UInt8>
    /// Bytes that hold bits, and from one row to the next.
    let byteCount: Int
    let stride: Int
    let scale: SignScale

    init(_ rows: UnsafePointer<UInt8>, dimension: Int, scale: SignScale) {
        self.rows = rows
        byteCount = Self.byteCount(dimension)
        stride = Self.stride(dimension)
        self.scale = scale
    }

    /// Whether a graph that is walked by rows of such codes has bits beside them.
    static func areKept(_ codes: TraversalCodes, dimension: Int) -> Bool {
        codes != .float32 && Quantizer.rowByteCount(codes, dimension: dimension) >= leastRowByteCount
    }

    /// Whether a builder, which walks by the vectors' own int8 codes, has bits beside them.
    static func helpBuilding(dimension: Int) -> Bool { VectorColumns.codeStride(dimension) >= leastRowByteCount }

    /// Bytes of bits: a whole number of 128 components.
    static func byteCount(_ dimension: Int) -> Int { (dimension + 127) / 128 * 16 }

    /// Rows begin at multiples of a line.
    static func stride(_ dimension: Int) -> Int { (byteCount(dimension) + 63) / 64 * 64 }

    @inline(__always)
    func row(_ row: Int) -> UnsafePointer<UInt8> { rows + row &* stride }
}

/// What a sum of signs says of a product, measured when a quantiser is at hand.
///
/// With s the sum of the query's codes, each with the sign of the row's bit, the row's product is about ``slope`` x s. It
/// is off by about ``deviation`` times the length of the query's codes.
struct SignScale: Equatable {
    var slope: Float
    var deviation: Float

    /// Rows whose pairs are looked at: half of them as queries.
    private static let sampleCount = 128

    /// Of a segment: nil where damage left no numbers to divide by.
    init?(slope: Float, deviation: Float) {
        guard slope > 0, slope.isFinite, deviation >= 0, deviation.isFinite else { return nil }
        self.slope = slope
        self.deviation = deviation
    }

    /// Compares pairs among `count` vectors at equal steps: the products of their codes with the sums of their signs.
    ///
    /// Sums are made as `Double` in one order, so that equal vectors give equal bytes.
    init(_ quantizer: Quantizer, count: Int, vector: (Int) -> UnsafePointer<Float>) {
        let dimension = quantizer.mean.count
        let samples = (0..<Self.sampleCount).map { vector($0 * count / Self.sampleCount) }
        var sumsOfBoth = 0.0
        var sumsOfSigns = 0.0
        var products = 0.0
        var lengths = 0.0
        for query in stride(from: 0, to: samples.count, by: 2) {
            let folded = (0..<dimension).map { Double(samples[query][$0] * quantizer.step[$0]) }
            let length = folded.reduce(0) { $0 + $1 * $1 }
            for row in stride(from: 1, to: samples.count, by: 2) {
                var product = 0.0
                var signs = 0.0
                for index in 0..<dimension {
                    let difference = samples[row][index] - quantizer.mean[index]
                    product += folded[index] * Double(difference / quantizer.step[index])
                    signs += difference >= 0 ? folded[index] : -folded[index]
                }
                sumsOfBoth += product * signs
                sumsOfSigns += signs * signs
                products += product * product
                lengths += length
            }
        }
        // Signs are what is uncertain: they follow from products, and products from signs by the inverse.
        let slope = products / sumsOfBoth
        let rest = max(0, products - 2 * slope * sumsOfBoth + slope * slope * sumsOfSigns)
        if let measured = SignScale(slope: Float(slope), deviation: Float((rest / lengths).squareRoot())) {
            self = measured
        } else {
            self.init(unit: Quantizer.unit(quantizer.codes))
        }
    }

    /// What it is where components are normally distributed.
    /// - Parameter unit: Codes to a standard deviation.
    private init(unit: Float) {
        slope = 1.2533 * unit
        deviation = 0.7555 * unit
    }
}
