package import BM25

/// The one search request of every door: MCP, REST, command line.
package struct SearchRequest: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        case hybrid, bm25, vector
    }
    package enum Fusion: String, Sendable, CaseIterable {
        case rrf, minmax, calibrated
    }
    /// How much of each hit is told.
    package enum Detail: String, Sendable, CaseIterable {
        case ids, snippets, full
    }

    /// How the query is read.
    package enum Syntax: String, Sendable, CaseIterable {
        /// As plain words, whatever characters are among them.
        case words
        /// As query text: ``QueryParser``.
        case query
    }

    package var query: String
    package var syntax = Syntax.words
    /// The query as a program gave it, instead of a text; ``query`` is its words then.
    package var expression: QueryTree?
    /// Whether words that do not occur stand for those a few letters away.
    package var typos = true
    package var mode = Mode.hybrid
    /// Documents on a page: 1 to 1,000.
    package var limit = 10
    /// Weights of the legs, 0 or more; only their ratio counts.
    ///
    /// `nil`, here and of ``fusion`` and ``k``: others decide, see ``FusionRule``.
    package var keywordWeight: Double?
    package var vectorWeight: Double?
    /// `nil`: the only collection, else all, merged by score.
    package var collection: String?
    /// Floor for `score`, 0 to 1.
    package var minScore: Double?
    /// Floor for the cosine of a hit, -1 to 1.
    package var minVectorScore: Double?
    package var fusion: Fusion?
    /// The constant of reciprocal rank fusion.
    package var k: Double?
    /// Documents each leg contributes in hybrid mode: 1 to 1,000.
    package var depth = 100
    /// Beam of the vector leg; `nil`: the engine's own.
    package var ef: Int?
    /// Whether the vector leg scores every vector instead of searching for the nearest.
    package var isExact = false
    /// How much unlikeness of the hits counts beside relevance: 0 (not at all) to 1.
    package var diversity = 0.0
    package var detail = Detail.snippets
    /// The query's vector, made by the caller in the space that is searched.
    package var embedding: [Float]?
    /// The vector space to search; nil is each collection's default.
    package var space: String?
    /// What documents must have, what is counted of them, and in which order they come.
    package var metadata = MetadataRequest()
    /// What is changed in the ranking that words and meaning make.
    package var shaping = Shaping()
    /// `next_cursor` of the page before.
    package var cursor: String?
    /// Whether each hit comes with its receipt.
    package var receipts = false
    /// The document whose likes are looked for, which is left out; nil in all other searches.
    package var likeness: Likeness?

    package init(query: String) {
        self.query = query
    }

    /// Bytes of a query; more is an error.
    package static let queryByteLimit = 128 << 10
    package static let limitRange = 1...1_000
    package static let depthRange = 1...1_000
    package static let efRange = 1...10_000
    /// Pages end here, whatever matches.
    package static let deepestDocument = 10_000

    /// Checks every field against its range.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` naming the first that is out of it.
    package func validate() throws(ApplianceError) {
        guard !query.utf8.isEmpty || embedding != nil || expression != nil else {
            throw .invalidArgument(name: "query", reason: "must not be empty")
        }
        guard query.utf8.count <= Self.queryByteLimit else {
            throw .invalidArgument(
                name: "query", reason: "must have at most \(Self.queryByteLimit) bytes, not \(query.utf8.count)")
        }
        try check("limit", limit, in: Self.limitRange)
        try check("depth", depth, in: Self.depthRange)
        if let ef { try check("ef", ef, in: Self.efRange) }
        for (name, weight) in [("bm25_weight", keywordWeight), ("vector_weight", vectorWeight)] {
            guard weight.map(FusionSettings.shareRange.contains) ?? true else {
                throw .invalidArgument(name: name, reason: "must be a number from 0 to 1000")
            }
        }
        try FusionRule.check(keywordWeight, vectorWeight)
        guard k.map(FusionSettings.kRange.contains) ?? true else {
            throw .invalidArgument(name: "k", reason: "must be a number from 1 to 10000")
        }
        if let minScore, !(0...1).contains(minScore) {
            throw .invalidArgument(name: "min_score", reason: "must be a number from 0 to 1")
        }
        if let minVectorScore, !(-1...1).contains(minVectorScore) {
            throw .invalidArgument(name: "min_vector_score", reason: "must be a number from -1 to 1")
        }
        guard (0...1).contains(diversity) else {
            throw .invalidArgument(name: "diversity", reason: "must be a number from 0 to 1")
        }
        guard diversity == 0 || metadata.sort.isEmpty else {
            throw .invalidArgument(name: "diversity", reason: "and sort exclude one another: each is an order")
        }
        try shaping.validate(isSorted: !metadata.sort.isEmpty)
        if let embedding {
            let squares = embedding.reduce(Float(0)) { $0 + $1 * $1 }
            guard squares.isFinite, squares > 0 else {
                throw .invalidArgument(name: "embedding", reason: "must be finite and not all zeros")
            }
        }
    }

    private func check(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws(ApplianceError) {
        guard range.contains(value) else {
            throw .invalidArgument(
                name: name, reason: "must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
