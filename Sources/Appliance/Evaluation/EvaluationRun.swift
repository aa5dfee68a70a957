package import JSON

/// One way of ranking that takes part in an evaluation.
package struct EvaluationRun: Sendable {
    /// Where its rankings come from.
    package enum Source: Sendable {
        /// A search for each query with these members in its request.
        case search(JSONObject)
        /// Rankings made elsewhere, by query.
        case rankings([String: RankedQuery])
    }

    package let name: String
    package let source: Source

    /// The name of a search that says nothing: what the collection's settings make of it.
    package static let present = "default"
    /// Runs of one evaluation, and bytes of their names.
    package static let countRange = 1...20
    static let nameLimit = 100
    /// What the evaluation itself decides.
    private static let reserved = ["query", "expression", "collection", "limit", "detail", "cursor", "embedding"]

    /// A search with these members.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` naming a member that the evaluation itself sets.
    package init(name: String, members: JSONObject) throws(ApplianceError) {
        for member in Self.reserved where members[member] != nil {
            throw .invalidArgument(name: member, reason: "is set by the evaluation; leave it out")
        }
        self.init(name, .search(members))
    }

    private init(_ name: String, _ source: Source) {
        self.name = name
        self.source = source
    }

    /// Rankings made elsewhere.
    package init(name: String, rankings: [String: RankedQuery]) {
        self.init(name, .rankings(rankings))
    }

    /// The present settings, a fusion or a mode by its name; nil for any other word.
    package init?(word: String) {
        if word == Self.present {
            self.init(word, .search([:]))
        } else if SearchRequest.Fusion(rawValue: word) != nil {
            self.init(word, .search(["mode": "hybrid", "fusion": .string(word)]))
        } else if SearchRequest.Mode(rawValue: word) != nil {
            self.init(word, .search(["mode": .string(word)]))
        } else {
            return nil
        }
    }

    /// Words that name a run by themselves.
    package static var words: [String] {
        [present] + SearchRequest.Fusion.allCases.map(\.rawValue) + SearchRequest.Mode.allCases.map(\.rawValue)
    }

    /// Whether its searches need the query's vector.
    package var embeds: Bool {
        guard case .search(let members) = source else { return false }
        return members["mode"]?.stringValue != SearchRequest.Mode.bm25.rawValue
    }

    /// Whether it is a search that leaves everything to the collection's settings.
    package var isPresent: Bool {
        guard case .search(let members) = source else { return false }
        return members.isEmpty
    }

    /// The members of a search that can be settings of a collection too.
    private static let settable = ["fusion", "bm25_weight", "vector_weight", "k"]

    /// What to set so that searches which say nothing rank as this run; nil where settings cannot say it.
    package var settings: JSONObject? {
        guard case .search(var members) = source, !members.isEmpty else { return nil }
        guard members["mode"] == nil || members["mode"] == .string(SearchRequest.Mode.hybrid.rawValue) else {
            return nil
        }
        members["mode"] = nil
        guard !members.isEmpty, members.keys.allSatisfy(Self.settable.contains) else { return nil }
        return members
    }

    /// The request of its searches, to be given a query; nil for rankings made elsewhere.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` naming the member.
    func request(in collection: String) throws(ApplianceError) -> SearchRequest? {
        guard case .search(var members) = source else { return nil }
        members["query"] = "?"
        var fields = Fields(members)
        var request = try SearchRequest(&fields)
        request.collection = collection
        return request
    }
}
