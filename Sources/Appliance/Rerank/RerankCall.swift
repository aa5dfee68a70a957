import CCurl
import HTTPServer
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
    /// - Throws: ``RerankAnswer/Unusable``.
    func scores(
        _ query: String, _ documents: [String], timeout: Duration
    ) throws(RerankAnswer.Unusable) -> [Float] {
        if let complaint = CurlLibrary.complaint {
            throw RerankAnswer.Unusable(reason: "cannot be called: \(complaint)")
        }
        guard let handle = carrel_curl_easy_init() else {
            throw RerankAnswer.Unusable(reason: "cannot be called: libcurl has no memory")
        }
        defer { carrel_curl_easy_cleanup(handle) }
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { carrel_curl_slist_free_all(lines) }
        var headers = ["Content-Type: application/json", "Accept: application/json", "Expect:"]
        if let key { headers.append("Authorization: Bearer \(key)") }
        for header in headers { lines = carrel_curl_slist_append(lines, header) }
        carrel_curl_set_pointer(handle, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(lines))
        carrel_curl_set_string(handle, CURLOPT_URL, url)
        let isLocal = WebAddress(url).map { HostAndPort.isLoopback($0.origin.host) } ?? false
        carrel_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, isLocal ? "http,https" : "https")
        if isLocal { carrel_curl_set_string(handle, CURLOPT_PROXY, "") }
        CurlLibrary.verify(handle, trusting: authorities)
        carrel_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        carrel_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        carrel_curl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(timeout / .milliseconds(1))))
        carrel_curl_set_long(handle, CURLOPT_POST, 1)
        let sent = body(query, documents)
        carrel_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, sent.count)
        sent.withUnsafeBytes { bytes in
            // Copied at once, so the pointer need not last.
            _ = carrel_curl_set_pointer(
                handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
        var received: [UInt8] = []
        let code = withUnsafeMutablePointer(to: &received) { received in
            carrel_curl_set_write(handle, Self.receive, received)
            return carrel_curl_easy_perform(handle)
        }
        guard code == CURLE_OK else { throw RerankAnswer.Unusable(reason: Self.reason(code)) }
        var status = 0
        carrel_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        guard status == 200 else { throw RerankAnswer.Unusable(reason: "answered HTTP status \(status)") }
        return try RerankAnswer.scores(received, count: documents.count)
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

    private static let receive: curl_write_callback = { bytes, size, count, context in
        guard let bytes, let body = context?.assumingMemoryBound(to: [UInt8].self) else { return 0 }
        guard body.pointee.count + size * count <= answerLimit else { return 0 }
        body.pointee += UnsafeRawBufferPointer(start: bytes, count: size * count)
        return size * count
    }

    private static func reason(_ code: CURLcode) -> String {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: "did not answer in time"
        case CURLE_WRITE_ERROR: "answered more than \(answerLimit >> 20) MiB"
        default:
            "cannot be reached: "
                + (carrel_curl_easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)")
        }
    }
}
