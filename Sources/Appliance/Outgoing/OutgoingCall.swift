import CCurl

/// One exchange by HTTP with another machine: without redirects, within a bounded time, with a bounded answer.
///
/// Whom the box may call at all, its callers decide.
struct OutgoingCall {
    let url: String
    let timeout: Duration
    /// Bytes of an answer's body.
    let answerLimit: Int
    var headers: [(String, String)] = []
    /// What is sent by POST; nil asks by GET.
    var body: [UInt8]?
    /// Whether it may go without TLS.
    var allowsPlainHTTP = false
    /// Whether it goes through the proxy that the environment names.
    var usesProxy = true
    /// Where it connects to, whatever libcurl makes of the URL: `ADDRESS:PORT`.
    var destination: String?
    var trust = TrustedAuthorities()

    struct Answer {
        var status: Int
        var body: [UInt8]
    }

    /// Why there is no answer.
    ///
    /// ``kind`` is fit for anybody's eyes, ``detail`` says whatever is known.
    enum Failure: Error {
        case unusable(reason: String)
        case timedOut
        /// What came before it was too much.
        case tooLarge(status: Int)
        case certificate(kind: String, detail: String)
        case unreachable(kind: String, detail: String)

        var kind: String {
            switch self {
            case .unusable(let reason): reason
            case .timedOut: "did not answer in time"
            case .tooLarge: "answered too much"
            case .certificate(let kind, _), .unreachable(let kind, _): kind
            }
        }

        var detail: String {
            switch self {
            case .certificate(_, let detail), .unreachable(_, let detail): detail
            default: kind
            }
        }
    }

    /// Sends it and waits; blocks for up to ``timeout``.
    func perform() throws(Failure) -> Answer {
        if let complaint = CurlLibrary.complaint { throw .unusable(reason: complaint) }
        guard let handle = carrel_curl_easy_init() else { throw .unusable(reason: "libcurl has no memory") }
        defer { carrel_curl_easy_cleanup(handle) }
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { carrel_curl_slist_free_all(lines) }
        for (name, value) in headers + [("Expect", "")] {
            lines = carrel_curl_slist_append(lines, "\(name): \(value)")
        }
        carrel_curl_set_pointer(handle, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(lines))
        let places = destination.flatMap { carrel_curl_slist_append(nil, "::\($0)") }
        defer { carrel_curl_slist_free_all(places) }
        carrel_curl_set_pointer(handle, CURLOPT_CONNECT_TO, UnsafeMutableRawPointer(places))
        prepare(handle)
        let words = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        words.initialize(repeating: 0)
        defer { words.deallocate() }
        carrel_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, words.baseAddress)
        var received = Received(limit: answerLimit)
        let code = withUnsafeMutablePointer(to: &received) { received in
            carrel_curl_set_write(handle, Self.receive, received)
            return carrel_curl_easy_perform(handle)
        }
        var status = 0
        carrel_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        if received.isTooLarge { throw .tooLarge(status: status) }
        guard code == CURLE_OK else { throw failure(code, said: words.baseAddress.map { String(cString: $0) } ?? "") }
        return Answer(status: status, body: received.bytes)
    }

    private func prepare(_ handle: UnsafeMutableRawPointer) {
        carrel_curl_set_string(handle, CURLOPT_URL, url)
        carrel_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, allowsPlainHTTP ? "http,https" : "https")
        if !usesProxy {
            carrel_curl_set_string(handle, CURLOPT_PROXY, "")
            carrel_curl_set_string(handle, CURLOPT_NOPROXY, "*")
        }
        CurlLibrary.verify(handle, trusting: trust.file)
        // A connection that serves one exchange gains nothing by HTTP/2.
        carrel_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        carrel_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        carrel_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        carrel_curl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(timeout / .milliseconds(1))))
        guard let body else { return }
        carrel_curl_set_long(handle, CURLOPT_POST, 1)
        carrel_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count)
        body.withUnsafeBytes { bytes in
            // Copied at once, so the pointer need not last.
            _ = carrel_curl_set_pointer(
                handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
    }

    private struct Received {
        let limit: Int
        var bytes: [UInt8] = []
        var isTooLarge = false
    }

    private static let receive: curl_write_callback = { bytes, size, count, context in
        guard let bytes, let received = context?.assumingMemoryBound(to: Received.self) else { return 0 }
        guard received.pointee.bytes.count + size * count <= received.pointee.limit else {
            received.pointee.isTooLarge = true
            return 0
        }
        received.pointee.bytes += UnsafeRawBufferPointer(start: bytes, count: size * count)
        return size * count
    }

    /// What went wrong, in libcurl's words, and what to do where it is a certificate.
    private func failure(_ code: CURLcode, said: String) -> Failure {
        let kind = carrel_curl_easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
        let detail = said.isEmpty ? kind : said
        return switch code {
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_PEER_FAILED_VERIFICATION:
            .certificate(
                kind: kind, detail: "\(detail); it must be valid for this host and issued by one of \(trust)")
        default: .unreachable(kind: kind, detail: detail)
        }
    }
}

/// Whose certificates another machine may show.
struct TrustedAuthorities: Sendable, CustomStringConvertible {
    /// Of PEM certificates; nil for the system's.
    var file: String?
    /// The setting that names the file.
    var setting = ""

    var description: String { file.map { "\($0) (\(setting))" } ?? "the system's authorities" }
}
