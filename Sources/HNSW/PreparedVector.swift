import IndexCore

/// A query with its int8 code, as scans compare it.
struct PreparedVector {
    /// The squared length.
    let norm: Float
    let codes: [UInt8]
    let code: VectorCode

    /// Codes what ``prepare(_:dimension:metric:)`` gave.
    init(_ components: [Float]) {
        let dimension = components.count
        var bytes = [UInt8](repeating: 128, count: VectorColumns.codeStride(dimension))
        code = components.withUnsafeBufferPointer { source in
            bytes.withUnsafeMutableBufferPointer { VectorCode.encode(source, into: $0) }
        }
        codes = bytes
        norm = components.withUnsafeBufferPointer { source in
            source.baseAddress.map { VectorKernels.score($0, $0, count: dimension) } ?? 0
        }
    }

    /// `vector` at unit length for the cosine, else as it is.
    static func prepare(_ vector: [Float], dimension: Int, metric: VectorMetric) throws(HNSWError) -> [Float] {
        guard vector.count == dimension else {
            throw .dimensionMismatch(expected: dimension, found: vector.count)
        }
        let scale = try vector.withUnsafeBufferPointer { vector throws(HNSWError) -> Double in
            try Self.scale(of: vector, metric: metric)
        }
        return metric == .cosine ? vector.map { Float(Double($0) * scale) } : vector
    }

    /// What brings `vector` to the form the metric has it in: to unit length for the cosine.
    ///
    /// The length is summed as `Double`, where squares of `Float`s neither overflow nor vanish.
    /// - Throws: ``HNSWError`` if the metric has no form of it.
    static func scale(of vector: UnsafeBufferPointer<Float>, metric: VectorMetric) throws(HNSWError) -> Double {
        let squares = sumOfSquares(vector)
        // Squares of finite numbers have a finite sum.
        guard squares.isFinite else {
            throw .nonFiniteComponent(component: vector.firstIndex { !$0.isFinite } ?? 0)
        }
        guard metric == .cosine else {
            guard squares <= HNSWError.longestSquare else { throw .vectorTooLong }
            return 1
        }
        guard squares > 0 else { throw .zeroVector }
        return 1 / squares.squareRoot()
    }

    /// In four lanes, which do not wait for each other: a single sum takes longer than the scan of ten rows.
    private static func sumOfSquares(_ vector: UnsafeBufferPointer<Float>) -> Double {
        var (first, second, third, fourth) = (0.0, 0.0, 0.0, 0.0)
        var index = 0
        while index &+ 4 <= vector.count {
            let values = (
                Double(vector[index]), Double(vector[index &+ 1]), Double(vector[index &+ 2]),
                Double(vector[index &+ 3])
            )
            first += values.0 * values.0
            second += values.1 * values.1
            third += values.2 * values.2
            fourth += values.3 * values.3
            index &+= 4
        }
        while index < vector.count {
            first += Double(vector[index]) * Double(vector[index])
            index &+= 1
        }
        return (first + second) + (third + fourth)
    }
}
