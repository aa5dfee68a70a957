/// An expression as a flat tree: children stand before their parents, the root last, leaves name places in `uses`.
///
/// Made once per search, before any segment is looked at. Flat, so that the loops of a search walk indices and hold no
/// references.
struct QueryPlan: Sendable {
    /// The most leaves of an expression.
    static let maximumLeafCount = BM25Query.maximumTermCount
    /// The most levels of an expression.
    static let maximumDepth = 64

    /// One occurrence of a term in the expression; each gets a cursor of its own.
    struct Use: Sendable {
        /// Which of `terms`.
        var term: Int
        /// What one occurrence counts, in a synonym.
        var weight: Float = 1
        /// Its place in a phrase.
        var position: UInt32 = 0
    }

    struct Node: Sendable {
        var kind: BM25ScoreTree.Kind
        var field = BM25Field.combined
        /// The product of the boosts above.
        var boost: Float
        /// Into `uses`: of a phrase by ascending position.
        var uses = 0..<0
        var slop = 0
        /// Into `children`.
        var must = 0..<0
        var should = 0..<0
        var mustNot = 0..<0
        var minimumShouldMatch = 0

        /// Puts the places of its children into `children`, all of them together: first `must`, then `should`.
        mutating func setChildren(_ must: [Int], _ should: [Int], _ mustNot: [Int], in children: inout [Int]) {
            let first = children.count
            children += must + should + mustNot
            self.must = first..<first + must.count
            self.should = self.must.upperBound..<self.must.upperBound + should.count
            self.mustNot = self.should.upperBound..<self.should.upperBound + mustNot.count
        }
    }

    /// Distinct terms in the order of their first use.
    private(set) var terms: [BM25Term] = []
    private(set) var uses: [Use] = []
    private(set) var nodes: [Node] = []
    private(set) var children: [Int] = []

    /// The last of `nodes`.
    var root: Int { nodes.count - 1 }

    private var numbers: [BM25Term: Int] = [:]

    /// Any of a question's distinct terms.
    init(_ query: BM25Query) {
        terms = query.terms.map { BM25Term($0) }
        uses = terms.indices.map { Use(term: $0) }
        nodes = uses.indices.map { Node(kind: .term, boost: 1, uses: $0..<$0 + 1) }
        children = Array(nodes.indices)
        nodes.append(Node(kind: .boolean, boost: 1, should: 0..<children.count, minimumShouldMatch: 1))
    }

    /// - Throws: ``BM25Error/expressionTooLarge(leafCount:depth:)``.
    init(_ expression: BM25Expression) throws(BM25Error) {
        let size = expression.size(limitingDepth: Self.maximumDepth)
        guard size.leafCount <= Self.maximumLeafCount, size.depth <= Self.maximumDepth else {
            throw .expressionTooLarge(leafCount: size.leafCount, depth: size.depth)
        }
        var tree = expression.normalized(boost: 1)
        switch tree {
        case .term, .synonym:
            // One shape less.
            tree = .boolean(must: [], should: [tree], mustNot: [], minimumShouldMatch: 1)
        case .phrase, .boolean, .everything, .nothing: break
        }
        append(tree)
        numbers = [:]
    }

    @discardableResult
    private mutating func append(_ tree: NormalExpression) -> Int {
        var node: Node
        switch tree {
        case .nothing:
            node = Node(kind: .nothing, boost: 0)
        case .everything(let boost):
            node = Node(kind: .everything, boost: boost)
        case .term(let term, let boost):
            node = Node(kind: .term, field: term.field, boost: boost)
            node.uses = appendUses([Use(term: number(of: term))])
        case .synonym(let terms, let boost):
            node = Node(kind: .synonym, field: terms.first?.term.field ?? .combined, boost: boost)
            node.uses = appendUses(terms.map { Use(term: number(of: $0.term), weight: $0.weight) })
        case .phrase(let field, let terms, let slop, let boost):
            node = Node(kind: .phrase, field: field, boost: boost)
            node.slop = slop
            node.uses = appendUses(
                terms.map { Use(term: number(of: BM25Term($0.text, field: field)), position: $0.position) })
        case .boolean(let must, let should, let mustNot, let minimum):
            node = Node(kind: .boolean, boost: 1, minimumShouldMatch: minimum)
            node.setChildren(
                must.map { append($0) }, should.map { append($0) }, mustNot.map { append($0) }, in: &children)
        }
        nodes.append(node)
        return root
    }

    private mutating func appendUses(_ new: [Use]) -> Range<Int> {
        uses += new
        return uses.count - new.count..<uses.count
    }

    private mutating func number(of term: BM25Term) -> Int {
        // Hashing a few words takes longer than comparing them.
        if terms.count < Self.comparedCount {
            if let number = terms.firstIndex(of: term) { return number }
        } else {
            while numbers.count < terms.count {
                numbers[terms[numbers.count]] = numbers.count
            }
            if let number = numbers[term] { return number }
        }
        terms.append(term)
        return terms.count - 1
    }

    private static let comparedCount = 24
}

// MARK: For loops

extension QueryPlan {
    /// The plan's arrays while somebody keeps them in place.
    struct Pointers {
        let nodes: UnsafeBufferPointer<Node>
        let children: UnsafeBufferPointer<Int>
        let uses: UnsafeBufferPointer<Use>
    }

    /// Calls `body` with the plan's arrays.
    func withPointers<R>(_ body: (Pointers) throws(BM25Error) -> R) throws(BM25Error) -> R {
        try nodes.withUnsafeBufferPointer { (nodes) throws(BM25Error) in
            try children.withUnsafeBufferPointer { (children) throws(BM25Error) in
                try uses.withUnsafeBufferPointer { (uses) throws(BM25Error) in
                    try body(Pointers(nodes: nodes, children: children, uses: uses))
                }
            }
        }
    }

    /// Which loop an expression can go through.
    enum Shape {
        /// Any of several terms or synonyms, or so many of them, none of what is forbidden.
        case disjunction
        /// All of several terms, any of others, none of what is forbidden.
        ///
        /// With synonyms the loop for any tree is as fast: it asks for them last.
        case conjunction
        /// One phrase with one word at each place.
        case phrase
        case tree
    }

    var shape: Shape {
        let node = nodes[root]
        switch node.kind {
        case .phrase:
            let places = uses[node.uses].map(\.position)
            return zip(places, places.dropFirst()).allSatisfy { $0 != $1 } ? .phrase : .tree
        case .boolean:
            guard node.must.isEmpty else {
                let terms = children[node.must.lowerBound..<node.should.upperBound]
                let isFlat = terms.allSatisfy { nodes[$0].kind == .term }
                return isFlat && node.minimumShouldMatch == 0 ? .conjunction : .tree
            }
            let isFlat = children[node.should].allSatisfy { nodes[$0].kind == .term || nodes[$0].kind == .synonym }
            return isFlat ? .disjunction : .tree
        case .term, .synonym, .everything, .nothing:
            return .tree
        }
    }
}

extension BM25Field {
    /// The dictionary's name of the field.
    var termField: TermField {
        switch self {
        case .combined: .combined
        case .title: .title
        case .surface: .surface
        }
    }
}

extension BM25Expression {
    /// The distinct terms of the expression, forbidden ones included, in the order of their first appearance; none if
    /// it is too large to be searched.
    public var terms: [BM25Term] { (try? QueryPlan(self))?.terms ?? [] }
}
