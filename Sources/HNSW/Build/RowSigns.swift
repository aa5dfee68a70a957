import Glibc
import IndexCore

/// The bits of all nodes of a graph that is being built, in the order of their numbers, and what queries are folded with.
///
/// Sendable, though it holds pointers: it is written before a second thread sees it, and not any more then.
final class RowSigns: @unchecked Sendable {
    let codes: SignCodes
    private let count: Int
    private let dimension: Int
    private let mean: [Float]
    private let step: [Float]
    private let memory: UnsafeMutableRawBufferPointer

    /// The squared length of the longest vector is at most so many times that of the shortest, or bits are of no use: they
    /// do not know lengths, of which products are multiples.
    ///
    /// Lengths within a tenth put an estimate off by as much as the bits themselves.
    private static let lengthSpread: Float = 1.21

    /// Nil where neither the builder nor those who walk its graph would ask for bits.
    /// - Parameter quantizer: That of the graph; one is trained where it has none.
    init?(
        _ places: [VectorPlace], of sources: [VectorColumns], dimension: Int, quantizer: Quantizer?,
        _ traversal: TraversalCodes
    ) {
        guard !places.isEmpty,
            SignCodes.helpBuilding(dimension: dimension) || SignCodes.areKept(traversal, dimension: dimension)
        else { return nil }
        let lengths = places.lazy.map { sources[$0.source].norms?[$0.row] ?? 1 }
        guard let shortest = lengths.min(), let longest = lengths.max(), longest <= Self.lengthSpread * shortest
        else { return nil }
        func vector(_ node: Int) -> UnsafePointer<Float> { sources[places[node].source].vector(places[node].row) }
        let quantizer =
            quantizer ?? Quantizer(codes: .int8, dimension: dimension, count: places.count, vector: vector)
        count = places.count
        self.dimension = dimension
        mean = quantizer.mean
        step = quantizer.step
        let stride = SignCodes.stride(dimension)
        memory = SectionMemory.allocate(byteCount: count * stride)
        let rows = memory.bindMemory(to: UInt8.self)
        for node in 0..<count {
            let row = rows.baseAddress.unsafelyUnwrapped + node * stride
            VectorKernels.signRow(vector(node), means: mean, count: dimension, into: row)
        }
        codes = SignCodes(
            UnsafePointer(rows.baseAddress.unsafelyUnwrapped), dimension: dimension,
            scale: SignScale(quantizer, count: count, vector: vector))
    }

    deinit {
        free(memory.baseAddress)
    }

    /// The bits of the nodes listed, one row after another.
    func copy(in order: [UInt32]) -> UnsafeMutableRawBufferPointer {
        let bytes = SectionMemory.allocateUninitialized(byteCount: order.count * codes.stride)
        for (row, node) in order.enumerated() {
            (bytes + row * codes.stride).copyMemory(from: codes.row(Int(node)), byteCount: codes.stride)
        }
        return UnsafeMutableRawBufferPointer(start: bytes, count: order.count * codes.stride)
    }

    /// What a node asks the bits of others with: values are similarities as ``BuildSpace`` has them.
    /// - Parameters:
    ///   - code: The node's int8 codes.
    ///   - scale: The value of one code step.
    ///   - bytes: Room for ``TraversalQuery/byteCount(dimension:)``.
    func sieve(
        _ code: UnsafePointer<UInt8>, scale: Float, term: Float, terms: UnsafePointer<Float>?,
        _ bytes: UnsafeMutableRawPointer
    ) -> SignSieve {
        let floats = bytes.assumingMemoryBound(to: Float.self)
        for index in 0..<dimension {
            floats[index] = Float(Int32(code[index]) - 128)
        }
        // In the fixed order: graphs are the same on every CPU.
        let middle = scale * VectorKernels.score(floats, mean, count: dimension)
        let padded = codes.byteCount * 8
        let folded = (bytes + 4 * padded).assumingMemoryBound(to: UInt8.self)
        let (unit, sum) = VectorKernels.foldQuery(
            floats, mean: nil, steps: step, count: dimension, flip: 0, products: floats, into: folded)
        for index in dimension..<padded { folded[index] = 0 }
        let query = UnsafeRawPointer(folded).assumingMemoryBound(to: Int8.self)
        var squares: Int32 = 0
        for index in 0..<dimension {
            squares &+= Int32(query[index]) &* Int32(query[index])
        }
        return SignSieve(
            codes, query: query, sum: sum, length: Float(squares).squareRoot(), base: middle - term,
            unit: scale * unit, terms: terms)
    }
}
