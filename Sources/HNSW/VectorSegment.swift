public import IndexCore

/// An immutable graph over the vectors of some blocks: traversal codes, ids and links.
///
/// What a `.hnsw` file holds. Made by ``VectorMerge``. Its row order is its own; ``VectorBlock``s keep id order. The
/// layout is in `docs/formats.md`. Reading one is safe whatever its bytes say.
public final class VectorSegment: @unchecked Sendable {
    // Sendable although it keeps pointers: they lie in `sections`, which it holds and nobody writes to.

    /// The bytes.
    public let sections: SegmentSections
    /// The blocks its vectors lie in; they may hold others, which were dead when this was built.
    public let blocks: [VectorBlock]
    let header: SegmentHeader
    let graph: GraphView
    let quantizer: SegmentQuantizer?
    let ids: UnsafePointer<UInt32>
    private let mean: UnsafePointer<Float>
    private let places: UnsafePointer<UInt32>
    private let codes: UnsafePointer<UInt8>
    private let terms: UnsafePointer<Float>?
    private let floatCodes: FloatCodes?
    let signs: SignCodes?
    /// Rows of the blocks before each, and of all.
    private let blockStarts: [Int]
    private let blockVectors: [UnsafePointer<Float>]
    private let blockDocuments: [UnsafePointer<UInt32>]
    private let vectorStride: Int
    let scratch: ScratchPool

    /// Opens a segment: reads the header and the list of blocks, and compares sizes.
    /// - Parameter blocks: At least those it refers to; it finds its own by their content hashes.
    /// - Throws: ``IndexError/corruptSection(name:reason:)`` if the header is damaged or of another version, a block is
    ///   missing, or a section has another size than the header says.
    public init(sections: SegmentSections, blocks: [VectorBlock]) throws(IndexError) {
        let header = try SegmentHeader(sections[SegmentLayout.header])
        let own = try Self.own(blocks, sections, header)
        let count = header.count
        let rowByteCount = Quantizer.rowByteCount(header.codes, dimension: header.dimension)
        self.sections = sections
        self.blocks = own
        self.header = header
        blockStarts = own.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        blockVectors = own.map(\.columns.vectors)
        blockDocuments = own.map(\.columns.documents)
        vectorStride = VectorColumns.vectorStride(header.dimension)
        ids = try sections[SegmentLayout.ids].array(count, of: UInt32.self, SegmentLayout.ids)
        places = try sections[SegmentLayout.places].array(count, of: UInt32.self, SegmentLayout.places)
        mean = try sections[SegmentLayout.mean].array(header.dimension, of: Float.self, SegmentLayout.mean)
        let nodeCount = header.hasGraph ? count : 0
        codes = try Self.array(nodeCount * rowByteCount, sections, SegmentLayout.codes)
        let hasTerms =
            header.hasGraph && SegmentLayout.hasTerms(header.metric, header.codes, dimension: header.dimension)
        terms = hasTerms ? try Self.array(count, sections, SegmentLayout.terms) : nil
        if header.hasGraph, FloatCodes.areKept(header.codes, dimension: header.dimension) {
            let stride = VectorColumns.codeStride(header.dimension)
            floatCodes = FloatCodes(
                codes: try Self.array(count * stride, sections, SegmentLayout.floatCodes),
                factors: try Self.array(count, sections, SegmentLayout.floatCodeFactors), stride: stride)
        } else {
            floatCodes = nil
        }
        if header.hasGraph, let scale = header.signs, SignCodes.areKept(header.codes, dimension: header.dimension) {
            let rows: UnsafePointer<UInt8> = try Self.array(
                count * SignCodes.stride(header.dimension), sections, SegmentLayout.signs)
            signs = SignCodes(rows, dimension: header.dimension, scale: scale)
        } else {
            signs = nil
        }
        graph = GraphView(
            nodeCount: nodeCount, m: header.m,
            links0: try Self.array(nodeCount * 2 * header.m, sections, SegmentLayout.links),
            starts: try Self.array(nodeCount, sections, SegmentLayout.starts),
            upper: try Self.array(header.upperBlockCount * (header.m + 1), sections, SegmentLayout.upper),
            upperBlockCount: header.upperBlockCount, entry: header.entry, highestLevel: header.highestLevel)
        if header.codes != .float32, header.hasGraph {
            let values: UnsafePointer<Float> = try Self.array(
                2 * header.dimension, sections, SegmentLayout.quantizer)
            quantizer = SegmentQuantizer(
                codes: header.codes, dimension: header.dimension, mean: values, step: values + header.dimension)
        } else {
            quantizer = nil
        }
        scratch = ScratchPool(rowCount: nodeCount, linkLimit: graph.m0, dimension: header.dimension)
    }

