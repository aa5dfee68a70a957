/// Walks any expression tree over one segment, row by row: what no faster loop is made for, membership tests, scores of
/// given rows and explanations.
///
/// Candidates come in ascending order, and rows asked about must ascend as well: cursors only go forward.
struct TreeWalker: ~Copyable {
    let view: SegmentView
    private var matchers: [PhraseMatcher?]
    private var positions = PositionBuffer()

    /// A walker for the plan `view` was made of.
    init(_ view: SegmentView, _ plan: QueryPlan) {
        self.view = view
        matchers = plan.nodes.map { node in
            node.kind == .phrase ? PhraseMatcher(plan.uses[node.uses], slop: node.slop) : nil
        }
    }

    // MARK: Candidates

    /// The first row not below `target` that may match a node; `UInt32.max` if there is none.
    ///
    /// What it passes over does not match; what it gives has still to be scored.
    func advance(_ node: Int, to target: UInt32) -> UInt32 {
        let shape = view.plan.nodes[node]
        switch shape.kind {
        case .nothing: return .max
        case .everything: return target < view.rowCount ? target : .max
        case .term, .synonym: return advanceAny(shape.uses, to: target)
        case .phrase: return advancePhrase(node, to: target)
        case .boolean:
            if !shape.must.isEmpty { return advanceAll(shape.must, to: target) }
            return advance(toAtLeast: shape.minimumShouldMatch, of: shape.should, target)
        }
    }

    private func advanceAny(_ uses: Range<Int>, to target: UInt32) -> UInt32 {
        var first = UInt32.max
        for use in uses {
            view.cursors[use].advance(to: target)
            first = min(first, view.cursors[use].row)
        }
        return first
    }

    private func advancePhrase(_ node: Int, to target: UInt32) -> UInt32 {
        guard let matcher = matchers[node] else { return .max }
        let first = view.plan.nodes[node].uses.lowerBound
        var target = target
        var agreed = 0
        while target != .max {
            for slot in matcher.slots {
                let row = advanceAny(slot.cursors.lowerBound + first..<slot.cursors.upperBound + first, to: target)
                agreed = row == target ? agreed + 1 : 1
                target = row
                if agreed >= matcher.slots.count || target == .max { return target }
            }
        }
        return target
    }

    private func advanceAll(_ children: Range<Int>, to target: UInt32) -> UInt32 {
        var target = target
        var agreed = 0
        while true {
            for child in children {
                let row = advance(view.plan.children[child], to: target)
                agreed = row == target ? agreed + 1 : 1
                target = row
                if agreed >= children.count || target == .max { return target }
            }
        }
    }

