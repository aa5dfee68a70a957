import IndexCore
import JSON

/// How a collection's owner has its two rankings joined; what is nil is left to the server.
package struct FusionSettings: Sendable, Hashable {
    package var method: SearchRequest.Fusion?
    /// Of the legs, 0 or more; only their ratio counts.
    package var keywordWeight: Double?
    package var vectorWeight: Double?
    /// The constant of reciprocal rank fusion.
    package var k: Double?
    /// Of calibrated fusion: how much the keyword leg counts, and how far the question moves towards the two best.
    package var weight: Double?
    package var feedback: Double?

    package init() {}

    static let shareRange = 0.0...1_000.0
    static let kRange = 1.0...10_000.0
    static let weightRange = 0.0...10.0
    static let feedbackRange = 0.0...1.0

    /// The members, as settings of a collection name them.
    static let names = ["fusion", "bm25_weight", "vector_weight", "k", "weight", "feedback"]

    /// Takes the members of settings; what is left out or null is not set.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``, which names the member.
    init(_ fields: inout Fields) throws(ApplianceError) {
        if !fields.takeNull("fusion") { method = try fields.choice("fusion", of: SearchRequest.Fusion.allCases) }
        func number(_ name: String, _ range: ClosedRange<Double>) throws(ApplianceError) -> Double? {
            fields.takeNull(name) ? nil : try fields.number(name, in: range)
        }
        keywordWeight = try number("bm25_weight", Self.shareRange)
        vectorWeight = try number("vector_weight", Self.shareRange)
        k = try number("k", Self.kRange)
        weight = try number("weight", Self.weightRange)
        feedback = try number("feedback", Self.feedbackRange)
        try FusionRule.check(keywordWeight, vectorWeight)
    }

    /// Writes the members that are set.
    func writeMembers(to writer: inout JSONWriter) {
        if let method { writer.member("fusion", method.rawValue) }
        if let keywordWeight { writer.member("bm25_weight", keywordWeight) }
        if let vectorWeight { writer.member("vector_weight", vectorWeight) }
        if let k { writer.member("k", k) }
        if let weight { writer.member("weight", weight) }
        if let feedback { writer.member("feedback", feedback) }
    }

    /// Equal texts, equal settings: for the fingerprint of an index.
    var fingerprint: String {
        let numbers = [keywordWeight, vectorWeight, k, weight, feedback].map { $0.map { "\($0)" } ?? "" }
        return "\(method?.rawValue ?? ""),\(numbers.joined(separator: ","))"
    }
}
