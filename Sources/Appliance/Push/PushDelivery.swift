import CCurl
import HTTPServer

/// One POST to a receiver: to the address that was checked, without redirects and proxies; what it answers is not kept.
struct PushDelivery {
    /// How a delivery ended.
    enum Result: Sendable, Equatable {
        /// A status of 200 to 299.
        case delivered
        /// No answer, 429 or 5xx: a later try may succeed.
        case failed(String)
        /// Another status, or a target that may not be called: trying again changes nothing.
        case refused(String)
    }

    static let timeoutMilliseconds = 10_000
    static let answerLimit = 64 << 10

    let url: PushURL
    let headers: [(String, String)]
    let body: [UInt8]

    /// Sends it; blocks for up to ten seconds.
    func send(allowed: PushAllowList, attempt: Int) -> Result {
        let address: IPAddress
        do throws(PushRefusal) {
            address = try allowed.address(for: url, attempt: attempt)
        } catch {
            return switch error {
            case .notAllowed(let address): .refused("\(address) port \(url.port) is not in push.allow")
            case .unknownHost: .failed("the host name is not known")
            }
        }
        if let complaint = CurlLibrary.complaint { return .failed(complaint) }
        guard let handle = carrel_curl_easy_init() else { return .failed("out of memory") }
        defer { carrel_curl_easy_cleanup(handle) }
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { carrel_curl_slist_free_all(lines) }
        for (name, value) in headers + [("Expect", "")] { lines = carrel_curl_slist_append(lines, "\(name): \(value)") }
        // Whatever libcurl makes of the URL, this is where it connects to.
        let place = address.isIPv4 ? "\(address)" : "[\(address)]"
        let connection = carrel_curl_slist_append(nil, "::\(place):\(url.port)")
        defer { carrel_curl_slist_free_all(connection) }
        carrel_curl_set_pointer(handle, CURLOPT_CONNECT_TO, UnsafeMutableRawPointer(connection))
        carrel_curl_set_pointer(handle, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(lines))
        carrel_curl_set_string(handle, CURLOPT_URL, url.text)
        carrel_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        carrel_curl_set_string(handle, CURLOPT_PROXY, "")
        carrel_curl_set_string(handle, CURLOPT_NOPROXY, "*")
        carrel_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        CurlLibrary.verify(handle, trusting: nil)
        carrel_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        carrel_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        carrel_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Self.timeoutMilliseconds)
        carrel_curl_set_long(handle, CURLOPT_POST, 1)
        carrel_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count)
        body.withUnsafeBytes { bytes in
            // Copied at once, so the pointer need not last.
            _ = carrel_curl_set_pointer(
                handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
        var received = 0
        let code = withUnsafeMutablePointer(to: &received) { counter in
            carrel_curl_set_write(
                handle,
                { _, size, count, context in
                    guard let counter = context?.assumingMemoryBound(to: Int.self) else { return 0 }
                    counter.pointee += size * count
                    return counter.pointee <= PushDelivery.answerLimit ? size * count : 0
                }, counter)
            return carrel_curl_easy_perform(handle)
        }
        return result(code, handle, received: received)
    }

    private func result(_ code: CURLcode, _ handle: UnsafeMutableRawPointer, received: Int) -> Result {
        guard code == CURLE_OK || received > Self.answerLimit else {
            return .failed(carrel_curl_easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)")
        }
        var status = 0
        carrel_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return switch status {
        case 200...299: .delivered
        case 429, 500...599: .failed("status \(status)")
        default: .refused("status \(status)")
        }
    }
}
