import IndexCore

/// What a merge will build: its blocks, and its nodes in the order they are inserted.
struct MergePlan {
    let blocks: [VectorBlock]
    let newBlocks: [VectorBlock]
    /// `source` is a block's number.
    let places: [VectorPlace]
    /// The segment that is continued: its rows are the first nodes, in its order.
    let base: VectorSegment?

    /// The block whose rows are the nodes, one for one, if this merge wrote one.
    ///
    /// Not of a block in a file, whose pages are small ones: a walk would miss the TLB more.
    var blockInOrder: VectorBlock? {
        base == nil && blocks.count == 1 ? newBlocks.first : nil
    }

    /// Decides what becomes of the old segment, and writes new blocks; nil if nothing is live.
    init?(_ merge: VectorMerge, deadline: SearchDeadline) throws(HNSWError) {
        let arrivals = Self.arrivals(merge)
        if let segment = merge.segment, Self.continues(segment, arrivals: arrivals.places.count, merge) {
            try self.init(continuing: segment, arrivals, merge, deadline: deadline)
        } else {
            try self.init(anew: arrivals, merge, deadline: deadline)
        }
        if places.isEmpty { return nil }
    }

    /// Rows of the delta, and the chunk that they are, from its first to its last and in id order, if there is one.
    private typealias Arrivals = (places: [VectorPlace], sources: [VectorColumns], chunk: VectorRows?)

    /// The live rows of the delta, in id order.
    private static func arrivals(_ merge: VectorMerge) -> Arrivals {
        var sources: [VectorColumns] = []
        var places: [VectorPlace] = []
        let pieces = merge.delta.pieces
        for (rows, range) in pieces {
            let columns = rows.columns
            for row in range where merge.live.contains(PassageID(columns.ids[row])) {
                places.append(VectorPlace(id: columns.ids[row], source: sources.count, row: row))
            }
            sources.append(columns)
        }
        let isChunk =
            pieces.count == 1 && pieces[0].range == 0..<places.count
            && zip(places, places.dropFirst()).allSatisfy { $0.id < $1.id }
        return isChunk ? (places, sources, pieces[0].rows) : (inOrder(places), sources, nil)
    }

    /// In id order; of several with one id, which only a damaged block has, the first.
    private static func inOrder(_ places: [VectorPlace]) -> [VectorPlace] {
        var last: UInt32?
        return places.sorted { ($0.id, $0.source, $0.row) < ($1.id, $1.source, $1.row) }.filter { place in
            defer { last = place.id }
            return place.id != last
        }
    }

    private static func continues(_ segment: VectorSegment, arrivals: Int, _ merge: VectorMerge) -> Bool {
        guard !merge.isCompaction, segment.hasGraph, segment.parametersFingerprint == merge.parameters.fingerprint,
            segment.count + arrivals < VectorMerge.growthLimit * segment.header.trainedCount
        else { return false }
        let dead = (0..<segment.count).reduce(0) { $0 + (merge.live.contains(PassageID(segment.ids[$1])) ? 0 : 1) }
        return Double(dead) < VectorMerge.deadShare * Double(segment.count)
    }

    /// The block of the arrivals; nil if there are none.
    private static func block(
        _ arrivals: Arrivals, _ merge: VectorMerge, deadline: SearchDeadline
    ) throws(HNSWError) -> VectorBlock? {
        guard !arrivals.places.isEmpty else { return nil }
        if let chunk = arrivals.chunk {
            return VectorBlockBuilder.build(adopting: chunk, count: arrivals.places.count)
        }
        return try VectorBlockBuilder.build(
            arrivals.places, of: arrivals.sources, dimension: merge.dimension, metric: merge.parameters.metric,
            deadline: deadline)
    }

    private init(
        continuing segment: VectorSegment, _ arrivals: Arrivals, _ merge: VectorMerge, deadline: SearchDeadline
    ) throws(HNSWError) {
        let block = try Self.block(arrivals, merge, deadline: deadline)
        newBlocks = block.map { [$0] } ?? []
        blocks = segment.blocks + newBlocks
        var places = (0..<segment.count).map { row in
            let place = segment.place(of: row)
            return VectorPlace(id: segment.ids[row], source: place.block, row: place.row)
        }
        places += arrivals.places.indices.map { row in
            VectorPlace(id: arrivals.places[row].id, source: segment.blocks.count, row: row)
        }
        self.places = places
        base = segment
    }

    private init(anew arrivals: Arrivals, _ merge: VectorMerge, deadline: SearchDeadline) throws(HNSWError) {
        base = nil
        let old = merge.segment?.blocks ?? []
        let liveRows = old.map { block in
            (0..<block.count).filter { merge.live.contains(PassageID(block.columns.ids[$0])) }
        }
        // What is rewritten: everything, or the blocks with many dead.
        var sources = arrivals.sources
        var rewritten = arrivals.places
        var kept: [VectorBlock] = []
        var places: [VectorPlace] = []
        for (block, live) in zip(old, liveRows) {
            let dead = block.count - live.count
            let isRewritten =
                merge.isCompaction || Double(dead) >= VectorMerge.deadShare * Double(block.count)
            let source = isRewritten ? sources.count : kept.count
            let rows = live.map { VectorPlace(id: block.columns.ids[$0], source: source, row: $0) }
            if isRewritten {
                sources.append(block.columns)
                rewritten += rows
            } else {
                kept.append(block)
                places += rows
            }
        }
        let isArrivals = sources.count == arrivals.sources.count
        rewritten = isArrivals ? rewritten : Self.inOrder(rewritten)
        let chunk = isArrivals ? arrivals.chunk : nil
        let block = try Self.block((rewritten, sources, chunk), merge, deadline: deadline)
        newBlocks = block.map { [$0] } ?? []
        blocks = kept + newBlocks
        places += rewritten.indices.map { VectorPlace(id: rewritten[$0].id, source: kept.count, row: $0) }
        self.places = Self.inOrder(places)
    }
}
