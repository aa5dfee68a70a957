import IndexCore

/// A vector of unit length with its int8 code: a query, or a row about to be written.
struct UnitVector {
    let components: [Float]
    let codes: [UInt8]
    let code: VectorCode

    /// Scales `vector` to unit length and codes it.
    init(_ vector: [Float], dimension: Int) throws(HNSWError) {
        components = try Self.normalize(vector, dimension: dimension)
        var bytes = [UInt8](repeating: 128, count: (dimension + 63) & ~63)
        code = components.withUnsafeBufferPointer { source in
            bytes.withUnsafeMutableBufferPointer { VectorCode.encode(source, into: $0) }
        }
        codes = bytes
    }

    /// `vector` at unit length.
    ///
    /// The length is summed as `Double`, where squares of `Float`s neither overflow nor vanish.
    static func normalize(_ vector: [Float], dimension: Int) throws(HNSWError) -> [Float] {
        guard vector.count == dimension else {
            throw .dimensionMismatch(expected: dimension, found: vector.count)
        }
        var squares = 0.0
        for (index, value) in vector.enumerated() {
            guard value.isFinite else { throw .nonFiniteComponent(component: index) }
            squares += Double(value) * Double(value)
        }
        guard squares > 0 else { throw .zeroVector }
        let length = squares.squareRoot()
        return vector.map { Float(Double($0) / length) }
    }
}

extension UnitVector {
    /// Calls `body` with the code as the graph takes it.
    func withCodeQuery<Failure: Error>(_ body: (CodeQuery) throws(Failure) -> Void) throws(Failure) {
        try codes.withUnsafeBufferPointer { bytes throws(Failure) in
            guard let base = bytes.baseAddress else { return }
            try body(CodeQuery(codes: base, scale: code.scale, sum: code.sum))
        }
    }
}
