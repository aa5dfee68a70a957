import JSON

/// One POST of texts to a rerank endpoint, and what comes back: no redirects, a bounded answer, a bounded time.
struct RerankCall: Sendable {
    let url: String
    let model: String?
    /// The bearer token.
    let key: String?
    let authorities: String?

    /// Servers may send the documents back.
    private static let answerLimit = 4 << 20

    /// Asks how well each document answers the query; blocks for up to `timeout`.
    func scores(_ query: String, _ documents: [String], timeout: Duration) throws(RerankFault) -> [Float] {
        let isLocal = WebAddress(url)?.isLoopback ?? false
        var call = OutgoingCall(url: url, timeout: timeout, answerLimit: Self.answerLimit)
        call.headers = [("Content-Type", "application/json"), ("Accept", "application/json")]
        if let key { call.headers.append(("Authorization", "Bearer \(key)")) }
        call.body = body(query, documents)
        call.allowsPlainHTTP = isLocal
        call.usesProxy = !isLocal
        call.trust = TrustedAuthorities(file: authorities, setting: "search.rerank.cacert")
        let answer: OutgoingCall.Answer
        do {
            answer = try call.perform()
        } catch {
            throw Self.fault(error)
        }
        guard answer.status == 200 else { throw .endpoint(.status, "answered HTTP status \(answer.status)") }
        return try RerankAnswer.scores(answer.body, count: documents.count)
    }

    private func body(_ query: String, _ documents: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if let model { writer.member("model", model) }
        writer.member("query", query)
        writer.member("documents", documents)
        writer.member("top_n", documents.count)
        writer.endObject()
        return writer.bytes
    }

    private static func fault(_ failure: OutgoingCall.Failure) -> RerankFault {
        switch failure {
        case .timedOut: .late
        case .tooLarge: .endpoint(.answer, "answered more than \(answerLimit >> 20) MiB")
        case .certificate: .endpoint(.certificate, "shows a certificate that is not trusted", detail: failure.detail)
        case .unusable, .unreachable:
            .endpoint(.unreachable, "cannot be reached: \(failure.kind)", detail: failure.detail)
        }
    }
}

extension RerankFault {
    static let late = RerankFault.endpoint(.timeout, "did not answer in time")
}
