/// Why a request is refused before a handler sees it; `reason` holds nothing from the request.
package struct RequestFault: Error, Hashable, Sendable {
    /// The status of the answer.
    package let status: Int
    /// A short English phrase.
    package let reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}
