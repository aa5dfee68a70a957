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
    let ids: UnsafePointer<UInt32>
    private let codes: UnsafePointer<UInt8>
    private let factors: UnsafePointer<BuildFactors>
    /// Half the squared lengths, where distances are Euclidean.
    private let terms: UnsafePointer<Float>?
    private let level = VectorKernels.level
    private let memory: [UnsafeMutableRawBufferPointer]
    /// What keeps rows that are read where they lie.
    private let owner: VectorBlock?

    /// Reads all rows of a block where they lie.
    init(_ block: VectorBlock) {
        let columns = block.columns
        count = block.count
        stride = columns.codeStride
        ids = columns.ids
        codes = columns.codes
        owner = block
        let columnMemory = Self.columns(block.count)
        memory = columnMemory
        let factors: UnsafeMutablePointer<BuildFactors> = Self.base(columnMemory[0])
        let terms: UnsafeMutablePointer<Float>? = block.metric == .euclidean ? Self.base(columnMemory[1]) : nil
        for node in 0..<block.count {
            factors[node] = BuildFactors(scale: columns.scales[node], sum: columns.sums[node])
            terms?[node] = (columns.norms?[node] ?? 0) / 2
        }
        self.factors = UnsafePointer(factors)
        self.terms = terms.map { UnsafePointer($0) }
    }

    /// Copies rows side by side.
    init(_ places: [VectorPlace], of sources: [VectorColumns], dimension: Int, metric: VectorMetric) {
        let count = places.count
        let stride = VectorColumns.codeStride(dimension)
        self.count = count
        self.stride = stride
        owner = nil
        let codeMemory = SectionMemory.allocate(byteCount: count * stride)
        let idMemory = SectionMemory.allocate(byteCount: count * 4)
        let columnMemory = Self.columns(count)
        memory = columnMemory + [codeMemory, idMemory]
        let codes: UnsafeMutablePointer<UInt8> = Self.base(codeMemory)
        let ids: UnsafeMutablePointer<UInt32> = Self.base(idMemory)
        let factors: UnsafeMutablePointer<BuildFactors> = Self.base(columnMemory[0])
        let terms: UnsafeMutablePointer<Float>? = metric == .euclidean ? Self.base(columnMemory[1]) : nil
        for (node, place) in places.enumerated() {
            let source = sources[place.source]
            (codes + node * stride).update(from: source.code(place.row), count: stride)
            factors[node] = BuildFactors(scale: source.scales[place.row], sum: source.sums[place.row])
            ids[node] = place.id
            terms?[node] = (source.norms?[place.row] ?? 0) / 2
        }
        self.codes = UnsafePointer(codes)
        self.factors = UnsafePointer(factors)
        self.ids = UnsafePointer(ids)
        self.terms = terms.map { UnsafePointer($0) }
    }

    deinit {
        for bytes in memory {
            free(bytes.baseAddress)
        }
    }

    /// Room for the factors of so many nodes, and for their terms.
    private static func columns(_ count: Int) -> [UnsafeMutableRawBufferPointer] {
        [MemoryLayout<BuildFactors>.stride, MemoryLayout<Float>.stride].map { stride in
            SectionMemory.allocate(byteCount: count * stride)
        }
    }

    private static func base<T>(_ bytes: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<T> {
        bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: T.self)
    }

    /// Compares nodes with `node`.
    @inline(__always)
    func space(_ node: Int) -> BuildSpace {
        BuildSpace(
            codes: codes, stride: stride, factors: factors, terms: terms, query: codes + node &* stride,
            own: factors[node], term: terms?[node] ?? 0, sieve: nil, level: level)
    }

    /// The same for a walk, which asks the nodes' bits first, where they have some.
    func space(_ node: Int, _ signs: RowSigns?, scratch: SearchScratch) -> BuildSpace {
        var space = space(node)
        space.sieve = signs?.sieve(
            space.query, scale: space.own.scale, term: space.term, terms: terms, scratch.query)
        return space
    }
}

/// What belongs to a node's code, side by side: a walk that compares a node with others has the line by which its own
/// comparisons begin.
struct BuildFactors {
    let scale: Float
    let sum: Int32
}

/// Nodes of a graph that is being built, compared with one of them.
struct BuildSpace: TraversalSpace {
    let codes: UnsafePointer<UInt8>
    let stride: Int
    let factors: UnsafePointer<BuildFactors>
    let terms: UnsafePointer<Float>?
    let query: UnsafePointer<UInt8>
    let own: BuildFactors
    let term: Float
    var sieve: SignSieve?
    let level: VectorKernels.Level

    @inline(__always)
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int) {
        if let sieve {
            sieve.prefetch(list, count: count)
            return
        }
        for index in 0..<count {
            VectorKernels.prefetchCodes(codes + Int(list[index]) &* stride, byteCount: stride)
            VectorKernels.prefetch(factors + Int(list[index]))
        }
    }

    @inline(__always)
    func prefetchWhole(_ list: UnsafePointer<UInt32>, count: Int) {
        for index in 0..<count {
            VectorKernels.prefetchLines(codes + Int(list[index]) &* stride, byteCount: stride)
            VectorKernels.prefetch(factors + Int(list[index]))
        }
    }

    @inline(__always)
    var lag: Int { siftsRows ? SignSieve.lag : Self.lag(rowByteCount: stride) }

    @inline(__always)
    func value(ofKey key: UInt32) -> Float { Float(orderedKey: key) }

    @inline(__always)
    func keys(_ list: UnsafePointer<UInt32>, count: Int, areAsked: Bool, into keys: UnsafeMutablePointer<UInt32>) {
        keys.withMemoryRebound(to: Int32.self, capacity: count) { products in
            VectorKernels.codeDots(
                query, querySum: own.sum, base: codes, stride: stride, rows: list, rowCount: count, count: stride,
                areAsked: areAsked, into: products, level: level)
        }
        for index in 0..<count {
            keys[index] = key(product: Int32(bitPattern: keys[index]), Int(list[index]))
        }
    }

    /// The keys of `count` consecutive nodes.
    func keys(from first: Int, count: Int, into keys: UnsafeMutablePointer<UInt32>) {
        keys.withMemoryRebound(to: Int32.self, capacity: count) { products in
            VectorKernels.codeDots(
                query, querySum: own.sum, base: codes + first &* stride, stride: stride, rowCount: count, count: stride,
                into: products, level: level)
        }
        for index in 0..<count {
            keys[index] = key(product: Int32(bitPattern: keys[index]), first &+ index)
        }
    }

    @inline(__always)
    private func key(product: Int32, _ node: Int) -> UInt32 {
        let similarity = Float(product) * (own.scale * factors[node].scale)
        return (terms.map { similarity - (term + $0[node]) } ?? similarity).orderedKey
    }
}
