import Access
import CCurl

/// Reads small documents of an identity provider by HTTPS: the one thing for which a server connects to another machine,
/// and only where its operator has named an issuer.
struct KeyFetch: Sendable {
    /// For one document, from the name's lookup to the last byte.
    private static let timeout = Duration.seconds(5)

    /// PEM certificates to trust instead of the system's.
    let authorities: String?
    /// Whether this machine may be asked without TLS.
    let allowsLoopback: Bool

    /// The document at a URL: status 200, no redirects, at most ``ForeignKeySet/sizeLimit`` bytes.
    ///
    /// Blocks for up to five seconds.
    /// - Throws: ``IdentityProviderError``.
    func document(at url: String) throws(IdentityProviderError) -> [UInt8] {
        guard let address = WebAddress(url), address.isTrustworthy(allowingLoopback: allowsLoopback) else {
            throw .unusable("\(url) is not an https:// address")
        }
        if let complaint = CurlLibrary.complaint { throw .unreachable(url: url, reason: complaint) }
        guard let handle = carrel_curl_easy_init() else {
            throw .unreachable(url: url, reason: "libcurl has no memory")
        }
        defer { carrel_curl_easy_cleanup(handle) }
        let isLocal = HostAndPort.isLoopback(address.origin.host)
        let headers = carrel_curl_slist_append(nil, "Accept: application/json")
        defer { carrel_curl_slist_free_all(headers) }
        carrel_curl_set_pointer(handle, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(headers))
        carrel_curl_set_string(handle, CURLOPT_URL, url)
        carrel_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, isLocal && allowsLoopback ? "http,https" : "https")
        if isLocal { carrel_curl_set_string(handle, CURLOPT_PROXY, "") }
        CurlLibrary.verify(handle, trusting: authorities)
        carrel_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        carrel_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        carrel_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(Self.timeout / .milliseconds(1)))
        let words = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        words.initialize(repeating: 0)
        defer { words.deallocate() }
        carrel_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, words.baseAddress)
        var body = Body()
        let code = withUnsafeMutablePointer(to: &body) { body in
            carrel_curl_set_write(handle, Self.receive, body)
            return carrel_curl_easy_perform(handle)
        }
        guard code == CURLE_OK else {
            if body.isTooLarge {
                throw .unreachable(url: url, reason: "more than \(ForeignKeySet.sizeLimit) bytes")
            }
            let said = words.baseAddress.map { String(cString: $0) } ?? ""
            throw .unreachable(url: url, reason: reason(code, said))
        }
        var status = 0
        carrel_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        guard status == 200 else { throw .unusable("\(url) answers HTTP status \(status)") }
        return body.bytes
    }

    private struct Body {
        var bytes: [UInt8] = []
        var isTooLarge: Bool { bytes.count > ForeignKeySet.sizeLimit }
    }

    private static let receive: curl_write_callback = { bytes, size, count, context in
        guard let bytes, let body = context?.assumingMemoryBound(to: Body.self) else { return 0 }
        body.pointee.bytes += UnsafeRawBufferPointer(start: bytes, count: size * count)
        return body.pointee.isTooLarge ? 0 : size * count
    }

    /// What went wrong, in libcurl's words, and what to do where it is a certificate.
    private func reason(_ code: CURLcode, _ said: String) -> String {
        let said = said.isEmpty ? String(cString: carrel_curl_easy_strerror(code)) : said
        guard code == CURLE_PEER_FAILED_VERIFICATION else { return said }
        let trusted = authorities.map { "\($0) (auth.oidc.cacert)" } ?? "the system's authorities"
        return "\(said); it must be valid for this host and issued by one of \(trusted)"
    }
}
