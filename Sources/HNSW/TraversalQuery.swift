import IndexCore

/// A query as traversal codes are compared with it, in memory of the scratch object.
///
/// The steps of the quantiser are folded into the query, and that is rounded to signed bytes. What is the same for all
/// rows is left out, since only the order matters here.
struct TraversalQuery {
    /// As the codes have it: `Float`s, bytes that stand for (byte - 128), or signed bytes two to a byte of the row.
    let bytes: UnsafeMutableRawPointer
    /// The sum of the codes of bytes.
    private(set) var sum: Int32 = 0
    /// The sum of their squares.
    private(set) var squares: Int32 = 0
    /// The value of one unit of a product.
    private(set) var scale: Float = 1

    /// Bytes for a query: its codes, floats, and signed codes.
    static func byteCount(dimension: Int) -> Int { stride(dimension) * 6 }

    /// Components of a row of half bytes.
    private static func stride(_ dimension: Int) -> Int { (dimension + 127) / 128 * 128 }

    /// Bytes of the floats: where those are compared, a code may follow.
    static func floatByteCount(dimension: Int) -> Int { 4 * VectorColumns.vectorStride(dimension) }

    /// Writes a query as floats.
    init(floats vector: UnsafePointer<Float>, dimension: Int, to bytes: UnsafeMutableRawPointer) {
        self.bytes = bytes
        let target = bytes.assumingMemoryBound(to: Float.self)
        for index in 0..<VectorColumns.vectorStride(dimension) {
            target[index] = index < dimension ? vector[index] : 0
        }
    }

    /// Writes a query as codes.
    /// - Parameter isCentered: Whether the mean is taken off: what distances need.
    init(
        _ vector: UnsafePointer<Float>, _ quantizer: SegmentQuantizer, isCentered: Bool,
        to bytes: UnsafeMutableRawPointer
    ) {
        self.bytes = bytes
        let dimension = quantizer.dimension
        let isNibbles = quantizer.codes == .int4
        let stride = isNibbles ? Self.stride(dimension) : (dimension + 63) / 64 * 64
        let codes = bytes.assumingMemoryBound(to: UInt8.self)
        let flip: UInt8 = isNibbles ? 0 : 128
        (scale, sum) = VectorKernels.foldQuery(
            vector, mean: isCentered ? quantizer.mean : nil, steps: quantizer.step, count: dimension, flip: flip,
            products: (bytes + stride).assumingMemoryBound(to: Float.self), into: codes)
        for index in dimension..<stride {
            codes[index] = flip
        }
        for index in 0..<dimension {
            let code = Int32(Int8(bitPattern: codes[index] ^ flip))
            squares &+= code &* code
        }
    }

    /// The codes as signed bytes, 0 behind the last of them: what ``SignSieve`` asks rows with.
    /// - Parameter isNibbles: They are signed bytes already.
    func signedBytes(dimension: Int, isNibbles: Bool) -> UnsafePointer<Int8> {
        guard !isNibbles else { return UnsafePointer(bytes.assumingMemoryBound(to: Int8.self)) }
        let stride = Self.stride(dimension)
        let codes = bytes.assumingMemoryBound(to: UInt8.self)
        let signed = (bytes + 5 * stride).assumingMemoryBound(to: Int8.self)
        for index in 0..<stride {
            signed[index] = index < dimension ? Int8(bitPattern: codes[index] ^ 128) : 0
        }
        return UnsafePointer(signed)
    }
}

/// A quantiser where it lies in a segment.
struct SegmentQuantizer {
    let codes: TraversalCodes
    let dimension: Int
    let mean: UnsafePointer<Float>
    let step: UnsafePointer<Float>
}