    /// A section as values; for none of them, an address that is not read.
    private static func array<T>(
        _ count: Int, _ sections: SegmentSections, _ name: SegmentSections.Name
    ) throws(IndexError) -> UnsafePointer<T> {
        guard count > 0 else { return UnsafePointer(bitPattern: 64).unsafelyUnwrapped }
        return try sections[name].array(count, of: T.self, name)
    }

    private static func own(
        _ blocks: [VectorBlock], _ sections: SegmentSections, _ header: SegmentHeader
    ) throws(IndexError) -> [VectorBlock] {
        var own: [VectorBlock] = []
        let list = sections[SegmentLayout.blocks]
        for (number, hash) in try blockHashes(in: sections).enumerated() {
            let count = Int(list.load(16 * number + 8, as: UInt32.self))
            guard
                let block = blocks.first(where: {
                    $0.contentHash == hash && $0.count == count && $0.dimension == header.dimension
                        && $0.metric == header.metric
                })
            else {
                throw .corruptSection(name: SegmentLayout.blocks.description, reason: "block \(number) is missing")
            }
            own.append(block)
        }
        return own
    }

    /// The content hashes of the blocks that the segment in these sections refers to, in its order.
    /// - Throws: ``IndexError/corruptSection(name:reason:)``.
    public static func blockHashes(in sections: SegmentSections) throws(IndexError) -> [UInt64] {
        let header = try SegmentHeader(sections[SegmentLayout.header])
        let list = sections[SegmentLayout.blocks]
        guard list.count == 16 * header.blockCount else {
            throw .corruptSection(
                name: SegmentLayout.blocks.description, reason: "\(list.count) bytes for \(header.blockCount) blocks")
        }
        return (0..<header.blockCount).map { list.load(16 * $0, as: UInt64.self) }
    }

    /// The number of vectors, those that have died since included.
    public var count: Int { header.count }

    /// Components of a vector.
    public var dimension: Int { header.dimension }

    /// A hash of its bytes and of its blocks' hashes: equal ones give equal answers.
    public var contentHash: UInt64 { header.contentHash }

    /// The ``HNSWParameters/fingerprint`` it was built with.
    public var parametersFingerprint: UInt64 { header.fingerprint }

    /// Whether it can be walked; a small segment is scanned.
    public var hasGraph: Bool { header.hasGraph }

    /// Bytes of its own sections, without the blocks.
    public var byteCount: Int { sections.byteCount }

    /// The ids of its first and last passage, and perhaps of dead ones beyond.
    public var idRange: ClosedRange<UInt32> {
        let first = blocks.map(\.idRange.lowerBound).min() ?? 0
        return first...max(first, blocks.map(\.idRange.upperBound).max() ?? 0)
    }

    /// The mean of the vectors that were live when it was made, each at unit length.
    package var meanVector: [Float] {
        withExtendedLifetime(sections) { Array(UnsafeBufferPointer(start: mean, count: dimension)) }
    }

    /// 0.8 of the standard deviation of the cosines between 512 of those vectors; 0 where there were fewer than two.
    package var cosineDeviation: Float { header.deviation }

    /// Calls `body` with the id of every row, in the segment's own order.
    public func forEachID(_ body: (PassageID) -> Void) {
        for row in 0..<count {
            body(PassageID(ids[row]))
        }
        withExtendedLifetime(sections) {}
    }

