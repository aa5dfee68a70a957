import IndexCore

/// Builds a graph by inserting nodes in the order of their numbers, in batches.
///
/// The members of a batch search the graph as it was before the batch, on any number of threads, and are compared with
/// each other exactly; then their links are applied in order. So the graph follows from the rows alone, whatever the
/// number of threads. A batch has max(1, min(1,024, n / 64)) members, n the nodes present.
struct GraphBuilder {
    private let rows: BuildRows
    private let signs: RowSigns?
    let graph: BuildGraph
    private let writer: LinkWriter
    private let efConstruction: Int
    /// Links a new node takes on level 0.
    private let newLinks: Int
    private let team: WorkerTeam
    private let scratches: [SearchScratch]
    private let proposals: LinkProposals

    static let largestBatch = 1_024

    /// A builder of a graph whose first nodes are those of `base`, where there is one.
    init(rows: BuildRows, signs: RowSigns?, base: GraphView?, parameters: HNSWParameters, team: WorkerTeam) {
        self.rows = rows
        self.signs = signs
        graph = BuildGraph(nodeCount: rows.count, ids: rows.ids, m: parameters.m)
        if let base {
            graph.adopt(base)
        }
        writer = LinkWriter(rows: rows, graph: graph)
        efConstruction = parameters.efConstruction
        newLinks = min(parameters.newLinks ?? parameters.m, parameters.m0)
        self.team = team
        scratches = (0..<team.count).map { _ in
            SearchScratch(
                rowCount: rows.count, linkLimit: max(2 * parameters.m, GraphBuilder.largestBatch),
                dimension: rows.stride)
        }
        proposals = LinkProposals(capacity: Self.largestBatch)
    }

    /// Inserts the nodes from `first` on.
    func run(from first: Int, deadline: SearchDeadline, progress: ((Double) -> Void)?) throws(HNSWError) {
        var present = first
        if present == 0, rows.count > 0 {
            graph.offerEntry(0)
            present = 1
        }
        while present < rows.count {
            try deadline.checkVectors()
            let count = min(rows.count - present, max(1, min(Self.largestBatch, present / 64)))
            insert(present..<present + count)
            present += count
            progress?(Double(present - first) / Double(rows.count - first))
        }
        var repair = ReachabilityRepair(
            rows: rows, signs: signs, graph: graph, scratch: scratches[0], ef: efConstruction)
        try repair.run(deadline: deadline)
    }

    private func insert(_ batch: Range<Int>) {
        // Below eight nodes a thread takes longer to wake than to work.
        let threads = batch.count < 8 ? 1 : team.count
        let view = graph.view
        team.run(threads) { thread in
            for member in stride(from: thread, to: batch.count, by: threads) {
                propose(batch.lowerBound + member, in: batch, view, scratch: scratches[thread])
            }
        }
        team.run(threads) { thread in
            for member in 0..<batch.count {
                apply(batch.lowerBound + member, member, share: thread, of: threads)
            }
        }
        for node in batch {
            graph.offerEntry(node)
        }
    }

    /// Finds a new node's neighbours on each of its levels.
    private func propose(_ node: Int, in batch: Range<Int>, _ view: GraphView, scratch: SearchScratch) {
        let space = rows.space(node, signs, scratch: scratch)
        let walk = GraphWalk(graph: view, space: space)
        let nodeLevel = Int(graph.levels[node])
        let member = node - batch.lowerBound
        proposals.begin(member, levels: nodeLevel + 1)
        var start = walk.descend(to: nodeLevel, scratch: scratch)
        for level in (0...nodeLevel).reversed() {
            if level > view.highestLevel {
                scratch.pool.reset(ef: efConstruction)
            } else if level > 0 {
                walk.searchUpper(level, from: start, ef: efConstruction, scratch: scratch)
                start = CandidatePool.row(scratch.pool.entries[0])
            } else {
                _ = try? walk.searchBottom(from: start, ef: efConstruction, predicate: AnyRow(), scratch: scratch)
            }
            takeMates(of: node, batch.lowerBound..<node, level: level, space, scratch: scratch)
            var selection = NeighborSelection(rows: rows, limit: level == 0 ? newLinks : graph.m)
            for index in 0..<scratch.pool.count where !selection.isFull {
                let entry = scratch.pool.entries[index]
                selection.offer(CandidatePool.row(entry), key: CandidatePool.key(entry), knownDiverse: false)
            }
            proposals[member, level] = selection.list
        }
    }

    /// Offers the members of the batch before `node` that reach the level to its pool.
    private func takeMates(
        of node: Int, _ mates: Range<Int>, level: Int, _ space: BuildSpace, scratch: SearchScratch
    ) {
        guard !mates.isEmpty else { return }
        let keys = scratch.keys
        space.keys(from: mates.lowerBound, count: mates.count, into: keys)
        var pool = scratch.pool
        defer { scratch.pool = pool }
        for (index, mate) in mates.enumerated() where Int(graph.levels[mate]) >= level {
            let entry = CandidatePool.pack(keys[index], row: mate, passes: true)
            if pool.accepts(entry) {
                pool.insert(entry)
            }
        }
    }

    /// Writes what was proposed for `node` into the lists of this share's nodes.
    private func apply(_ node: Int, _ member: Int, share: Int, of shares: Int) {
        for level in (0...Int(graph.levels[node])).reversed() {
            let list = proposals[member, level]
            if node % shares == share {
                writer.store(list, node: node, level: level)
            }
            for index in 0..<list.count where Int(list.node(index)) % shares == share {
                writer.linkBack(Int(list.node(index)), to: node, key: list.key(index), level: level)
            }
        }
    }
}

/// The neighbours proposed for the members of a batch, by level.
///
/// Sendable, though it is memory that is written: a member's entry is written by the one thread that has it, and read
/// when all threads have ended that step.
private final class LinkProposals: @unchecked Sendable {
    private let lists: UnsafeMutablePointer<[NeighborList]>
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        lists = .allocate(capacity: capacity)
        lists.initialize(repeating: [], count: capacity)
    }

    deinit {
        lists.deinitialize(count: capacity)
        lists.deallocate()
    }

    /// Makes room for a member's lists.
    func begin(_ member: Int, levels: Int) {
        lists[member] = [NeighborList](repeating: NeighborList(), count: levels)
    }

    subscript(member: Int, level: Int) -> NeighborList {
        get { lists[member][level] }
        set { lists[member][level] = newValue }
    }
}
