import JSON
import TenantStore

/// What is asked of an evaluation over HTTP.
struct EvaluationRequest: Sendable {
    /// How much is told.
    enum Detail: String, CaseIterable, Sendable {
        /// Means, intervals and comparisons.
        case summary
        /// The measures of each query too.
        case queries
        /// What every run ranked, and nothing measured: judgments are not looked at.
        case rankings
    }

    var collection: String
    var runs: [EvaluationRun]
    /// Nil: those that the collection keeps.
    var queries: [JudgmentChange]?
    var cutoff = RankingMeasures.usualCutoff
    var detail = Detail.summary

    /// Queries times runs.
    static let rankingLimit = 5_000
    static let cutoffRange = 1...100
    /// Documents of one ranking that was made elsewhere.
    static let documentLimit = 1_000

    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``, which names the member.
    init(_ object: JSONObject, collection: String) throws(ApplianceError) {
        self.collection = collection
        var fields = Fields(object)
        guard let items = try fields.list("runs", count: EvaluationRun.countRange) else {
            throw .invalidArgument(
                name: "runs", reason: "is required: a list of names, as [\"rrf\", \"calibrated\"], or of objects")
        }
        runs = []
        for (index, item) in items.enumerated() {
            let run = try Self.run(item, "runs[\(index)]")
            guard !runs.contains(where: { $0.name == run.name }) else {
                throw .invalidArgument(name: "runs[\(index)].name", reason: "is that of another run")
            }
            runs.append(run)
        }
        queries = try JudgmentFields.read(
            &fields, queries: 1...Self.rankingLimit, judgments: TenantEngine.judgmentLimit, takesBack: false)
        for (index, query) in (queries ?? []).enumerated() where query.text == nil {
            throw .invalidArgument(name: "queries[\(index)].text", reason: "is required: a string")
        }
        if let cutoff = try fields.integer("cutoff", in: Self.cutoffRange) { self.cutoff = cutoff }
        if let detail = try fields.choice("detail", of: Detail.allCases) { self.detail = detail }
        try fields.finish()
        if let queries { try check(queryCount: queries.count) }
    }

    /// Refuses more work than one call may ask for.
    func check(queryCount: Int) throws(ApplianceError) {
        guard queryCount * runs.count <= Self.rankingLimit else {
            throw .invalidArgument(
                name: "runs",
                reason: "times queries must be at most \(Self.rankingLimit), not \(runs.count) times \(queryCount)")
        }
    }

    private static func run(_ value: JSONValue, _ place: String) throws(ApplianceError) -> EvaluationRun {
        if let word = value.stringValue {
            guard let run = EvaluationRun(word: word) else {
                throw .invalidArgument(
                    name: place,
                    reason:
                        "must be one of \(EvaluationRun.words.joined(separator: ", ")), or an object with `name` and "
                        + "`search` or `rankings`")
            }
            return run
        }
        guard let object = value.objectValue else {
            throw .invalidArgument(name: place, reason: "must be a name or an object")
        }
        var fields = Fields(object, prefix: place + ".")
        let name = try fields.requiredText("name", limit: EvaluationRun.nameLimit)
        let search = try fields.object("search")
        let rankings = try fields.object("rankings")
        try fields.finish()
        guard !name.isEmpty else { throw .invalidArgument(name: place + ".name", reason: "must not be empty") }
        switch (search, rankings) {
        case (let members?, nil): return try EvaluationRun(name: name, members: members)
        case (nil, let rankings?):
            return EvaluationRun(name: name, rankings: try read(rankings, place + ".rankings"))
        default: throw .invalidArgument(name: place, reason: "must have either `search` or `rankings`")
        }
    }

    private static func read(_ rankings: JSONObject, _ place: String) throws(ApplianceError) -> [String: RankedQuery] {
        var found: [String: RankedQuery] = [:]
        for (query, value) in rankings.members {
            guard let items = value.arrayValue, items.count <= documentLimit else {
                throw .invalidArgument(name: place, reason: "must hold lists of at most \(documentLimit) document ids")
            }
            var seen: Set<String> = []
            var documents: [(id: String, score: Double)] = []
            for (rank, item) in items.enumerated() {
                guard let id = item.stringValue, seen.insert(id).inserted else {
                    throw .invalidArgument(name: place, reason: "must hold lists of document ids, each of them once")
                }
                documents.append((id, Double(items.count - rank)))
            }
            found[query] = RankedQuery(query: query, documents: documents)
        }
        return found
    }
}
