import Glibc
import IndexCore

/// The int8 codes of all nodes of a graph that is being built, side by side in the order of their numbers.
///
/// The similarity of two nodes is `Float(integer product) * (scale * scale)`, for the Euclidean metric less half of
/// both squared lengths: exact up to a few roundings and the same from either side and on every CPU, so graphs are too.
///
/// Sendable, though it holds pointers: it is written before a second thread sees it, and not any more then.
final class BuildRows: @unchecked Sendable {
    let count: Int
    let stride: Int
    let ids: UnsafeMutablePointer<UInt32>
    private let codes: UnsafeMutablePointer<UInt8>
    private let scales: UnsafeMutablePointer<Float>
    private let sums: UnsafeMutablePointer<Int32>
    /// Half the squared lengths, where distances are Euclidean.
    private let terms: UnsafeMutablePointer<Float>?
    private let level = VectorKernels.level
    private let memory: [UnsafeMutableRawBufferPointer]

    init(_ places: [VectorPlace], of sources: [VectorColumns], dimension: Int, metric: VectorMetric) {
        let count = places.count
        let stride = VectorColumns.codeStride(dimension)
        self.count = count
        self.stride = stride
        let codeMemory = SectionMemory.allocate(byteCount: count * stride)
        let columns = (0..<4).map { _ in SectionMemory.allocate(byteCount: count * 4) }
        memory = [codeMemory] + columns
        codes = Self.base(codeMemory)
        scales = Self.base(columns[0])
        sums = Self.base(columns[1])
        ids = Self.base(columns[2])
        terms = metric == .euclidean ? Self.base(columns[3]) : nil
        for (node, place) in places.enumerated() {
            let source = sources[place.source]
            (codes + node * stride).update(from: source.code(place.row), count: stride)
            scales[node] = source.scales[place.row]
            sums[node] = source.sums[place.row]
            ids[node] = place.id
            terms?[node] = (source.norms?[place.row] ?? 0) / 2
        }
    }

    deinit {
        for bytes in memory {
            free(bytes.baseAddress)
        }
    }

    private static func base<T>(_ bytes: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<T> {
        bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: T.self)
    }

    /// Compares nodes with `node`.
    @inline(__always)
    func space(_ node: Int) -> BuildSpace {
        BuildSpace(
            codes: UnsafePointer(codes), stride: stride, scales: UnsafePointer(scales),
            terms: terms.map { UnsafePointer($0) }, query: UnsafePointer(codes + node &* stride), scale: scales[node],
            sum: sums[node], term: terms?[node] ?? 0, level: level)
    }
}

/// Nodes of a graph that is being built, compared with one of them.
struct BuildSpace: TraversalSpace {
    let codes: UnsafePointer<UInt8>
    let stride: Int
    let scales: UnsafePointer<Float>
    let terms: UnsafePointer<Float>?
    let query: UnsafePointer<UInt8>
    let scale: Float
    let sum: Int32
    let term: Float
    let level: VectorKernels.Level

    @inline(__always)
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int) {
        for index in 0..<count {
            VectorKernels.prefetchCodes(codes + Int(list[index]) &* stride, byteCount: stride)
        }
    }

    @inline(__always)
    var lag: Int { Self.lag(rowByteCount: stride) }

    @inline(__always)
    func keys(_ list: UnsafePointer<UInt32>, count: Int, into keys: UnsafeMutablePointer<UInt32>) {
        keys.withMemoryRebound(to: Int32.self, capacity: count) { products in
            VectorKernels.codeDots(
                query, querySum: sum, base: codes, stride: stride, rows: list, rowCount: count, count: stride,
                into: products, level: level)
        }
        for index in 0..<count {
            keys[index] = key(product: Int32(bitPattern: keys[index]), Int(list[index]))
        }
    }

    /// The keys of `count` consecutive nodes.
    func keys(from first: Int, count: Int, into keys: UnsafeMutablePointer<UInt32>) {
        keys.withMemoryRebound(to: Int32.self, capacity: count) { products in
            VectorKernels.codeDots(
                query, querySum: sum, base: codes + first &* stride, stride: stride, rowCount: count, count: stride,
                into: products, level: level)
        }
        for index in 0..<count {
            keys[index] = key(product: Int32(bitPattern: keys[index]), first &+ index)
        }
    }

    @inline(__always)
    private func key(product: Int32, _ node: Int) -> UInt32 {
        let similarity = Float(product) * (scale * scales[node])
        return (terms.map { similarity - (term + $0[node]) } ?? similarity).orderedKey
    }
}
