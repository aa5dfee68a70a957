package import BM25
package import IndexCore
package import JSON

/// Why one document stands where it stands in the answer to one request, or why it is not there.
///
/// Made by the code that searches, on one snapshot: the numbers are those of a search for the same request.
package struct HitExplanation: Sendable {
    /// Why a search does not return the document.
    package enum Exclusion: String, Sendable {
        /// No leg that ran knows it: none of the words, no vector.
        case noMatch = "no_match"
        /// The request hides it.
        case hidden
        /// Its metadata does not pass the filter.
        case filter
        /// Each leg that ran has enough better ones; a larger `depth` would bring it in.
        case depth
        /// The walk through the vector graph did not come by, though its place is within the depth.
        case missed
        case minVectorScore = "min_vector_score"
        case minScore = "min_score"
    }

    /// Where a passage lies.
    package struct Place: Sendable {
        package var range: Range<Int>
        package var page: Int?
        package var heading: String?
    }

    /// One leg's word, from all it knows.
    package struct Leg: Sendable {
        /// The leg's score of the document, whether or not it returned it; nil where it has none.
        package var score: Float?
        /// Its place in the list that was fused.
        package var rank: Int?
        /// Its place among all documents of the collection, before depth and floors.
        package var exactRank: Int?
        /// Documents the leg gives at most.
        package var depth: Int
        /// Its best passage in this leg, and where that lies.
        var passageID: PassageID?
        package var passage: Place?
        /// Whether its exact place lies behind what the leg gives.
        package var isBeyond: Bool { exactRank.map { $0 > depth } ?? false }
    }

    package var documentID: String
    package var collection: String
    package var title: String
    /// The place in the whole answer, over all pages, from 1; nil where the document is not in it.
    package var rank: Int?
    package var excludedBy: Exclusion?
    /// Nil where the leg did not run.
    package var keyword: Leg?
    package var vector: Leg?
    package var terms: BM25Explanation
    /// The score node by node, where the query is more than plain words.
    package var tree: BM25ScoreTree?
    /// Rankings that the search went without because they are off.
    var off = LegsLeftOut()
    package var statistics: BM25Statistics
    package var parameters: BM25Parameters
    /// Whether the legs were asked about all documents: only then are exact places and ``matching`` known.
    package var knowsAll = false
    package var matching = 0
    package var vectorSpace = ""
    /// What the vectors of the leg lie in, and the query's own.
    package var vectorSegment = ""
    package var queryVectorHash = ""
    package var fusion: FusionExplanation?
    /// In the place of ``fusion`` where that was calibrated.
    package var calibration: CalibrationExplanation?
    /// What the request's boosts, decays, pins and other wishes made of it; nil where it had none.
    package var shaping: ShapingExplanation?
    /// How diversity placed it.
    package var diversity: MaximalMarginalRelevance.Choice?
    /// With everything decided that it had left to settings.
    package var request: SearchRequest
    package var degraded = false
    package var warnings: [String] = []
    package var indexFingerprint = ""
    package var took = Duration.zero
    /// What a search gives with the hit, when asked for; nil where the document is not in the answer.
    package var receipt: [UInt8]?
    /// Whether a receipt still holds, where one was given.
    package var verification: ReceiptVerification?
}

