/// Why hits were not put into another model's order.
package struct RerankFault: Error, Equatable, Sendable {
    /// What it is counted as.
    package enum Reason: String, Sendable, CaseIterable {
        // Calls that gave nothing.
        case timeout, certificate, unreachable, status, answer
        // Searches for which there was no call.
        /// After several failures in a row.
        case paused
        /// Too many searches wait for the endpoint.
        case busy
        /// The query has no words.
        case wordless
        /// The operator named no endpoint.
        case unconfigured
    }

    package var reason: Reason
    /// In words for the answer's warnings.
    package var words: String
    /// What the operator is told beside it: may name addresses and files.
    package var detail: String

    package init(_ reason: Reason, _ words: String, detail: String? = nil) {
        self.reason = reason
        self.words = words
        self.detail = detail ?? words
    }

    /// The endpoint did, or did not, as these words say.
    static func endpoint(_ reason: Reason, _ deed: String, detail: String? = nil) -> RerankFault {
        RerankFault(reason, "the rerank endpoint \(deed)", detail: detail)
    }
}
