import BM25
import JSON
import TenantStore

/// The four steps from a question to an answer with citations, whoever asks: search, rank, generate, verify.
struct Answering: Sendable {
    /// What is asked for.
    struct Question: Sendable {
        var search: SearchRequest
        /// Passages the answer may be taken from.
        var sources = 5
    }

    let appliance: SearchAppliance
    let context: RequestContext

    /// The best documents, ten unless the question says otherwise.
    func search(_ question: Question) async throws -> JSONValue {
        let response = try await appliance.search(question.search, context)
        var writer = JSONWriter(reservingCapacity: 8_192)
        response.write(to: &writer)
        return try JSONValue(parsing: writer.bytes)
    }

    /// The passages of the found documents by search score and by how much of the question they hold, half and half.
    func rank(_ found: JSONValue, for question: Question) async throws -> [AnswerSource] {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let words = Set(BM25Query(question.search.query, parameters: BM25Parameters()).terms)
        var sources: [AnswerSource] = []
        for hit in found["hits"]?.arrayValue ?? [] {
            try checkpoint()
            guard let id = hit["doc_id"]?.stringValue, let collection = hit["collection"]?.stringValue,
                let start = hit["passage"]?["start"]?.integerValue,
                let passage = try await engine.passage(of: id, in: collection, at: Int(start))
            else { continue }
            let title = hit["title"]?.stringValue ?? ""
            let terms = Set(BM25Query(title + "\n" + passage.text, parameters: BM25Parameters()).terms)
            let share = words.isEmpty ? 0 : Double(terms.intersection(words).count) / Double(words.count)
            sources.append(
                AnswerSource(
                    number: 0, documentID: id, collection: collection, title: title, start: passage.start,
                    end: passage.end, page: passage.page, heading: passage.heading,
                    score: ((hit["score"]?.doubleValue ?? 0) + share) / 2, text: passage.text))
        }
        // Equal scores stay in the order of the search.
        let order = sources.indices.sorted { (sources[$1].score, $0) < (sources[$0].score, $1) }
        return order.prefix(question.sources).enumerated().map { place, index in
            var source = sources[index]
            source.number = place + 1
            return source
        }
    }

    /// The sentences that answer the question.
    func generate(_ question: Question, from sources: [AnswerSource]) throws -> [AnswerClaim] {
        try ExtractiveWriter().answer(question.search.query, from: sources, checkpoint: checkpoint)
    }

    /// Which sentences stand in their documents as these are stored now, byte for byte.
    func verify(_ claims: [AnswerClaim], of sources: [AnswerSource]) async throws -> [(
        claim: AnswerClaim, stands: Bool
    )] {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        var passages: [Int: String] = [:]
        for source in sources where claims.contains(where: { $0.source == source.number }) {
            try checkpoint()
            passages[source.number] = try await engine.passage(
                of: source.documentID, in: source.collection, at: source.start)?.text
        }
        let starts = Dictionary(sources.map { ($0.number, $0.start) }, uniquingKeysWith: { first, _ in first })
        return claims.map { claim in
            let start = starts[claim.source] ?? .max
            return (claim, CitationCheck.stands(claim, in: passages[claim.source], from: start))
        }
    }

    private func checkpoint() throws {
        if context.cancellation.isCancelled { throw CancellationError() }
        if context.isPastDeadline { throw ApplianceError.timeout(after: context.operation.timeout ?? .zero) }
    }
}
