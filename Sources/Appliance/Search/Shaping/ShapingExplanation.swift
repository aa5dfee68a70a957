import Columns
package import IndexCore
package import JSON
import TenantStore

/// What a request's shaping made of one document.
package struct ShapingExplanation: Sendable {
    package struct Boost: Sendable {
        package var filter: String
        package var factor: Double
        /// Whether the document passes the filter.
        package var applies: Bool
    }

    package struct Fall: Sendable {
        package var field: String
        package var decay: Decay
        var origin: FieldKey?
        /// The nearest of the document's values to the origin; nil where it has none.
        var value: FieldKey?
        /// In the unit of the field, seconds for dates.
        package var distance: Double?
        package var factor: Double
    }

    /// What the fusion gave; nil where it does not know the document.
    package var scoreBefore: Double?
    package var boosts: [Boost] = []
    package var falls: [Fall] = []
    /// All of it multiplied.
    package var factor = 1.0
    /// ``scoreBefore`` times ``factor``, as hits tell it.
    package var score: Double? { scoreBefore.map { $0 * factor } }
    /// The other model's word; nil where it was not asked about this document.
    package var rerank: Reranked?
    /// The place among the pinned, from 1.
    package var pinned: Int?
    package var isHidden = false

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let scoreBefore { writer.member("score_before", scoreBefore) }
        if !boosts.isEmpty {
            writer.key("boosts")
            writer.beginArray()
            for boost in boosts {
                writer.beginObject()
                writer.member("filter", boost.filter)
                writer.member("factor", boost.factor)
                writer.member("applies", boost.applies)
                writer.endObject()
            }
            writer.endArray()
        }
        if !falls.isEmpty {
            writer.key("decay")
            writer.beginArray()
            for fall in falls { write(fall, to: &writer) }
            writer.endArray()
        }
        writer.member("factor", factor)
        if let score { writer.member("score", score) }
        if let rerank {
            writer.key("rerank")
            writer.beginObject()
            writer.member("rank_before", rerank.placeBefore + 1)
            if let score = rerank.score { writer.member("score", score) }
            writer.endObject()
        }
        if let pinned { writer.member("pinned", pinned) }
        if isHidden { writer.member("hidden", true) }
        writer.endObject()
    }

    private func write(_ fall: Fall, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("field", fall.field)
        writer.member("curve", fall.decay.curve.rawValue)
        if let origin = fall.origin {
            writer.key("origin")
            origin.write(to: &writer)
        }
        if let value = fall.value {
            writer.key("value")
            value.write(to: &writer)
        }
        if let distance = fall.distance { writer.member("distance", distance) }
        writer.member("factor", fall.factor)
        writer.endObject()
    }
}

extension Searcher {
    /// What the request's shaping made of a document; nil where nothing was asked.
    /// - Parameters:
    ///   - place: In the whole ranking, from 0.
    ///   - before: Its score by the fusion.
    func explainShaping(
        of document: PassageID, in source: Source, _ ranking: Ranking, place: Int?, before: Double?, now: FieldDate
    ) throws -> ShapingExplanation? {
        let shaping = request.shaping
        guard !shaping.isEmpty else { return nil }
        var only = IDSet()
        only.insert(document)
        let weight = try DocumentWeights(
            shaping, source.collection.columns, among: only, now: now, deadline: deadline
        ).weight(of: document)
        var explanation = ShapingExplanation(scoreBefore: before)
        explanation.factor = weight.factor
        explanation.boosts = zip(shaping.boosts, weight.boosts).map { boost, applies in
            ShapingExplanation.Boost(filter: boost.filter.description, factor: boost.factor, applies: applies)
        }
        explanation.falls = zip(shaping.decays, weight.falls).map { decay, fall in
            let isDate = decay.origin.type == .date
            return ShapingExplanation.Fall(
                field: decay.field, decay: decay.decay, origin: fall.origin, value: fall.value,
                distance: fall.distance.map { isDate ? $0 / 1e6 : $0 }, factor: fall.factor)
        }
        if let place {
            if place < ranking.pinCount {
                explanation.pinned = place + 1
            } else {
                explanation.rerank = ranking.reranked(at: place)
            }
        }
        explanation.isHidden = named?.hides(document, of: source.collection.record.id) ?? false
        return explanation
    }
}