    /// Where a row's vector lies: the number of its block, and the row there.
    @inline(__always)
    func place(of row: Int) -> (block: Int, row: Int) {
        let place = min(Int(places[row]), blockStarts[blockStarts.count &- 1] &- 1)
        var block = 0
        while place >= blockStarts[block &+ 1] {
            block &+= 1
        }
        return (block, place &- blockStarts[block])
    }

    /// The document of a row's passage.
    @inline(__always)
    func document(of row: Int) -> PassageID {
        let place = place(of: row)
        return PassageID(blockDocuments[place.block][place.row])
    }

    /// Has memory bring what ``document(of:)`` will read.
    @inline(__always)
    func prefetchDocument(of row: Int) {
        let place = place(of: row)
        VectorKernels.prefetch(blockDocuments[place.block] + place.row)
    }

    /// The address of a row's vector.
    @inline(__always)
    func vector(of row: Int) -> UnsafePointer<Float> {
        let place = place(of: row)
        return blockVectors[place.block] + place.row &* vectorStride
    }
}

// MARK: The walk

extension VectorSegment {
    /// Walks the graph; `scratch.pool` then holds the candidates, best first by their codes, `scratch.distanceCount`
    /// what it cost.
    /// - Parameters:
    ///   - query: ``dimension`` components, prepared as the metric has it.
    ///   - budget: The walk ends early when it has computed more.
    /// - Returns: Whether it came to its end within the limit.
    func walk(
        _ query: UnsafePointer<Float>, ef: Int, predicate: some RowPredicate, scratch: SearchScratch,
        budget: WalkBudget = .unlimited, deadline: SearchDeadline = .none
    ) throws(HNSWError) -> Bool {
        if let quantizer {
            let code = TraversalQuery(query, quantizer, isCentered: terms != nil, to: scratch.query)
            scratch.traversal = code
            let space = QuantizedSpace(
                query: code, isNibbles: header.codes == .int4, base: codes,
                stride: Quantizer.rowByteCount(header.codes, dimension: dimension), terms: terms,
                sieve: signs.map { sieve(code, $0) })
            return try walk(
                space, ef: ef, predicate: predicate, scratch: scratch, budget: budget, deadline: deadline)
        }
        let floats = TraversalQuery(floats: query, dimension: dimension, to: scratch.query)
        scratch.traversal = nil
        let space = FloatSpace(
            query: floats, base: UnsafeRawPointer(codes).assumingMemoryBound(to: Float.self),
            stride: VectorColumns.vectorStride(dimension), terms: terms, isEuclidean: header.metric == .euclidean,
            codes: floatCodes.map { rows in
                let bytes = scratch.query + TraversalQuery.floatByteCount(dimension: dimension)
                return (
                    rows,
                    FloatCodeQuery(query, dimension: dimension, to: bytes.assumingMemoryBound(to: UInt8.self))
                )
            })
        return try walk(
            space, ef: ef, predicate: predicate, scratch: scratch, budget: budget, deadline: deadline)
    }

    /// What a query asks the bits of rows with: values are its products with codes, or similarities seen from the mean.
    private func sieve(_ code: TraversalQuery, _ signs: SignCodes) -> SignSieve {
        let isNibbles = header.codes == .int4
        return SignSieve(
            signs, query: code.signedBytes(dimension: dimension, isNibbles: isNibbles), sum: code.sum,
            length: Float(code.squares).squareRoot(), base: isNibbles && terms == nil ? 7.5 * Float(code.sum) : 0,
            unit: terms == nil ? 1 : code.scale, terms: terms)
    }

    @inline(__always)
    private func walk(
        _ space: some TraversalSpace, ef: Int, predicate: some RowPredicate, scratch: SearchScratch,
        budget: WalkBudget, deadline: SearchDeadline
    ) throws(HNSWError) -> Bool {
        let walk = GraphWalk(graph: graph, space: space)
        let start = walk.descend(to: 0, scratch: scratch)
        return try walk.searchBottom(
            from: start, ef: ef, predicate: predicate, scratch: scratch, budget: budget,
            deadline: deadline)
    }