extension HitExplanation {
    /// The explanation as JSON, for every door.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("doc_id", documentID)
        writer.member("collection", collection)
        writer.member("uri", DocumentURI.make(collection: collection, id: documentID))
        writer.member("title", title)
        writer.member("found", rank != nil)
        if let rank { writer.member("rank", rank) }
        if let excludedBy { writer.member("excluded_by", excludedBy.rawValue) }
        writer.member("summary", summary)
        writeEvidence(to: &writer)
        writer.member("degraded", degraded)
        writer.member("warnings", warnings)
        writer.member("index_fingerprint", indexFingerprint)
        writer.member("took_ms", Double(took / .microseconds(10)).rounded() / 100)
        if let receipt { writer.member("receipt", raw: receipt) }
        if let verification {
            writer.key("verification")
            verification.write(to: &writer)
        }
        writer.endObject()
    }

    /// The members that say how the score came about, the same in explanations and receipts.
    func writeEvidence(to writer: inout JSONWriter) {
        writer.key("bm25")
        writeKeywords(to: &writer)
        writer.key("vector")
        writer.beginObject()
        writer.member("ran", vector != nil)
        if off.vector { writer.member("switched_off", true) }
        if let vector {
            write(vector, to: &writer)
            writer.member("vector_space", vectorSpace)
            writer.member("segment", vectorSegment)
            writer.member("query_sha256", queryVectorHash)
        }
        writer.endObject()
        if let calibration {
            writer.key("fusion")
            calibration.write(to: &writer)
        } else if let fusion {
            writer.key("fusion")
            write(fusion, to: &writer)
        }
        if let shaping {
            writer.key("shaping")
            shaping.write(to: &writer)
        }
        if let diversity {
            writer.key("diversity")
            write(diversity, to: &writer)
        }
    }

    private func writeKeywords(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("ran", keyword != nil)
        if off.keyword { writer.member("switched_off", true) }
        if let keyword { write(keyword, to: &writer) }
        if knowsAll { writer.member("matching_documents", matching) }
        writer.member("k1", parameters.k1)
        writer.member("b", parameters.b)
        writer.member("title_weight", parameters.titleWeight)
        // Passages without a word count nowhere.
        writer.member("passages", statistics.wordedPassageCount)
        writer.member("average_length", Self.average(statistics.tokenCount, statistics.wordedPassageCount))
        if tree != nil {
            writer.member("titled_passages", statistics.titledPassageCount)
            writer.member(
                "average_title_length", Self.average(statistics.titleTokenCount, statistics.titledPassageCount))
        }
        if terms.passage != nil {
            writer.member("length", terms.length)
            writer.member("coded_length", terms.codedLength)
            // The leaves of a tree have their own.
            if tree == nil { writer.member("norm_inverse", terms.normInverse) }
        }
        writer.key("terms")
        writer.beginArray()
        for term in terms.terms {
            writer.beginObject()
            writer.member("term", term.term)
            writer.member("tf", term.frequency)
            writer.member("df", term.documentFrequency)
            writer.member("idf", term.inverseDocumentFrequency)
            writer.member("contribution", term.contribution)
            writer.endObject()
        }
        writer.endArray()
        if let tree {
            writer.key("tree")
            tree.write(to: &writer)
        }
        writer.endObject()
    }

    private static func average(_ words: Int, _ passages: Int) -> Double {
        passages > 0 ? Double(words) / Double(passages) : 0
    }

    private func write(_ leg: Leg, to writer: inout JSONWriter) {
        if let score = leg.score { writer.member("score", score) }
        if let rank = leg.rank { writer.member("rank", rank) }
        if let exactRank = leg.exactRank { writer.member("exact_rank", exactRank) }
        writer.member("depth", leg.depth)
        if knowsAll { writer.member("beyond", leg.isBeyond) }
        guard let passage = leg.passage else { return }
        writer.key("passage")
        writer.beginObject()
        writer.member("start", passage.range.lowerBound)
        writer.member("end", passage.range.upperBound)
        if let page = passage.page { writer.member("page", page) }
        if let heading = passage.heading { writer.member("heading", heading) }
        writer.endObject()
    }

    private func write(_ fusion: FusionExplanation, to writer: inout JSONWriter) {
        writer.beginObject()
        // What calibrated fusion cannot join is joined by rank.
        let isByRank = request.fusion != .minmax
        writer.member("method", (isByRank ? SearchRequest.Fusion.rrf : .minmax).rawValue)
        if isByRank, let k = request.k { writer.member("k", k) }
        writer.member("bm25_weight", fusion.keywordWeight)
        writer.member("vector_weight", fusion.vectorWeight)
        for (name, share) in [("bm25", fusion.keyword), ("vector", fusion.vector)] {
            guard let share else { continue }
            writer.key(name)
            writer.beginObject()
            writer.member("rank", share.leg.rank)
            writer.member("score", share.leg.score)
            if request.fusion == .minmax {
                writer.member("lowest", share.scores.lowerBound)
                writer.member("highest", share.scores.upperBound)
            }
            writer.member("contribution", share.contribution)
            writer.endObject()
        }
        writer.member("fusion_score", fusion.fusionScore)
        writer.member("score", fusion.score)
        writer.endObject()
    }

    private func write(_ choice: MaximalMarginalRelevance.Choice, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("diversity", request.diversity)
        writer.member("rank_before", choice.index + 1)
        if let similarity = choice.similarity, let nearest = choice.nearest {
            writer.member("similarity", similarity)
            writer.member("similar_to_rank", nearest + 1)
        }
        if let value = choice.value { writer.member("value", value) }
        writer.endObject()
    }

    /// The outcome in one sentence.
    var summary: String {
        if verification?.reasons.first?.cause == .documentGone { return "It is not there any more." }
        if let rank, let pinned = shaping?.pinned {
            return "It is number \(rank) of the answer: number \(pinned) of the pinned documents."
        }
        if let rank {
            let places = [
                ("words", calibration?.keywordRank ?? fusion?.keyword?.leg.rank),
                ("meaning", calibration?.vectorRank ?? fusion?.vector?.leg.rank),
            ]
            let legs = places.compactMap { name, place in place.map { "rank \($0) by \(name)" } }
            return "It is number \(rank) of the answer: \(legs.joined(separator: ", "))."
        }
        switch excludedBy {
        case .hidden?: return "It is not in the answer: the request hides it."
        case .filter?: return "It is not in the answer: its metadata does not pass the filter."
        case .noMatch?: return "It is not in the answer: no ranking that ran knows it."
        case .depth?: return "It is not in the answer: each ranking that ran has enough better documents."
        case .missed?:
            return "It is not in the answer: the graph search missed it; a larger ef makes that less likely."
        case .minVectorScore?:
            return "It is not in the answer: min_vector_score leaves it out."
        case .minScore?: return "It is not in the answer: its score is below min_score."
        case nil: return "It is not in the answer."
        }
    }
}
