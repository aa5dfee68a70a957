/// An expression without detours: boosts at the leaves, no node that has one child and adds nothing, no disjunction
/// directly inside a disjunction, no conjunction directly inside a conjunction.
///
/// Lucene's `rewrite` does the same.
indirect enum NormalExpression {
    case term(BM25Term, boost: Float)
    case synonym([WeightedTerm], boost: Float)
    /// Places ascend; at least two of them, distinct or not.
    case phrase(BM25Field, [PhraseTerm], slop: Int, boost: Float)
    /// At least one child of `must` or `should`; `minimumShouldMatch` is at least 1 where there is no `must`.
    case boolean(
        must: [NormalExpression], should: [NormalExpression], mustNot: [NormalExpression], minimumShouldMatch: Int)
    case everything(boost: Float)
    case nothing
}

extension BM25Expression {
    /// Beyond it no product of weights could stay finite.
    private static var maximumBoost: Float { 1e9 }

    private static func clamped(_ boost: Float) -> Float {
        boost > 0 ? min(boost, maximumBoost) : 0
    }

    /// Leaves and levels; stops counting one level below `limit`.
    func size(limitingDepth limit: Int) -> (leafCount: Int, depth: Int) {
        guard limit >= 0 else { return (0, 1) }
        switch self {
        case .term, .everything, .nothing: return (1, 1)
        case .synonym(let terms): return (terms.count, 1)
        case .phrase(_, let terms, _): return (terms.count, 1)
        case .boost(let child, _):
            let size = child.size(limitingDepth: limit - 1)
            return (size.leafCount, size.depth + 1)
        case .boolean(let must, let should, let mustNot, _):
            var size = (leafCount: 0, depth: 0)
            for children in [must, should, mustNot] {
                for child in children {
                    let inner = child.size(limitingDepth: limit - 1)
                    size = (size.leafCount + inner.leafCount, max(size.depth, inner.depth))
                }
            }
            return (size.leafCount, size.depth + 1)
        }
    }

    /// This expression under the product of the boosts above it.
    func normalized(boost: Float) -> NormalExpression {
        switch self {
        case .term(let term): return .term(term, boost: boost)
        case .everything: return .everything(boost: boost)
        case .nothing: return .nothing
        case .boost(let child, let factor):
            return child.normalized(boost: Self.clamped(boost * Self.clamped(factor)))
        case .synonym(let terms): return Self.synonym(terms, boost)
        case .phrase(let field, let terms, let slop): return Self.phrase(field, terms, slop, boost)
        case .boolean(let must, let should, let mustNot, let minimum):
            return Self.boolean(
                must: must.map { $0.normalized(boost: boost) }, should: should.map { $0.normalized(boost: boost) },
                mustNot: mustNot.map { $0.normalized(boost: 1) }, minimum)
        }
    }

    private static func synonym(_ terms: [WeightedTerm], _ boost: Float) -> NormalExpression {
        var seen: Set<BM25Term> = []
        let kept = terms.filter { term in
            term.weight > 0 && term.term.field == terms[0].term.field && seen.insert(term.term).inserted
        }
        guard let first = kept.first else { return .nothing }
        if kept.count == 1, first.weight >= 1 { return .term(first.term, boost: boost) }
        return .synonym(kept.map { WeightedTerm($0.term, weight: min($0.weight, 1)) }, boost: boost)
    }

    private static func phrase(_ field: BM25Field, _ terms: [PhraseTerm], _ slop: Int, _ boost: Float)
        -> NormalExpression
    {
        guard let first = terms.first else { return .nothing }
        guard terms.count > 1 else { return .term(BM25Term(first.text, field: field), boost: boost) }
        // A stable sort: alternatives at one place keep their order.
        let sorted = terms.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
        let start = sorted[0].element.position
        let places = sorted.map { PhraseTerm($0.element.text, position: min($0.element.position - start, 1 << 30)) }
        return .phrase(field, places, slop: max(0, min(slop, 1 << 30)), boost: boost)
    }

    private static func boolean(
        must: [NormalExpression], should: [NormalExpression], mustNot: [NormalExpression], _ minimum: Int
    ) -> NormalExpression {
        var must = must
        var should = should
        let excluded = mustNot.filter { !$0.isNothing }
        guard !must.isEmpty || !should.isEmpty, minimum <= should.count else { return .nothing }
        if must.contains(where: \.isNothing) { return .nothing }
        should.removeAll(where: \.isNothing)
        guard minimum <= should.count, !must.isEmpty || !should.isEmpty else { return .nothing }
        var needed = must.isEmpty ? max(1, minimum) : max(0, minimum)
        if needed == should.count {
            must += should
            should = []
            needed = 0
        }
        if should.isEmpty {
            must = must.flatMap(\.conjuncts)
        } else if must.isEmpty, needed == 1 {
            should = should.flatMap(\.disjuncts)
        }
        if excluded.isEmpty, must.count == 1, should.isEmpty { return must[0] }
        return .boolean(must: must, should: should, mustNot: excluded, minimumShouldMatch: needed)
    }
}

extension NormalExpression {
    fileprivate var isNothing: Bool {
        if case .nothing = self { true } else { false }
    }

    /// The children of a mere conjunction; else the node itself.
    fileprivate var conjuncts: [NormalExpression] {
        if case .boolean(let must, let should, let mustNot, _) = self, should.isEmpty, mustNot.isEmpty {
            must
        } else {
            [self]
        }
    }

    /// The children of a mere disjunction; else the node itself.
    fileprivate var disjuncts: [NormalExpression] {
        if case .boolean(let must, let should, let mustNot, let minimum) = self, must.isEmpty, mustNot.isEmpty,
            minimum == 1
        {
            should
        } else {
            [self]
        }
    }
}