    /// The exact scores of `count` rows by the fixed kernels.
    func rescore(
        _ query: UnsafePointer<Float>, _ rows: UnsafePointer<UInt32>, count: Int,
        into scores: UnsafeMutablePointer<Float>
    ) {
        checkVectors(of: rows, count: count)
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: max(1, count)) { addresses in
            guard let base = addresses.baseAddress else { return }
            if header.codes == .float32, hasGraph {
                // The walk has just read the same floats from the codes.
                let floats = UnsafeRawPointer(codes).assumingMemoryBound(to: Float.self)
                for index in 0..<count {
                    base[index] = floats + Int(rows[index]) &* vectorStride
                }
            } else {
                for index in 0..<count {
                    base[index] = vector(of: Int(rows[index]))
                }
            }
            header.metric.scores(query, rows: base, count: count, dimension: dimension, into: scores)
        }
    }

    /// The passages nearest to a query by a walk and exact scores alone: no filter, no dead, no documents.
    ///
    /// The bare loop that measurements compare with other libraries'; a product asks ``VectorSnapshot``.
    /// - Parameters:
    ///   - query: ``dimension`` components; of unit length where the metric is cosine.
    ///   - rescored: Candidates to score exactly at most, at least `k`; fewer where their codes leave no doubt.
    ///   - passages: Room for `k` ids, best first.
    /// - Returns: How many were found, how many rows the walk met on its lowest level, and how many of them it read whole:
    ///   by floats, those that their codes did not rule out; by long codes, those that their bits let through.
    public func nearest(
        _ query: UnsafePointer<Float>, k: Int, ef: Int, rescored: Int, into passages: UnsafeMutablePointer<UInt32>
    ) -> (found: Int, distances: Int, whole: Int) {
        guard hasGraph, k > 0 else { return (0, 0, 0) }
        return scratch.withScratch { scratch in
            _ = try? walk(query, ef: max(k, ef), predicate: AnyRow(), scratch: scratch)
            let count = codedScores(nil, scratch).contenders(scratch.pool, k: k, limit: max(k, rescored))
            return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(1, count)) { rows in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) { scores in
                    guard let rows = rows.baseAddress, let scores = scores.baseAddress else { return (0, 0, 0) }
                    for index in 0..<count {
                        let row = CandidatePool.row(scratch.pool.entries[index])
                        rows[index] = UInt32(truncatingIfNeeded: row)
                        VectorKernels.prefetch(ids + row)
                    }
                    rescore(query, rows, count: count, into: scores)
                    // The walk is over: the room of its pool takes the same rows, sorted by score and passage.
                    let ranking = scratch.pool.entries
                    for index in 0..<count {
                        let entry = UInt64(~scores[index].orderedKey) << 32 | UInt64(ids[Int(rows[index])])
                        var position = index
                        while position > 0, ranking[position &- 1] > entry {
                            ranking[position] = ranking[position &- 1]
                            position &-= 1
                        }
                        ranking[position] = entry
                    }
                    for index in 0..<min(k, count) {
                        passages[index] = UInt32(truncatingIfNeeded: ranking[index])
                    }
                    return (min(k, count), scratch.distanceCount, scratch.wholeCount)
                }
            }
        }
    }
}

extension VectorMetric {
    /// The scores of rows given by their addresses, by the fixed kernels: more is nearer.
    func scores(
        _ query: UnsafePointer<Float>, rows: UnsafePointer<UnsafePointer<Float>?>, count: Int, dimension: Int,
        into scores: UnsafeMutablePointer<Float>
    ) {
        guard self == .euclidean else {
            VectorKernels.scores(query, rows: rows, rowCount: count, count: dimension, into: scores)
            return
        }
        VectorKernels.distances(query, rows: rows, rowCount: count, count: dimension, into: scores)
        for index in 0..<count {
            scores[index] = -scores[index]
        }
    }

    /// The score of one row.
    func score(_ query: UnsafePointer<Float>, _ row: UnsafePointer<Float>, dimension: Int) -> Float {
        self == .euclidean
            ? -VectorKernels.distance(query, row, count: dimension)
            : VectorKernels.score(query, row, count: dimension)
    }
}