    /// No row below the `count`-th of the children's rows can hold `count` of them.
    private func advance(toAtLeast count: Int, of children: Range<Int>, _ target: UInt32) -> UInt32 {
        if count <= 1 {
            var first = UInt32.max
            for child in children {
                first = min(first, advance(view.plan.children[child], to: target))
            }
            return first
        }
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: children.count) { buffer in
            var rows = buffer
            for (place, child) in children.enumerated() {
                rows[place] = advance(view.plan.children[child], to: target)
            }
            rows.sort()
            return count <= rows.count ? rows[count - 1] : .max
        }
    }

    // MARK: Scores

    /// A node's score of `row`, below 0 if it does not match.
    mutating func score(_ node: Int, of row: UInt32) -> Float {
        let shape = view.plan.nodes[node]
        switch shape.kind {
        case .nothing: return -1
        case .everything: return view.weights[node]
        case .term, .synonym, .phrase:
            let frequency = frequency(node, in: row)
            return frequency > 0 ? view.field(node).score(view.weights[node], frequency, row) : -1
        case .boolean:
            var sum = 0.0
            for child in shape.must {
                let score = score(view.plan.children[child], of: row)
                guard score >= 0 else { return -1 }
                sum += Double(score)
            }
            var matching = 0
            for child in shape.should {
                let score = score(view.plan.children[child], of: row)
                guard score >= 0 else { continue }
                sum += Double(score)
                matching += 1
            }
            guard matching >= shape.minimumShouldMatch, !matchesAny(shape.mustNot, row) else { return -1 }
            return Float(sum)
        }
    }

    /// Whether one of the children matches `row`.
    mutating func matchesAny(_ children: Range<Int>, _ row: UInt32) -> Bool {
        for child in children where score(view.plan.children[child], of: row) >= 0 {
            return true
        }
        return false
    }

    /// How often a leaf occurs in `row`; 0 if not at all.
    mutating func frequency(_ node: Int, in row: UInt32) -> Float {
        let shape = view.plan.nodes[node]
        switch shape.kind {
        case .term, .synonym:
            var sum: Float = 0
            for use in shape.uses {
                view.cursors[use].advance(to: row)
                guard view.cursors[use].row == row else { continue }
                sum += view.plan.uses[use].weight * Float(view.cursors[use].frequency)
            }
            return sum
        case .phrase:
            return advancePhrase(node, to: row) == row ? phraseFrequency(node, in: row) : 0
        case .boolean, .everything, .nothing:
            return 0
        }
    }

    /// How often a phrase occurs in `row`, at which the cursors of all its places stand.
    mutating func phraseFrequency(_ node: Int, in row: UInt32) -> Float {
        guard var matcher = matchers[node].take() else { return 0 }
        defer { matchers[node] = matcher }
        matcher.begin()
        let first = view.plan.nodes[node].uses.lowerBound
        for slot in matcher.slots.indices {
            for cursor in matcher.slots[slot].cursors where view.cursors[cursor + first].row == row {
                view.cursors[cursor + first].positions(into: &positions)
                matcher.fill(slot, from: positions)
            }
        }
        return matcher.frequency()
    }

    // MARK: Bounds

    /// The last row of the blocks at `row`, where a new bound may be had.
    ///
    /// Moves the shallow places to `row`, which ``bound(_:through:)`` needs.
    func windowEnd(_ uses: Range<Int>, from row: UInt32) -> UInt32 {
        var end = UInt32.max
        for use in uses where view.cursors[use].shallowAdvance(to: row) {
            end = min(end, view.cursors[use].lastRow(ofBlock: view.cursors[use].shallowBlock))
        }
        return end
    }

    /// What no row from the shallow places to `row` can exceed.
    func bound(_ node: Int, through row: UInt32) -> Double {
        let shape = view.plan.nodes[node]
        switch shape.kind {
        case .nothing: return 0
        case .everything: return Double(view.weights[node])
        case .term: return Double(view.weights[node]) * part(shape.uses.lowerBound, node, through: row)
        case .synonym:
            // The parts of a sum do not fall short of the sum's: saturation.
            let parts = shape.uses.reduce(0) { $0 + part($1, node, through: row) }
            return Double(view.weights[node]) * min(parts, ImpactBounds.greatest)
        case .phrase:
            return Double(view.weights[node]) * phrasePart(node, through: row)
        case .boolean:
            var sum = 0.0
            for child in shape.must {
                sum += bound(view.plan.children[child], through: row)
            }
            for child in shape.should {
                sum += bound(view.plan.children[child], through: row)
            }
            // Rounded as the score is, which keeps the order of the two.
            return Double(Float(sum))
        }
    }

    /// A place that fits exactly takes one occurrence of every word; one that nearly fits, of at least one.
    private func phrasePart(_ node: Int, through row: UInt32) -> Double {
        guard let matcher = matchers[node] else { return 0 }
        let first = view.plan.nodes[node].uses.lowerBound
        let parts = matcher.slots.map { slot in
            slot.cursors.reduce(0) { $0 + part($1 + first, node, through: row) }
        }
        let bound = view.plan.nodes[node].slop == 0 ? parts.min() ?? 0 : parts.reduce(0, +)
        return min(bound, ImpactBounds.greatest)
    }

    private func part(_ use: Int, _ node: Int, through row: UInt32) -> Double {
        let cursor = view.cursors + use
        return Double(
            cursor.pointee.maximumPart(from: cursor.pointee.shallowBlock, through: row, view.field(node).bounds))
    }
}
