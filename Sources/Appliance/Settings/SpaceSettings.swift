package import HNSW
import JSON

/// What may be set about the index of vectors of one space.
///
/// JSON is its one form outside this process, as of ``CollectionSettings``, of which it is a part.
package struct SpaceSettings: Sendable, Hashable {
    /// What the graph is like; a change makes the index anew.
    package var parameters: HNSWParameters
    /// Passages a walk through the graph keeps where the search does not say; nil is the engine's own.
    package var ef: Int?

    package init(parameters: HNSWParameters = HNSWParameters(), ef: Int? = nil) {
        self.parameters = parameters
        self.ef = ef
    }

    static let mRange = 2...32
    static let efConstructionRange = 8...4_096
    /// Components of a vector.
    static let dimensionRange = VectorIndex.dimensions

    /// Takes the members of settings; what is left out has its default.
    /// - Parameter takesMetric: Whether vectors of this space may be compared otherwise than by their angle.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``, which names the member.
    init(_ fields: inout Fields, takesMetric: Bool) throws(ApplianceError) {
        let usual = HNSWParameters()
        let metric = takesMetric ? try fields.choice("metric", of: MetricName.allCases) : nil
        let codes = try fields.choice("codes", of: CodesName.allCases)
        let m = try fields.integer("m", in: Self.mRange) ?? usual.m
        let construction = try fields.integer("ef_construction", in: Self.efConstructionRange)
        if let construction, construction < m {
            throw .invalidArgument(name: "ef_construction", reason: "must be at least m, which is \(m)")
        }
        if !fields.takeNull("ef") { ef = try fields.integer("ef", in: SearchRequest.efRange) }
        parameters = HNSWParameters(
            metric: metric?.value ?? .cosine, codes: codes?.value ?? usual.codes, m: m,
            efConstruction: construction ?? usual.efConstruction)
    }

    /// Writes the members of settings, every one of them.
    func writeMembers(to writer: inout JSONWriter, withMetric: Bool) {
        if withMetric { writer.member("metric", MetricName(parameters.metric).rawValue) }
        writer.member("codes", CodesName(parameters.codes).rawValue)
        writer.member("m", parameters.m)
        writer.member("ef_construction", parameters.efConstruction)
        if let ef { writer.member("ef", ef) }
    }

    /// A metric as people write it.
    enum MetricName: String, CaseIterable {
        case cosine, dot, euclidean

        init(_ metric: VectorMetric) {
            self =
                switch metric {
                case .cosine: .cosine
                case .dot: .dot
                case .euclidean: .euclidean
                }
        }

        var value: VectorMetric {
            switch self {
            case .cosine: .cosine
            case .dot: .dot
            case .euclidean: .euclidean
            }
        }
    }

    /// Codes as people write them.
    enum CodesName: String, CaseIterable {
        case float32 = "fp32"
        case int8
        case int4 = "4bit"

        init(_ codes: TraversalCodes) {
            self =
                switch codes {
                case .float32: .float32
                case .int8: .int8
                case .int4: .int4
                }
        }

        var value: TraversalCodes {
            switch self {
            case .float32: .float32
            case .int8: .int8
            case .int4: .int4
            }
        }
    }
}
