public import IndexCore

/// How a passage came to the score of one node of an expression.
///
/// A node with children scores the sum of theirs, added up in their order as `Double` and rounded to `Float`; a leaf
/// scores `weight - weight / (1 + frequency · normInverse)`, ``BM25Expression/everything`` its weight.
public struct BM25ScoreTree: Sendable, Equatable {
    /// One term of a leaf.
    public struct Term: Sendable, Equatable {
        /// The term as indexed.
        public var term: BM25Term
        /// Live passages of the collection that hold it.
        public var documentFrequency: Int
        /// `ln(1 + (N - df + 0.5) / (df + 0.5))`; 0 for a term that does not occur.
        public var inverseDocumentFrequency: Float
        /// What one occurrence counts in a synonym, 1 elsewhere.
        public var weight: Float
        /// How often the passage holds it.
        public var frequency: Int
    }

    /// What a node is.
    public enum Kind: String, Sendable {
        /// ``BM25Expression/term(_:)``
        case term
        /// ``BM25Expression/synonym(_:)``
        case synonym
        /// ``BM25Expression/phrase(_:_:slop:)``
        case phrase
        /// ``BM25Expression/boolean(must:should:mustNot:minimumShouldMatch:)``
        case boolean
        /// ``BM25Expression/everything``
        case everything
        /// ``BM25Expression/nothing``
        case nothing
    }

    /// What the node is, after rewriting: see ``BM25Expression``.
    public var kind: Kind
    /// Whether the passage matches the node; one that does not adds nothing.
    public var matches: Bool
    /// What the node gives the passage: bit for bit what a search computes; 0 where it does not match.
    public var score: Float
    /// `boost · idf`; of a phrase `boost` times the sum of its terms' idf, of everything the boost.
    public var weight: Float
    /// The product of the boosts above.
    public var boost: Float
    /// How often the leaf occurs in the passage: whole for terms, a sum of parts for synonyms and sloppy phrases.
    public var frequency: Float
    /// `1 / (k1 · (1 - b + b · length / averageLength))` of the passage in the leaf's field.
    public var normInverse: Float
    /// Of a leaf, in order.
    public var terms: [Term]
    /// What counts of a boolean node: `must`, then `should`.
    public var children: [BM25ScoreTree]
}

/// How one document came to its score for an expression: that of its best passage.
public struct BM25TreeExplanation: Sendable, Equatable {
    /// The best passage.
    public var passage: PassageID
    /// Its score, bit for bit that of a search: the root's.
    public var score: Float
    /// The root.
    public var tree: BM25ScoreTree
    /// Words of the passage, a title's times its weight.
    public var length: Int
    /// The length that scoring sees: the passage's norm keeps it in one byte and rounds it down.
    public var codedLength: Int
}

extension BM25Snapshot {
    /// Explains the score of the document whose passages are `passages`, those of them that are live.
    ///
    /// `nil` if none of them matches.
    /// - Throws: ``BM25Error/deadlineExceeded``; ``BM25Error/expressionTooLarge(leafCount:depth:)``.
    public func explain(
        _ expression: BM25Expression, document passages: Range<UInt32>, live: IDSet, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25TreeExplanation? {
        try BM25Search(self, QueryPlan(expression), deadline: deadline).explain(passages, live: live)
    }
}

extension BM25Search {
    /// The best live passage of a document with the score of every node.
    func explain(_ passages: Range<UInt32>, live: IDSet) throws(BM25Error) -> BM25TreeExplanation? {
        let candidates = passages.lazy.map { PassageID($0) }.filter { live.contains($0) }
        let ids = Array(candidates)
        var best: (passage: PassageID, score: Float)?
        // As in a search: the first of equally good passages stays.
        for (id, score) in zip(ids, try scores(of: ids)) {
            guard let score, score > best?.score ?? -1 else { continue }
            best = (id, score)
        }
        guard let best else { return nil }
        let lease = SearchScratchLease()
        for (segment, state) in snapshot.states.enumerated() where state.segment.contains(best.passage) {
            return try withView(of: segment, lease.scratch) { (view) throws(BM25Error) in
                guard let row = view.rows.row(of: best.passage.rawValue) else { return nil }
                var walker = TreeWalker(view, plan)
                return BM25TreeExplanation(
                    passage: best.passage, score: best.score,
                    tree: tree(plan.root, of: UInt32(truncatingIfNeeded: row), &walker),
                    length: Int(view.rows.length(row)), codedLength: NormCodec.decode(view.rows.norms[row]))
            }
        }
        return nil
    }

    /// What each node gives a row.
    ///
    /// A child is scored before its parent, which asks the same cursors again: they stand at the row by then.
    private func tree(_ node: Int, of row: UInt32, _ walker: inout TreeWalker) -> BM25ScoreTree {
        let shape = plan.nodes[node]
        let view = walker.view
        let field = view.field(node)
        let isLeaf = !shape.uses.isEmpty
        let children = plan.children[shape.must.lowerBound..<shape.should.upperBound].map { child in
            tree(child, of: row, &walker)
        }
        let score = walker.score(node, of: row)
        return BM25ScoreTree(
            kind: shape.kind, matches: score >= 0, score: max(0, score), weight: weights[node], boost: shape.boost,
            frequency: isLeaf ? walker.frequency(node, in: row) : 0,
            normInverse: isLeaf ? field.normInverses[Int(field.norms[Int(row)])] : 0,
            terms: shape.uses.map { use in
                let number = plan.uses[use].term
                let cursor = view.cursors + use
                cursor.pointee.advance(to: row)
                return BM25ScoreTree.Term(
                    term: plan.terms[number], documentFrequency: documentFrequencies[number],
                    inverseDocumentFrequency: inverseDocumentFrequencies[number], weight: plan.uses[use].weight,
                    frequency: cursor.pointee.row == row ? Int(cursor.pointee.frequency) : 0)
            }, children: children)
    }
}
