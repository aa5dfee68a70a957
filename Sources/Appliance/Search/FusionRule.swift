package import IndexCore

/// How the rankings of one collection are joined for one request, once everybody was asked.
///
/// What the request says wins over the collection's settings, those over the server's configuration, that over `rrf`
/// (docs/decisions/0101).
package struct FusionRule: Sendable, Hashable {
    package var method = SearchRequest.Fusion.rrf
    package var keywordWeight = 0.5
    package var vectorWeight = 0.5
    package var k = 60.0
    /// Of calibrated fusion.
    package var weight = CalibratedFusion.usualWeight
    package var feedback = CalibratedFusion.usualFeedback

    /// - Parameters:
    ///   - standard: The server's method.
    ///   - joins: Whether two rankings are to be joined: of one alone settings change nothing, not even how far it can be
    ///     paged through.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` where request and settings together leave both weights 0.
    package init(
        _ request: SearchRequest, _ settings: FusionSettings, standard: SearchRequest.Fusion, joins: Bool
    ) throws(ApplianceError) {
        method = request.fusion ?? (joins ? settings.method ?? standard : .rrf)
        keywordWeight = request.keywordWeight ?? settings.keywordWeight ?? keywordWeight
        vectorWeight = request.vectorWeight ?? settings.vectorWeight ?? vectorWeight
        k = request.k ?? settings.k ?? k
        weight = settings.weight ?? weight
        feedback = settings.feedback ?? feedback
        if joins { try Self.check(keywordWeight, vectorWeight) }
    }

    /// Refuses weights that are both 0; nil is the default.
    static func check(_ keyword: Double?, _ vector: Double?) throws(ApplianceError) {
        guard keyword != 0 || vector != 0 else {
            throw .invalidArgument(name: "bm25_weight", reason: "and vector_weight must not both be 0")
        }
    }

    /// The fusion of ranks or scores.
    package var rankFusion: RankFusion {
        // Where calibrated fusion cannot run, ranks are what is left.
        let form: FusionMethod = method == .minmax ? .minMax : .reciprocalRank(k: k)
        return RankFusion(method: form, keywordWeight: keywordWeight, vectorWeight: vectorWeight)
    }

    /// The calibrated one.
    package var calibratedFusion: CalibratedFusion {
        CalibratedFusion(weight: weight, feedback: feedback, keywordShare: keywordWeight, vectorShare: vectorWeight)
    }

    /// The request with what was decided in it.
    package func applied(to request: SearchRequest) -> SearchRequest {
        var request = request
        (request.fusion, request.k) = (method, k)
        (request.keywordWeight, request.vectorWeight) = (keywordWeight, vectorWeight)
        return request
    }
}
